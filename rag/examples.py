"""Example questions for the library at hand: made from its own statements, and kept only where the answer comes out.

Whoever opens the page on their own articles sees what can be asked. A question is shown only after the product's own
answerer has answered it from the very sentence that it was made of.
"""

import json
import os
import re
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path

from models.fold import fold_text
from rag.answering.asking import Asked, head_questions, questions
from rag.answering.asking_rules import Kind
from rag.assemble import Assembled
from rag.events import Finished, Retrieved
from rag.library import Library
from rag.protocols import Answerer
from rag.types import Answer, Article

COUNT = 5
SECONDS = 6.0
FILE = "examples.json"
_FORMAT = 1  # of the cache; raise it when the rules change, so that old examples are made anew
_ARTICLES = 160
_NEWEST = 600
_READ_FIRST = 8  # the passages that the reader sees at first: an article behind them is not worth the reading
_CONFIDENT = 0.6
_POOREST = 0.85  # the score below which a question is not even tried
_ROOM = 10  # characters that a short answer may have beyond the words asked for
_ORDER = (Kind.PLACE, Kind.FIGURE, Kind.DATE, Kind.PERSON, Kind.WHICH, Kind.REASON)
_HEADS = 2  # questions about an article's head: right, but dull, so they only fill up


def _never() -> bool:
    return False


def sample(library: Library, at_most: int = _ARTICLES) -> Iterator[Article]:
    """Yield some articles: the newest, sources taking turns. The same library gives the same ones."""
    dated = library.query(
        "SELECT id, source FROM article WHERE published IS NOT NULL ORDER BY published DESC, id LIMIT ?", [_NEWEST]
    )
    undated = library.query("SELECT id, source FROM article WHERE published IS NULL ORDER BY id LIMIT ?", [_NEWEST])
    by_source: dict[str | None, list[str]] = {}
    for row in [*dated, *undated]:
        by_source.setdefault(row["source"], []).append(row["id"])
    turns = chain.from_iterable(zip_longest(*by_source.values()))
    ids = [article_id for article_id in turns if article_id is not None]
    for article_id in ids[:at_most]:
        yield library.article(article_id)


def _says(asked: Asked, answer: Answer) -> bool:
    """Whether the short answer is what was asked for, give or take a few characters."""
    given, wanted = fold_text(answer.short_answer or ""), fold_text(asked.answer)
    if not given or not wanted:
        return False
    if asked.kind is Kind.PERSON:
        return given == wanted
    if wanted in given:
        return len(given) <= len(wanted) + _ROOM
    if given not in wanted:
        return False
    if asked.kind is Kind.FIGURE:
        return re.findall(r"[\d.]+", given) == re.findall(r"[\d.]+", wanted)
    return 2 * len(given) >= len(wanted)


def holds(asked: Asked, answer: Answer) -> bool:
    """Whether an answer is given, surely, from the sentence that the question was made of, and with its words."""
    if answer.abstention is not None or answer.confidence < _CONFIDENT:
        return False
    cited = answer.citations[0]
    return (
        cited.article_id == asked.article_id
        and any(cited.span.start < ground.end and ground.start < cited.span.end for ground in asked.grounds)
        and _says(asked, answer)
    )


def _verified(asked: Asked, answerer: Answerer, stop: Callable[[], bool]) -> bool:
    """Ask the question; leave off early where its article was not found."""
    for event in answerer.stream(asked.question):
        if stop():
            return False
        if isinstance(event, Retrieved):
            found = {hit.passage.article_id for hit in event.hits[:_READ_FIRST]}
            if asked.article_id not in found:
                return False
        if isinstance(event, Finished):
            return holds(asked, event.answer)
    return False


def _best_first(found: Iterable[Asked]) -> deque[Asked]:
    return deque(sorted(found, key=lambda asked: (-asked.score, asked.question)))


def _candidates(articles: Iterable[Article], stop: Callable[[], bool]) -> tuple[list[deque[Asked]], deque[Asked]]:
    """Return what can be asked of the articles by kind, of an article the best of each kind; and of their heads."""
    found: dict[Kind, list[Asked]] = {kind: [] for kind in _ORDER}
    heads: list[Asked] = []
    for article in articles:
        if stop():
            break
        kinds: set[Kind] = set()
        for asked in questions(article):
            if asked.kind not in kinds and asked.score >= _POOREST:
                kinds.add(asked.kind)
                found[asked.kind].append(asked)
        heads += head_questions(article)[:1]
    return [_best_first(found[kind]) for kind in _ORDER], deque(heads[: 2 * _HEADS])


def _in_turn(kinds: Sequence[deque[Asked]], used: AbstractSet[str]) -> Iterator[Asked]:
    """Yield what is left of each kind in turn, passing over articles that were used meanwhile."""
    while any(kinds):
        for waiting in kinds:
            while waiting and waiting[0].article_id in used:
                waiting.popleft()
            if waiting:
                yield waiting.popleft()


def suggest(
    articles: Iterable[Article],
    answerer: Answerer,
    *,
    count: int = COUNT,
    seconds: float = SECONDS,
    should_stop: Callable[[], bool] = _never,
    clock: Callable[[], float] = time.monotonic,
) -> list[str]:
    """Return at most `count` questions that `answerer` answers well from these articles; fewer rather than poor ones.

    The kinds of question take turns, and no article gives two. No question is begun after `seconds`; the one under way
    is finished. `should_stop` is asked between the steps of every answer, so that whoever calls this beside a user's
    own questions need not wait for it.
    """
    end = clock() + seconds

    def stop() -> bool:
        return should_stop() or clock() >= end

    kinds, heads = _candidates(articles, stop)
    used: set[str] = set()
    chosen: list[str] = []
    for waiting, more in ((kinds, count), ([heads], _HEADS)):
        at_most = min(count, len(chosen) + more)
        for asked in _in_turn(waiting, used):
            if len(chosen) >= at_most or stop():
                break
            if asked.question not in chosen and _verified(asked, answerer, should_stop):
                chosen.append(asked.question)
                used.add(asked.article_id)
    return chosen


@dataclass(frozen=True, slots=True)
class Key:
    """What examples were made from: they are of no use for anything else."""

    generation: str
    models: Mapping[str, str]  # role → name and fingerprint


def cached_examples(root: Path, key: Key) -> list[str] | None:
    """Return the stored examples of this generation and these models; None where there are none that can be used."""
    try:
        stored = json.loads((root / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(stored, dict) or stored.get("format") != _FORMAT:
        return None
    if stored.get("generation") != key.generation or stored.get("models") != dict(key.models):
        return None
    examples = stored.get("examples")
    if not isinstance(examples, list) or not all(isinstance(example, str) for example in examples):
        return None
    return examples


def store_examples(root: Path, key: Key, examples: Sequence[str]) -> None:
    """Store examples beside `CURRENT`. A folder that cannot be written to is left as it is."""
    content = {
        "format": _FORMAT,
        "generation": key.generation,
        "models": dict(key.models),
        "examples": list(examples),
    }
    draft = root / f"{FILE}.{os.getpid()}.new"
    try:
        draft.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        draft.replace(root / FILE)
    except OSError:
        # Examples are a convenience: a library on a read-only disk only computes them again.
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def examples_for(
    root: Path,
    assembled: Assembled,
    *,
    count: int = COUNT,
    seconds: float = SECONDS,
    should_stop: Callable[[], bool] = _never,
) -> list[str]:
    """Return example questions for an open library: the stored ones, else new ones, which are stored.

    What was broken off by `should_stop` is returned but not stored.
    """
    library = assembled.library
    if library is None:
        return []
    key = Key(library.manifest.generation, assembled.models.identities)
    cached = cached_examples(root, key)
    if cached is not None:
        return cached[:count]
    made = suggest(sample(library), assembled.answerer, count=count, seconds=seconds, should_stop=should_stop)
    if not should_stop():
        store_examples(root, key, made)
    return made
