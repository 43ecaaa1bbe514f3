"""The one place where concrete models meet rag."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NoReturn

from models.embedder import SentenceTransformerEmbedder, open_user_embedder
from models.errors import IndexUnusableError
from models.generator import WriterProcess
from models.protocols import Generator, Reranker
from models.reader import LlamaReader, open_bundled_reader
from models.store import bundled, verify
from models.writers import models_folder, resolve_writer
from rag.answering.answerer import QuotingAnswerer
from rag.answering.confidence import Calibration, read_calibration
from rag.answering.finding import Finder
from rag.answering.judging import Judge
from rag.answering.publishers import Publishers
from rag.answering.ranking import Ranking, read_ranking
from rag.answering.writing import WritingAnswerer
from rag.indexing import Indexer, check_embedder
from rag.library import Library
from rag.milvus.address import Address
from rag.milvus.collection import Collection
from rag.milvus.leg import MilvusLeg
from rag.milvus.sync import check
from rag.protocols import Answerer, Retriever
from rag.retrieval import dense
from rag.retrieval.dense import DenseIndex, DenseLeg
from rag.retrieval.fuse import Fusion, Linear, ReciprocalRanks
from rag.retrieval.lexical import LexicalIndex
from rag.retrieval.reranking import RerankingRetriever
from rag.retrieval.retriever import HybridRetriever, Leg
from rag.settings import Settings
from rag.store import Manifest, Store
from rag.text.aliases import Aliases
from rag.types import EVERYTHING, Article, Filter, HeadField, Hit
from rag.why import Diagnoser


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
    ranking: Ranking

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

    retriever: Retriever
    articles: Library | NoLibrary
    models: Models
    settings: Settings
    writer: Generator | None = None
    reranker: Reranker | None = None  # a user's own, which orders passages in the reader's place
    collection: Collection | None = None  # where passages are found, if not in the library

    @property
    def answerer(self) -> Answerer:
        """The one path from question to answer: through the writer, or by quoting where there is none."""
        return self.answering(self.writer)

    def answering(self, writer: Generator | None) -> Answerer:
        """Return the path from question to answer through this writer, or by quoting."""
        finder = Finder(self.retriever, self.articles, self.settings, lambda: publishers_of(self.library))
        ranking = None if self.reranker else self.models.ranking
        aliases = self.library.aliases if self.library else Aliases()
        judge = Judge(self.models.reader, self.models.calibration, ranking, aliases)
        names = self.models.names | ({"reranker": self.reranker.name} if self.reranker else {})
        if writer is None:
            return QuotingAnswerer(finder, judge, self.settings, names)
        return WritingAnswerer(finder, judge, writer, self.settings, {**names, "writer": writer.name})

    @property
    def identities(self) -> dict[str, str]:
        """Role → name and fingerprint of every model at work, as a run's manifest records them."""
        own = {"writer": self.writer, "reranker": self.reranker}
        return self.models.identities | {
            role: f"{model.name} {model.fingerprint}" for role, model in own.items() if model is not None
        }

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
        if self.collection:
            self.collection.close()


@lru_cache(maxsize=2)
def publishers_of(library: Library | None) -> Publishers:
    """Return the publishers of a library's articles; looked up once, as a published generation never changes."""
    sql = "SELECT DISTINCT source FROM article WHERE source IS NOT NULL"
    return Publishers(row["source"] for row in library.query(sql)) if library else Publishers(())


def open_embedder(root: Path | None = None) -> SentenceTransformerEmbedder:
    """Return the embedder that a library was made with: the bundled one, or one that its user brought.

    Raises:
        ModelError: it is missing or broken.
        IndexUnusableError: the library's manifest cannot be read.

    """
    live = Store(root).current() if root else None
    return embedder_of(Store(root).manifest_of(live) if root and live else None)


def embedder_of(manifest: Manifest | None) -> SentenceTransformerEmbedder:
    """Return the embedder that a generation was made with, the bundled one without a manifest.

    Raises:
        ModelError: it is missing or broken.

    """
    location = manifest.embedder.get("location") if manifest else None
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
    calibration, ranking = read_calibration(), read_ranking()
    if calibrated:
        calibration.check(reader)
        ranking.check(reader)
    return Models(open_embedder(root), reader, calibration, ranking)


def open_indexer(root: Path, settings: Settings | None = None, *, embedder: str | None = None) -> Indexer:
    """Return what brings articles into a library folder.

    `embedder` is a user's own (folder or name); without it, the one that the library has, or the bundled one.

    Raises:
        ModelError: the embedder is missing or broken.

    """
    chosen = open_user_embedder(embedder) if embedder else open_embedder(root)
    return Indexer(root, chosen, settings or Settings())


def open_legs(library: Library, root: Path, embedder: SentenceTransformerEmbedder) -> tuple[LexicalIndex, DenseLeg]:
    """Return the lexical and the dense leg over an open library.

    Raises:
        IndexUnusableError: the dense index is damaged or was made with another embedder.

    """
    check_embedder(root, library.manifest, embedder)
    vectors = DenseIndex.read(library.folder / dense.FILE, embedder.dimensions)
    return LexicalIndex(library), DenseLeg(library, vectors, embedder)


def open_retriever(
    library: Library, root: Path, settings: Settings, embedder: SentenceTransformerEmbedder
) -> HybridRetriever:
    """Return the hybrid retriever over an open library.

    Raises:
        IndexUnusableError: the dense index is damaged or was made with another embedder.

    """
    return _over(open_legs(library, root, embedder), library, settings, embedder)


def _over(
    legs: Sequence[Leg], library: Library, settings: Settings, embedder: SentenceTransformerEmbedder
) -> HybridRetriever:
    fusion: Fusion
    if embedder.location:  # a user's own: nothing is known of its scores
        fusion = ReciprocalRanks({LexicalIndex.name: 1.0, DenseLeg.name: settings.own_dense_weight})
    else:
        weights = {LexicalIndex.name: 1.0, DenseLeg.name: settings.dense_weight}
        fusion = Linear(weights, frozenset({LexicalIndex.name}))
    return HybridRetriever(library, legs, fusion, settings.leg_depth)


def open_milvus_retriever(
    library: Library, root: Path, collection: Collection, settings: Settings, embedder: SentenceTransformerEmbedder
) -> HybridRetriever:
    """Return the retriever that finds a library's passages in a collection.

    Raises:
        IndexUnusableError: the collection is not in step with the library, or the engine failed.

    """
    check_embedder(root, library.manifest, embedder)
    check(collection, library, embedder)
    # Nothing is fitted for a user's own embedder: both legs count the same, as they do on one machine.
    leg = MilvusLeg(library, collection, embedder, None if embedder.location else settings.milvus_dense_weight)
    return HybridRetriever(library, (leg,), Linear({leg.name: 1.0}), settings.leg_depth)


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
    reranker: Reranker | None = None,
    milvus: Address | None = None,
) -> Assembled:
    """Open a library and what answers from it: by quoting, or through a writer.

    Without a library, unless one is needed, questions that bring their own passages can be answered. A `reranker`
    orders the passages found, in the reader's place. With `milvus`, passages are found in that collection; articles
    still come from the library.

    Raises:
        IndexUnusableError: the index is missing (where needed), damaged, or was made with another embedder.
        ModelError: a model is missing or broken, or the calibration was fitted for another reader.

    """
    settings = settings or Settings()
    if not library_needed and Store(root).current() is None:
        missing = NoLibrary(root)
        return Assembled(missing, missing, models or open_models(), settings, writer, reranker)
    library = Library.open(root)
    collection = Collection(milvus) if milvus else None  # told before the models are loaded
    try:
        models = models or open_models(root)
        library, retriever = open_finding(library, root, settings, models.embedder, collection)
    except BaseException:
        if collection:
            collection.close()
        raise
    if reranker:
        retriever = RerankingRetriever(retriever, reranker, settings.rerank_passages)
    return Assembled(retriever, library, models, settings, writer, reranker, collection)


def open_finding(
    library: Library, root: Path, settings: Settings, embedder: SentenceTransformerEmbedder, among: Collection | None
) -> tuple[Library, Retriever]:
    """Return what finds a library's passages, and the library: the new one, if a writer removed the generation."""
    while True:
        try:
            if among:
                return library, open_milvus_retriever(library, root, among, settings, embedder)
            return library, open_retriever(library, root, settings, embedder)
        except IndexUnusableError:
            if Store(root).current() == library.folder:
                raise
            library.close()
            library = Library.open(root)


@contextmanager
def open_diagnoser(library: Library, root: Path, settings: Settings) -> Iterator[Diagnoser]:
    """Give what tells why an article of an open library was or was not found; the models are freed afterwards.

    Raises:
        IndexUnusableError: the index is damaged or was made with another embedder.
        ModelError: a model is missing or broken, or the calibration was fitted for another reader.

    """
    models = open_models(root)
    with closing(models.reader):
        legs = open_legs(library, root, models.embedder)
        yield Diagnoser(
            _over(legs, library, settings, models.embedder),
            legs,
            library,
            models.reader,
            models.calibration,
            models.ranking,
            settings,
            lambda: publishers_of(library),
        )
