"""What stands behind the chat page: the models, loaded once, and the library, followed as it changes."""

import threading
from pathlib import Path

from rag.assemble import Assembled, Models, open_answerer, open_models
from rag.protocols import Answerer
from rag.settings import Settings
from rag.store import Store
from rag.types import Article
from ui.web.engine import Description, Writer


class LibraryEngine:
    """Answers from a library folder; after `yiju index` ran beside it, from the new generation."""

    def __init__(self, root: Path, examples: list[str], settings: Settings | None = None) -> None:
        """Load the models and open the library, if there is one.

        Raises:
            ModelError: a model is missing or broken.
            IndexUnusableError: the index is damaged or was made with another embedder.

        """
        self._root = root
        self._settings = settings or Settings()
        self._examples = examples
        self._models: Models = open_models()
        self._lock = threading.Lock()
        self._generation: Path | None = None
        self._assembled: Assembled | None = None
        self._current()

    def _current(self) -> Assembled:
        """Return what answers from the live generation, opening it when it is new."""
        with self._lock:
            generation = Store(self._root).current()
            if self._assembled is None or generation != self._generation:
                # The old library is not closed: a page may be reading an article from it right now.
                self._assembled = open_answerer(self._root, self._settings, models=self._models, library_needed=False)
                self._generation = generation
            return self._assembled

    def answerer(self, writer: str | None = None) -> Answerer:
        """Return the one path from question to answer. Raises ModelError: the writer cannot be opened."""
        assert writer is None
        return self._current().answerer

    def writers(self) -> list[Writer]:
        """Return the writers that were found."""
        return []

    @property
    def writer(self) -> str | None:
        """The writer that a new page begins with."""
        return None

    @property
    def writers_folder(self) -> str:
        """Where a writer model can be dropped to be found."""
        return ""

    def article(self, article_id: str) -> Article:
        """Return an article. Raises BadInputError when there is none of that id."""
        return self._current().articles.article(article_id)

    def describe(self) -> Description:
        """Return what is at work now."""
        library = self._current().library
        counts = library.manifest.counts if library else {"articles": 0, "passages": 0}
        return {
            "mode": "quote",
            "models": self._models.names,
            "articles": counts["articles"],
            "passages": counts["passages"],
        }

    def examples(self) -> list[str] | None:
        """Return a few questions that the articles can answer, where they are known."""
        return self._examples
