"""Where a collection is: a server's address or a file of the embedded engine, and the name of the collection."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from models.errors import UsageError

TOKEN = "YIJU_MILVUS_TOKEN"  # noqa: S105 - the name of the variable, not its value
DEFAULT_COLLECTION = "yiju"
DENSE_INDEXES = ("AUTOINDEX", "HNSW", "HNSW_SQ", "IVF_RABITQ", "DISKANN")  # for vectors, of a server only
SHAPES = "http://HOST:PORT[/DATABASE][#COLLECTION], or FILE.db[#COLLECTION]"
_COLLECTION = re.compile(r"[A-Za-z_]\w{0,254}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Address:
    """One collection of one engine."""

    uri: str
    collection: str
    token: str = field(default="", repr=False)

    @property
    def embedded(self) -> bool:
        """Whether milvus-lite runs in this process, on a file of this machine; else a server is asked."""
        return self.uri.endswith(".db")

    def __str__(self) -> str:
        return f"{self.uri}#{self.collection}"


def parse_address(text: str, environment: Mapping[str, str] | None = None) -> Address:
    """Return the address that a person typed; the token comes from the environment, never from what was typed.

    Raises:
        UsageError: it is no address, or has a token in it.

    """
    environment = os.environ if environment is None else environment
    uri, _, collection = text.partition("#")
    collection = collection or DEFAULT_COLLECTION
    parts = urlsplit(uri)
    server = parts.scheme in {"http", "https"}
    if "@" in parts.netloc or (not uri.endswith(".db") and "@" in uri) or (server and parts.query):
        # What was typed may hold the token: it is not repeated.
        raise UsageError(f"a Milvus address takes no user, password or query: set {TOKEN}, and name {SHAPES}")
    if not _COLLECTION.fullmatch(collection):
        raise UsageError(f"{collection!r} is not a collection's name (letters, digits, _): {SHAPES}")
    if server:
        if not parts.hostname or uri.endswith(".db"):
            raise UsageError(f"{text!r} is not a Milvus address: {SHAPES}")
        return Address(uri.rstrip("/"), collection, environment.get(TOKEN, ""))
    if "://" in uri or not uri.endswith(".db"):
        raise UsageError(f"{text!r} is not a Milvus address: {SHAPES}")
    return Address(uri, collection)
