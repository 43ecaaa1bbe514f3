"""Abbreviations that an article itself states: 国家发展和改革委员会（以下简称“国家发改委”）, 世界卫生组织（WHO）.

Brackets say where the short form stands; the difficulty is where the full name begins. As Schwartz and Hearst do it
("A simple algorithm for identifying abbreviation definitions in biomedical text", 2003), the characters of the short
form are looked up in the text before the bracket, from right to left; the name begins with the word of the first of
them, or with what such names have before it (中国 before 证券监督管理委员会). A short form in Latin letters shares no
character with a Chinese name: there the name is as many words of its kind as stand together.

What an author defines for one text alone (公司, 双方, 《通知》) is left out.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import rjieba

from models.fold import simplify
from rag.articles.abbreviation_words import (
    ENDS,
    IN_NAMES,
    JOINABLE_TAGS,
    JOINED,
    LEADING,
    LEADING_TAGS,
    LOCAL,
    NAME_TAGS,
    NO_ACRONYM,
    NO_BEGINNING,
    NO_NAME,
    NOUN_END,
    NUMBERED,
    STOP_TAGS,
    STOP_VERBS,
)
from rag.text.tagged import Word, tagged_words
from rag.types import Span


class Stating(IntEnum):
    """How an article says that two names are one; what it says in words is surer than a bracket alone."""

    DEFINED = 1  # X（以下简称Y）, X，简称Y, Y（全称X）
    BRACKETED = 2  # X（Y) or Y（X）, both Chinese, where Y picks its characters from X
    LATIN = 3  # X（WHO）
    SPELT_OUT = 4  # WHO（X）


@dataclass(frozen=True, slots=True)
class Stated:
    """A full name, its short form (both in Simplified characters), and where in the article the short form stands."""

    full: str
    short: str
    span: Span
    stating: Stating


class _Found(NamedTuple):
    full: str
    short: str
    start: int
    stating: Stating


_BEFORE = 60  # characters before a bracket in which its name is looked for
_SHORTEST_SHORT, _LONGEST_SHORT = 2, 16
_SHORTEST_FULL, _LONGEST_FULL = 4, 40
_LONGEST_BRACKETED = 6  # a short form that nothing but its characters speaks for
_SKIPPED = 2  # characters before the first one picked (中国), where nothing but that speaks for a short form
_REST = 3  # characters from the last one picked on
_GAP = 8  # characters from one picked to the next
_CAPITALS = 0.6  # of an acronym's characters, at least

# In brackets, or after a comma with the word for it.
_STATEMENT = re.compile(
    r"[（(](?P<inside>[^（）()。；;\n]{2,60})[）)]"
    r"|[，,]\s*(?:以下)?简称(?:为|作)?[：:]?\s*"
    r"(?P<after>[“\"「][^“”\"「」\n]{2,16}[”\"」]|[A-Za-z一-鿿]{2,8}(?=[，,。；;）)]))"
)
_DEFINING = re.compile(
    r"(?:以下|下文|下面|文中|后文|下)(?:均|统|都|一并)?简?称(?:之)?(?:为|作)?|(?:英文)?(?:简称|缩写|略称)(?:为|作|是)?"
)
_SPELLING_OUT = re.compile(r"(?:中文)?全称(?:为|是)?[：:]?\s*[“\"「]?(?P<full>[^“”\"「」，,；;]{4,40})")
_SPLIT = re.compile(r"[“”\"「」『』、，,：:/\s]+|或者?(?=[“\"「一-鿿])|和(?=[“\"「])|以及")
_ACRONYM = re.compile(r"(?=(?:[^A-Z]*[A-Z]){2})[A-Z][A-Za-z0-9&\-]{1,9}")
_ACRONYM_BEFORE = re.compile(r"(?<![A-Za-z0-9.\-–/_ ])(?P<short>[A-Z][A-Z0-9&\-]{1,8}[A-Z])$")
_CHINESE = re.compile("[一-鿿·]+")
_SHORT = re.compile(r"[一-鿿A-Za-z0-9·&\-+]+")
_QUOTED_END = re.compile(r"[“「\"]([^“”「」\"]{4,40})[”」\"]$")
_BRACKET_END = re.compile(r"[（(][^（）()]{1,24}[）)]\s*$")
# Some such character stands in the first lines of any Traditional text.
_TRADITIONAL = re.compile("[會國這個們來時織關發據區學業與對實長員經濟說為報導東車馬門問間開無號電話統黨總網紅]")
_SCRIPT = 300
_JOINING = re.compile("[和与及暨]")
_PARTNERS = ("（）", "()", "“”", "「」")
# Marks that no name holds; a bracket inside one holds a place or a kind: 中国（上海）自由贸易试验区.
_EDGE = re.compile(r"[^\w·•&\-（）()“”「」\" ]|的(?=.{0,30}(?:公司|局|院|会|所|中心|部)$)|(?<=[一-鿿])\s+(?=[一-鿿])")
# What may follow the last character picked in a long name.
_COMPANY_END = re.compile("(?:公司|集团|大学|学院|中心|合伙)$|[）)]$")


def _aligned(short: str, full: str) -> list[int] | None:
    """Return where the characters of `short` stand in `full`, matched from the right; None where one is missing."""
    short, full = short.lower(), full.lower()
    places: list[int] = []
    end = len(full)
    for char in reversed(short):
        end = full.rfind(char, 0, end)
        if end < 0:
            return None
        places.append(end)
    return places[::-1]


def _scattered(short: str, full: str) -> bool:
    """Whether a short form picks its characters from all over a name, as an abbreviation does."""
    places = _aligned(short, full)
    if not places or short in full or not (_CHINESE.fullmatch(short) and _CHINESE.fullmatch(full)):
        return False
    if _is_local(short, full) or rjieba.tag(short)[0] in ((short, "n"), (short, "b")):
        return False
    gaps = [after - place for place, after in itertools.pairwise(places)]
    return places[0] <= _SKIPPED and len(full) - places[-1] <= _REST and max(gaps, default=0) <= _GAP


def _is_local(short: str, full: str) -> bool:
    """Whether a short form is an ordinary word, which means something else in the next article."""
    if short in LOCAL or short.startswith(("本", "该", "此", "上述", "这")) or short[-1] in "方们":
        return True
    tag = rjieba.tag(short)[0][1] if rjieba.has_word(short) else ""
    if tag in ("ns", "t", "m", "q", "v", "d") or (short[0] in "省市县区州镇" and short[0] != full[0]):
        return True
    return full.endswith(short) and tag in ("n", "vn", "nr", "l", "b", "a")


def _name_before(text: str, end: int) -> tuple[str, bool]:
    """Return what stands before a place as far as a name can reach, and whether quotation marks bound it."""
    before = text[max(0, end - _BEFORE) : end].rstrip()
    while second := _BRACKET_END.search(before):  # a stock code, another form: the name stands before it
        before = before[: second.start()].rstrip()
    if quoted := _QUOTED_END.search(before):
        return quoted[1].strip(), True
    if before.endswith(("》", "〉")):
        return "", False
    cut = max((edge.end() for edge in _EDGE.finditer(before)), default=0)
    before = before[cut:]
    for marks in _PARTNERS:  # one without its partner ends what was before it
        if before.count(marks[0]) != before.count(marks[1]):
            before = re.split(f"[{re.escape(marks)}]", before)[-1]
    return re.split('["”」]', before)[-1].strip(), False


def _leads(word: Word) -> bool:
    """Whether a word can be the beginning of a name that goes on after it."""
    known = word.tag in LEADING_TAGS or word.text in LEADING or NUMBERED.fullmatch(word.text) is not None
    return known and not ENDS.search(word.text)


def _full_name(before: str, short: str) -> str | None:
    """Return the name before a bracket of which `short` picks its characters, or None."""
    places = _aligned(short, before)
    if not places or (len(before) - places[-1] > _REST + 1 and not _COMPANY_END.search(before)):
        return None
    words = tagged_words(before)
    first = max(i for i, word in enumerate(words) if word.start <= places[0])
    if words[first].start < places[0] and not rjieba.has_word(words[first].text):  # 约谈牧原食品: cut as 谈牧原
        return before[places[0] :]
    while first and _leads(words[first - 1]):
        first -= 1
    return before[words[first].start :]


def _begins_with_place(word: Word) -> bool:
    return word.tag == "ns" or (word.tag == "nt" and rjieba.tag(word.text[:2])[0] == (word.text[:2], "ns"))


def _before_place(word: Word) -> bool:
    return word.tag in ("ns", "nz") or word.text in LEADING


def _goes_on(words: list[Word], at: int) -> bool:
    """Whether the word at a number belongs to the name that begins with the next one."""
    word = words[at]
    inside = at + 1 < len(words)
    if word.text in STOP_VERBS or (inside and ENDS.search(word.text) and word.tag not in ("ns", "nt")):
        return False
    before = words[at - 1].tag if at and inside else ""
    joined = word.text in JOINED and before in JOINABLE_TAGS
    verb = word.tag == "v" and before in ("n", "ns", "b", "nz", "vn")
    return word.tag in NAME_TAGS or joined or verb or word.text in LEADING or word.text in IN_NAMES


def _describes(word: Word) -> bool:
    """Whether a word says how or what for a thing is, before its name begins."""
    return word.tag in ("v", "c") or (word.tag == "a" and len(word.text) > 1) or word.text in NO_BEGINNING


def _noun_phrase(before: str) -> str | None:
    """Return the words of a name that stand together before a bracket, or None where that is not sure."""
    if not NOUN_END.search(before):
        return None
    words = tagged_words(before)
    first = len(words)
    while first and _goes_on(words, first - 1):
        first -= 1
        # A place begins a name: what stands before it is the sentence's.
        if first and _begins_with_place(words[first]) and not _before_place(words[first - 1]):
            break
    else:
        # A word that the tags do not know may belong to the name.
        if first and words[first - 1].tag not in STOP_TAGS and words[first - 1].text not in STOP_VERBS:
            return None
    while first < len(words) and _describes(words[first]):
        first += 1
    return before[words[first].start :] if first < len(words) else None


def _defined(before: str, quoted: bool, short: str) -> str | None:
    """Return the full name of a short form that is introduced in words, or None."""
    if not before or not _SHORT.fullmatch(short) or short.isdigit():
        return None
    if _ACRONYM.fullmatch(short):
        full = before if quoted else _noun_phrase(before)
        return None if full is None or short in full else full
    full = before if quoted else _full_name(before, short)
    return None if full is None or _aligned(short, full) is None or _is_local(short, full) else full


def _introduced(text: str, bracket: "re.Match[str]", defining: "re.Match[str]") -> Iterator[_Found]:
    """Yield X（以下简称“Y”或“Z”） and X（WHO，简称Y）."""
    inside, start = bracket["inside"], bracket.start("inside")
    before, quoted = _name_before(text, bracket.start())
    place = start + defining.end()
    for short in _SPLIT.split(inside[defining.end() :]):
        place = text.find(short, place)
        if full := _defined(before, quoted, short):
            yield _Found(full, short, place, Stating.DEFINED)
    first = inside[: defining.start()].strip(" ，,、;；")
    if _ACRONYM.fullmatch(first) and (full := _defined(before, quoted, first)):
        yield _Found(full, first, text.find(first, start), Stating.LATIN)


def _latin(text: str, bracket: "re.Match[str]", acronym: str) -> Iterator[_Found]:
    """Yield X（WHO） and X（World Health Organization，WHO）."""
    if NO_ACRONYM.fullmatch(acronym) or sum(map(str.isupper, acronym)) < _CAPITALS * len(acronym):
        return
    before, quoted = _name_before(text, bracket.start())
    full = None if quoted else _noun_phrase(before)
    # 酒精、烟草、火器和爆炸物管理局: the name may have begun before the mark.
    cut = full is not None and text[: text.rfind(full, 0, bracket.start())].endswith("、") and _JOINING.search(full)
    if full and not cut:
        yield _Found(full, acronym, text.find(acronym, bracket.start("inside")), Stating.LATIN)


def _short_before(before: str, full: str) -> str | None:
    """Return what stands before a bracket and picks its characters from the name in it, or None."""
    words = tagged_words(before)
    found = None
    for at in range(len(words) - 1, -1, -1):
        short = before[words[at].start :]
        if len(short) > min(_LONGEST_BRACKETED + 2, len(full) - 2):
            break
        alone = not at or words[at - 1].tag in ("v", "p", "c", "u", "d", "uj", "f")
        places = _aligned(short, full)
        if alone and len(short) > 1 and places and places[0] <= _SKIPPED and len(full) - places[-1] <= _REST:
            found = short
    return found


def _chinese(text: str, bracket: "re.Match[str]") -> Iterator[_Found]:
    """Yield WHO（X）, X（Y） and Y（X）, where what is in brackets is Chinese."""
    inside = bracket["inside"]
    before = text[max(0, bracket.start() - _BEFORE) : bracket.start()].rstrip()
    if acronym := _ACRONYM_BEFORE.search(before):
        short = acronym["short"]
        if not NO_ACRONYM.fullmatch(short) and NOUN_END.search(inside) and "旗下" not in inside:
            yield _Found(inside, short, text.rfind(short, 0, bracket.start()), Stating.SPELT_OUT)
        return
    name, quoted = _name_before(text, bracket.start())
    if len(inside) <= _LONGEST_BRACKETED:
        full = name if quoted else _full_name(name, inside)
        if full and _scattered(inside, full):
            yield _Found(full, inside, bracket.start("inside"), Stating.BRACKETED)
    elif (short_name := name if quoted else _short_before(name, inside)) and _scattered(short_name, inside):
        yield _Found(inside, short_name, text.rfind(short_name, 0, bracket.start()), Stating.BRACKETED)


def _bracketed(text: str, bracket: "re.Match[str]") -> Iterator[_Found]:
    """Yield what a bracket states."""
    inside = bracket["inside"]
    if defining := _DEFINING.search(inside):
        yield from _introduced(text, bracket, defining)
    elif spelling := _SPELLING_OUT.search(inside):
        before, quoted = _name_before(text, bracket.start())
        if short := before if quoted else _short_before(before, spelling["full"]):
            yield _Found(spelling["full"], short, text.rfind(short, 0, bracket.start()), Stating.DEFINED)
    elif acronym := next(filter(_ACRONYM.fullmatch, map(str.strip, re.split("[，,;；]", inside))), None):
        yield from _latin(text, bracket, acronym)
    elif _CHINESE.fullmatch(inside) and not NO_NAME.match(inside):
        yield from _chinese(text, bracket)


def _after_comma(text: str, statement: "re.Match[str]") -> Iterator[_Found]:
    """Yield X，简称“Y”."""
    before, quoted = _name_before(text, statement.start())
    short = statement["after"].strip('“”"「」 ')
    if full := _defined(before, quoted, short):
        yield _Found(full, short, text.find(short, statement.start("after")), Stating.DEFINED)


def _is_sound(found: _Found) -> bool:
    """Whether both forms can be names, by their length and marks."""
    lengths = (
        _SHORTEST_SHORT <= len(found.short) <= _LONGEST_SHORT and _SHORTEST_FULL <= len(found.full) <= _LONGEST_FULL
    )
    latin = found.stating in (Stating.LATIN, Stating.SPELT_OUT)
    paired = all(found.full.count(marks[0]) == found.full.count(marks[1]) for marks in _PARTNERS)
    return lengths and paired and (latin or len(found.full) > len(found.short))


def abbreviations(text: str) -> Iterator[Stated]:
    """Yield the abbreviations that an article's cleaned text states, in the order in which they are stated.

    Words are told apart in Simplified script, so a name from a Traditional text comes in Simplified characters.
    """
    if _TRADITIONAL.search(text, 0, _SCRIPT):
        text = simplify(text)  # character for character
    for statement in _STATEMENT.finditer(text):
        for found in (_bracketed if statement["inside"] else _after_comma)(text, statement):
            if _is_sound(found):
                span = Span(found.start, found.start + len(found.short))
                yield Stated(found.full, found.short, span, found.stating)
