"""What a run was made from, so that its figures can be placed and a later run compared with it."""

import hashlib
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from models.errors import BadInputError
from rag.settings import Settings

PACKAGES = (
    "yiju",
    "sentence-transformers",
    "faiss-cpu",
    "llama-cpp-python",
    "gradio",
    "torch",
    "numpy",
    "opencc",
)
IDENTITY = ("question_set", "models", "settings", "library")
"""The keys that must be equal for two answers to belong to one run."""


def question_set_identity(path: Path | str) -> dict[str, object]:
    """Return the path of a question set and the SHA-256 of its bytes, of a loader's set with loader and options.

    Raises:
        BadInputError: the file cannot be read, or there is no such loader or option.

    """
    from eval.loaders.registry import find_source

    source = find_source(path)
    if source is not None:
        return source.identity()
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror or error}); give the path of a JSON Lines file"
        raise BadInputError(msg) from error
    return {"path": str(path), "sha256": hashlib.sha256(content).hexdigest()}


def _git(*arguments: str, root: Path) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def code_identity(root: Path | None = None) -> dict[str, object] | None:
    """Return the commit of the checkout this code runs from and whether it was changed, or None outside one."""
    root = root or Path(__file__).resolve().parent.parent
    top = _git("rev-parse", "--show-toplevel", root=root)
    if not top or Path(top).resolve() != root:  # an environment inside somebody else's checkout
        return None
    commit = _git("rev-parse", "HEAD", root=root)
    return {"commit": commit, "dirty": bool(_git("status", "--porcelain", root=root))} if commit else None


def package_versions(packages: Sequence[str] = PACKAGES) -> dict[str, str | None]:
    """Return the installed version of each package, None where it is not installed. Imports none of them."""
    found: dict[str, str | None] = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    return found


def build_manifest(
    questions: Path | str, *, models: Mapping[str, str], settings: Settings, library: Mapping[str, object] | None
) -> dict[str, object]:
    """Return the manifest of a run over `questions`; `library` is its folder and generation, None without one.

    Raises:
        BadInputError: the question set cannot be read.

    """
    return {
        "question_set": question_set_identity(questions),
        "models": dict(models),
        "settings": asdict(settings),
        "library": None if library is None else dict(library),
        "code": code_identity(),
        "versions": {"python": platform.python_version(), **package_versions()},
        "host": {"platform": platform.platform(), "cpus": os.cpu_count()},
        "seed": None,  # nothing is drawn at random here; a loader that draws passages has its seed in its options
    }


def _without_path(value: object) -> object:
    return {name: part for name, part in value.items() if name != "path"} if isinstance(value, Mapping) else value


def difference(recorded: Mapping[str, object], manifest: Mapping[str, object]) -> str | None:
    """Return the first key by which two manifests are not of one run, or None. What only moved is the same."""
    for key in IDENTITY:
        if _without_path(recorded.get(key)) != _without_path(manifest.get(key)):
            return key
    return None
