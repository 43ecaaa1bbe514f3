"""What each command does. Heavy packages are imported by the command that needs them."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from models.errors import BadInputError
from rag.events import Event
from rag.types import NO_CONDITIONS, Answer, Condition, Repost, Turn

_REFUSALS_SHOWN = 10


def say(text: str = "") -> None:
    """Print a line on standard output."""
    print(text)  # noqa: T201 - this is the command line


def say_json(value: object) -> None:
    """Print a value as JSON on standard output."""
    say(json.dumps(value, ensure_ascii=False, indent=1))


def _index(
    library: Path,
    paths: Sequence[Path],
    *,
    dry_run: bool = False,
    reread: bool = False,
    as_json: bool = False,
    embedder: str | None = None,
) -> int:
    from tqdm import tqdm

    from rag.assemble import open_indexer

    with tqdm(desc="reading", unit=" articles", file=sys.stderr, disable=None, mininterval=0.5, leave=False) as bar:
        report = open_indexer(library, embedder=embedder).run(
            paths, dry_run=dry_run, reread=reread, progress=bar.update
        )
    if as_json:
        say_json(
            {
                "new": report.new,
                "changed": report.changed,
                "moved": [{"from": old, "to": new} for old, new in report.moved],
                "gone": report.gone,
                "unchanged": report.unchanged,
                "refused": [{"path": r.path, "reason": r.reason} for r in report.refused],
                "damaged": report.damaged,
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
        if report.damaged:
            say(f"with damaged characters (shown as \ufffd): {report.damaged} of the articles read")
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
    return _index(
        arguments.library,
        arguments.paths,
        dry_run=arguments.dry_run,
        reread=arguments.reread,
        as_json=arguments.json,
        embedder=arguments.embedder,
    )


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
        **({"damaged characters": article.damaged} if article.damaged else {}),
    }
    for name, value in facts.items():
        say(f"{name}: {'-' if value is None else value}")
    for repost in article.reposts:
        say(f"also in: {repost.article_id}  {repost.published or '----------'}  {repost.source or '-'}  {repost.title}")
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
    from contextlib import closing

    from models.reranker import open_user_reranker
    from rag.answering.question import check
    from rag.assemble import open_answerer, open_writer
    from rag.serialise import answer_to_json
    from rag.settings import Settings

    history = _history(arguments.history)
    question = check(arguments.question)
    writer = open_writer(arguments.writer) if arguments.writer else None
    settings = Settings(strictness=arguments.strictness)
    reranker = open_user_reranker(arguments.reranker) if arguments.reranker else None
    assembled = open_answerer(arguments.library, settings, writer=writer, reranker=reranker, milvus=arguments.milvus)
    with closing(assembled):
        as_of = arguments.as_of or datetime.now().astimezone().date()
        without = NO_CONDITIONS if arguments.no_filters else ()
        answer = _drained(assembled.answerer.stream(question, history, as_of=as_of, without=without))
        if arguments.json:
            say_json(answer_to_json(answer))
            return 0
        _say_conditions(answer.conditions)
        say(answer.text)
        for citation in answer.citations:
            origin = " · ".join(str(part) for part in (citation.title, citation.source, citation.published) if part)
            say(f"\n[{citation.marker}] {origin}\n    {citation.quote}")
            _say_also_in(assembled.articles.article(citation.article_id).reposts)
        if answer.abstention:
            for hit in answer.hits[:3]:
                say(f"\n- {assembled.articles.article(hit.passage.article_id).title}\n    {hit.passage.text}")
                _say_also_in(hit.also_in)
        _say_how(answer)
    return 0


def _say_conditions(conditions: Sequence[Condition]) -> None:
    """Tell what the question's words asked of the articles, and how to ask without it."""
    from ui.web import strings

    if conditions:
        labels = " · ".join(condition.label for condition in conditions)
        say(strings.CONDITIONS_LINE.format(labels=labels) + "\n")


def _say_also_in(reposts: Sequence[Repost]) -> None:
    """Tell where else a story stands, if anywhere."""
    from ui.web.sources import also_in

    if reposts:
        say(f"    {also_in(reposts)}")


def _drained(events: Iterator[Event]) -> Answer:
    """Return the answer that the events end in; where a person watches, tell how far a writer has come."""
    from rag.events import Finished, Progress

    watched = sys.stderr.isatty()
    for event in events:
        if isinstance(event, Finished):
            if watched:
                print("\r\033[K", end="", file=sys.stderr, flush=True)  # noqa: T201
            return event.answer
        if watched and isinstance(event, Progress) and event.stage == "write":
            print(f"\rreading the passages, {event.done}/{event.total} tokens", end="", file=sys.stderr, flush=True)  # noqa: T201
    raise AssertionError("an answerer ended without an answer")


def _say_how(answer: Answer) -> None:
    """Print which mode answered, how sure it is, how long it took, and what was withdrawn."""
    total = f"{answer.timings_ms['total']:.0f} ms"
    if answer.mode == "quote":
        say(f"\n引用式 · 把握 {answer.confidence:.0%} · {total}")
        return
    say(f"\n生成式 · {answer.models['writer']} · {total}")
    withdrawn = [sentence for sentence in answer.draft.sentences if not sentence.kept] if answer.draft else []
    if answer.draft and withdrawn:
        say(f"撤下 {len(withdrawn)} 句，它们与所引的原文对不上：")
        for sentence in withdrawn:
            faults = ", ".join(f"{fault.kind.value} {fault.text}".strip() for fault in sentence.faults)
            say(f"  - {sentence.span.of(answer.draft.text).strip()}（{faults}）")


def verify(arguments: argparse.Namespace) -> int:
    """Tell whether a sentence is supported by a text; both come on standard input."""
    from rag.answering.verify import verify_json

    rule = (
        "standard input must be a JSON object {sentence, cited}, or a sentence on the first line and the text after it"
    )
    given = sys.stdin.read()
    try:
        if given.lstrip().startswith("{"):
            parsed = json.loads(given)
            sentence, cited = parsed["sentence"], parsed["cited"]
        else:
            sentence, _, cited = given.strip().partition("\n")
    except (ValueError, KeyError, TypeError) as error:
        raise BadInputError(f"nothing can be verified ({error}): {rule}") from error
    if not isinstance(sentence, str) or not isinstance(cited, str) or not sentence.strip() or not cited.strip():
        raise BadInputError(f"nothing can be verified (the sentence or the text is empty): {rule}")
    result = verify_json(sentence, cited)
    if arguments.json:
        say_json(result)
        return 0
    say("supported" if result["supported"] else "not supported")
    for fault in result["faults"]:
        say(f"  {fault['kind']}: {fault['text']}")
    return 0


def chat(arguments: argparse.Namespace) -> int:
    """Serve the chat page until Ctrl-C."""
    from contextlib import closing

    from ui.web import ports

    ports.choose(arguments.host, arguments.port)  # told before the models are loaded
    from models.reranker import open_user_reranker
    from models.writers import models_folder, resolve_writer
    from ui.engine import LibraryEngine
    from ui.web.app import launch

    writer = resolve_writer(arguments.writer, models_folder()) if arguments.writer else None
    if arguments.paths:
        _index(arguments.library, arguments.paths)
    reranker = open_user_reranker(arguments.reranker) if arguments.reranker else None
    with closing(LibraryEngine(arguments.library, writer=writer, reranker=reranker, milvus=arguments.milvus)) as engine:
        launch(engine, arguments.host, arguments.port)
    return 0


def sync_milvus(arguments: argparse.Namespace) -> int:
    """Bring a Milvus collection in step with the library."""
    from contextlib import closing
    from dataclasses import asdict

    from tqdm import tqdm

    from rag.assemble import open_embedder
    from rag.library import Library
    from rag.milvus.collection import Collection, Layout
    from rag.milvus.sync import sync

    given = {name: getattr(arguments, name) for name in ("shards", "replicas", "dense_index")}
    layout = Layout(**{name: value for name, value in given.items() if value is not None})
    bar = tqdm(desc="sending", unit=" passages", file=sys.stderr, disable=None, mininterval=0.5, leave=False)
    with (
        closing(Library.open(arguments.library)) as library,
        closing(Collection(arguments.address)) as collection,
        bar,
    ):
        report = sync(
            collection,
            library,
            open_embedder(arguments.library),
            layout if any(given.values()) else None,
            dry_run=arguments.dry_run,
            progress=bar.update,
        )
    if arguments.json:
        say_json({**asdict(report), "passages": report.passages, "dry_run": arguments.dry_run})
        return 0
    would = "would be " if arguments.dry_run else ""
    say(
        f"{would}added {report.added}, deleted {report.deleted}, unchanged {report.unchanged}; "
        f"{report.passages} passages in {arguments.address}"
    )
    return 0


def list_models(arguments: argparse.Namespace) -> int:
    """Print the bundled models and the writers in the models folder."""
    from models.store import catalog
    from models.writers import find_writers, models_folder

    rows: list[dict[str, object]] = [
        {
            "name": entry.name,
            "role": entry.role,
            "license": entry.license,
            "description": entry.description,
            "bytes": sum(file.bytes for file in entry.files),
            "path": str(entry.location),
            "problem": None,
        }
        for entry in catalog()
    ]
    rows += [
        {
            "name": found.name,
            "role": "writer",
            "license": None,
            "description": f"{found.architecture}, trained for {found.context_length:,} tokens",
            "bytes": found.bytes,
            "path": str(found.path),
            "problem": found.problem.text if found.problem else None,
        }
        for found in find_writers(models_folder())
    ]
    if arguments.json:
        say_json(rows)
        return 0
    for row in rows:
        told = f"cannot be used: {row['problem']}" if row["problem"] else row["description"]
        say(f"{row['role']:9} {row['name']:24} {row['bytes']:>14,} bytes  {row['license'] or '-':13}  {told}")
    say(f"a chat model (GGUF) dropped into {models_folder()} becomes a writer")
    return 0


def verify_models(_: argparse.Namespace) -> int:
    """Compare every model file with the catalogue."""
    from models.store import catalog, verify

    for entry in catalog():
        verify(entry)
        say(f"{entry.name}: whole")
    return 0
