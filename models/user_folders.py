"""Sentence-transformers models in folders: found by what a user named, and loaded without the network."""

import os
from pathlib import Path
from typing import Any

from models.errors import ModelError, one_line


def find_user_folder(wanted: str, role: str, kind: str) -> tuple[Path, str]:
    """Return a model's folder, and the words by which it can be found again. Nothing is downloaded.

    `role` and `kind` say in an error what was looked for ("embedder", "a sentence-transformers folder").

    Raises:
        ModelError: there is no such folder, and the cache does not hold the name.

    """
    folder = Path(wanted).expanduser()
    if folder.is_dir():
        absolute = folder.resolve()
        return absolute, str(absolute)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(wanted, local_files_only=True)), wanted
    except (HFValidationError, LocalEntryNotFoundError) as error:
        msg = (
            f"there is no {role} {wanted}: it must be {kind}, or a name that this machine's "
            "Hugging Face cache holds; download it first and name its folder"
        )
        raise ModelError(msg) from error


def unreadable(role: str, folder: Path, error: Exception) -> str:
    """Return what to say of a model folder that cannot be loaded."""
    return f"the {role} {folder} cannot be loaded ({one_line(error)}): restore the folder or name another"


def load_offline(kind: str, folder: Path, role: str) -> Any:
    """Load a folder as this class of sentence_transformers, on the CPU and without looking anything up.

    Raises:
        ModelError: it cannot be loaded.

    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import sentence_transformers

    try:
        return getattr(sentence_transformers, kind)(str(folder), device="cpu", local_files_only=True)
    except Exception as error:  # each format of weights and settings has errors of its own
        raise ModelError(unreadable(role, folder, error)) from error
