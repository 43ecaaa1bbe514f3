"""The one place where concrete models meet rag."""

from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from models.embedder import SentenceTransformerEmbedder, open_user_embedder
from models.errors import IndexUnusableError
from models.generator import WriterProcess
from models.protocols import Generator
from models.reader import LlamaReader, open_bundled_reader
from models.store import bundled, verify
from models.writers import models_folder, resolve_writer
from rag.answering.answerer import QuotingAnswerer
from rag.answering.confidence import Calibration, read_calibration
from rag.answering.finding import Finder
from rag.answering.judging import Judge
from rag.answering.writing import WritingAnswerer
from rag.indexing import Indexer, check_embedder
from rag.library import Library
from rag.protocols import Answerer
from rag.retrieval import dense
from rag.retrieval.dense import DenseIndex, DenseLeg
from rag.retrieval.lexical import LexicalIndex
from rag.retrieval.retriever import HybridRetriever
from rag.settings import Settings
from rag.store import Store
from rag.types import EVERYTHING, Article, Filter, HeadField, Hit


class NoLibrary:
    """Stands where a library would: whoever looks anything up is told that there is none."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def _refuse(self) -> NoReturn:
        msg = f"there is no index in {self._root}: run `yiju index FOLDER` first"
        raise IndexUnusableError(msg)

    def search(self, question: str, k: int, only: Filter = EVERYTHING) -> list[Hit]:  # noqa: ARG002
        """Raises IndexUnusableError."""
        self._refuse()

    def article(self, article_id: str) -> Article:  # noqa: ARG002
        """Raises IndexUnusableError."""
        self._refuse()

    def stating(self, field: HeadField, at_most: int) -> list[Article]:  # noqa: ARG002
        """Raises IndexUnusableError."""
        self._refuse()


@dataclass(frozen=True, slots=True)
class Models:
    """The models at work, loaded once and shared by everything that answers."""

    embedder: SentenceTransformerEmbedder
    reader: LlamaReader
    calibration: Calibration

    @property
    def names(self) -> dict[str, str]:
        """Role → name, as answers report them."""
        return {"embedder": self.embedder.name, "reader": self.reader.name}

    @property
    def identities(self) -> dict[str, str]:
        """Role → name and fingerprint, as a run's manifest records them."""
        return {role: f"{name} {getattr(self, role).fingerprint}" for role, name in self.names.items()}


@dataclass(frozen=True, slots=True)
class Assembled:
    """Everything that answers questions from one library, or from passages alone where `library` is None."""

    retriever: HybridRetriever | NoLibrary
    articles: Library | NoLibrary
    models: Models
    settings: Settings
    writer: Generator | None = None

    @property
    def answerer(self) -> Answerer:
        """The one path from question to answer: through the writer, or by quoting where there is none."""
        return self.answering(self.writer)

    def answering(self, writer: Generator | None) -> Answerer:
        """Return the path from question to answer through this writer, or by quoting."""
        finder = Finder(self.retriever, self.articles, self.settings)
        judge = Judge(self.models.reader, self.models.calibration)
        if writer is None:
            return QuotingAnswerer(finder, judge, self.settings, self.models.names)
        names = {**self.models.names, "writer": writer.name}
        return WritingAnswerer(finder, judge, writer, self.settings, names)

    @property
    def identities(self) -> dict[str, str]:
        """Role → name and fingerprint of every model at work, as a run's manifest records them."""
        writer = {"writer": f"{self.writer.name} {self.writer.fingerprint}"} if self.writer else {}
        return self.models.identities | writer

    @property
    def library(self) -> Library | None:
        """The open library, if there is one."""
        return self.articles if isinstance(self.articles, Library) else None

    def close(self) -> None:
        """Free the models and close the library."""
        self.models.reader.close()
        if self.writer:
            self.writer.close()
        if self.library:
            self.library.close()


def open_embedder(root: Path | None = None) -> SentenceTransformerEmbedder:
    """Return the embedder that a library was made with: the bundled one, or one that its user brought.

    Raises:
        ModelError: it is missing or broken.
        IndexUnusableError: the library's manifest cannot be read.

    """
    live = Store(root).current() if root else None
    location = Store(root).read_manifest(live).embedder.get("location") if root and live else None
    if location:
        return open_user_embedder(location)
    entry = bundled("embedder")
    verify(entry)
    return SentenceTransformerEmbedder(entry.location, entry.name)


def open_models(root: Path | None = None, *, reader_path: Path | None = None, calibrated: bool = True) -> Models:
    """Load the models that answer from a library.

    With `reader_path` another reader GGUF takes the bundled one's place; `calibrated=False` lets it be judged by
    numbers that were fitted for another reader, which only experiments should do.

    Raises:
        ModelError: a model is missing or broken, or the calibration was fitted for another reader.

    """
    reader = LlamaReader(reader_path) if reader_path else open_bundled_reader()
    calibration = read_calibration()
    if calibrated:
        calibration.check(reader)
    return Models(open_embedder(root), reader, calibration)


def open_indexer(root: Path, settings: Settings | None = None, *, embedder: str | None = None) -> Indexer:
    """Return what brings articles into a library folder.

    `embedder` is a user's own (folder or name); without it, the one that the library has, or the bundled one.

    Raises:
        ModelError: the embedder is missing or broken.

    """
    chosen = open_user_embedder(embedder) if embedder else open_embedder(root)
    return Indexer(root, chosen, settings or Settings())


def open_retriever(
    library: Library, root: Path, settings: Settings, embedder: SentenceTransformerEmbedder
) -> HybridRetriever:
    """Return the hybrid retriever over an open library.

    Raises:
        IndexUnusableError: the dense index is damaged or was made with another embedder.

    """
    check_embedder(root, library.manifest, embedder)
    Store(root).verify(library.folder, library.manifest, dense.FILE)
    legs = (LexicalIndex(library), DenseLeg(library, DenseIndex.read(library.folder / dense.FILE), embedder))
    dense_weight = settings.own_dense_weight if embedder.location else settings.dense_weight
    weights = {LexicalIndex.name: 1.0, DenseLeg.name: dense_weight}
    return HybridRetriever(library, legs, weights, settings.leg_depth)


def open_writer(wanted: str) -> Generator:
    """Return a writer, by the path of its GGUF or by its name in the models folder; it is loaded when first used.

    Raises:
        ModelError: there is none of that name, or it cannot be used.

    """
    found = resolve_writer(wanted, models_folder())
    return WriterProcess(found.path)


def open_answerer(
    root: Path,
    settings: Settings | None = None,
    *,
    models: Models | None = None,
    library_needed: bool = True,
    writer: Generator | None = None,
) -> Assembled:
    """Open a library and what answers from it: by quoting, or through a writer.

    Without a library, unless one is needed, questions that bring their own passages can be answered.

    Raises:
        IndexUnusableError: the index is missing (where needed), damaged, or was made with another embedder.
        ModelError: a model is missing or broken, or the calibration was fitted for another reader.

    """
    settings = settings or Settings()
    if library_needed or Store(root).current():
        library = Library.open(root)
        models = models or open_models(root)
        return Assembled(open_retriever(library, root, settings, models.embedder), library, models, settings, writer)
    missing = NoLibrary(root)
    return Assembled(missing, missing, models or open_models(), settings, writer)
