"""One Milvus collection: what its columns are, and every request that is made of it.

A row is a body passage: its key (see `rag.milvus.sync`), its article's id and its number there, date and source for
filters, its vector, and its terms, from which Milvus's BM25 function makes the sparse vector. No text lies here. One
more row, `STATE`, tells what the collection was filled from; it has no words, no date and the zero vector.
"""

import importlib
import json
import logging
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from models.errors import IndexUnusableError, UsageError, one_line
from rag.milvus.address import DENSE_INDEXES, TOKEN, Address
from rag.types import Filter

FORMAT = 1
STATE = "state"
RANK_SCALE = 60  # of reciprocal-rank fusion, as in `rag.retrieval.fuse`
LARGEST_SEARCH = 16_000  # hits of one request; Milvus gives 16,384 at most
OTHER = "name another collection (ADDRESS#NAME), and run `yiju milvus sync` on it"
_INSTALL = "pip install -c constraints.txt -e '.[milvus]'"
_TIMEOUT = 10.0  # seconds until a server that does not answer is told to be away
_PATIENCE = 600.0  # the same for what a server may take long over: loading, flushing
_LISTED = 10_000  # keys of one request
_K1, _B = 1.2, 0.75  # BM25's usual constants, as in the lexical leg
_LONGEST = 65_535
_BUILT: Mapping[str, Mapping[str, object]] = {
    "HNSW": {"M": 32, "efConstruction": 256},
    "HNSW_SQ": {"M": 32, "efConstruction": 256, "sq_type": "SQ8"},
    "IVF_RABITQ": {"nlist": 1024, "refine": True, "refine_type": "SQ8"},
}
_COLUMNS = ("key", "article", "number", "published", "source", "terms", "lexical", "dense")
_TOLD = 200
_REFUSED = ("auth check failure", "missing authorization", "unauthenticated", "permission deny", "invalid token")
_AWAY = ("fail connecting", "unavailable", "failed to connect", "deadline exceeded", "connection refused")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a server lays a new collection out. Only a server has these: the embedded engine is one flat shard."""

    shards: int = 1  # parts that are written in parallel, by several nodes
    replicas: int = 1  # copies in the memory of several query nodes: more questions at once, and one may fail
    dense_index: str = DENSE_INDEXES[0]


@dataclass(frozen=True, slots=True)
class State:
    """What a collection was filled from, and whether that was ended."""

    format: int
    embedder: Mapping[str, Any]  # name, fingerprint, dimensions
    terms: str  # which code made them
    passage_length: int
    generation: str  # for people
    library: str  # SHA-256 of the generation's database
    complete: bool


class Row(NamedTuple):
    """What is sent of a passage."""

    key: str
    article_id: str
    number: int
    published: date | None
    source: str | None
    terms: str


class Found(NamedTuple):
    """What comes back of a passage."""

    article_id: str
    number: int
    score: float


def _day(published: date | None) -> int:
    return published.toordinal() if published else 0


def condition(only: Filter) -> str:
    """Return a filter in Milvus's words; what has no date, or no source, passes no filter on it."""
    conditions = []
    if only.published_from or only.published_to:
        conditions.append(f"published >= {max(1, _day(only.published_from))}")
    if only.published_to:
        conditions.append(f"published <= {_day(only.published_to)}")
    for column, values in (("source", only.sources), ("article", only.article_ids)):
        if values:
            # JSON writes strings as Milvus reads them. Filter templates would do, but milvus-lite has none.
            conditions.append(f"{column} in {json.dumps(sorted(values), ensure_ascii=False)}")
    if only.sources:
        conditions.append('source != ""')
    return " and ".join(conditions)


def _pymilvus() -> Any:
    try:
        found = importlib.import_module("pymilvus")
    except ImportError as error:
        msg = f"Milvus needs packages that are not installed ({error}): {_INSTALL}"
        raise IndexUnusableError(msg) from error
    # It prints each error with its traceback before it raises it; all are told in one line.
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
    logging.getLogger("milvus_lite").setLevel(logging.CRITICAL)
    return found


@contextmanager
def _told(address: Address) -> Iterator[None]:
    """Turn what pymilvus raises into one line.

    Raises:
        IndexUnusableError: the server is away, refuses the token, or says anything else.

    """
    import grpc
    from pymilvus.exceptions import MilvusException

    try:
        yield
    except (MilvusException, grpc.RpcError, OSError) as error:
        said = one_line(error)
        # That a token was refused stands in the cause: pymilvus says of it that nobody answers.
        lower = f"{said} {error.__cause__}".lower()
        if any(sign in lower for sign in _REFUSED):
            msg = f"the Milvus server at {address.uri} refused the token: set {TOKEN} to USER:PASSWORD or an API key"
        elif "open local milvus" in lower:
            msg = (
                f"the Milvus file {address.uri} cannot be opened: see that its folder exists and can be written to, "
                "and that no other process has it open"
            )
        elif any(sign in lower for sign in _AWAY):
            msg = f"no Milvus server answers at {address.uri}: start it, or correct the address"
        else:
            msg = f"Milvus at {address.uri} failed ({said[:_TOLD]}): see its log, then run this again"
        raise IndexUnusableError(msg) from error


class Collection:
    """A collection of an engine, there or not yet. Safe to use from several threads."""

    def __init__(self, address: Address) -> None:
        """Connect.

        Raises:
            IndexUnusableError: pymilvus is not installed, or the engine cannot be reached.

        """
        self.address = address
        self._pymilvus = _pymilvus()
        # The embedded engine reads its indexes at the first search.
        self._patience = _PATIENCE if address.embedded else _TIMEOUT
        with _told(address):
            self._client = self._pymilvus.MilvusClient(address.uri, token=address.token, timeout=_TIMEOUT)

    def close(self) -> None:
        """Disconnect; the embedded engine lets go of its file."""
        self._client.close()
        if self.address.embedded:
            from milvus_lite.server_manager import server_manager_instance

            server_manager_instance.release_server(self.address.uri)

    def exists(self) -> bool:
        """Whether the engine has the collection."""
        with _told(self.address):
            return bool(self._client.has_collection(self.address.collection, timeout=_TIMEOUT))

    def ours(self) -> bool:
        """Whether the collection has the columns of one that was made here."""
        with _told(self.address):
            described = self._client.describe_collection(self.address.collection, timeout=_TIMEOUT)
        return {each["name"] for each in described["fields"]} == set(_COLUMNS)

    def prepare(self, dimensions: int, layout: Layout) -> None:
        """Make the collection, or end making it, and open it for search.

        Raises:
            UsageError: the layout is one that only a server has.

        """
        if self.address.embedded and layout != Layout():
            raise UsageError("shards, replicas and kinds of index are a server's: leave them out for a .db file")
        name = self.address.collection
        with _told(self.address):
            if not self._client.has_collection(name, timeout=_TIMEOUT):
                # Searches may miss what was written in the last seconds. The state is always read as it is now
                # (`state`), and a node that has told it has all that was written before it.
                self._client.create_collection(
                    name,
                    schema=self._schema(dimensions),
                    num_shards=layout.shards,
                    consistency_level="Bounded",
                    timeout=_PATIENCE,
                )
            self._client.create_index(name, self._indexes(layout), timeout=_PATIENCE)
            self._client.load_collection(name, replica_number=layout.replicas, timeout=_PATIENCE)

    def _schema(self, dimensions: int) -> Any:
        kind = self._pymilvus.DataType
        columns = {
            "key": {"datatype": kind.VARCHAR, "is_primary": True, "max_length": 64},
            "article": {"datatype": kind.VARCHAR, "max_length": _LONGEST},
            "number": {"datatype": kind.INT64},
            "published": {"datatype": kind.INT64},
            "source": {"datatype": kind.VARCHAR, "max_length": _LONGEST},
            "terms": {
                "datatype": kind.VARCHAR,
                "max_length": _LONGEST,
                "enable_analyzer": True,
                "analyzer_params": {"tokenizer": "standard"},
            },
            "lexical": {"datatype": kind.SPARSE_FLOAT_VECTOR},
            "dense": {"datatype": kind.FLOAT_VECTOR, "dim": dimensions},
        }
        schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        for name in _COLUMNS:
            schema.add_field(name, **columns[name])
        bm25 = self._pymilvus.Function(
            name="bm25",
            function_type=self._pymilvus.FunctionType.BM25,
            input_field_names=["terms"],
            output_field_names=["lexical"],
        )
        schema.add_function(bm25)
        return schema

    def _indexes(self, layout: Layout) -> Any:
        indexes = self._client.prepare_index_params()
        # The embedded engine compares with every vector; a server keeps an index of one of its own kinds.
        dense = "FLAT" if self.address.embedded else layout.dense_index
        made = _BUILT.get(dense, {})
        indexes.add_index("dense", index_name="dense", index_type=dense, metric_type="IP", params=made)
        bm25 = {"bm25_k1": _K1, "bm25_b": _B}
        indexes.add_index("lexical", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25", params=bm25)
        if not self.address.embedded:  # which looks at every row, index or not
            for column in ("article", "source", "published"):
                indexes.add_index(column, index_name=column, index_type="INVERTED")
        return indexes

    def state(self) -> State | None:
        """Return what the collection says of itself; None where making it was not ended.

        Raises:
            IndexUnusableError: another version made it, or the engine failed.

        """
        name = self.address.collection
        with _told(self.address):
            if "dense" not in self._client.list_indexes(name, timeout=_TIMEOUT):
                return None
            if self._client.get_load_state(name, timeout=_TIMEOUT)["state"].name != "Loaded":
                self._client.load_collection(name, timeout=_PATIENCE)  # a server may have been told to let go of it
            found = self._client.get(
                name, ids=[STATE], output_fields=["article"], consistency_level="Strong", timeout=self._patience
            )
        told = json.loads(found[0]["article"]) if found else None
        if told and told["format"] != FORMAT:
            raise IndexUnusableError(
                f"the collection {self.address} has format {told['format']}, this version reads {FORMAT}: {OTHER}"
            )
        return State(**told) if told else None

    def mark(self, state: State) -> None:
        """Write down what the collection is filled from."""
        row = Row(STATE, json.dumps(asdict(state), ensure_ascii=False), -1, None, None, "")
        self.add([row], np.zeros((1, state.embedder["dimensions"]), dtype=np.float32))

    def held(self) -> Iterator[list[str]]:
        """Yield the keys of all passages, as they are now."""
        with _told(self.address):
            listing = self._client.query_iterator(
                self.address.collection,
                batch_size=_LISTED,
                output_fields=["key"],
                consistency_level="Strong",
                timeout=_PATIENCE,
            )
            try:
                while batch := listing.next():
                    yield [row["key"] for row in batch if row["key"] != STATE]
            finally:
                listing.close()

    def delete(self, keys: Sequence[str]) -> None:
        """Remove passages by their keys."""
        with _told(self.address):
            self._client.delete(self.address.collection, ids=list(keys), timeout=_PATIENCE)

    def add(self, rows: Sequence[Row], vectors: npt.NDArray[np.float32]) -> None:
        """Add passages with their vectors, shape (len(rows), dimensions); the same key gives way."""
        data = [
            {
                "key": row.key,
                "article": row.article_id,
                "number": row.number,
                "published": _day(row.published),
                "source": row.source or "",
                "terms": row.terms,
                "dense": vector,
            }
            for row, vector in zip(rows, vectors, strict=True)
        ]
        with _told(self.address):
            self._client.upsert(self.address.collection, data, timeout=_PATIENCE)

    def flush(self) -> None:
        """Let what was written become segments that are stored and indexed."""
        with _told(self.address):
            self._client.flush(self.address.collection, timeout=_PATIENCE)

    def search(
        self, words: str, vector: npt.NDArray[np.float32], dense_weight: float | None, k: int, only: Filter
    ) -> list[Found]:
        """Return up to `k` passages, best first, by what they share with the words and how near they are to the vector.

        The engine fuses both: BM25 plus the cosine times `dense_weight`, or without a weight reciprocal ranks, both
        counting the same. What is asked without words, or without a vector, is asked without that leg.
        """
        most = min(k + 1, LARGEST_SEARCH)  # the state may be among them
        expression = condition(only) or None
        legs: list[tuple[str, object, float]] = []
        if words:
            legs.append(("lexical", words, 1.0))
        if dense_weight != 0 and np.any(vector):
            legs.append(("dense", vector.tolist(), 1.0 if dense_weight is None else dense_weight))
        if not legs:
            return []
        requests = [
            self._pymilvus.AnnSearchRequest([asked], column, {}, most, expr=expression) for column, asked, _ in legs
        ]
        if dense_weight is None:
            ranker = self._pymilvus.RRFRanker(RANK_SCALE)
        else:
            ranker = self._pymilvus.WeightedRanker(*(weight for *_, weight in legs), norm_score=False)
        with _told(self.address):
            (found,) = self._client.hybrid_search(
                self.address.collection,
                requests,
                ranker,
                most,
                output_fields=["article", "number"],
                timeout=self._patience,
            )
        return _without_state(found)[:k]


def _without_state(found: Iterable[Any]) -> list[Found]:
    return [
        Found(hit["entity"]["article"], hit["entity"]["number"], float(hit["distance"]))
        for hit in found
        if hit["key"] != STATE and math.isfinite(hit["distance"])
    ]
