"""What it costs to ask in one Chinese script, or in one region's words, about articles in another.

    python -m eval.scripts --work DIR [--news NEWS] [--count 5000] [--asked 400] [--answers]

Takes the project's own set and, with NEWS (a `.jsonl` or `.jsonl.xz` file of articles or a folder of them), questions
made from a sample of those articles. Articles and questions are written anew in Simplified script, in Traditional
script, and in Traditional script with Taiwan's words (by OpenCC; nothing of that is stored in the project), and every
kind of question is asked of every kind of article. Prints success@1 and recall@5 by article, each beside what the
articles' own kind of question gets. The set of `tests/data/regional`, written by hand, is asked as it is; with
`--answers`, it is answered too.
"""

import argparse
import itertools
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import opencc

from eval.encodings import articles
from eval.questions import PROJECT_SET
from models.fold import fold_text
from rag.answering.asking import questions
from rag.articles.encoding import decode
from rag.assemble import Models, open_answerer, open_indexer, open_models, open_retriever
from rag.events import Finished
from rag.library import Library
from rag.settings import Settings

REGIONAL = Path(__file__).resolve().parents[1] / "tests" / "data" / "regional"
KINDS = {"simplified": "tw2sp", "traditional": "s2tw", "taiwan": "s2twp", "hong kong": "s2hk"}
_DEPTH = 20
_RECORDS = ".jsonl"


@dataclass(frozen=True, slots=True)
class Item:
    """A question and the articles that hold its answer, by file name or id."""

    question: str
    documents: tuple[str, ...]
    answers: tuple[tuple[str, ...], ...] = ()


def converter(kind: str) -> Callable[[str], str]:
    """Return what writes a text in a kind of Chinese. Simplified text is first made Traditional, and the reverse."""
    to_traditional: Callable[[str], str] = opencc.OpenCC("s2tw").convert
    to_simplified: Callable[[str], str] = opencc.OpenCC("t2s").convert
    convert: Callable[[str], str] = opencc.OpenCC(KINDS[kind]).convert
    return lambda text: convert(to_traditional(text) if kind == "simplified" else to_simplified(text))


def items(path: Path) -> list[Item]:
    """Return the answerable questions of a set in the project's format."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        Item(
            row["question"],
            tuple(evidence["doc_id"] for evidence in row["evidence"]),
            tuple(map(tuple, row["answers"])),
        )
        for row in rows
        if row["answerable"] and row.get("evidence")
    ]


def write_folder(source: Path, target: Path, convert: Callable[[str], str]) -> None:
    """Write every file of a folder anew, in another kind of Chinese; ids of records stay."""
    target.mkdir(parents=True)
    for file in sorted(source.iterdir()):
        text = decode(file.read_bytes(), html=file.suffix == ".html").text
        if file.suffix == _RECORDS:
            records = [json.loads(line) for line in text.splitlines()]
            kept = [{name: v if name == "id" else convert(v) for name, v in record.items()} for record in records]
            text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in kept)
        else:
            text = convert(text)
        (target / file.name).write_text(text, encoding="utf-8")


def write_news(texts: Sequence[str], target: Path, convert: Callable[[str], str]) -> None:
    """Write articles as one file of records."""
    target.mkdir(parents=True)
    lines = (json.dumps({"id": f"n{n}", "text": convert(text)}, ensure_ascii=False) for n, text in enumerate(texts))
    (target / "news.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


class Searched:
    """A library of one kind of articles, and how well questions find them."""

    def __init__(self, folder: Path, root: Path, models: Models) -> None:
        open_indexer(root).run([folder])
        self._root = root
        self._library = Library.open(root)
        self._models = models
        self._retriever = open_retriever(self._library, root, Settings(), models.embedder)

    def ranks(self, asked: Sequence[Item]) -> list[int]:
        """Return at which place the first passage of a right article is found; a large number where none is."""
        found = []
        for item in asked:
            hits = self._retriever.search(item.question, _DEPTH)
            names = [self._names(hit.passage.article_id) for hit in hits]
            right = (place for place, name in enumerate(names, start=1) if name.intersection(item.documents))
            found.append(next(right, 1 << 20))
        return found

    def _names(self, article_id: str) -> set[str]:
        return {article_id, Path(self._library.article(article_id).path.split("#")[0]).name}

    def made(self, at_most: int) -> Iterator[Item]:
        """Yield questions made from the articles, one of an article."""
        rows = self._library.query("SELECT id FROM article ORDER BY id", [])
        made = (
            next(iter(sorted(questions(self._library.article(r["id"])), key=lambda q: -q.score)), None) for r in rows
        )
        for asked in itertools.islice((question for question in made if question), at_most):
            yield Item(asked.question, (asked.article_id,))

    def right(self, asked: Sequence[Item]) -> list[bool]:
        """Return of which questions the answer is given; an answer is always wanted."""
        assembled = open_answerer(self._root, Settings(answer_always=True), models=self._models)
        found = []
        for item in asked:
            done = [event for event in assembled.answerer.stream(item.question) if isinstance(event, Finished)]
            answer = fold_text(done[0].answer.text)
            found.append(all(any(fold_text(alias) in answer for alias in group) for group in item.answers))
        return found


def _share(values: Sequence[bool]) -> float:
    return 100 * sum(values) / max(1, len(values))


def table(
    name: str, folders: Callable[[str, Path], None], asked: Sequence[Item] | int, work: Path, models: Models
) -> None:
    """Ask every kind of question of every kind of article, and print what is found.

    `folders` writes the articles of a kind into a folder; a number of questions is made from the Simplified ones.
    """
    libraries = {}
    for kind in KINDS:
        place = work / name / kind.replace(" ", "-")
        folders(kind, place / "articles")
        libraries[kind] = Searched(place / "articles", place / "library", models)
    if isinstance(asked, int):
        asked = list(libraries["simplified"].made(asked))
    worded = {kind: [replace(item, question=converter(kind)(item.question)) for item in asked] for kind in KINDS}
    for articles_kind, library in libraries.items():
        same = library.ranks(worded[articles_kind])
        for kind, wording in worded.items():
            ranks = same if kind == articles_kind else library.ranks(wording)
            figures = []
            for k in (1, 5):
                hits = [rank <= k for rank in ranks]
                change = _share(hits) - _share([rank <= k for rank in same])
                figures.append(f"@{k} {_share(hits):5.1f} ({change:+.1f})")
            sys.stdout.write(f"{name:9} articles {articles_kind:12} questions {kind:12} {'  '.join(figures)}\n")
    sys.stdout.write(f"{name:9} {len(asked)} questions\n")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True, help="a folder to work in; emptied first")
    parser.add_argument("--news", type=Path, help="a .jsonl or .jsonl.xz file of articles, or a folder of them")
    parser.add_argument("--count", type=int, default=5000, help="articles of the news")
    parser.add_argument("--asked", type=int, default=400, help="questions made from the news")
    parser.add_argument("--answers", action="store_true", help="answer the questions of the regional set too")
    arguments = parser.parse_args()
    shutil.rmtree(arguments.work, ignore_errors=True)
    models = open_models()

    def project(kind: str, folder: Path) -> None:
        write_folder(PROJECT_SET / "articles", folder, converter(kind))

    table("project", project, items(PROJECT_SET / "questions.jsonl"), arguments.work, models)

    both = arguments.work / "regional"
    write_folder(PROJECT_SET / "articles", both / "articles", str)
    shutil.copy(REGIONAL / "articles.jsonl", both / "articles" / "regional.jsonl")
    if arguments.news:
        texts = list(itertools.islice(articles(arguments.news), arguments.count))
        write_news(texts, both / "articles" / "news", str)
    library = Searched(both / "articles", both / "library", models)
    regional = items(REGIONAL / "questions.jsonl")
    ranks = library.ranks(regional)
    told = [f"@{k} {_share([rank <= k for rank in ranks]):.1f}" for k in (1, 5)]
    if arguments.answers:
        told.append(f"answered rightly {_share(library.right(regional)):.1f}")
    sys.stdout.write(f"regional  {len(regional)} questions: {', '.join(told)}\n")

    if arguments.news:
        table(
            "news",
            lambda kind, folder: write_news(texts, folder, converter(kind)),
            arguments.asked,
            arguments.work,
            models,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
