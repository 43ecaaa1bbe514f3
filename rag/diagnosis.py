"""What became of an article on a question's way: the values that `rag.why` fills in."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from rag.answering.judging import SURE
from rag.question_words import Whereabouts
from rag.types import Answer, Article, Condition


class Stage(StrEnum):
    """Where an article can be lost, in the order of a question's way; `DESCRIPTIONS` says what each means."""

    NOT_INDEXED = "not_indexed"
    REFUSED = "refused"
    CLEANING = "cleaning"
    PASSAGE = "passage"
    FILTER = "filter"
    LEGS = "legs"
    FUSION = "fusion"
    FOLDING = "folding"
    PREFERENCE = "preference"
    HEAD = "head"
    READING = "reading"
    CANDIDATE = "candidate"
    THRESHOLD = "threshold"


DESCRIPTIONS: Mapping[Stage, str] = {
    Stage.NOT_INDEXED: "the file was never brought in",
    Stage.REFUSED: "indexing refused the file",
    Stage.CLEANING: "as many of the question's words stand in a stretch that was taken out as in its best passage",
    Stage.PASSAGE: "the body holds as many of the question's words as what came first, but no passage of it does",
    Stage.FILTER: "a date or publisher in the question leaves it out",
    Stage.LEGS: "no leg handed a passage of it over",
    Stage.FUSION: "too many passages come before it when the legs' scores are added",
    Stage.FOLDING: "the same words or the same story are shown from another article",
    Stage.PREFERENCE: "articles of the time that the question is about come before it",
    Stage.HEAD: "the question asks for an article's head, and another article is meant",
    Stage.READING: "the reader was sure of another passage before it came to this one",
    Stage.CANDIDATE: "words of another article answer more likely",
    Stage.THRESHOLD: "its words are the likeliest answer, but not likely enough",
}


@dataclass(frozen=True, slots=True)
class InPassages:
    """How an article's passages hold the question's words."""

    passages: int  # of the body
    in_body: int  # words that stand in the body
    in_best: int  # words that stand in the passage with most of them


@dataclass(frozen=True, slots=True)
class LegPlace:
    """An article's best passage in one leg. Where a filter leaves the article out, as if there were none."""

    leg: str
    returned: int  # passages that the leg handed over
    passage_id: str | None
    rank: int | None  # among all passages; None where the leg never comes to the article
    score: float | None
    handed_over: bool


@dataclass(frozen=True, slots=True)
class Folded:
    """The article that is shown in this one's place."""

    into: str
    same_words: bool
    answered: bool  # whether the answer rests on it


@dataclass(frozen=True, slots=True)
class Ranked:
    """A place in a ranking."""

    rank: int | None
    of: int


@dataclass(frozen=True, slots=True)
class InReading:
    """What the reader said of the article's passage with the likeliest candidate, or else its first one."""

    passage_id: str
    relevance: float
    answerable: float
    span_score: float | None  # of its best span


@dataclass(frozen=True, slots=True)
class Likely:
    """Words that may answer."""

    article_id: str
    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What became of an article on a question's way; stages that were not reached say None."""

    answer: Answer
    article: Article
    lost: tuple[Stage, ...]  # first what it comes from, last where it dropped out; empty: the answer rests on it
    warnings: tuple[str, ...]
    words: Whereabouts
    in_passages: InPassages
    left_out_by: tuple[Condition, ...]
    legs: tuple[LegPlace, ...]
    fused: Ranked
    folded: Folded | None
    found: Ranked  # among the passages that are read
    ordered: int | None  # its place among these after reading
    read: int  # passages that were read
    reader: InReading | None
    best: Likely | None  # of the article
    winner: Likely | None  # of all
    least: float  # the probability from which an answer is given

    @property
    def lost_at(self) -> Stage | None:
        """The first stage that lost it."""
        return self.lost[0] if self.lost else None

    @property
    def sure(self) -> bool:
        """Whether reading ended before all passages were read, the reader being sure."""
        return self.read < self.found.of and self.winner is not None and self.winner.probability >= SURE
