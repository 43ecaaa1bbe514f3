"""What metrics see: a prediction as the JSON object of the public contract, and the articles it speaks of.

Metrics read the stored object, not the `Answer` it came from, so that a run can be scored again without a model.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePath
from typing import NotRequired, TypedDict, cast

from models.errors import BadInputError
from rag.protocols import Articles
from rag.serialise import answer_to_json
from rag.types import Answer, Article, Context


class CitationJson(TypedDict):
    """One entry of `citations`."""

    marker: int
    article_id: str
    title: str
    source: str | None
    published: str | None
    path: str
    part: str
    start: int
    end: int
    quote: str
    raw_start: int
    raw_end: int


class RepostJson(TypedDict):
    """One entry of `also_in`: where the same story stands."""

    article_id: str
    title: str
    source: str | None
    published: str | None
    path: str


class HitJson(TypedDict):
    """One entry of `hits`."""

    rank: int
    score: float
    article_id: str
    passage_id: str
    text: str
    also_in: NotRequired[list[RepostJson]]


class PredictionJson(TypedDict):
    """The object that `yiju ask --json` prints."""

    question: str
    standalone_question: str
    mode: str
    answer: str
    short_answer: str | None
    abstained: bool
    reason: str | None
    confidence: float
    citations: list[CitationJson]
    hits: list[HitJson]
    timings_ms: dict[str, float]
    models: dict[str, str]


def prediction_of(answer: Answer) -> PredictionJson:
    """Return an answer as a prediction."""
    return cast("PredictionJson", answer_to_json(answer))


@dataclass(frozen=True, slots=True)
class Source:
    """What metrics need of an article."""

    text: str  # cleaned
    path: str


Lookup = Callable[[str], Source | None]
"""Article id → what is known of it; None where there is no such article."""


def library_lookup(articles: Articles | None) -> Lookup:
    """Return the lookup into a library, or into nothing."""

    @lru_cache(maxsize=512)
    def look_up(article_id: str) -> Source | None:
        if articles is None:
            return None
        try:
            article: Article = articles.article(article_id)
        except BadInputError:
            return None
        return Source(article.text, article.path)

    return look_up


def context_lookup(contexts: Sequence[Context]) -> Lookup:
    """Return the lookup into the passages of a question in fixed-passage mode."""
    sources = {context.id: Source(context.text, context.id) for context in contexts}
    return sources.get


def lookup_for(contexts: Sequence[Context] | None, library: Lookup) -> Lookup:
    """Return where the articles of a question are looked up: among its own passages, where it brings some."""
    return library if contexts is None else context_lookup(contexts)


def is_document(doc_id: str, article_id: str, lookup: Lookup) -> bool:
    """Tell whether gold data that says `doc_id` means this article.

    It may give the article's id, its path or the end of it, its file name, or that name without its suffix. A line
    of a JSON Lines file is `name.jsonl#3` or `name#3`: the stem alone would mean every line.
    """
    if doc_id == article_id:
        return True
    source = lookup(article_id)
    if source is None:
        return False
    wanted = unicodedata.normalize("NFC", doc_id).replace("\\", "/")
    path = unicodedata.normalize("NFC", source.path).replace("\\", "/")
    file, mark, line = path.rpartition("#") if path.rpartition("#")[2].isdigit() else (path, "", "")
    return f"/{path}".endswith(f"/{wanted}") or wanted == PurePath(file).stem + mark + line


def is_story(doc_id: str, hit: HitJson, lookup: Lookup) -> bool:
    """Tell whether gold data that says `doc_id` means this hit's article, or another that prints the same story."""
    ids = (hit["article_id"], *(other["article_id"] for other in hit.get("also_in", ())))
    return any(is_document(doc_id, article_id, lookup) for article_id in ids)
