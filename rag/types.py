"""The core values. All are frozen, know nothing of storage, models or pages, and check their invariants.

Offsets are code points. `article.text[start:end] == quote` holds for every citation, always.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal, TypeAlias

Part: TypeAlias = Literal["body", "head"]
Mode: TypeAlias = Literal["quote", "write"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of characters."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            msg = f"a span needs 0 <= start <= end, not [{self.start}, {self.end})"
            raise ValueError(msg)

    def __len__(self) -> int:
        return self.end - self.start

    def of(self, text: str) -> str:
        """Return the characters of `text` in this span."""
        return text[self.start : self.end]


class HeadField(StrEnum):
    """What the head of an article can state."""

    TITLE = "title"
    SUBTITLE = "subtitle"
    SOURCE = "source"
    DATE = "date"
    AUTHOR = "author"  # reporter, correspondent, writer
    EDITOR = "editor"


@dataclass(frozen=True, slots=True)
class Removed:
    """A stretch of the raw text that the cleaned text leaves out, and why."""

    raw: Span
    reason: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of cleaned text and the raw stretch it came from.

    Where both have the same length, characters correspond one to one; otherwise the whole clean stretch came from
    the whole raw stretch. An empty raw stretch marks inserted characters (a line break, say).
    """

    clean: Span
    raw: Span


@dataclass(frozen=True, slots=True)
class Alignment:
    """The way from cleaned characters back to raw ones. Segments tile the cleaned text in order."""

    segments: tuple[Segment, ...]

    def __post_init__(self) -> None:
        position = 0
        for segment in self.segments:
            if segment.clean.start != position or not len(segment.clean):
                msg = f"alignment segments must tile the cleaned text: gap or overlap at {position}"
                raise ValueError(msg)
            position = segment.clean.end

    def raw_span(self, clean: Span) -> Span:
        """Return the smallest raw span that holds every raw character `clean` came from.

        Head lines may have been moved, so the raw characters of a span across parts need not be contiguous.

        Raises:
            ValueError: `clean` is empty, outside the text, or consists of inserted characters only.

        """
        starts: list[int] = []
        ends: list[int] = []
        for segment in self.segments:
            if segment.clean.end <= clean.start:
                continue
            if segment.clean.start >= clean.end:
                break
            if not len(segment.raw):
                continue
            if len(segment.clean) == len(segment.raw):
                shift = segment.raw.start - segment.clean.start
                starts.append(max(clean.start, segment.clean.start) + shift)
                ends.append(min(clean.end, segment.clean.end) + shift)
            else:
                starts.append(segment.raw.start)
                ends.append(segment.raw.end)
        if not starts:
            msg = f"no raw characters stand behind cleaned characters [{clean.start}, {clean.end})"
            raise ValueError(msg)
        return Span(min(starts), max(ends))


@dataclass(frozen=True, slots=True)
class Repost:
    """Another article of the library that tells the same story."""

    article_id: str
    title: str
    source: str | None
    published: date | None
    path: str


@dataclass(frozen=True, slots=True)
class Article:
    """One article as ingested: its cleaned text (head, then body), what is known of it, and the raw text behind it."""

    id: str
    text: str
    head: Span  # always starts at 0; the body is everything after it
    title: str
    path: str  # the file it came from; for one line of a .jsonl file `path#line`
    raw: str  # the decoded file
    alignment: Alignment
    encoding: str
    published: date | None = None
    date_as_written: str | None = None
    source: str | None = None
    author: str | None = None
    head_fields: Mapping[HeadField, Span] = field(default_factory=dict)
    removed: tuple[Removed, ...] = ()
    reposts: tuple[Repost, ...] = ()  # the same story elsewhere in the library, its earliest source first

    def __post_init__(self) -> None:
        if self.head.start != 0 or self.head.end > len(self.text):
            msg = f"the head of article {self.id} must be a prefix of its text"
            raise ValueError(msg)
        for name, span in self.head_fields.items():
            if span.end > self.head.end:
                msg = f"head field {name} of article {self.id} lies outside the head"
                raise ValueError(msg)

    @property
    def damaged(self) -> int:
        """How many characters of the text could not be read: U+FFFD stands in their places."""
        return self.text.count("\ufffd")

    @property
    def body(self) -> Span:
        """The part of the text that is not the head."""
        return Span(self.head.end, len(self.text))


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file, or a line of one, that did not become an article, and why (one line, for people)."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Passage:
    """An indexed slice of an article; `article.text[start:end] == text`."""

    id: str
    article_id: str
    part: Part
    start: int
    end: int
    text: str

    def __post_init__(self) -> None:
        if self.end - self.start != len(self.text) or self.start < 0:
            msg = f"passage {self.id}: offsets [{self.start}, {self.end}) do not fit {len(self.text)} characters"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Hit:
    """One retrieved passage."""

    rank: int  # 1-based
    score: float
    passage: Passage
    legs: Mapping[str, int] = field(default_factory=dict)  # leg → its own rank of this passage
    published: date | None = None  # of the article
    also_in: tuple[Repost, ...] = ()  # where the article's story stands as well, its earliest source first


@dataclass(frozen=True, slots=True)
class Filter:
    """What retrieval is restricted to; an empty filter lets everything through."""

    published_from: date | None = None
    published_to: date | None = None  # inclusive
    sources: frozenset[str] = frozenset()
    article_ids: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.published_from or self.published_to or self.sources or self.article_ids)


EVERYTHING = Filter()


class ConditionKind(StrEnum):
    """What a question's words can ask of the articles beside their topic."""

    PUBLISHED = "published"  # 去年的报道: hard
    SOURCE = "source"  # 天津日报的报道: hard
    PERIOD = "period"  # 去年开幕的…: what happened then; articles of about that time come first
    NEWEST = "newest"  # 最新, 目前: newer articles come first


@dataclass(frozen=True, slots=True)
class Condition:
    """What a question asks of the articles beside their topic; whoever reads the answer sees it and can take it off.

    A hard one leaves other articles out, and those whose date or source is not known; the others change the order only.
    """

    kind: ConditionKind
    label: str  # in Chinese, for people
    span: Span  # the question's characters it was read from
    start: date | None = None  # first and last day; None where open
    end: date | None = None
    sources: tuple[str, ...] = ()  # as the library's articles name them

    @property
    def hard(self) -> bool:
        """Whether it leaves articles out."""
        return self.kind in (ConditionKind.PUBLISHED, ConditionKind.SOURCE)


NO_CONDITIONS: frozenset[ConditionKind] = frozenset(ConditionKind)
"""The kinds to leave aside where none is wanted."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A checked link from the answer to the exact words of an article."""

    marker: int
    article_id: str
    title: str
    source: str | None
    published: date | None
    path: str
    part: Part
    span: Span  # in the cleaned article
    quote: str
    raw: Span  # in the decoded file

    def __post_init__(self) -> None:
        if len(self.span) != len(self.quote) or not self.quote:
            msg = f"citation [{self.marker}]: span and quote differ in length, or are empty"
            raise ValueError(msg)


class AbstainReason(StrEnum):
    """Why there is no answer."""

    NOTHING_FOUND = "nothing_found"
    NOT_ANSWERED = "not_answered"
    UNSUPPORTED = "unsupported"
    STOPPED = "stopped"


class FaultKind(StrEnum):
    """What is wrong with a sentence that a writer wrote."""

    MARKER = "marker"  # a marker that stands for no passage it was given
    UNCITED = "uncited"  # it names no passage, and none supports it
    NUMBER = "number"  # a figure that its cited text does not have
    DATE = "date"
    NAME = "name"
    CONTRADICTED = "contradicted"  # its cited text says the opposite: rise and fall, yes and no
    UNSUPPORTED = "unsupported"  # its words are not those of its cited text
    UNFINISHED = "unfinished"  # cut off before its end
    REPEATED = "repeated"  # says again what a sentence before it said


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a written sentence."""

    kind: FaultKind
    text: str  # the characters of the sentence it concerns; may be empty


@dataclass(frozen=True, slots=True)
class WrittenSentence:
    """A sentence as the writer wrote it, and what checking made of it."""

    span: Span  # in the draft
    kept: bool  # whether it stands in the answer (markers mended); else it was withdrawn
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a writer wrote, before checking."""

    text: str
    thinking: str  # what it wrote inside a thinking block
    finish: Literal["end", "length", "loop"]
    sentences: tuple[WrittenSentence, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question came to: an answer with citations, or an abstention with a reason; never both."""

    question: str
    standalone_question: str
    mode: Mode
    text: str  # what a person reads first; markers are `[n]`
    short_answer: str | None
    abstention: AbstainReason | None
    confidence: float  # calibrated probability that the answer is right
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    timings_ms: Mapping[str, float]
    models: Mapping[str, str]
    draft: Draft | None = None  # of a written answer, and of an abstention that a draft came to
    conditions: tuple[Condition, ...] = ()  # read from the question and applied

    def __post_init__(self) -> None:
        if not 0.0 <= self.confidence <= 1.0:
            msg = f"confidence {self.confidence} is not a probability"
            raise ValueError(msg)
        if self.abstention is None and not self.citations:
            msg = "an answer needs at least one citation"
            raise ValueError(msg)
        if self.abstention is not None and (self.citations or self.short_answer is not None):
            msg = "an abstention carries neither citations nor a short answer"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of the conversation and what was answered."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Context:
    """A passage given with the question itself (fixed-passage mode), outside any library."""

    id: str
    text: str


History: TypeAlias = Sequence[Turn]
