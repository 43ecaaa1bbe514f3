"""Makes `regional_words.py` from the tables of the installed OpenCC.

    python -m rag.text.regional_make

OpenCC's Python package converts texts but does not list its tables; the program `opencc_dict` in the same package does.
The tables are written in Simplified characters, since matching happens there.
"""

import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path

import opencc

from models.fold import simplify

_WIDEST = 119  # columns of a line
_HEADER = '''"""Words of the mainland and of Taiwan or Hong Kong, in pairs; made by `rag.text.regional_make`.

From the phrase tables of OpenCC {version} (https://github.com/BYVoid/OpenCC, Apache-2.0), in Simplified characters,
words of one character left out. A word that stands for itself keeps its parts from being taken for words.
"""

WORDS = """
'''


def _table(name: str) -> list[tuple[str, list[str]]]:
    """Return what an OpenCC table holds: word, and its equivalents."""
    package = Path(opencc.__file__).parent / "clib"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "table.txt")
        table = package / "share" / "opencc" / f"{name}.ocd2"
        command = [str(package / "bin" / "opencc_dict"), "-f", "ocd2", "-t", "text"]
        subprocess.run([*command, "-i", str(table), "-o", str(out)], check=True)
        lines = out.read_text(encoding="utf-8").splitlines()
    return [(word, others.split(" ")) for word, others in (line.split("\t") for line in lines)]


def _width(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)


def main() -> int:
    """Write the module."""
    pairs: dict[tuple[str, str], None] = {}
    for name, turned in (("TWPhrases", False), ("TWPhrasesRev", True), ("HKPhrases", False), ("HKPhrasesRev", True)):
        for word, others in _table(name):
            for other in others:
                pair = (simplify(other), simplify(word)) if turned else (simplify(word), simplify(other))
                if min(map(len, pair)) > 1 and not any(" " in side for side in pair):
                    pairs[pair] = None
    parts = sorted(f"{mainland}={region}" for mainland, region in pairs)
    lines, line = [], ""
    for part in parts:
        if _width(line + part) > _WIDEST:
            lines.append(line.rstrip())
            line = ""
        line += part + " "
    text = _HEADER.format(version=opencc.__version__) + "\n".join([*lines, line.rstrip()]) + '\n"""\n'
    Path(__file__).with_name("regional_words.py").write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(parts)} pairs\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
