"""From bytes to characters."""

import json
import random
from pathlib import Path

import opencc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.encodings import articles, cases, outcome
from rag.articles.encoding import Decoded, UndecodableError, decode
from rag.articles.likeness import Likelihood, likelihood

SIMPLIFIED = "本市今天公布了新的公园规划，计划在三年内建成二十个社区公园，方便居民就近休息。"
TRADITIONAL = "本市今天公布了新的公園規劃，計劃在三年內建成二十個社區公園，方便居民就近休息。"
LONG = "\n".join([SIMPLIFIED] * 12)
FOLDER = Path(__file__).parents[1] / "eval" / "sets" / "project" / "articles"


def _project_texts() -> list[str]:
    texts = [file.read_text(encoding="utf-8") for file in sorted(FOLDER.glob("*.txt")) + sorted(FOLDER.glob("*.md"))]
    texts += articles(FOLDER / "briefs.jsonl")
    return [opencc.OpenCC("t2s").convert(text) for text in texts]


def test_two_hundred_files_in_six_kinds_of_encoding():
    """Files made of the project's own articles, from ten characters on, in all encodings, are read to the character."""
    made = list(cases(_project_texts(), 200, seed=0))
    assert len({case.kind for case in made}) == 6
    assert [case for case in made if outcome(case) != "right"] == []


def test_hardly_anything_is_read_wrong_where_there_are_three_characters():
    """Where a few characters do not tell the encoding, the file is refused rather than read as rubbish."""
    made = list(cases(_project_texts(), 600, seed=0, shortest=3))
    found = [outcome(case) for case in made]
    assert found.count("wrong") <= 3
    assert found.count("right") >= 540


@pytest.mark.parametrize(
    ("text", "encoding", "told"),
    [
        (SIMPLIFIED, "utf-8", "utf-8"),
        (SIMPLIFIED, "utf-8-sig", "utf-8-sig"),
        (SIMPLIFIED, "utf-16", "utf-16"),
        (SIMPLIFIED, "utf-16-le", "utf-16-le"),
        (SIMPLIFIED, "utf-16-be", "utf-16-be"),
        ("The mayor spoke on Monday.\r\n", "utf-16-le", "utf-16-le"),
        (SIMPLIFIED, "gbk", "gb18030"),
        (TRADITIONAL, "gb18030", "gb18030"),
        (TRADITIONAL, "big5", "cp950"),
        (SIMPLIFIED + "𠮷", "gb18030", "gb18030"),
        ("公園規劃：明天動工", "big5", "cp950"),
        ("喬治‧布希與‧～明天會面", "cp950", "cp950"),
        ("佢哋話嘅嘢係啱嘅，唔使驚，𨋢係壞咗", "big5hkscs", "big5hkscs"),
        ("公园规划：明天动工", "gbk", "gb18030"),
        ("联通", "gbk", "gb18030"),  # passes for UTF-8
        (SIMPLIFIED, "hz", "hz"),
        ("Beyoncé’s naïve façade", "utf-8", "utf-8"),
        ("Сегодня в Москве", "utf-8", "utf-8"),
        ("שלום", "utf-8", "utf-8"),
        ("plain ~{ok~}", "ascii", "utf-8"),
    ],
)
def test_each_encoding_comes_out_right(text: str, encoding: str, told: str) -> None:
    """Chinese text is read in the encoding it was written in; Big5 never passes for GB18030 or the other way round."""
    assert decode(text.encode(encoding)) == Decoded(text, told)


def test_utf16_big_endian_with_a_mark() -> None:
    """The byte order mark tells UTF-16 in either order."""
    assert decode(b"\xfe\xff" + SIMPLIFIED.encode("utf-16-be")).text == SIMPLIFIED


def test_a_long_page_without_chinese_at_its_beginning() -> None:
    """What is weighed is what is not ASCII, however much script stands before it."""
    page = "<script>" + "var a = 1;\n" * 3000 + f"</script><p>{SIMPLIFIED}</p>"
    assert decode(page.encode("gbk"), html=True).text == page


@pytest.mark.parametrize("name", ["big5", "Big5", "big-5", "x-x-big5", "BIG5-HKSCS"])
def test_a_page_s_own_word_decides_about_a_few_characters(name: str) -> None:
    """A declaration, however spelt, tips the scales where two encodings are about as likely."""
    page = f'<meta charset="{name}"><p>舒蘭市</p>'
    assert decode(page.encode("big5"), html=True).text == page
    with pytest.raises(UndecodableError, match="too little text"):
        decode("舒蘭市".encode("big5"))


def test_a_page_that_says_gb2312_may_hold_more() -> None:
    """GB18030 is read where the smaller set is named, as browsers do."""
    page = '<?xml version="1.0" encoding="gb2312"?><p>朱镕基與喆、㎡</p>'
    assert decode(page.encode("gbk"), html=True) == Decoded(page, "gb18030")


@pytest.mark.parametrize("said", ["big5", "utf8", "shift_jis", "utf-16", "nonsense"])
def test_a_page_s_wrong_word_is_not_believed(said: str) -> None:
    """A page that says something else but is GBK is read as GBK."""
    page = f'<meta http-equiv="Content-Type" content="text/html; charset={said}"><p>{SIMPLIFIED[:12]}</p>'
    assert decode(page.encode("gbk"), html=True).text == page


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"\x00\x00", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" * 20, "binary"),
        (bytes(range(256)) * 4, "binary"),
        (random.Random(1).randbytes(3000), "binary"),
        (bytes(byte | 0x80 for byte in random.Random(1).randbytes(400)), "no encoding"),
        (LONG.encode("utf-32-le"), "binary"),
        ("これは日本語のテキストで、ひらがなが多いです。".encode("shift_jis"), "Shift-JIS"),
        ("これは日本語のテキストで、ひらがなが多いです。".encode("euc_jp"), "EUC-JP"),
        ("これは日本語".encode("iso2022_jp"), "ISO-2022"),
        ("정부는 오늘 새로운 공원 조성 계획을 발표했다.".encode("euc_kr"), "EUC-KR"),
        ("“It’s fine,” said André in the café".encode("cp1252"), "one-byte"),
        ("Übergrößenträger müssen früh zurück".encode("latin-1"), "save it as UTF-8"),
        ("Сегодня в Москве прошло заседание".encode("cp1251"), "save it as UTF-8"),
        (b"\xff\xfe\x00", "UTF-16"),
        (b"\xff\xfe" + LONG.encode(), "first bytes say UTF-16"),
        (b"\xff\xfe" + LONG.encode("utf-16-be"), "first bytes say UTF-16"),
        (b"\xef\xbb\xbf" + LONG.encode("gbk"), "first bytes say UTF-8"),
        ((LONG + "\n").encode() + SIMPLIFIED.encode("gbk"), "mixes UTF-8 and another encoding .from line 13 on"),
        ((LONG + "\n").encode("gbk") + SIMPLIFIED.encode(), "mixes another encoding and UTF-8 .from line 13 on"),
        (LONG.encode("gbk") + b"\n" + TRADITIONAL.encode("big5") * 12, "mixes encodings"),
        ("舒蘭市".encode("big5"), "too little text to tell its encoding"),
    ],
)
def test_what_is_no_text_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    """Empty, binary, mixed and unknown bytes, and too few of them, are refused in words for people."""
    with pytest.raises(UndecodableError, match=reason):
        decode(data)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-8-sig"])
def test_one_broken_byte_in_a_long_file_is_marked_and_told(encoding: str) -> None:
    """A file that is readable but for one byte is read; the place is marked and counted."""
    data = LONG.encode(encoding)
    place = data.index("公园".encode(encoding.removesuffix("-sig")))
    decoded = decode(data[:place] + b"\xff" + data[place + 1 :])
    assert decoded.damaged == 1
    assert 1 <= decoded.text.count("\ufffd") <= 4
    assert decoded.text.endswith(LONG[-400:])


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_file_that_was_cut_off_is_read_up_to_there(encoding: str) -> None:
    """Half a character at the end costs that character."""
    decoded = decode(LONG.encode(encoding)[:-1])
    assert (decoded.text.rstrip("\ufffd"), decoded.damaged) == (LONG[:-1], 1)


def test_much_damage_is_no_text() -> None:
    """Beyond one place in a thousand characters, a file is refused."""
    data = bytearray(LONG.encode("utf-8"))
    data[30::200] = b"\xff" * len(data[30::200])
    with pytest.raises(UndecodableError, match="save it as UTF-8"):
        decode(bytes(data))


def test_a_stray_zero_byte_does_not_make_text_binary() -> None:
    """One zero byte, as some programs leave at the end, is a character like others."""
    assert decode((LONG + "\x00").encode()).text == LONG + "\x00"
    assert decode((LONG + "\x00").encode("gbk")).text == LONG + "\x00"


@given(st.text(alphabet=SIMPLIFIED, min_size=6, max_size=60))
def test_utf8_round_trip(text: str) -> None:
    """Whatever is written as UTF-8 is read back unchanged."""
    assert decode(text.encode()).text == text


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    """Nothing else than a refusal is ever raised, and what is read without damage has the file's own bytes."""
    try:
        decoded = decode(data, html=True)
    except UndecodableError as refusal:
        assert str(refusal)
        return
    if not decoded.damaged and decoded.encoding in ("utf-8", "gb18030", "cp950", "utf-16-le", "utf-16-be"):
        assert decoded.text.encode(decoded.encoding) == data


def test_text_is_likelier_than_rubbish() -> None:
    """Text decoded with its own table is likelier than with the other one, by far."""
    rubbish = TRADITIONAL.encode("big5").decode("gb18030", "replace")
    assert likelihood(TRADITIONAL, "traditional").nats > likelihood(rubbish, "simplified").nats + 100
    assert likelihood(SIMPLIFIED, "simplified").nats > likelihood(SIMPLIFIED, "japanese").nats > -1e9
    assert likelihood("", "western") == Likelihood(0.0, 0.0, 0)
    assert likelihood("a公", "simplified").wide == 1


def test_the_measuring_script_reads_a_folder(tmp_path: Path) -> None:
    """`eval.encodings` takes a file of articles, or a folder of them."""
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": LONG}) + "\n", encoding="utf-8")
    assert list(articles(tmp_path)) == list(articles(tmp_path / "a.jsonl")) == [LONG]
