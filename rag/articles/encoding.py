"""From bytes to characters: which encoding a file is in, and a plain refusal when none fits.

UTF-8 can be told by its form alone. The Chinese double-byte encodings cannot: nearly any bytes decode as GB18030,
Big5 text among them, into rubbish and without an error. So the candidates are decoded and what comes out is judged:
Chinese text, in either script, is to a third or more made of a few hundred characters; rubbish is not.
"""

import re
from dataclasses import dataclass

_COMMON = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学"
    "法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外"
    "天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又利比或但质气第向道命此变条只没结解问意建月公无系军很情"
    "者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手"
    "角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思"
    "術這個為國時來們對會發動過說產種後學經進電裡現實兩體機當點從業應開還與關內數無質氣變條沒結問軍題黨員長資邊級圖統"
    "較將組見計別運農幾區強決戰則據處隊給門規領東導壓爭濟階記者報導表示市長公司台灣總統新聞網站中央社今天昨天政府"
    "，。、：；！？“”‘’（）《》「」『』…—"
)
_HAN = re.compile(r"[㐀-鿿豈-﫿，。、：；！？“”‘’（）《》「」『』…—]")
# What decoding with the wrong table leaves behind: private use, Kana, Bopomofo, Cyrillic, box drawing, rare forms.
# So are single characters between Latin letters: an accented letter and the one after it, read as one.
_RUBBISH = re.compile(
    r"(?<=[A-Za-z])[㐀-鿿](?=[A-Za-z])|[\ue000-\uf8ffЀ-ӿ\u3040-\u312f\u2500-\u25ff\ufe30-\ufe6f\uff61-\uffdc\x80-\x9f\ufffd]"
)
_DECLARED = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]{2,20})""", re.IGNORECASE)
_SAMPLE = 4000  # characters judged
_LEAST = 0.2
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_CANDIDATES = ("gb18030", "big5hkscs")
_FAMILY = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "x-gbk": "gb18030", "gb_2312-80": "gb18030",
    "big5": "big5hkscs", "big5-hkscs": "big5hkscs", "x-x-big5": "big5hkscs", "cp950": "big5hkscs",
}  # fmt: skip


class UndecodableError(ValueError):
    """The bytes are not text in any encoding that is tried; the message says why, for people."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text and the encoding it was in (`utf-8`, `utf-8-sig`, `utf-16`, `gb18030`, `big5hkscs`...)."""

    text: str
    encoding: str


def likeness(text: str) -> float:
    """Return how much `text` looks like written Chinese: 0 not at all, from 0.3 on surely."""
    sample = text[:_SAMPLE]
    han = _HAN.findall(sample)
    rubbish = len(_RUBBISH.findall(sample))
    if not han:
        return 0.0
    return (sum(char in _COMMON for char in han) - 2 * rubbish) / (len(han) + rubbish)


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def decode(data: bytes, *, html: bool = False) -> Decoded:
    """Return the text of `data`. With `html`, a charset that the page declares is tried before guessing.

    Raises:
        UndecodableError: the bytes are empty, binary, or text in no encoding that is known here.

    """
    if not data.strip(b" \t\r\n\x00"):
        msg = "the file is empty"
        raise UndecodableError(msg)
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            text = _try(data, encoding)
            if text is None:
                msg = f"the file says it is {encoding.removesuffix('-sig').upper()} but is not"
                raise UndecodableError(msg)
            return Decoded(text, encoding)
    if len(_CONTROL.findall(data[:8192])) > len(data[:8192]) // 100 or b"\x00" in data:
        msg = "the file is binary, not text"
        raise UndecodableError(msg)
    text = _try(data, "utf-8")
    if text is not None:
        return Decoded(text, "utf-8")
    declared = _DECLARED.search(data[:4096]) if html else None
    if declared is not None:
        encoding = _FAMILY.get(declared.group(1).decode("ascii").lower(), "")
        text = _try(data, encoding) if encoding else None
        if text is not None and likeness(text) >= _LEAST:
            return Decoded(text, encoding)
    options = [(likeness(text), Decoded(text, name)) for name in _CANDIDATES if (text := _try(data, name)) is not None]
    best = max(options, key=lambda option: option[0], default=None)
    if best is None or best[0] < _LEAST:
        msg = "the text is in no encoding that is known here (UTF-8, UTF-16, GB18030, Big5): save it as UTF-8"
        raise UndecodableError(msg)
    return best[1]
