"""What stands behind the chat page: the models, loaded once, and the library, followed as it changes."""

import shlex
import sys
import threading
from pathlib import Path

from models.errors import YijuError
from models.protocols import Generator, Reranker
from models.writers import FoundWriter, find_writers, models_folder, resolve_writer
from rag.assemble import Assembled, Models, open_answerer, open_models, open_writer
from rag.examples import examples_for
from rag.milvus.address import Address
from rag.protocols import Answerer
from rag.settings import Settings
from rag.store import Store
from rag.types import Article
from ui.cli import DEFAULT_LIBRARY
from ui.web import strings
from ui.web.engine import Description, Writer


def index_command(root: Path) -> str:
    """Return what to type, where this process was started, to bring articles into a library."""
    installed = Path(sys.executable).with_name("yiju")
    here = Path.cwd()
    name = str(installed.relative_to(here)) if installed.is_relative_to(here) else str(installed)
    words = [name if installed.exists() else "yiju", "index"]
    if root != DEFAULT_LIBRARY:
        words += ["--library", str(root)]
    return shlex.join(words)


class LibraryEngine:
    """Answers from a library folder; after `yiju index` ran beside it, from the new generation.

    At most one writer is open at a time: a model fills much of an ordinary machine's memory.
    """

    def __init__(
        self,
        root: Path,
        *,
        writer: FoundWriter | None = None,
        settings: Settings | None = None,
        reranker: Reranker | None = None,
        milvus: Address | None = None,
    ) -> None:
        """Load the models and open the library, if there is one; `writer` is the one a new page begins with.

        A `reranker` orders passages in the reader's place. With `milvus`, they are found in that collection.

        Raises:
            ModelError: a model is missing or broken.
            IndexUnusableError: the index is damaged or was made with another embedder.

        """
        self._root = root
        self._settings = settings or Settings()
        self._reranker = reranker
        self._milvus = milvus
        self._models: Models = open_models(root)
        self._given = writer
        self._lock = threading.Lock()
        self._generation: Path | None = None
        self._assembled: Assembled | None = None
        self._examples: list[str] | None = None
        self._opened: tuple[FoundWriter, Generator] | None = None
        self._closed = threading.Event()
        self._current()

    def _current(self) -> Assembled:
        """Return what answers from the live generation, opening it when it is new."""
        with self._lock:
            generation = Store(self._root).current()
            if self._assembled is None or generation != self._generation:
                # The old library is not closed: a page may be reading an article from it right now.
                self._assembled = open_answerer(
                    self._root,
                    self._settings,
                    models=self._models,
                    library_needed=False,
                    reranker=self._reranker,
                    milvus=self._milvus,
                )
                self._generation = generation
                self._examples = None
                threading.Thread(target=self._look_for_examples, args=(self._assembled,), daemon=True).start()
            return self._assembled

    def _look_for_examples(self, assembled: Assembled) -> None:
        try:
            found = examples_for(self._root, assembled, should_stop=self._closed.is_set)
        except YijuError:
            found = []  # whoever asks a question is told what is wrong
        with self._lock:
            if assembled is self._assembled:
                self._examples = found

    def answerer(self, writer: str | None = None) -> Answerer:
        """Return the one path from question to answer: by quoting, or by the writer of this name.

        Raises:
            ModelError: the writer cannot be opened.
            IndexUnusableError: the library has become unusable.

        """
        return self._current().answering(self._writer(writer) if writer else None)

    def _writer(self, name: str) -> Generator:
        """Return an open writer, closing another one first."""
        wanted = next((found for found in self._found() if found.name == name), None)
        wanted = wanted or resolve_writer(name, models_folder())
        if self._opened and self._opened[0] != wanted:
            self._opened[1].close()
            self._opened = None
        if self._opened is None:
            self._opened = (wanted, open_writer(str(wanted.path)))
        return self._opened[1]

    def _found(self) -> list[FoundWriter]:
        found = find_writers(models_folder())
        if self._given and all(self._given.path != each.path for each in found):
            return [self._given, *(each for each in found if each.name != self._given.name)]
        return found

    def writers(self) -> list[Writer]:
        """Return the writers that were found, looked for anew."""
        return [
            {"name": found.name, "problem": strings.WRITER_PROBLEMS[found.problem.kind] if found.problem else None}
            for found in self._found()
        ]

    @property
    def writer(self) -> str | None:
        """The writer that a new page begins with; None is quoting."""
        return self._given.name if self._given else None

    @property
    def writers_folder(self) -> str:
        """Where a writer model (GGUF) can be dropped to be found."""
        return str(models_folder())

    def article(self, article_id: str) -> Article:
        """Return an article. Raises BadInputError when there is none of that id."""
        return self._current().articles.article(article_id)

    def describe(self) -> Description:
        """Return what is at work now."""
        library = self._current().library
        counts = library.manifest.counts if library else {"articles": 0, "passages": 0}
        writer = {"writer": self.writer} if self.writer else {}
        return {
            "mode": "write" if self.writer else "quote",
            "models": self._models.names | writer,
            "articles": counts["articles"],
            "passages": counts["passages"],
            "index_command": index_command(self._root),
        }

    def examples(self) -> list[str] | None:
        """Return a few questions that the articles can answer; None while they are being looked for."""
        return self._examples

    def close(self) -> None:
        """End what runs beside the page."""
        self._closed.set()
        if self._opened:
            self._opened[1].close()
