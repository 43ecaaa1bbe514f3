"""Writes `models/catalog.toml`: what is bundled, with the size and hash that every start compares.

python -m models.training.catalog
"""

import hashlib
from pathlib import Path

_MODELS = Path(__file__).resolve().parent.parent
_ENTRIES = (
    ("yiju-embedder-v1", "embedder", "embedder", "static word vectors, a sentence-transformers folder"),
    ("yiju-reader-v1", "reader", "reader.gguf", "bidirectional encoder that points at answers, GGUF"),
)
_LICENCE = "CC BY-SA 4.0"


def _files(root: Path) -> list[Path]:
    return [root] if root.is_file() else sorted(p for p in root.rglob("*") if p.is_file() and p.suffix != ".md")


def catalog_text(weights: Path) -> str:
    """Return the catalogue of the weights in a folder."""
    lines = ["# Written by `python -m models.training.catalog`; sizes in bytes."]
    for name, role, path, description in _ENTRIES:
        lines += ["", "[[model]]", f'name = "{name}"', f'role = "{role}"', f'path = "{path}"']
        lines += [f'license = "{_LICENCE}"', f'description = "{description}"', "files = ["]
        for file in _files(weights / path):
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            place = file.relative_to(weights).as_posix()
            lines.append(f'  {{ path = "{place}", bytes = {file.stat().st_size}, sha256 = "{digest}" }},')
        lines.append("]")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (_MODELS / "catalog.toml").write_text(catalog_text(_MODELS / "weights"), encoding="utf-8")
