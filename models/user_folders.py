"""Where a sentence-transformers model lies that a user named: a folder, or a name that the Hub's cache holds."""

import os
from pathlib import Path

from models.errors import ModelError


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
