"""The one direction of imports, and what must not be imported early."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ("models", "rag", "eval", "ui")
HEAVY = {
    "torch",
    "sentence_transformers",
    "gradio",
    "llama_cpp",
    "faiss",
    "transformers",
    "tokenizers",
    "pymilvus",
    "grpc",
}


def imported_packages(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_only_layers_to_its_left(layer):
    """Models ← rag ← eval ← ui, never the other way."""
    right = set(LAYERS[LAYERS.index(layer) + 1 :])
    files = sorted((ROOT / layer).rglob("*.py"))
    assert files
    wrong = {str(path.relative_to(ROOT)): imported_packages(path) & right for path in files}
    assert {path: names for path, names in wrong.items() if names} == {}


def test_gradio_stays_in_the_page():
    """Only the page's own module knows Gradio."""
    users = {
        p.relative_to(ROOT).as_posix()
        for layer in LAYERS
        for p in (ROOT / layer).rglob("*.py")
        if "gradio" in imported_packages(p)
    }
    assert users == {"ui/web/app.py"}


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["ask", "--help"], ["models", "list"], ["articles", "list", "--library", "/nonexistent-library"]],
)
def test_light_commands_import_nothing_heavy(arguments):
    """Help, and commands that need no model, must not wait for torch and its like."""
    program = (
        "import sys\nfrom ui.cli import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit:\n    pass\n"
        f"print(sorted(set(sys.modules) & {HEAVY!r}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
