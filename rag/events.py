"""What an answerer tells while it works. Pages render these, commands print them, evaluation drains them."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from rag.types import Answer, Condition, Hit

StageName: TypeAlias = Literal["retrieve", "read", "compose", "think", "write", "check"]


@dataclass(frozen=True, slots=True)
class Started:
    """A stage has begun."""

    stage: StageName


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The passages that will be read, best first, and what the question's words asked of their articles."""

    hits: tuple[Hit, ...]
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage has come; also a sign of life while nothing new can be told."""

    stage: StageName
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Token:
    """The next piece of the answer's text; of a written one, as the model writes it, not yet checked."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The whole answer; the last event."""

    answer: Answer


Event: TypeAlias = Started | Retrieved | Progress | Token | Finished
