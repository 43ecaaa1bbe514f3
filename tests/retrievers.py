"""Retrievers for contract tests: each takes articles and returns what finds their passages."""

import json
import os
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from models.fakes import HashingEmbedder
from rag.assemble import open_milvus_retriever, open_retriever
from rag.indexing import Indexer
from rag.library import Library
from rag.milvus.address import Address, parse_address
from rag.milvus.collection import Collection
from rag.milvus.sync import sync
from rag.protocols import Retriever
from rag.settings import Settings

SERVER = "YIJU_MILVUS_URI"
ENGINES = ("local", "milvus-lite", *(("milvus-server",) if SERVER in os.environ else ()))
SETTINGS = Settings(passage_length=60, milvus_dense_weight=0.5)
NO_SERVER = f"{SERVER} names no Milvus server (http://HOST:PORT); with one, the contract of retrievers runs on it too"


def need(engine: str) -> None:
    """Skip a test where the engine that it is about is not here."""
    if engine == "milvus-server" and SERVER not in os.environ:
        pytest.skip(NO_SERVER)
    if engine != "local":
        pytest.importorskip("pymilvus", reason="the extra `milvus` is not installed (make test installs it)")
    if engine == "milvus-lite":
        pytest.importorskip("milvus_lite", reason="the extra `milvus` is not installed (make test installs it)")


class Kept:
    """A library folder that is kept in step with a list of articles, and what finds their passages."""

    def __init__(self, root: Path, engine: str) -> None:
        need(engine)
        self.root = root
        self.news = root.parent / f"{root.name}-news"
        self.news.mkdir()
        self.embedder = HashingEmbedder()
        self._stack = ExitStack()
        self.address = self._address(engine)
        self.library: Library

    def _address(self, engine: str) -> Address | None:
        if engine == "local":
            return None
        if engine == "milvus-lite":
            return parse_address(f"{self.root}-milvus.db")
        address = parse_address(f"{os.environ[SERVER]}#test_{uuid.uuid4().hex}")
        self._stack.callback(drop, address)
        return address

    def hold(self, articles: Sequence[dict[str, Any]]) -> Retriever:
        """Bring the library in step with these articles, and return what finds their passages now."""
        for path in self.news.iterdir():
            path.unlink()
        for article in articles:
            path = self.news / f"{article['id']}.jsonl"
            path.write_text(json.dumps(article, ensure_ascii=False) + "\n", encoding="utf-8")
        Indexer(self.root, self.embedder, SETTINGS).run([self.news])
        self.library = Library.open(self.root)
        self._stack.callback(self.library.close)
        if self.address is None:
            return open_retriever(self.library, self.root, SETTINGS, self.embedder)  # type: ignore[arg-type]
        collection = Collection(self.address)
        self._stack.callback(collection.close)
        sync(collection, self.library, self.embedder)
        return open_milvus_retriever(self.library, self.root, collection, SETTINGS, self.embedder)  # type: ignore[arg-type]

    def close(self) -> None:
        """Close all that was opened; a server's collection is removed."""
        self._stack.close()


def drop(address: Address) -> None:
    """Remove a collection from a server."""
    from pymilvus import MilvusClient

    client = MilvusClient(address.uri, token=address.token)
    client.drop_collection(address.collection)
    client.close()


@contextmanager
def kept(root: Path, engine: str) -> Iterator[Kept]:
    """Give a library folder that is found in by this engine."""
    made = Kept(root, engine)
    try:
        yield made
    finally:
        made.close()
