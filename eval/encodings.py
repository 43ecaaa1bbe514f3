"""How often the encoding of a file is told, on files made from real articles.

    python -m eval.encodings NEWS [--count 200] [--seed 0] [--shortest 10]

NEWS is a folder of `.jsonl` or `.jsonl.xz` files of articles, or one such file. Files are made from it in six kinds of
encoding (UTF-8 without and with a mark, the GB family, GB2312's own characters, the Big5 family in Traditional script,
UTF-16 in both orders with and without a mark), from a headline to a whole article, some with Latin words, some as web
pages whose declaration is right, missing, misspelt or wrong. What is read must be the text to the character.
"""

import argparse
import json
import lzma
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

import opencc

from rag.articles.encoding import UndecodableError, decode

KINDS = ("utf-8", "utf-8-sig", "gb18030", "gb2312", "big5", "utf-16")
LENGTHS = (10, 12, 16, 24, 40, 80, 240, 1000, 100_000)
_DECLARATIONS: dict[str, tuple[str, ...]] = {
    "utf-8": ("utf-8", "UTF8", "utf_8"),
    "utf-8-sig": ("utf-8", "UTF8"),
    "gb18030": ("gb2312", "gbk", "GB18030", "x-gbk", "gb_2312-80"),
    "gb2312": ("gb2312", "GB2312", "gb-2312"),
    "big5": ("big5", "Big5-HKSCS", "big-5", "x-x-big5"),
    "utf-16": ("utf-16", "unicode"),
}
_WRAPPERS = ("plain", "plain", "latin", "page", "page without", "page with wrong")
_LATIN = ("GDP 5.2%, 2024-05-06 ", "iPhone 15 Pro (A17) ", "CBA 98:87 ", "http://example.com/a?b=1 ")


@dataclass(frozen=True, slots=True)
class Case:
    """A made file."""

    kind: str
    codec: str
    length: int
    wrapper: str
    text: str
    data: bytes

    @property
    def html(self) -> bool:
        """Whether it is a web page."""
        return self.wrapper.startswith("page")


def articles(path: Path) -> Iterator[str]:
    """Yield the texts of the articles in a file, or in the files of a folder."""
    files = sorted(path.glob("*.jsonl*")) if path.is_dir() else [path]
    for file in files:
        with lzma.open(file, "rt", encoding="utf-8") if file.suffix == ".xz" else file.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)["text"]


@cache
def _converter(name: str) -> Callable[[str], str]:
    convert: Callable[[str], str] = opencc.OpenCC(name).convert
    return convert


def _fitting(text: str, codec: str) -> str:
    """Return the text without the characters that the codec does not have."""
    return text.encode(codec, "ignore").decode(codec)


def _encoded(kind: str, chosen: random.Random, text: str) -> tuple[str, str, bytes]:
    """Return the codec, the text that fits it, and its bytes."""
    if kind == "gb18030":
        codec = chosen.choice(("gb18030", "gbk"))
    elif kind == "big5":
        codec = chosen.choice(("cp950", "cp950", "big5hkscs"))
    elif kind == "utf-16":
        codec = chosen.choice(("utf-16-le", "utf-16-be", "utf-16", "bom utf-16-be"))
    else:
        codec = kind
    if codec.startswith("bom"):
        return codec, text, b"\xfe\xff" + text.encode("utf-16-be")
    text = _fitting(text, codec)
    if codec == "big5hkscs":
        # Python's two tables of Big5 differ in a dozen marks: bytes with those do not say which one wrote them.
        text = re.sub("[\u2022\uff64\u203e\u223c\u2641\u2609\uff0f\uff3c¥¢£]", "", text)
    if codec == "gb2312":
        # Python's table of that name has two marks (·—) that no file in the world has; GBK is the same but for them.
        text = text.replace("\u30fb", "·").replace("\u2015", "—")
        return codec, text, text.encode("gbk")
    return codec, text, text.encode(codec)


def _wrapped(text: str, kind: str, wrapper: str, chosen: random.Random) -> str:
    if wrapper == "latin":
        place = chosen.randrange(len(text))
        return text[:place] + chosen.choice(_LATIN) + text[place:]
    if not wrapper.startswith("page"):
        return text
    said = ""
    if wrapper != "page without":
        other = kind if wrapper == "page" else chosen.choice([name for name in KINDS if name != kind])
        name = chosen.choice(_DECLARATIONS[other])
        said = chosen.choice(
            (
                f'<meta charset="{name}">',
                f'<meta http-equiv="Content-Type" content="text/html; charset={name}">',
                f'<?xml version="1.0" encoding="{name}"?>',
            )
        )
    if said.startswith("<?xml"):
        return f"{said}\n<html><head><title>page</title></head><body><p>{text}</p></body></html>"
    return f"<html><head>{said}<title>page</title></head><body><p>{text}</p></body></html>"


def cases(texts: Sequence[str], count: int, seed: int, shortest: int = 10) -> Iterator[Case]:
    """Yield made files, the kinds of encoding in turn."""
    chosen = random.Random(seed)  # noqa: S311 - a draw, not a secret
    lengths = [length for length in LENGTHS if length >= shortest]
    while count > 0:
        kind = KINDS[count % len(KINDS)]
        length = shortest if shortest < LENGTHS[0] else chosen.choice(lengths)
        wrapper = chosen.choice(_WRAPPERS)
        text = chosen.choice(texts).strip()
        start = chosen.choice((0, 0, chosen.randrange(max(1, len(text) - length))))
        text = text[start : start + length]
        if kind == "big5":
            text = _converter(chosen.choice(("s2tw", "s2twp", "s2hk")))(text)
        if sum("一" <= char <= "鿿" for char in text) < min(length, 1000) // 2:
            continue  # a line of figures says little about encodings
        codec, text, data = _encoded(kind, chosen, _wrapped(text, kind, wrapper, chosen))
        yield Case(kind, codec, length, wrapper, text, data)
        count -= 1


def outcome(case: Case) -> str:
    """Return whether a made file is read right, wrong, or refused."""
    try:
        decoded = decode(case.data, html=case.html)
    except UndecodableError:
        return "refused"
    return "right" if decoded.text == case.text else "wrong"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("news", type=Path, help="a .jsonl or .jsonl.xz file of articles, or a folder of them")
    parser.add_argument("--count", type=int, default=200, help="files to make")
    parser.add_argument("--articles", type=int, default=5000, help="articles to make them from")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--shortest", type=int, default=10, help="characters; below 10, all files have this many")
    parser.add_argument("--show", type=int, default=0, help="print some files that were not read right")
    arguments = parser.parse_args()
    texts = list(islice(articles(arguments.news), arguments.articles))
    counts: dict[str, Counter[str]] = {}
    figures: Counter[str] = Counter()
    for case in cases(texts, arguments.count, arguments.seed, arguments.shortest):
        found = outcome(case)
        figures[found] += 1
        for group in (case.codec, f"{case.length} characters", case.wrapper):
            counts.setdefault(group, Counter())[found] += 1
        if found != "right" and figures["wrong"] + figures["refused"] <= arguments.show:
            sys.stdout.write(f"{found}: {case.codec}, {case.wrapper}: {case.text[:200]!r}\n")
    for group, found_there in sorted(counts.items()):
        told = ", ".join(f"{name} {found_there[name]}" for name in ("right", "wrong", "refused"))
        sys.stdout.write(f"{group:20} {told}\n")
    share = figures["right"] / max(1, figures.total())
    sys.stdout.write(json.dumps({**figures, "files": figures.total(), "share_right": round(share, 5)}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
