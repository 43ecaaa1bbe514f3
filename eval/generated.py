"""A page of the documentation that a program writes from the code itself, and that a test holds in step."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path


def write_or_check(module: str, about: str, page: Path, text: str, arguments: Sequence[str] | None) -> int:
    """Write `text` to `page`, or with --check compare it; return the exit status of `python -m module`."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=about)
    parser.add_argument("--check", action="store_true", help="only compare; exit code 1 where the page is stale")
    parser.add_argument("--page", type=Path, default=page, metavar="FILE", help=f"another page than docs/{page.name}")
    parsed = parser.parse_args(arguments)
    if not parsed.check:
        parsed.page.parent.mkdir(parents=True, exist_ok=True)
        parsed.page.write_text(text, encoding="utf-8")
        return 0
    if parsed.page.is_file() and parsed.page.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(f"error: {parsed.page} is not what the code says today: write it with `python -m {module}`\n")
    return 1
