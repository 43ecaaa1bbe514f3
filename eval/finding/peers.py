"""How others find, with the product's embedder: LangChain as Langchain-Chatchat uses it, and txtai's hybrid.

Their packages are the extra `peers`; nothing of theirs is part of the product. They cut, index and search by their
own code and their own defaults, and are told nothing of the question sets.
"""

import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from eval.finding import texts
from eval.finding.baselines import folder_bytes
from eval.finding.system import Entry, Found, Place, System
from eval.questions import Question
from models.protocols import Embedder

SEPARATORS = ("\n\n", "\n", "。|！|？", r"\.\s|\!\s|\?\s", r"；|;\s", r"，|,\s")
"""Where Langchain-Chatchat's ChineseRecursiveTextSplitter cuts, in this order, behind the mark."""
CHUNK, OVERLAP = 250, 50  # characters: the sizes that Langchain-Chatchat was known with
_WEIGHTS = (0.5, 0.5)


def _keep_quiet() -> None:
    """Let no package look anything up, or tell anybody what is searched, whatever the environment asks for."""
    os.environ.update(HF_HUB_OFFLINE="1", LANGSMITH_TRACING="false", LANGCHAIN_TRACING_V2="false")


def _embeddings(embedder: Embedder) -> Any:
    """Return an embedder in the shape that LangChain takes."""
    from langchain_core.embeddings import Embeddings

    class Bundled(Embeddings):  # type: ignore[misc]
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            vectors: list[list[float]] = embedder.embed_passages(texts).tolist()
            return vectors

        def embed_query(self, text: str) -> list[float]:
            vector: list[float] = embedder.embed_query(text).tolist()
            return vector

    return Bundled()


class LangChain:
    """RecursiveCharacterTextSplitter, FAISS and BM25Retriever in an EnsembleRetriever.

    Source: chatchat-space/Langchain-Chatchat, `file_rag/retrievers/ensemble.py` and
    `file_rag/text_splitter/chinese_recursive_text_splitter.py` (0.3): equal weights, jieba in search mode for BM25.
    Its score threshold, which only leaves hits out, is not set.
    """

    def __init__(self, place: Place, k: int) -> None:
        """Cut the articles and index the chunks; both retrievers are asked for `k`, as there."""
        _keep_quiet()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the package says that it will move
            from langchain_classic.retrievers import EnsembleRetriever
            from langchain_community.retrievers import BM25Retriever
            from langchain_community.vectorstores import FAISS
            from langchain_community.vectorstores.utils import DistanceStrategy
        import jieba
        from langchain_core.documents import Document
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        splitter = RecursiveCharacterTextSplitter(
            separators=list(SEPARATORS),
            is_separator_regex=True,
            keep_separator="end",
            chunk_size=CHUNK,
            chunk_overlap=OVERLAP,
        )
        self._holders: dict[str, dict[str, None]] = {}  # chunk → its articles: equal chunks become one hit
        documents = []
        for article in texts.articles(place.library):
            for chunk in splitter.split_text(article.text):
                documents.append(Document(chunk, metadata={"article": article.article_id}))
                self._holders.setdefault(chunk, {})[article.article_id] = None
        self._store = FAISS.from_documents(
            documents, _embeddings(place.embedder), distance_strategy=DistanceStrategy.MAX_INNER_PRODUCT
        )
        lexical = BM25Retriever.from_documents(documents, preprocess_func=jieba.lcut_for_search)
        lexical.k = k
        dense = self._store.as_retriever(search_kwargs={"k": k})
        self._retriever = EnsembleRetriever(retrievers=[lexical, dense], weights=list(_WEIGHTS))

    def search(self, question: Question, k: int) -> list[Found]:
        """Return at most `k` chunks."""
        found = self._retriever.invoke(question.question)[:k]
        return [Found(tuple(self._holders[one.page_content]), one.page_content) for one in found]

    def bytes_kept(self) -> int:
        """Return the bytes of FAISS and its texts as written; BM25 is built anew at every start, and not kept."""
        with tempfile.TemporaryDirectory(prefix="yiju-finding-") as folder:
            self._store.save_local(folder)
            return folder_bytes(Path(folder))

    def close(self) -> None:
        """Nothing is held open."""


class Txtai:
    """txtai's hybrid index over the library's own passages: it cuts none by itself."""

    def __init__(self, place: Place, scoring: Mapping[str, object] | None) -> None:
        """Index the passages; `scoring` is the sparse side's configuration, None for that of `hybrid: true`."""
        _keep_quiet()
        from txtai import Embeddings

        embedder = place.embedder

        def transform(texts: list[str]) -> Any:
            return embedder.embed_passages(texts)

        self._passages = texts.passages(place.library)
        own = {"scoring": dict(scoring)} if scoring else {}
        self._index = Embeddings({"method": "external", "transform": transform, "hybrid": True, **own})
        self._index.index((place, one.text, None) for place, one in enumerate(self._passages))

    def search(self, question: Question, k: int) -> list[Found]:
        """Return at most `k` passages."""
        found = (self._passages[place] for place, _ in self._index.search(question.question, k))
        return [Found((one.article_id,), one.text) for one in found]

    def bytes_kept(self) -> int:
        """Return the bytes of both indexes as txtai writes them, without the texts."""
        with tempfile.TemporaryDirectory(prefix="yiju-finding-") as folder:
            self._index.save(folder)
            return folder_bytes(Path(folder))

    def close(self) -> None:
        """Close its database of terms."""
        self._index.close()


_BIGRAMS = {"method": "bm25", "terms": True, "normalize": True, "tokenizer": {"ngrams": 2}}
_LANGCHAIN = ("langchain_classic", "langchain_community", "langchain_text_splitters", "rank_bm25", "jieba")


def entries(k: int) -> Iterator[Entry]:
    """Yield the peers, to be asked for `k` passages."""

    def langchain(place: Place) -> System:
        return LangChain(place, k)

    def txtai(place: Place) -> System:
        return Txtai(place, None)

    def txtai_bigrams(place: Place) -> System:
        return Txtai(place, _BIGRAMS)

    how = f"chunks of {CHUNK} characters overlapping by {OVERLAP}, FAISS and BM25Retriever with jieba, equal weights"
    yield Entry("langchain", "peer", f"LangChain as Langchain-Chatchat uses it: {how}", langchain, _LANGCHAIN)
    own = "txtai's hybrid over the library's passages"
    yield Entry(
        "txtai", "peer", f"{own}, as it comes (its BM25 takes each Chinese character for a word)", txtai, ("txtai",)
    )
    yield Entry("txtai-bigrams", "peer", f"{own}, its BM25 set to character bigrams", txtai_bigrams, ("txtai",))
