"""Where the bundled models lie, and whether they are whole."""

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from models.errors import ModelError

WEIGHTS = Path(__file__).parent / "weights"
_CATALOG = Path(__file__).parent / "catalog.toml"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model: path below the weights folder, size in bytes, content hash."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """A known model."""

    name: str
    role: str
    license: str
    description: str
    path: str  # below the weights folder
    files: tuple[ModelFile, ...]

    @property
    def location(self) -> Path:
        """Where the model lies on this machine."""
        return WEIGHTS / self.path


@cache
def catalog() -> tuple[CatalogEntry, ...]:
    """Return every known model."""
    entries = tomllib.loads(_CATALOG.read_text(encoding="utf-8"))["model"]
    return tuple(CatalogEntry(**{**e, "files": tuple(ModelFile(**f) for f in e["files"])}) for e in entries)


def bundled(role: str) -> CatalogEntry:
    """Return the bundled model of a role."""
    return next(entry for entry in catalog() if entry.role == role)


def verify(entry: CatalogEntry) -> None:
    """Compare every file of a model with the catalogue.

    Raises:
        ModelError: a file is missing or differs.

    """
    for file in entry.files:
        path = WEIGHTS / file.path
        remedy = f"restore it with `git checkout -- models/weights/{file.path}`"
        if not path.is_file():
            msg = f"the {entry.role} file {path} is missing: {remedy}"
            raise ModelError(msg)
        size = path.stat().st_size
        if size != file.bytes:
            msg = f"the {entry.role} file {path} has {size:,} bytes, the catalogue says {file.bytes:,}: {remedy}"
            raise ModelError(msg)
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if digest != file.sha256:
            msg = f"the {entry.role} file {path} is damaged (its SHA-256 is not the catalogue's): {remedy}"
            raise ModelError(msg)
