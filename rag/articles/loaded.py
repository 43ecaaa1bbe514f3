"""One article as it came in."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["text", "markdown", "html", "record"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """One article as it came in: decoded, not cleaned. `title` to `id` are what a record states of itself."""

    path: str
    text: str
    encoding: str
    kind: Kind
    title: str | None = None
    published: date | None = None
    source: str | None = None
    id: str | None = None
