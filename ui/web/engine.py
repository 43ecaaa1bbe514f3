"""What the page needs from the rest of Yiju, declared by the page: anything of this shape can be put behind it."""

from collections.abc import Mapping
from typing import Protocol, TypedDict

from rag.protocols import Answerer
from rag.types import Article, Mode


class Description(TypedDict):
    """What is at work, in figures and names."""

    mode: Mode  # of a question that names no other
    models: Mapping[str, str]  # role → name
    articles: int
    passages: int
    index_command: str  # what brings articles into this very library, for a terminal; a folder's name is added


class Writer(TypedDict):
    """A writer model that was found."""

    name: str  # unique among those found; what `answerer` takes
    problem: str | None  # why it cannot be used, in one line; None when nothing speaks against it


class Engine(Protocol):
    """An answerer with its library.

    The answerer is only ever used from one thread, one question at a time; `article` and `describe` may be called from
    any thread, also while a question is being answered.
    """

    def answerer(self, writer: str | None = None) -> Answerer:
        """Return the one path from question to answer: by quoting, or by the writer of this name.

        Asked anew for each question, on the thread that answers; opening a writer may take seconds.

        Raises:
            ModelError: the writer cannot be opened.
            IndexUnusableError: the library has become unusable.

        """
        ...

    def writers(self) -> list[Writer]:
        """Return the writers that were found, looked for anew."""
        ...

    @property
    def writer(self) -> str | None:
        """The writer that a new page begins with; None is quoting."""
        ...

    @property
    def writers_folder(self) -> str:
        """Where a writer model (GGUF) can be dropped to be found."""
        ...

    def article(self, article_id: str) -> Article:
        """Return an article. Raises BadInputError when there is none of that id."""
        ...

    def describe(self) -> Description:
        """Return what is at work now; asked again whenever the page is loaded or a question comes in."""
        ...

    def examples(self) -> list[str] | None:
        """Return a few questions that these articles can answer; may be empty. None: still being looked for."""
        ...
