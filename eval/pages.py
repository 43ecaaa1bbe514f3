"""How well dirty pages come in: the body, title, date, source and author of articles against gold written by people.

    python -m eval.pages FOLDER [--json] [--worst N]

FOLDER holds pages (NAME.html, NAME.txt, NAME.md) with NAME.gold.json beside each; its README says how gold was decided.
Every page goes the product's own way in (`load`, `read_article`). The body is what follows the article's head.

Bodies are compared as folded text: NFKC, without white space, so that width, spaces and line breaks do not count. They
are aligned by `difflib.SequenceMatcher` with its junk rules off: the longest common stretch first, then the same to its
left and right. A longest common subsequence would also pair the odd characters that any two Chinese texts share, and
so forgive lost and foreign text. It costs a few milliseconds a page, seconds only where a page of megabytes came in
whole. Precision is the share of the article's characters that are gold's, recall the share of gold's characters that
are in the article; both from 0 to 1.
"""

import argparse
import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from pathlib import Path
from typing import TypeAlias
from unicodedata import normalize

from models.errors import BadInputError, YijuError
from rag.articles import load, read_article
from rag.types import Article, Refusal

GOLD = ".gold.json"
FIELDS = ("title", "date", "source", "author")

Figures: TypeAlias = dict[str, float | int]

_SOURCE_LABEL = re.compile(r"^(?:(?:文章|信息|稿件|新闻)?[来來]源(?:[于於自])?|稿源|[转轉]自)[::]")
_ROLE = re.compile(r"[^\s、,/;|:]*(?:记者|記者)|通讯员|通訊員|实习生|實習生|作者:|撰文:|[文图圖攝摄]/")
_BETWEEN_NAMES = re.compile(r"[\s、,/;|:]+")
_SHORTEST_DATELINE, _LONGEST_DATELINE = 5, 60  # characters, folded: 【本报讯】 is the shortest
_SHOWN = 60
"""How many characters of a missing or surplus stretch are printed at most."""


@dataclass(frozen=True, slots=True)
class Gold:
    """What a reader would take from one page; None where the page does not say."""

    title: str
    published: date | None
    date_as_written: str | None
    source: str | None
    author: str | None
    body: str
    shape: str


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one page. Lengths are in folded characters."""

    name: str
    shape: str
    matched: int  # characters of the body that article and gold share
    got: int  # characters of the article's body
    gold: int  # characters of gold's body
    missing: tuple[str, ...]  # stretches of gold that the article lacks, in order
    surplus: tuple[str, ...]  # stretches of the article that gold lacks, in order
    fields: Mapping[str, bool]  # of `FIELDS`: whether it is right
    told: Mapping[str, tuple[str | None, str | None]]  # of the fields that are wrong: gold's value, the article's
    refused: str | None = None  # why no article came of the page

    @property
    def precision(self) -> float:
        """The share of the article's characters that are gold's, 0 to 1; 1 where there are none."""
        return _share(self.matched, self.got)

    @property
    def recall(self) -> float:
        """The share of gold's characters that are in the article, 0 to 1."""
        return _share(self.matched, self.gold)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall, 0 to 1."""
        return _share(2 * self.matched, self.got + self.gold)

    @property
    def exact(self) -> bool:
        """Whether the body is gold's to the last character."""
        return self.matched == self.got == self.gold


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def fold(text: str | None) -> str:
    """Return `text` without differences of width, spacing and line breaks; an empty text for None."""
    return "".join(normalize("NFKC", text or "").split())


def bare_source(source: str | None) -> str:
    """Return a source folded and without its label (来源：)."""
    return _SOURCE_LABEL.sub("", fold(source))


def bare_author(author: str | None) -> str:
    """Return the names of a byline, in order and without what the people are (记者, 通讯员, 文/)."""
    return "、".join(filter(None, _BETWEEN_NAMES.split(_ROLE.sub(" ", normalize("NFKC", author or "")))))


def compare(article: str, gold: str) -> tuple[int, tuple[str, ...], tuple[str, ...]]:
    """Return how many characters two folded texts share, and the stretches that are missing and surplus."""
    matched, missing, surplus = 0, [], []
    for kind, a_start, a_end, g_start, g_end in SequenceMatcher(None, article, gold, autojunk=False).get_opcodes():
        if kind == "equal":
            matched += a_end - a_start
            continue
        missing.append(gold[g_start:g_end])
        surplus.append(article[a_start:a_end])
    return matched, tuple(filter(None, missing)), tuple(filter(None, surplus))


def without_dateline(gold: str, head: str, body: str) -> str:
    """Return gold's folded body without the dateline with which it begins, where the article's head has it instead.

    Gold leaves it in the body, the product keeps it as a line of the head (`新华社兰州5月11日电（记者…）`), where it is
    read and cited as well: a difference of place, not a loss.
    """
    lengths = range(min(_LONGEST_DATELINE, len(gold)), _SHORTEST_DATELINE - 1, -1)
    longest = next((length for length in lengths if gold[:length] in head), 0)
    return gold if body.startswith(gold[:_SHORTEST_DATELINE]) else gold[longest:]


def _text(fields: Mapping[str, object], key: str) -> str | None:
    value = fields[key]
    if value is None or isinstance(value, str):
        return value
    raise ValueError(f"{key} is neither text nor null")


def _required(fields: Mapping[str, object], key: str) -> str:
    if value := _text(fields, key):
        return value
    raise ValueError(f"{key} is empty")


def read_gold(path: Path) -> Gold:
    """Read the gold of one page.

    Raises:
        BadInputError: the file is not such gold.

    """
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        published = _text(fields, "published")
        return Gold(
            title=_required(fields, "title"),
            published=date.fromisoformat(published) if published else None,
            date_as_written=_text(fields, "date_as_written"),
            source=_text(fields, "source"),
            author=_text(fields, "author"),
            body=_required(fields, "body"),
            shape=_required(fields, "shape"),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInputError(f"{path}: no gold of a page ({error}); see tests/data/pages/README.md") from error


def _wrong(article: Article | None, gold: Gold) -> dict[str, tuple[str | None, str | None]]:
    """Return the fields that the article has wrong. Where gold has no full date, the words of its date count."""
    known: dict[str, str | None] = dict.fromkeys(FIELDS)
    if article is not None:
        published = article.published.isoformat() if article.published else None
        known = {
            "title": article.title,
            "date": published or article.date_as_written,
            "source": article.source,
            "author": article.author,
        }
    wanted: dict[str, str | None] = {
        "title": gold.title,
        "date": gold.published.isoformat() if gold.published else gold.date_as_written,
        "source": gold.source,
        "author": gold.author,
    }
    form: dict[str, Callable[[str | None], str]] = {"source": bare_source, "author": bare_author}
    return {
        field: (wanted[field], known[field])
        for field in FIELDS
        if article is None or form.get(field, fold)(wanted[field]) != form.get(field, fold)(known[field])
    }


def measure(page: Path, gold: Gold) -> Result:
    """Take one page in and compare it with its gold."""
    article: Article | None = None
    refused: str | None = "nothing was loaded"
    for loaded in load([page]):
        found = loaded if isinstance(loaded, Refusal) else read_article(loaded)
        if isinstance(found, Article):
            article, refused = found, None
        else:
            refused = found.reason
    body = fold(article.body.of(article.text)) if article else ""
    wanted = fold(gold.body)
    if article:
        wanted = without_dateline(wanted, fold(article.head.of(article.text)), body)
    matched, missing, surplus = compare(body, wanted)
    wrong = _wrong(article, gold)
    right = {field: field not in wrong for field in FIELDS}
    return Result(page.name, gold.shape, matched, len(body), len(wanted), missing, surplus, right, wrong, refused)


def measure_folder(folder: Path) -> list[Result]:
    """Measure every page of a folder, in order of name.

    Raises:
        BadInputError: there is no gold in the folder, or gold without a page, or a file that is not gold.

    """
    results = []
    for path in sorted(folder.glob(f"*{GOLD}")):
        stem = path.name.removesuffix(GOLD)
        pages = [page for page in folder.glob(f"{stem}.*") if page.stem == stem and page != path]
        if len(pages) != 1:
            raise BadInputError(
                f"{path}: {len(pages)} pages beside it; one page {stem}.html, .txt or .md belongs there"
            )
        results.append(measure(pages[0], read_gold(path)))
    if not results:
        raise BadInputError(f"{folder}: no page with gold; put NAME{GOLD} beside NAME.html, or name another folder")
    return results


def summarise(results: Sequence[Result]) -> Figures:
    """Return the figures of some pages, shares from 0 to 1.

    Micro: over the characters of all pages; macro: the mean of the pages, a short one counting as much as a long one.
    """
    count = len(results)
    matched, got, gold = (sum(getattr(result, name) for result in results) for name in ("matched", "got", "gold"))
    return {
        "pages": count,
        "refused": sum(result.refused is not None for result in results),
        "exact": sum(result.exact for result in results),
        "micro_precision": _share(matched, got),
        "micro_recall": _share(matched, gold),
        "micro_f1": _share(2 * matched, got + gold),
        "macro_precision": sum(result.precision for result in results) / count,
        "macro_recall": sum(result.recall for result in results) / count,
        "macro_f1": sum(result.f1 for result in results) / count,
        **{field: sum(result.fields[field] for result in results) / count for field in FIELDS},
    }


def _by_shape(results: Sequence[Result]) -> dict[str, Figures]:
    shapes: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        shapes[result.shape].append(result)
    return {shape: summarise(of_shape) for shape, of_shape in sorted(shapes.items())}


def as_json(results: Sequence[Result]) -> dict[str, object]:
    """Return all figures and every page's differences as one JSON value."""
    return {
        "all": summarise(results),
        "shapes": _by_shape(results),
        "pages": [
            {
                "name": result.name,
                "shape": result.shape,
                "precision": result.precision,
                "recall": result.recall,
                "f1": result.f1,
                "refused": result.refused,
                "wrong": {field: {"gold": gold, "article": got} for field, (gold, got) in result.told.items()},
                "missing": list(result.missing),
                "surplus": list(result.surplus),
            }
            for result in results
        ],
    }


def _line(name: str, figures: Figures) -> str:
    shares = ("macro_precision", "macro_recall", "macro_f1", *FIELDS)
    return f"{figures['pages']:5} " + " ".join(f"{100 * figures[share]:6.1f}" for share in shares) + f"  {name}"


def _shown(stretch: str) -> str:
    half = _SHOWN // 2
    return stretch if len(stretch) <= _SHOWN else f"{stretch[:half]} … {stretch[-half:]} ({len(stretch)})"


def as_text(results: Sequence[Result], worst: int) -> str:
    """Return the figures as a table in percent, then the `worst` pages by F1 with what they miss and have too much."""
    figures = summarise(results)
    lines = [f"{'pages':>5} {'prec.':>6} {'recall':>6} {'F1':>6} " + " ".join(f"{field:>6}" for field in FIELDS)]
    lines += [_line(shape, of_shape) for shape, of_shape in _by_shape(results).items()]
    lines.append(_line("all, mean of pages", figures))
    micro = " ".join(f"{name} {100 * figures[f'micro_{name}']:.2f}" for name in ("precision", "recall", "f1"))
    lines.append(f"over all characters: {micro}; {figures['exact']} pages exact, {figures['refused']} refused")
    for result in sorted(results, key=lambda result: (result.f1, -len(result.told), result.name))[:worst]:
        lines += ["", f"{result.name}: precision {100 * result.precision:.1f}, recall {100 * result.recall:.1f}"]
        lines += [f"  refused: {result.refused}"] if result.refused else []
        lines += [f"  {field}: {got!r} instead of {gold!r}" for field, (gold, got) in result.told.items()]
        lines += [f"  - {_shown(stretch)}" for stretch in result.missing]
        lines += [f"  + {_shown(stretch)}" for stretch in result.surplus]
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure a folder, print the figures and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval.pages", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help=f"pages, each with NAME{GOLD} beside it")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    parser.add_argument("--worst", type=int, default=3, help="how many of the worst pages to show (default: 3)")
    arguments = parser.parse_args(argv)
    try:
        results = measure_folder(arguments.folder)
    except YijuError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    told = json.dumps(as_json(results), ensure_ascii=False) if arguments.json else as_text(results, arguments.worst)
    sys.stdout.write(f"{told}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
