"""From bytes to characters: which encoding a file is in, and a plain refusal when that cannot be told.

UTF-8 can be told by its form alone. The Chinese double-byte encodings and UTF-16 without a mark cannot: nearly any
bytes decode as GB18030, Big5 text among them, into rubbish and without an error. So every encoding is tried, what
comes out is weighed as text (`likeness`), and the likeliest is taken where it is likelier than any other by far. What
a file declares is a hint that weighs something; it is not believed against the text.
"""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rag.articles.likeness import likelihood

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_DECLARED = (
    re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.-]{2,20})""", re.IGNORECASE),
    re.compile(rb"""^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.-]{2,20})""", re.IGNORECASE),
)
# Names as they are met, misspelt ones among them, without punctuation and in lower case. A page that says gb2312
# is hardly ever held to that set's 6,763 characters.
_FAMILIES = {
    "gb18030": ("gb2312", "gbk", "gb18030", "gb", "xgbk", "gb231280", "csgb2312", "eucn", "euccn", "cp936", "ms936",
                "windows936", "936", "chinese", "zhcn"),
    "big5": ("big5", "big5hkscs", "xxbig5", "csbig5", "cp950", "ms950", "windows950", "950", "cnbig5", "zhtw"),
    "cp932": ("shiftjis", "sjis", "xsjis", "windows31j"),
    "euc_jp": ("eucjp", "xeucjp"),
    "cp949": ("euckr", "ksc56011987", "windows949"),
}  # fmt: skip
_FAMILY = {name: family for family, names in _FAMILIES.items() for name in names}

_Candidate = tuple[str, str, float]
# Encoding, language of the model that weighs it, and how much rarer it is than the commonest ones (in nats).
_CHINESE: tuple[_Candidate, ...] = (
    ("gb18030", "simplified", 0.0),
    ("gb18030", "traditional", 5.0),
    ("big5", "traditional", 0.0),
)
_UTF16: tuple[_Candidate, ...] = (
    ("utf-16-le", "simplified", 3.0),
    ("utf-16-le", "traditional", 3.0),
    ("utf-16-be", "simplified", 4.0),
    ("utf-16-be", "traditional", 4.0),
)
_BYTES: tuple[_Candidate, ...] = (
    *_CHINESE,
    ("cp932", "japanese", 10.0),
    ("euc_jp", "japanese", 10.0),
    ("cp949", "korean", 10.0),
    ("cp1252", "western", 3.0),
)
_FOREIGN = {
    "cp932": "Japanese text in Shift-JIS",
    "euc_jp": "Japanese text in EUC-JP",
    "cp949": "Korean text in EUC-KR",
    "cp1252": "text in a one-byte encoding such as Windows-1252",
}
_SHOWN = {"gb18030": "GB18030", "big5": "Big5", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-8": "UTF-8"}
_HINT = 6.0  # nats that a declaration weighs: it decides about a few characters, and yields to a sentence
_SURE = 15.0  # nats by which a part of a file must be something else for the file to be a mixture
_MARGIN = 5.0  # nats by which the likeliest must be likelier than the next one: about 150 to one
_RANDOM = -9.7  # nats for two bytes that could be any, ASCII apart; a character of written Chinese has some -8.3
_POOREST = -6.0  # nats over such bytes at random; less is no text

_SAMPLE = 3000  # bytes weighed, from the beginning, the middle and the end
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
# None of these bytes is ever the second half of a character in a double-byte encoding.
_PIECE = re.compile(rb"[^\n\r\t <>]+")
_BLOCKS = 3
_UTF8_RUN = re.compile(rb"(?:[\xe3-\xe9][\x80-\xbf]{2}|\xef[\xbc-\xbd][\x80-\xbf]){3,}")
# Letters that Chinese articles do not have: what a word of GB18030 becomes where it passes for UTF-8.
_WORDS = 12  # such letters, of two bytes each
_UNLIKELY_UTF8 = re.compile("[\u0250-\u036f\u0530-\u07ff]")
_HZ = re.compile(rb"~\{(?:[!-~]{2})+~\}")
# Hong Kong's characters among Big5's; decoded with Microsoft's table they come out as these.
_HKSCS = re.compile("[\u3041-\u30ff\u0400-\u04ff\ue000-\uf8ff]")
_ONE_IN = 1000  # characters for each that may be damaged
_FEWEST = 50  # characters of a text in which one may be
_PLACE = re.compile("\ufffd.{0,40}", re.DOTALL)
_SPOILT_BY_ONE = 4  # characters that one broken byte spoils at most
_REPLACEMENT = "\ufffd"
_SAVE = "save it as UTF-8"
_KNOWN = "UTF-8, UTF-16, GB18030, Big5"


class UndecodableError(ValueError):
    """The bytes are not text in any encoding that is tried; the message says why, for people."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text and the Python codec that it was in (`utf-8`, `utf-8-sig`, `utf-16`, `gb18030`, `cp950`, `big5hkscs`...).

    `damaged` counts the places where bytes fit no character; U+FFFD stands there in the text.
    """

    text: str
    encoding: str
    damaged: int = 0


def family(charset: str) -> str | None:
    """Return the family of encodings that a charset's name means, if it is a Chinese one or its neighbour."""
    return _FAMILY.get(re.sub(r"[^a-z0-9]", "", charset.lower()))


def _declared(data: bytes) -> str | None:
    """Return the family of encodings that a page declares, if it is known here."""
    for pattern in _DECLARED:
        if found := pattern.search(data[:4096]):
            return family(found.group(1).decode("ascii", "ignore"))
    return None


def _blocks(data: bytes) -> Iterator[bytes]:
    """Yield what is not ASCII in a file: some of its beginning, its middle and its end."""
    pieces = [found for found in _PIECE.findall(data) if not found.isascii()]
    for place in range(_BLOCKS):
        taken: list[bytes] = []
        room = _SAMPLE // _BLOCKS
        for found in pieces[place * len(pieces) // _BLOCKS : (place + 1) * len(pieces) // _BLOCKS]:
            if room <= 0:
                break
            taken.append(found[: 4 * _SAMPLE])  # a cut character weighs nothing in so many
            room -= len(found)
        if taken:
            yield b"\n".join(taken)


def _text(data: bytes, encoding: str) -> tuple[str, str]:
    """Return the text with U+FFFD for what fits no character, and the Python codec it was decoded with.

    Big5 is Microsoft's where that fits, because its marks are the usual ones (‧～), else Hong Kong's.
    """
    if encoding != "big5":
        return data.decode(encoding, "replace"), encoding
    text = data.decode("cp950", "replace")
    if _REPLACEMENT in text or _HKSCS.search(text):
        return data.decode("big5hkscs", "replace"), "big5hkscs"
    return text, "cp950"


@dataclass(frozen=True, slots=True)
class _Weighed:
    """What weighing a sample said."""

    best: str
    lead: float  # nats over the next likeliest
    second: str
    surplus: float  # nats over bytes at random, of what is not ASCII


def _weigh(sample: bytes, candidates: Iterable[_Candidate], declared: str | None = None) -> _Weighed:
    """Return which candidate makes the likeliest text of the sample."""
    found: dict[str, tuple[float, float]] = {}
    for encoding, language, rarity in candidates:
        text, _ = _text(sample, encoding)
        hint = _HINT if declared == encoding else 0.0
        told = likelihood(text, language)
        nats = told.nats + hint - rarity
        surplus = told.wide_nats + hint - told.wide * _RANDOM / (2 if language == "western" else 1)
        found[encoding] = max(found.get(encoding, (nats, surplus)), (nats, surplus))
    best, second, *_ = sorted(found, key=lambda name: found[name], reverse=True)
    return _Weighed(best, found[best][0] - found[second][0], second, found[best][1])


def _damage(text: str) -> int:
    """Return at how many places a decoded text is damaged; one broken byte can spoil a few characters nearby."""
    spoilt = text.count(_REPLACEMENT)
    return max(len(_PLACE.findall(text)), math.ceil(spoilt / _SPOILT_BY_ONE)) if spoilt else 0


def _damage_allowed(text: str) -> int:
    return 0 if len(text) < _FEWEST else max(1, len(text) // _ONE_IN)


def _damaged_utf8(data: bytes) -> Decoded | None:
    """Return UTF-8 in which a few bytes are broken; None for what is something else."""
    text = data.decode("utf-8", "replace")
    whole = sum(map(len, _UTF8_RUN.findall(data))) // 3
    damaged = _damage(text)
    if not damaged or whole < 10 * damaged or damaged > _damage_allowed(text):
        return None
    return Decoded(text, "utf-8", damaged)


def _is_utf8(data: bytes) -> bool:
    """Whether bytes without a mark are UTF-8; a word or two of GB18030 can look like it ("联通" and the like)."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    if len(data) - len(text) > _WORDS or not _UNLIKELY_UTF8.search(text):
        return True
    return _weigh(data, (*_CHINESE, ("utf-8", "western", -2.0))).best == "utf-8"


def _refuse_mixture(data: bytes) -> None:
    """Refuse a file of which some lines are UTF-8 and some are not.

    Raises:
        UndecodableError: it is such a file.

    """
    runs: list[tuple[int, bool]] = []
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.isascii():
            continue
        plain = _UTF8_RUN.search(line) is not None and _is_utf8(line)
        if not runs or runs[-1][1] != plain:
            runs.append((number, plain))
    if len(runs) > 1:
        names = "UTF-8 and another encoding" if runs[0][1] else "another encoding and UTF-8"
        raise UndecodableError(f"the file mixes {names} (from line {runs[1][0]} on): {_SAVE}")


def _decide(data: bytes, declared: str | None) -> _Weighed:
    """Return the encoding of text that is not UTF-8.

    Raises:
        UndecodableError: it cannot be told, or is one that is not read.

    """
    blocks = list(_blocks(data))
    if len(data) <= _SAMPLE and len(data) % 2 == 0:
        weighed = _weigh(data, (*_BYTES, *_UTF16), declared)
    else:
        weighed = _weigh(b"\n".join(blocks), _BYTES, declared)
    if weighed.best not in ("utf-16-le", "utf-16-be"):
        parts = [part for block in blocks if (part := _weigh(block, _BYTES)).lead > _SURE]
        if len({part.best for part in parts}) > 1:
            raise UndecodableError(f"the file mixes encodings: {_SAVE}")
    if weighed.best in _FOREIGN and weighed.lead >= _MARGIN:
        raise UndecodableError(f"it looks like {_FOREIGN[weighed.best]}, which is not read: {_SAVE}")
    if weighed.surplus < _POOREST:
        raise UndecodableError(f"the text is in no encoding that is known here ({_KNOWN}): {_SAVE}")
    if weighed.lead < _MARGIN or weighed.best in _FOREIGN:
        names = " or ".join(_SHOWN.get(name, name) for name in (weighed.best, weighed.second))
        raise UndecodableError(f"too little text to tell its encoding ({names}): {_SAVE}")
    return weighed


def _marked(data: bytes) -> Decoded | None:
    """Return the text of a file that begins with a byte order mark.

    Raises:
        UndecodableError: it is not what its mark says.

    """
    found = next(((bom, encoding) for bom, encoding in _BOMS if data.startswith(bom)), None)
    if found is None:
        return None
    bom, encoding = found
    text = data.decode(encoding, "replace")
    damaged = _damage(text) if encoding != "utf-8-sig" or not _is_utf8(data) else 0
    if damaged <= _damage_allowed(text) and (encoding != "utf-16" or _is_utf16(data, bom)):
        return Decoded(text, encoding, damaged)
    name = encoding.removesuffix("-sig").upper()
    raise UndecodableError(f"the file's first bytes say {name}, but the rest is not: {_SAVE}")


def _is_utf16(data: bytes, bom: bytes) -> bool:
    """Whether what follows the mark of UTF-16 is not plainly something else."""
    sample = data[len(bom) : _SAMPLE]
    named = "utf-16-le" if bom == b"\xff\xfe" else "utf-16-be"
    weighed = _weigh(sample[: len(sample) // 2 * 2], (*_CHINESE, *_UTF16, ("utf-8", "simplified", 0.0)))
    return weighed.best == named or weighed.lead < _SURE


def _seven_bits(data: bytes) -> Decoded:
    """Return ASCII, or HZ, in which marks switch to Chinese and back.

    Raises:
        UndecodableError: it is another such encoding.

    """
    if b"\x1b$" in data:
        raise UndecodableError(f"it looks like text in ISO-2022, which is not read: {_SAVE}")
    if _HZ.search(data):
        text, _ = _text(data, "hz")
        told = likelihood(text, "simplified")
        if told.wide_nats > told.wide * _RANDOM:
            return Decoded(text, "hz", _damage(text))
    return Decoded(data.decode(), "utf-8")


def _unmarked_utf16(data: bytes) -> Decoded | None:
    """Return UTF-16 without a mark; None for what is something else."""
    sample = data[:_SAMPLE]
    weighed = _weigh(sample[: len(sample) // 2 * 2], _UTF16)
    text = data.decode(weighed.best, "replace")
    damaged = _damage(text)
    if weighed.surplus < _POOREST or damaged > _damage_allowed(text) or text.count("\x00") > len(text) // 100:
        return None
    return Decoded(text, weighed.best, damaged)


def decode(data: bytes, *, html: bool = False, stated: str | None = None) -> Decoded:
    """Return the text of `data`. A charset that is stated for it, or with `html` in the page itself, is a hint.

    Raises:
        UndecodableError: the bytes are empty, binary, or text whose encoding is not known here or cannot be told.

    """
    if not data.strip(b" \t\r\n\x00"):
        raise UndecodableError("the file is empty")
    if (decoded := _marked(data)) is not None:
        return decoded
    controls = len(_CONTROL.findall(data[:8192])) > len(data[:8192]) // 100
    if (controls or b"\x00" in data) and (decoded := _unmarked_utf16(data)) is not None:
        return decoded
    if controls:
        raise UndecodableError("the file is binary, not text")
    if data.isascii():
        return _seven_bits(data)
    if _is_utf8(data):
        return Decoded(data.decode(), "utf-8")
    if (decoded := _damaged_utf8(data)) is not None:
        return decoded
    _refuse_mixture(data)
    weighed = _decide(data, (family(stated) if stated else None) or (_declared(data) if html else None))
    text, codec = _text(data, weighed.best)
    damaged = _damage(text)
    if damaged > _damage_allowed(text):
        raise UndecodableError(f"{damaged} places in it fit no character of {_SHOWN[weighed.best]}: {_SAVE}")
    return Decoded(text, codec, damaged)
