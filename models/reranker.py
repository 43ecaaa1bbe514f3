"""A reranker that a user brings: any sentence-transformers CrossEncoder."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from models.embedder import folder_fingerprint
from models.errors import ModelError
from models.fold import simplify
from models.user_folders import find_user_folder, load_offline

_BATCH = 8


def open_user_reranker(wanted: str) -> "CrossEncoderReranker":
    """Return a user's reranker: a CrossEncoder's folder, or a name that the Hub's cache holds. Nothing is downloaded.

    Raises:
        ModelError: there is no such folder, the cache does not hold the name, or it is not such a model.

    """
    folder, location = find_user_folder(wanted, "reranker", "a sentence-transformers CrossEncoder's folder")
    return CrossEncoderReranker(folder, Path(location).name)


class CrossEncoderReranker:
    """A CrossEncoder in a local folder; its weights are loaded when first needed."""

    def __init__(self, folder: Path, name: str) -> None:
        """Check the folder.

        Raises:
            ModelError: it holds no model.

        """
        if not (folder / "config.json").is_file():
            msg = f"the reranker folder {folder} has no config.json: name a sentence-transformers CrossEncoder's folder"
            raise ModelError(msg)
        self._folder = folder
        self.name = name

    @cached_property
    def fingerprint(self) -> str:
        """Identity of the weights and settings."""
        return folder_fingerprint(self._folder)

    @cached_property
    def _model(self) -> Any:
        model = load_offline("CrossEncoder", self._folder, "reranker")
        if model.num_labels != 1:
            msg = (
                f"{self._folder} is no reranker: it tells {model.num_labels} classes apart, one score is needed; "
                "name a CrossEncoder with one output"
            )
            raise ModelError(msg)
        return model

    def score(self, question: str, passages: Sequence[str]) -> list[float]:
        """Return how well each passage answers the question, in order; higher is better.

        Raises:
            ModelError: it is not a reranker, or gives something that is no number.

        """
        if not passages:
            return []
        asked = simplify(question)
        pairs = [(asked, simplify(passage)) for passage in passages]
        scores = np.asarray(self._model.predict(pairs, batch_size=_BATCH, show_progress_bar=False), dtype=np.float64)
        if not np.isfinite(scores).all():
            msg = f"the reranker {self._folder} gives scores that are no numbers: its files are damaged, restore them"
            raise ModelError(msg)
        return [float(score) for score in scores]
