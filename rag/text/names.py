"""Names in Chinese text: people, places, organisations, Latin words, titles and quoted terms, found to be checked.

Rules over the part-of-speech tags of jieba (via rjieba). Its tags alone are no names (文明 and 高峰 are tagged as
people, 青春 as a place), so a tag counts only together with a surname, a role, a suffix or a foreign spelling.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

import rjieba

from rag.text.flat import GAP, flatten, original
from rag.text.name_lists import (
    ABBREVIATIONS,
    ALSO_WORDS,
    FOREIGN_CHARACTERS,
    NO_ORGANISATIONS,
    NO_PLACES,
    SURNAME_CHARACTERS,
)
from rag.text.tagged import Word, tagged_words
from rag.text.units import UNITS
from rag.types import Span

Kind: TypeAlias = Literal["latin", "title", "quoted", "person", "place", "organisation"]

_SURNAMES = frozenset(SURNAME_CHARACTERS)
_COMPOUND = "欧阳|上官|司马|诸葛|东方|夏侯|尉迟|公孙|慕容|皇甫|令狐|端木|司徒|轩辕|南宫|西门|百里|呼延|长孙|宇文"
_RARE = frozenset(ALSO_WORDS)
_ROLE = (
    "(?:副|常务副|总|首席|前|原|名誉)?(?:市长|县长|区长|镇长|乡长|村长|省长|州长|局长|部长|主任|主席|书记|总理|"
    "总统|首相|院长|校长|所长|处长|科长|司长|厅长|站长|队长|"
    "会长|理事长|董事长|总经理|经理|总裁|总监|秘书长|委员|代表|议员|教授|研究员|工程师|总工程师|设计师|负责人|"
    "发言人|记者|通讯员|作者|导演|演员|策展人|"
    "馆长|领队|律师|法官|医生|医师|护士|老师|教师|学者|专家|科学家|分析师|创始人|选手|球员|教练|村民|市民|居民|"
    "业主|乘客|游客|店主|船长|机长|司机|志愿者|"
    "同学|编辑|责编|大使|将军|上将|中将|院士|博士|渔民|农民|工人|园长|社长|行长|店长|厂长|台长|团长|组长|班长|"
    "参赞|董事|股东)"
)
_ADDRESS = f"(?:先生|女士|小姐|同志|夫人|老人|大爷|阿姨|{_ROLE})"
_SAYS = (
    "(?:说|表示|介绍|指出|认为|称|透露|建议|强调|回应|告诉|坦言|解释|主持|出席|担任|宣布|要求|提出|提醒|呼吁|补充|"
    "谈到|分析|回忆|写道|获得|当选|接受|证实|否认|承认|"
    "坦承|直言|警告|批评|质疑|感叹|带领|身为|涉嫌|走访|调研|接任|辞职|去世|发现|率领|会见|致辞|发言|签署|撰文|撰写)"
)
_GIVEN = "(?![们的了是在等及与和为将被对已说称也曾还就从])[一-鿿]"
_TWO_GIVEN = re.compile(f"(?:{_GIVEN}){{2}}")
_SURNAME = rf"(?:{_COMPOUND}|[{''.join(sorted(_SURNAMES))}])"
_COMMON_SURNAME = rf"(?:{_COMPOUND}|[{''.join(sorted(_SURNAMES - _RARE))}])"
_AFTER = (
    rf"(?=[，,。、；;:：（(|”」》!！?？]|$|{_SAYS}|{_ADDRESS}|[在将已曾还也等和与及是为的就对向因被任兼于从则到会]"
    r"|今[天日]|昨[天日]|随后|现场|现年|出生|摄|\d)"
)
_PERSON = re.compile(
    rf"{_ROLE}(?P<by_role>{_SURNAME}(?:{_GIVEN}){{1,2}}?){_AFTER}"
    rf"|(?P<by_verb>(?:(?<=[，。、；：:,;（(|“由对和与据午日晚])|^){_COMMON_SURNAME}(?:{_GIVEN}){{1,2}})"
    rf"(?=(?:在[^，,。；;]{{1,10}}?)?{_SAYS}|{_ADDRESS}|[，,](?:曾任|现任|时任|男|女|今年\d|\d{{2}}岁))"
)
_BY_ADDRESS = re.compile(rf"(?<![一-鿿])(?P<name>[{''.join(sorted(_SURNAMES - _RARE))}])(?P<address>{_ADDRESS})")
_FOREIGN = frozenset(FOREIGN_CHARACTERS)
_SPELT = f"[{''.join(sorted(_FOREIGN | set('都热合木提江依力买思')))}]"
_FOREIGN_DOTTED = re.compile(rf"{_SPELT}{{1,7}}(?:[·•・‧](?:{_SPELT}{{1,8}}|[a-z]+))+")
_LATIN = re.compile(
    r"(?<![a-z0-9])(?:\d+(?:\.\d+)*)?[a-z][a-z0-9]*(?:[-'’&._+/][a-z0-9]+)*\+*|(?<![\d.])\d+(?:\.\d+){2,}"
)
_MEASURED = re.compile(
    rf"(?!\dg$)\d[\d.]*(?:{'|'.join(sorted((u for u in UNITS if u.isascii() and u.isalnum()), key=len, reverse=True))})"
)
_TITLE = re.compile(r"[《〈]([^《》〈〉]{1,60})[》〉]")
_QUOTED = re.compile(r"[“「『]([^“”「」『』]{1,60})[”」』]")
_PLACE_SUFFIX = "省市县区镇乡村州盟旗岛湾河江湖山街路"
_NO_PLACE = frozenset(NO_PLACES.split())
_PLACE_KIND = re.compile(
    "自治区|自治州|自治县|街道|群岛|半岛|开发区|高新区|新区|机场|火车站|地铁站|水库|大桥|公园|广场|大道|大街|小区|"
    "景区|园区|码头|高速"
)
_FACILITY = re.compile(
    ".{1,4}(?:宫|[^场宾饭]馆|剧院|剧场|影院|体育场|公园|广场|机场|码头|火车站|教堂|水库|电站|大桥|隧道)"
)
_ORG = re.compile(
    r"(?:集团|公司|银行|大学|学院|医院|委员会|法院|检察院|协会|学会|基金会|研究院|研究所|研究中心|中心|公安局|"
    r"[^大全布格当结邮僵开]局|[教财民公商交水林住人生应文体科统卫海国农经工信司]\w{0,6}厅|总署|"
    r"卫健委|发改委|国资委|纪委|监委|政府|电视台|日报|晚报|早报|时报|周刊|新闻网|通讯社|出版社|博物馆|图书馆|"
    r"科技馆|美术馆|中学|小学|幼儿园|俱乐部|联盟|联合会|联合国|商会|交易所|事务所|证券|科技|实验室|研究室|基地|"
    r"[国外教财商司公民水科宣组统卫农]\w{0,8}部)$"
)
_STATE = re.compile(r"(?:局|厅|委|署|法院|检察院|[^内总全干西东南北中]部|纪委|监委|委员会)$")
_NO_ORGANISATION = frozenset(NO_ORGANISATIONS.split())
_LONGEST_ORGANISATION = 6  # words before the one that says what kind it is
_MODIFIERS = ("n", "b", "j", "eng", "vn", "x", "a", "l", "i", "m")
_PROPER = ("nr", "ns", "nz", "nt", "eng")
_NOTHING = re.compile("")
_LEADING = {  # what segmentation leaves glued to a name's front
    "latin": _NOTHING,
    "title": _NOTHING,
    "quoted": _NOTHING,
    "person": _NOTHING,
    "place": re.compile(r"(?:[由从自在到对与和据向于至经](?=[一-鿿]{2}))?"),
    "organisation": re.compile(r"(?:[\d|]+|.*由(?=[一-鿿]{4}))?"),
}
_JOINTS = re.compile(r"[-'’&._+/]")
_PUNCTUATION = re.compile(r"[\W_]")
_PHRASE = re.compile("[^，,。；;！!？?：:、“”「」《》（）()|]+")
_GOVERNMENT = frozenset("委局部会院办行厅社协联司大校团")
_NO_TOWN = frozenset({"特色", "建制", "中心", "重点", "示范", "历史", "文化", "工业", "农业", "旅游", "边境", "人口"})
_PROVINCES = dict(pair.split(":") for pair in ABBREVIATIONS.split())


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a text, and its folded form."""

    span: Span
    kind: Kind
    folded: str


def _latin(flat_text: str) -> Iterator[tuple[Kind, int, int]]:
    for match in _LATIN.finditer(flat_text):
        if not _MEASURED.fullmatch(match.group()):
            yield "latin", match.start(), match.end()


def _marked(flat_text: str) -> Iterator[tuple[Kind, int, int]]:
    for match in _TITLE.finditer(flat_text):
        yield "title", match.start(1), match.end(1)
    for match in _QUOTED.finditer(flat_text):
        if not _TITLE.search(match[1]):
            yield "quoted", match.start(1), match.end(1)


def _people(flat_text: str, words: list[Word]) -> Iterator[tuple[Kind, int, int]]:
    tags = {word.start: word.tag for word in words}
    for match in _FOREIGN_DOTTED.finditer(flat_text):
        yield "person", match.start(), match.end()
    for match in _PERSON.finditer(flat_text):
        group = "by_role" if match["by_role"] else "by_verb"
        if not _is_word(match[group]) and tags.get(match.start(group)) not in ("p", "c"):
            yield "person", match.start(group), match.end(group)
    for match in _BY_ADDRESS.finditer(flat_text):
        yield "person", match.start("name"), match.end()
    for word in words:
        if not word.tag.startswith("nr") or rjieba.has_word(word.text):
            continue
        surname = word.text[0] in _SURNAMES - _RARE
        given = len(word.text) == 3 and word.text[2] not in _PLACE_SUFFIX and _TWO_GIVEN.fullmatch(word.text, 1)
        foreign = len(word.text) >= 3 and set(word.text) <= _FOREIGN
        if foreign or (surname and given):
            yield "person", word.start, word.end


def _is_word(text: str) -> bool:
    """Whether jieba knows `text` as one ordinary word (项目, 高度)."""
    tagged = rjieba.tag(text)
    return rjieba.has_word(text) and len(tagged) == 1 and not tagged[0][1].startswith("nr")


def _is_place(word: Word) -> bool:
    if word.text in _NO_PLACE or len(word.text) < 2:
        return False
    if word.tag == "ns":
        return not word.text.endswith(("城市", "地区", "社区", "小区", "园区"))
    if word.tag == "n":
        return _FACILITY.fullmatch(word.text) is not None
    proper = word.tag in ("nr", "nt", "nz") and len(word.text) > 2 and word.text[-1] in "省市县区镇乡村州"
    return proper and word.text[-2:] not in _NO_PLACE


def _places(words: list[Word]) -> Iterator[tuple[Kind, int, int]]:
    for word in words:
        if _is_place(word):
            yield "place", word.start, word.end
    for before, word in itertools.pairwise(words):
        # 钱塘|区, 南湖|街道: jieba knows the kind of place only. Ordinary words make towns too: 石鼓|镇.
        if word.text in ("镇", "乡") and before.tag == "n" and len(before.text) == 2 and before.text not in _NO_TOWN:
            yield "place", before.start, word.end
        if before.text in _NO_PLACE or not before.tag.startswith(("nr", "ns", "nz")):
            continue
        single = len(word.text) == 1 and word.text in _PLACE_SUFFIX
        if single or (_PLACE_KIND.fullmatch(word.text) and 1 < len(before.text) < 5 and before.tag in ("nr", "nz")):
            yield "place", before.start, word.end


def _modifies(words: list[Word], at: int, kind: Word) -> bool:
    """Whether the word at a place may belong to the organisation that ends in `kind`."""
    word = words[at]
    if word.text in ("和", "与"):  # 国家发展和改革委员会
        return kind.text == "委员会" and at > 0 and words[at - 1].tag.startswith("n")
    if word.tag == "nrfg" or _PUNCTUATION.search(word.text) or (word.tag in ("m", "x") and len(word.text) == 1):
        return False
    return word.tag.startswith(_MODIFIERS)


def _organisations(words: list[Word]) -> Iterator[tuple[Kind, int, int]]:
    for i, word in enumerate(words):
        if word.tag.startswith(("v", "d", "p")) or not _ORG.search(word.text):
            continue
        first = i
        while first and i - first < _LONGEST_ORGANISATION and _modifies(words, first - 1, word):
            first -= 1
        parts = words[first : i + 1]
        text = "".join(part.text for part in parts)
        if text in _NO_ORGANISATION or len(text) < 3:
            continue
        ordinary = _NO_PLACE | _NO_ORGANISATION
        proper = any(part.tag.startswith(_PROPER) and part.text not in ordinary for part in parts)
        if proper or (_STATE.search(text) and len(parts) < 4):
            yield "organisation", parts[0].start, word.end


@lru_cache(maxsize=512)
def find_names(text: str) -> tuple[Name, ...]:
    """Return the names in `text` in order; none lies inside another of its kind."""
    flat = flatten(text)
    words = tagged_words(flat.text)
    found = {
        *_latin(flat.text),
        *_marked(flat.text),
        *_people(flat.text, words),
        *_places(words),
        *_organisations(words),
    }
    longest = [
        (kind, start, end)
        for kind, start, end in found
        if not any(k == kind and s <= start and end <= e and (s, e) != (start, end) for k, s, e in found)
    ]
    longest = [(k, s + len(_LEADING[k].match(flat.text, s, e).group()), e) for k, s, e in longest]  # type: ignore[union-attr]
    names = [Name(original(flat, s, e), kind, flat.text[s:e]) for kind, s, e in longest if s < e]
    return tuple(sorted(names, key=lambda name: (name.span.start, name.span.end, name.kind)))


def _bare(text: str) -> str:
    return _PUNCTUATION.sub("", text)


def _is_subsequence(short: str, long: str) -> bool:
    rest = iter(long)
    return all(char in rest for char in short)


def _abbreviates(name: str, cited: str) -> bool:
    """Whether `name` picks its characters, in order, from one phrase of `cited`, from the start of a word on.

    国家发改委 ← 国家发展和改革委员会. Between two characters picked, at most six are passed over.
    """
    edges: set[int] | None = None
    for phrase in _PHRASE.finditer(cited):
        text, offset = phrase.group(), phrase.start()
        if not _is_subsequence(name, text):
            continue
        edges = {word.start for word in tagged_words(cited)} if edges is None else edges
        for start in range(len(text)):
            if text[start] != name[0] or start + offset not in edges:
                continue
            reached = {start}
            for char in name[1:]:
                reached = {n for at in reached for n in range(at + 1, at + 8) if text[n : n + 1] == char}
            if any(end - start < 4 * len(name) for end in reached):
                return True
    return False


def _expands(name: str, cited: str) -> bool:
    """Whether `cited` has `name` in a shorter form: 市民政局 beside 岑宁市, or 发改委 for 国家发展和改革委员会."""
    if any(name[:cut] in cited and name[cut:] in cited for cut in range(2, len(name) - 2)):
        return True
    for length in (6, 5, 4, 3):
        for start in range(len(cited) - length + 1):
            window = cited[start : start + length]
            if window[-1] in _GOVERNMENT and length < len(name) and _is_subsequence(window, name):
                return True
    return False


def _without_verb(name: str, cited: str) -> bool:
    """Whether `name` is cited but for ordinary words that stand glued to its front (援引美国全国广播公司)."""
    words = tagged_words(name)
    for word in words[:-1]:
        if word.tag in ("ns", "nt", "nz", "eng") or not rjieba.has_word(word.text):
            return False
        if len(name) - word.end >= 4 and name[word.end :] in cited:
            return True
    return False


def _wording(name: str, cited: str) -> bool:
    """Whether most of a long title's or quotation's wording stands in `cited`."""
    pairs = [name[i : i + 2] for i in range(len(name) - 1)]
    return len(name) > 8 and sum(pair in cited for pair in pairs) >= 0.8 * len(pairs)


def _latin_in(name: str, cited: str) -> bool:
    """Whether a Latin word stands in `cited` as a word of its own, however hyphens and dots are set."""
    plain = _JOINTS.sub("", name)
    for text in (cited, _JOINTS.sub("", cited), _JOINTS.sub(GAP, cited)):
        if any(re.search(rf"(?<![a-z]){re.escape(form)}(?![a-z0-9])", text) for form in (name, plain)):
            return True
    together = _JOINTS.sub("", cited.replace(GAP, ""))
    return plain in together and (len(plain) > 3 or plain[-1].isdigit())


def _person_in(name: str, cited: str) -> bool:
    if name in cited:
        return True
    if address := re.fullmatch(rf"([{''.join(sorted(_SURNAMES))}])({_ADDRESS})", name):
        surname, role = address.groups()
        return (
            re.search(
                rf"{surname}(?:{_GIVEN}){{0,2}}{role}|{role}{surname}|{surname}(?:{_GIVEN}){{0,2}}[先女同]", cited
            )
            is not None
        )
    parts = re.split(r"[·•・‧]", name)
    return len(parts) > 1 and all(part in cited for part in parts)


def _place_in(name: str, cited: str) -> bool:
    stem = re.sub(r"(?<=..)(?:特别行政区|自治区|自治州|自治县|街道|[省市县区镇乡村州])$", "", name)
    short = _PROVINCES.get(stem)
    return stem in cited or (short is not None and short in cited) or _abbreviates(name, cited)


def names(name: Name, cited: str) -> bool:
    """Whether the flat text `cited` has `name`, or a form of it that readers take for the same."""
    folded = name.folded
    if name.kind == "latin":
        return _latin_in(folded, cited)
    if name.kind == "person":
        return _person_in(folded, cited.replace(GAP, ""))
    if name.kind in ("title", "quoted"):
        plain, bare = _bare(folded), _bare(cited)
        return plain in bare or _wording(plain, bare) or (len(plain) <= 12 and _abbreviates(plain, cited))
    compact = cited.replace(GAP, "")
    if folded in compact:
        return True
    if name.kind == "place":
        return _place_in(folded, compact)
    return _abbreviates(folded, compact) or _expands(folded, compact) or _without_verb(folded, compact)
