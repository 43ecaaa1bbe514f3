"""The embedder: any sentence-transformers model; the bundled one has a light path for questions.

Importing sentence-transformers takes seconds, which a single question should not pay. A static model (the mean of
its tokens' vectors) is read straight from its folder instead: the same numbers, held equal by a test.
"""

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.errors import ModelError
from models.fold import simplify
from models.user_folders import find_user_folder, load_offline, unreadable

_BATCH = 256
_FEW = 4096


def _normalised(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    result: npt.NDArray[np.float32] = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return result


def folder_fingerprint(folder: Path) -> str:
    """Return the identity of a model folder: a hash over the names and contents of its weights and settings."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".md" and not path.name.startswith("."):
            digest.update(path.relative_to(folder).as_posix().encode())
            with path.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:16]


def open_user_embedder(wanted: str) -> "SentenceTransformerEmbedder":
    """Return a user's own embedder: a sentence-transformers folder, or a name that the Hub's cache holds.

    Nothing is downloaded.

    Raises:
        ModelError: there is no such folder, the cache does not hold the name, or it is not such a model.

    """
    folder, location = find_user_folder(wanted, "embedder", "a sentence-transformers folder")
    return SentenceTransformerEmbedder(folder, None if location == str(folder) else wanted, location=location)


class StaticQueryEncoder:
    """The mean of the token vectors of a sentence-transformers `StaticEmbedding` folder, in numpy."""

    def __init__(self, folder: Path) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        # Kept in half precision to be small; all is computed in single precision.
        self._vectors = load_file(folder / "model.safetensors")["embedding.weight"].astype(np.float32)

    def encode(self, text: str) -> npt.NDArray[np.float32]:
        """Return the unit vector of `text`, the zero vector where no token is known. Shape (dimensions,)."""
        ids = self._tokenizer.encode(text, add_special_tokens=False).ids
        if not ids:
            return np.zeros(self._vectors.shape[1], dtype=np.float32)
        return _normalised(self._vectors[ids].mean(axis=0, dtype=np.float32))


class SentenceTransformerEmbedder:
    """A sentence-transformers model in a local folder."""

    def __init__(self, folder: Path, name: str | None = None, *, location: str | None = None) -> None:
        """Check the folder; weights are loaded when first needed.

        `location` is where a model that is not part of the product can be opened again.

        Raises:
            ModelError: the folder is missing or not a sentence-transformers model.

        """
        if not (folder / "modules.json").is_file():
            msg = f"the embedder folder {folder} has no modules.json: name a sentence-transformers model folder"
            raise ModelError(msg)
        self._folder = folder
        self.name = name or folder.name
        self.location = location
        self._embedded = 0  # passages so far

    @cached_property
    def fingerprint(self) -> str:
        """Identity of the weights and settings."""
        return folder_fingerprint(self._folder)

    @cached_property
    def _model(self) -> Any:
        model = load_offline("SentenceTransformer", self._folder, "embedder")
        return model if self._query_encoder is None else model.float()

    @cached_property
    def _query_encoder(self) -> StaticQueryEncoder | None:
        modules = json.loads((self._folder / "modules.json").read_text(encoding="utf-8"))
        static = len(modules) == 1 and modules[0]["type"].endswith(".StaticEmbedding")
        path = self._folder / modules[0]["path"]
        if not static or not (path / "model.safetensors").is_file():
            return None
        try:
            return StaticQueryEncoder(path)
        except Exception as error:  # tokenizers raises nothing narrower
            raise ModelError(unreadable("embedder", self._folder, error)) from error

    @cached_property
    def dimensions(self) -> int:
        """Length of the vectors."""
        return int(self.embed_query("依据").shape[0])

    def embed_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return unit vectors, shape (len(texts), dimensions).

        The first few of a static model's are not worth the seconds that importing sentence-transformers takes, above
        all where a folder is brought in step; their vectors are the same bit for bit.
        """
        self._embedded += len(texts)
        if self._query_encoder is not None and texts and self._embedded <= _FEW:
            return np.stack([self._query_encoder.encode(simplify(text)) for text in texts])
        vectors = self._model.encode_document(
            [simplify(text) for text in texts], batch_size=_BATCH, convert_to_numpy=True, show_progress_bar=False
        )
        return _normalised(np.asarray(vectors, dtype=np.float32))

    def embed_query(self, text: str) -> npt.NDArray[np.float32]:
        """Return the unit vector of a question, shape (dimensions,)."""
        if self._query_encoder is not None:
            return self._query_encoder.encode(simplify(text))
        vector = self._model.encode_query([simplify(text)], convert_to_numpy=True, show_progress_bar=False)[0]
        return _normalised(np.asarray(vector, dtype=np.float32))
