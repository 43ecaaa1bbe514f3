"""From bytes to characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.articles.encoding import UndecodableError, decode, likeness

SIMPLIFIED = "本市今天公布了新的公园规划，计划在三年内建成二十个社区公园，方便居民就近休息。"
TRADITIONAL = "本市今天公布了新的公園規劃，計劃在三年內建成二十個社區公園，方便居民就近休息。"


@pytest.mark.parametrize(
    ("text", "encoding", "told"),
    [
        (SIMPLIFIED, "utf-8", "utf-8"),
        (SIMPLIFIED, "utf-8-sig", "utf-8-sig"),
        (SIMPLIFIED, "utf-16", "utf-16"),
        (SIMPLIFIED, "gbk", "gb18030"),
        (TRADITIONAL, "gb18030", "gb18030"),
        (TRADITIONAL, "big5", "big5hkscs"),
        (SIMPLIFIED + "𠮷", "gb18030", "gb18030"),
        ("公園規劃：明天動工", "big5", "big5hkscs"),
        ("公园规划：明天动工", "gbk", "gb18030"),
    ],
)
def test_each_encoding_comes_out_right(text: str, encoding: str, told: str) -> None:
    """Chinese text is read in the encoding it was written in; Big5 never passes for GB18030 or the other way round."""
    decoded = decode(text.encode(encoding))
    assert (decoded.text, decoded.encoding) == (text, told)


def test_utf16_big_endian_with_a_mark() -> None:
    """The byte order mark tells UTF-16 in either order."""
    assert decode(b"\xfe\xff" + SIMPLIFIED.encode("utf-16-be")).text == SIMPLIFIED


def test_a_page_s_own_word_is_taken_first() -> None:
    """A charset that a page declares decides, where text comes of it."""
    page = f'<meta charset="big5"><p>{TRADITIONAL[:8]}</p>'
    decoded = decode(page.encode("big5"), html=True)
    assert (decoded.text, decoded.encoding) == (page, "big5hkscs")


def test_a_page_s_wrong_word_is_not_believed() -> None:
    """A page that says Big5 but is GBK is read as GBK."""
    page = f'<meta http-equiv="Content-Type" content="text/html; charset=big5"><p>{SIMPLIFIED * 3}</p>'
    assert decode(page.encode("gbk"), html=True).text == page


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" * 20, "binary"),
        (bytes(range(256)) * 4, "binary"),
        ("これは日本語のテキストで、ひらがなが多いです。".encode("shift_jis") * 3, "no encoding"),
        ("Übergrößenträger müssen früh zurück".encode("latin-1") * 5, "no encoding"),
        (b"\xff\xfe\x00", "UTF-16"),
    ],
)
def test_what_is_no_text_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    """Empty, binary and unknown bytes are refused in words for people."""
    with pytest.raises(UndecodableError, match=reason):
        decode(data)


@given(st.text(alphabet=SIMPLIFIED, min_size=6, max_size=60))
def test_utf8_round_trip(text: str) -> None:
    """Whatever is written as UTF-8 is read back unchanged."""
    assert decode(text.encode()).text == text


def test_likeness_tells_rubbish_from_text() -> None:
    """Text decoded with its own table looks like Chinese, with the other one it does not."""
    rubbish = TRADITIONAL.encode("big5").decode("gb18030", "replace")
    assert likeness(TRADITIONAL) > 0.4 > 0.15 > likeness(rubbish)
    assert likeness("plain English") == 0.0
