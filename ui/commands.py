"""What each command does. Heavy packages are imported by the command that needs them."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from models.errors import BadInputError
from rag.types import Turn

_REFUSALS_SHOWN = 10


def say(text: str = "") -> None:
    """Print a line on standard output."""
    print(text)  # noqa: T201 - this is the command line


def say_json(value: object) -> None:
    """Print a value as JSON on standard output."""
    say(json.dumps(value, ensure_ascii=False, indent=1))


def _index(library: Path, paths: Sequence[Path], *, dry_run: bool, as_json: bool) -> int:
    from tqdm import tqdm

    from rag.assemble import open_indexer

    with tqdm(desc="articles", unit="", file=sys.stderr, disable=None, mininterval=0.5, leave=False) as bar:
        report = open_indexer(library).run(paths, dry_run=dry_run, progress=bar.update)
    if as_json:
        say_json(
            {
                "new": report.new,
                "changed": report.changed,
                "moved": [{"from": old, "to": new} for old, new in report.moved],
                "gone": report.gone,
                "unchanged": report.unchanged,
                "refused": [{"path": r.path, "reason": r.reason} for r in report.refused],
                "articles": report.articles,
                "dry_run": dry_run,
            }
        )
    else:
        would = "would be " if dry_run else ""
        say(
            f"{would}new {len(report.new)}, changed {len(report.changed)}, moved {len(report.moved)}, "
            f"gone {len(report.gone)}, unchanged {report.unchanged}, refused {len(report.refused)}; "
            f"{report.articles} articles in {library}"
        )
        for reason, count in report.reasons().most_common():
            say(f"refused, {count}: {reason}")
        for refusal in report.refused[:_REFUSALS_SHOWN]:
            say(f"  {refusal.path}: {refusal.reason}")
        if len(report.refused) > _REFUSALS_SHOWN:
            say(f"  … and {len(report.refused) - _REFUSALS_SHOWN} more (--json shows all)")
    if not report.articles:
        raise BadInputError("no article came in: see the reasons above, or name other files or folders")
    return 0


def index_articles(arguments: argparse.Namespace) -> int:
    """Bring files and folders in, or in step again."""
    return _index(arguments.library, arguments.paths, dry_run=arguments.dry_run, as_json=arguments.json)


def list_articles(arguments: argparse.Namespace) -> int:
    """Print all articles."""
    from rag.library import Library
    from rag.serialise import listed_to_json

    listed = list(Library.open(arguments.library).articles())
    if arguments.json:
        say_json([listed_to_json(item) for item in listed])
        return 0
    for item in listed:
        say(f"{item.id}  {item.published or '----------'}  {item.source or '-'}  {item.title}")
    return 0


def show_article(arguments: argparse.Namespace) -> int:
    """Print one article: metadata, cleaned text, and what was removed and why."""
    from rag.library import Library
    from rag.serialise import article_detail_to_json
    from rag.types import Filter

    library = Library.open(arguments.library)
    article = library.article(arguments.id)
    if arguments.json:
        listed = next(library.articles(Filter(article_ids=frozenset({article.id}))))
        say_json(article_detail_to_json(article, listed))
        return 0
    facts = {
        "id": article.id,
        "title": article.title,
        "published": article.published,
        "date as written": article.date_as_written,
        "source": article.source,
        "author": article.author,
        "path": article.path,
        "encoding": article.encoding,
    }
    for name, value in facts.items():
        say(f"{name}: {'-' if value is None else value}")
    say(f"\n{article.head.of(article.text)}\n--- body ---\n{article.body.of(article.text)}\n--- removed ---")
    for removed in article.removed:
        say(f"[{removed.raw.start}, {removed.raw.end}) {removed.reason}: {removed.raw.of(article.raw)!r}")
    return 0


def _history(path: Path | None) -> list[Turn]:
    if path is None:
        return []
    rule = "a JSON list of {question, answer} is needed"
    try:
        turns = json.loads(path.read_text(encoding="utf-8"))
        return [Turn(str(turn["question"]), str(turn["answer"])) for turn in turns]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BadInputError(f"the history {path} cannot be read ({error}): {rule}") from error


def ask(arguments: argparse.Namespace) -> int:
    """Print one answer."""
    from rag.answering.question import check
    from rag.assemble import open_answerer
    from rag.events import Finished
    from rag.serialise import answer_to_json
    from rag.settings import Settings

    history = _history(arguments.history)
    question = check(arguments.question)
    assembled = open_answerer(arguments.library, Settings(strictness=arguments.strictness))
    answer = None
    for event in assembled.answerer.stream(question, history, as_of=arguments.as_of):
        if isinstance(event, Finished):
            answer = event.answer
    assert answer is not None
    if arguments.json:
        say_json(answer_to_json(answer))
        return 0
    say(answer.text)
    for citation in answer.citations:
        origin = " · ".join(str(part) for part in (citation.title, citation.source, citation.published) if part)
        say(f"\n[{citation.marker}] {origin}\n    {citation.quote}")
    if answer.abstention:
        for hit in answer.hits[:3]:
            say(f"\n- {assembled.articles.article(hit.passage.article_id).title}\n    {hit.passage.text}")
    say(f"\n引用式 · 把握 {answer.confidence:.0%} · {answer.timings_ms['total']:.0f} ms")
    return 0


def chat(arguments: argparse.Namespace) -> int:
    """Serve the chat page until Ctrl-C."""
    from ui.web import ports

    ports.choose(arguments.host, arguments.port)  # told before the models are loaded
    from ui.engine import LibraryEngine
    from ui.web.app import launch

    if arguments.paths:
        _index(arguments.library, arguments.paths, dry_run=False, as_json=False)
    launch(LibraryEngine(arguments.library, _examples(arguments.library)), arguments.host, arguments.port)
    return 0


def _examples(root: Path) -> list[str]:
    """The sample articles' example questions, where those articles are in the library."""
    from eval.questions import PROJECT_SET
    from rag.library import Library
    from rag.store import Store

    if Store(root).current() is None:
        return []
    library = Library.open(root)
    try:
        if not library.holds_articles_of(PROJECT_SET / "articles"):
            return []
    finally:
        library.close()
    return (PROJECT_SET / "examples.txt").read_text(encoding="utf-8").split("\n")[:-1]


def list_models(arguments: argparse.Namespace) -> int:
    """Print the known models."""
    from models.store import catalog

    rows = [
        {
            "name": entry.name,
            "role": entry.role,
            "license": entry.license,
            "description": entry.description,
            "bytes": sum(file.bytes for file in entry.files),
            "path": str(entry.location),
        }
        for entry in catalog()
    ]
    if arguments.json:
        say_json(rows)
        return 0
    for row in rows:
        say(f"{row['role']:9} {row['name']:20} {row['bytes']:>12,} bytes  {row['license']}  {row['description']}")
    return 0


def verify_models(_: argparse.Namespace) -> int:
    """Compare every model file with the catalogue."""
    from models.store import catalog, verify

    for entry in catalog():
        verify(entry)
        say(f"{entry.name}: whole")
    return 0
