"""What the page needs from the rest of Yiju, declared by the page: anything of this shape can be put behind it."""

from collections.abc import Mapping
from typing import Protocol, TypedDict

from rag.protocols import Answerer
from rag.types import Article, Mode


class Description(TypedDict):
    """What is at work, in figures and names."""

    mode: Mode
    models: Mapping[str, str]  # role → name
    articles: int
    passages: int


class Engine(Protocol):
    """An answerer with its library.

    The answerer is only ever used from one thread, one question at a time; `article` and `describe` may be called from
    any thread, also while a question is being answered.
    """

    @property
    def answerer(self) -> Answerer:
        """The one path from question to answer."""
        ...

    def article(self, article_id: str) -> Article:
        """Return an article. Raises BadInputError when there is none of that id."""
        ...

    def describe(self) -> Description:
        """Return what is at work now; asked again whenever the page is loaded or a question comes in."""
        ...

    def examples(self) -> list[str]:
        """Return a few questions that these articles can answer; may be empty."""
        ...
