"""Whether a sentence says the opposite of its cited text: rise and fall, yes and no, allowed and forbidden.

Only what stands at the same words counts: a direction beside a shared figure or subject, a negation before a shared
verb. Anything less sure is left alone: a true sentence withdrawn is worse than a contradiction in other words missed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.text.terms import FUNCTION_CHARACTERS

_UP = "增长|上升|提高|增加|上涨|增多|扩大|攀升|回升|增至|升至|涨至|提升|走高|上调|上浮|大增|增幅|涨幅|升高|多出|增"
_DOWN = "下降|减少|降低|回落|下跌|下滑|缩小|减至|降至|跌至|走低|下调|下浮|缩减|萎缩|收窄|大减|降幅|跌幅|锐减|少了|减"
_DIRECTION = re.compile(rf"(?P<up>{_UP})|(?P<down>{_DOWN})")
_OPPOSITES = tuple(
    tuple(re.compile(side) for side in pair.split("/"))
    for pair in (
        "同意|赞成|支持/反对|不同意|不赞成",
        "批准|通过/否决|驳回|未通过",
        "支持|受理/驳回",
        "成功/失败|未能",
        "允许|可以|准许/禁止|不得|不准|严禁",
        "盈利/亏损",
        "顺差/逆差",
        "多于|高于/低于|少于",
        "提前/推迟|延后|延期|推后",
        "最高/最低",
        "最大/最小",
        "最多/最少",
        "免费/收费",
        "继续/停止|终止",
        "加入/退出",
        "出口/进口",
        "胜诉/败诉",
        "上线/下线",
        "上任/卸任|离任",
        "有效/无效",
        "必须|应当/不必|无需",
        "开放|开启|启用/关闭|停用",
        "早于/晚于",
        "首次/再次",
        "合格/不合格",
    )
)
# Words that only look like a negation.
_NO_NEGATION = re.compile(
    "不仅|不但|不过|不断|不同|不少|不止|不久|不超过|不足|不到(?=[\\d一二三四五六七八九十百千半])|不低于|不少于|"
    "不高于|不得不|不可或缺|不良|不动产|差不多|不只|不光|不论|不管|不妨|不禁|不愧|不惜|不约而同|"
    "不乏|不等|不一|是否|能否|可否|未来|未成年|未婚|无人[机驾]|无线|无锡|无论|无疑|无障碍|无偿|无缝|无限|没收|"
    "没落|非常|非洲|非遗|非法|非凡|并非易事|而不是|而非|了不起|不易|不大|不明显|要不要|能不能|会不会|有没有|是不是"
)
_NEGATION = re.compile(
    "(?:尚未|并未|从未|未能|未曾|没有|没能|无法|不会|不再|不能|不得|不予|不可|不需|无需|禁止|严禁|并非|不是|暂不|"
    "拒绝|暂无|[不未没无勿])"
)
_DENYING = re.compile("[不未没无勿非停免禁]|拒绝|取消|避免|防止|杜绝|暂缓|终止|中断|失去|缺|除外")
_FIGURE = re.compile(r"[了为至到近约超过]{0,3}[\d一二三四五六七八九十百]")
_COMPARED = re.compile("[比较]?(?:上年同期|去年同期|同期|上年|去年|年初|上月|前一年|以前|此前|原来)")
_STOPS = re.compile(r"[，,。；;！!？?：:|、]")
_SHIELD = "〇"


@lru_cache(maxsize=512)
def _clauses(text: str) -> tuple[str, ...]:
    return tuple(
        clause for clause in _STOPS.split(_NO_NEGATION.sub(lambda m: _SHIELD * len(m.group()), text)) if clause
    )


def _pairs(text: str) -> set[str]:
    return {
        text[i : i + 2]
        for i in range(len(text) - 1)
        if text[i : i + 2].isalpha() and not FUNCTION_CHARACTERS.intersection(text[i : i + 2])
    }


def _shared(clause: str, cited: str) -> float:
    """Return the share of the clause's content pairs that the cited clause has."""
    wanted = _pairs(clause)
    return len(wanted & _pairs(cited)) / len(wanted) if wanted else 0.0


def _alike(one: str, other: str) -> bool:
    """Whether two clauses speak of the same: most of one is in the other, or all of it where that is short."""
    return _shared(other, one) >= 0.6 or _shared(one, other) >= 0.6


def _direction(text: str) -> str:
    """Return the direction a stretch of text names; none when it names both or none."""
    found = {match.lastgroup or "" for match in _DIRECTION.finditer(text)}
    return found.pop() if len(found) == 1 else ""


def _figure_directions(clauses: Sequence[str]) -> Iterator[tuple[str, str, str, str]]:
    """Yield each figure with a direction right before it: digits, direction, its word, its clause."""
    for clause in clauses:
        for match in re.finditer(r"\d[\d.,]*", clause):
            before = clause[: match.start()]
            last = list(_DIRECTION.finditer(before))
            if last and len(before) - last[-1].end() <= 4 and not re.search(r"\d", before[last[-1].end() :]):
                yield match.group(), last[-1].lastgroup or "", last[-1].group(), clause


def _by_figure(written: Sequence[str], cited: Sequence[str]) -> str | None:
    stated = list(_figure_directions(cited))
    for figure, direction, word, _ in _figure_directions(written):
        same = {way for digits, way, _, _ in stated if digits == figure}
        if same and direction not in same:
            return word
    return None


def _by_subject(written: Sequence[str], cited: Sequence[str]) -> str | None:
    """Return a direction word whose subject moves the other way, and only so, in the cited text."""
    for clause in written:
        match = _DIRECTION.search(clause)
        if match is None or not _direction(clause) or _NEGATION.search(clause) or _FIGURE.match(clause, match.end()):
            continue  # what has a figure of its own is told by that
        subject = _COMPARED.sub(lambda m: _SHIELD * len(m.group()), clause[: match.start()])[-4:]
        pairs = {subject[i : i + 2] for i in range(len(subject) - 1)} & _pairs(clause)
        ways = set()
        for other in cited:
            if pairs and any(pair in other for pair in pairs) and _shared(clause[: match.start()], other) >= 0.6:
                ways.add("none" if _NEGATION.search(other) else _direction(other))
        if ways and ways <= {"up", "down"} and match.lastgroup not in ways:
            return match.group()
    return None


def _by_opposite(written: Sequence[str], cited: Sequence[str]) -> str | None:
    for one, other in (*_OPPOSITES, *((b, a) for a, b in _OPPOSITES)):
        for clause in written:
            match = one.search(clause)
            if match is None or other.search(clause):
                continue
            rest = clause[: match.start()] + _SHIELD + clause[match.end() :]
            if len(_pairs(rest)) < 2 or any(one.search(c) and not other.search(c) for c in cited):
                continue
            if any(other.search(c) and _shared(rest, c) >= 0.6 for c in cited):
                return match.group()
    return None


def _by_wording(written: Sequence[str], cited: Sequence[str]) -> str | None:
    """Return a direction word in whose clause the cited text has, for the same words, the other direction."""
    for clause in written:
        match = _DIRECTION.search(clause)
        if match is None or not _direction(clause):
            continue
        rest = clause[: match.start()] + _SHIELD + clause[match.end() :]
        same = [other for other in cited if _shared(rest, other) >= 0.8]
        ways = {_direction(other) for other in same}
        if len(_pairs(rest)) >= 3 and ways and ways <= {"up", "down"} and match.lastgroup not in ways:
            return match.group()
    return None


def _denied(clause: str, at: int) -> bool:
    """Whether the verb at a place of a clause is denied: 没有叫醒, 停止供水, 叫醒不到."""
    return _DENYING.search(clause[max(0, at - 6) : at]) is not None or clause.startswith("不", at + 2)


@dataclass(frozen=True, slots=True)
class _Negation:
    word: str  # 没有
    verb: str  # the two characters it denies
    phrase: str  # they and the two after them
    rest: str  # its clause without the negation

    def is_of(self, clause: str) -> bool:
        """Whether a clause speaks of what it denies."""
        return _alike(self.rest, clause) or (len(_pairs(self.phrase)) == 3 and self.phrase in clause)


def _negations(clauses: Sequence[str]) -> Iterator[_Negation]:
    for clause in clauses:
        for match in _NEGATION.finditer(clause):
            after = clause[match.end() :]
            if len(_pairs(after[:2])) == 1:
                yield _Negation(match.group(), after[:2], after[:4], clause[: match.start()] + _SHIELD + after)


def _occurrences(verb: str, clauses: Sequence[str]) -> list[tuple[str, int]]:
    return [(clause, found.start()) for clause in clauses for found in re.finditer(verb, clause)]


def _by_negation(written: Sequence[str], cited: Sequence[str]) -> str | None:
    for negation in _negations(written):
        places = _occurrences(negation.verb, cited)
        if any(negation.is_of(c) for c, _ in places) and not any(_denied(c, at) for c, at in places):
            return negation.word + negation.verb
    for negation in _negations(cited):
        if all(_denied(c, at) for c, at in _occurrences(negation.verb, cited)) and any(
            negation.is_of(c) and not _denied(c, at) for c, at in _occurrences(negation.verb, written)
        ):
            return negation.verb
    return None


def contradiction(written: str, cited: str) -> str | None:
    """Return the word of `written` that the cited text contradicts; both are flat texts."""
    ours, theirs = _clauses(written), _clauses(cited)
    return (
        _by_figure(ours, theirs)
        or _by_subject(ours, theirs)
        or _by_wording(ours, theirs)
        or _by_opposite(ours, theirs)
        or _by_negation(ours, theirs)
    )
