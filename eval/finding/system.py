"""What every system that is measured looks like from outside."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from eval.questions import Question
from models.protocols import Embedder
from rag.library import Library


@dataclass(frozen=True, slots=True)
class Found:
    """One passage that a system found."""

    article_ids: tuple[str, ...]  # its article, and those that it stands for as well
    text: str


class System(Protocol):
    """Something that finds passages, ready to be asked."""

    def search(self, question: Question, k: int) -> list[Found]:
        """Return at most `k` passages, best first."""
        ...

    def bytes_kept(self) -> int | None:
        """Return how many bytes its index takes on the disk; None where it is a part of another system's."""
        ...

    def close(self) -> None:
        """Free what it holds."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """What a system is made from."""

    root: Path  # the library's folder
    library: Library
    embedder: Embedder  # the library's own


Kind = Literal["product", "baseline", "peer"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A system that can be measured."""

    name: str
    kind: Kind
    about: str  # one sentence for the table
    open: Callable[[Place], System]  # builds its index, where it has one of its own
    needs: tuple[str, ...] = ()  # modules that are no part of the product

    @property
    def builds(self) -> bool:
        """Whether opening it indexes the passages; the product's index is the library."""
        return self.kind != "product"
