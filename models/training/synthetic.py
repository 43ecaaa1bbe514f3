"""Questions made from running text: a clause with one of its parts replaced by the fitting question word.

After cloze translation (Lewis et al. 2019, "Unsupervised question answering by cloze translation"), with
part-of-speech tags in place of a parser. They are not natural, but they teach the network to look for the kind
of thing that is asked, near the words that surround the question word.
"""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import rjieba

MAX_ANSWER = 26
_SENTENCE_END = re.compile(r"(?<=[。!?;！？；])")
_CLAUSE_END = re.compile(r"(?<=[,，、:：])")
_TRAILING = re.compile(r"[,，。;；、:：!！?？\"“”'‘’()（）]+$")
_LEADING = re.compile(r"^[,，。;；、:：!！?？\"“”'‘’()（）]+")
_QUOTES = "“”\"'‘’《》「」,，。、;；:：()（）"
_NUMERAL = re.compile(r"^[约近超逾第]?[\d.,〇零一二三四五六七八九十百千两多余几数]+(?:多|余)?")
_TIME = re.compile("[年月日时点周今昨晨早晚午期初末季代春夏秋冬]")  # what else is tagged so names no time: 少年
_ORGANISATION = re.compile(
    r"(公司|集团|委员会|大学|医院|政府|协会|学院|研究所|研究院|银行|法院|部门|中心|学校|局|部|院|厅|署|社)$"
)
_PLACES = {"市": "哪个城市", "省": "哪个省", "县": "哪个县", "区": "哪个区", "国": "哪个国家", "州": "哪个州"}
_NOUN_TAGS = frozenset({"n", "vn", "ns", "nz", "nt", "ng", "an", "eng", "nr", "nrt", "l", "i"})
_START_TAGS = frozenset({"ns", "nt", "nz", "n", "vn", "l", "i", "eng"})
# Words that questions tend to say otherwise; each way about one time in four.
_OTHER_WORDS = {
    "表示": "说", "发布": "推出", "目前": "现在", "超过": "多于", "位于": "在", "称": "说",
    "宣布": "公布", "达到": "有", "以及": "和", "并": "和", "近日": "最近", "日前": "最近",
    "公布": "发布", "将": "会", "获得": "得到", "拥有": "有", "担任": "当", "出生": "生",
    "举行": "举办", "召开": "举行", "介绍": "说", "认为": "觉得", "购买": "买", "售价": "价格",
    "使用": "用", "采用": "用", "成立": "创立", "创办": "创立", "死亡": "去世", "逝世": "去世",
    "增长": "增加", "下降": "减少", "提供": "给", "包括": "有", "需要": "要", "应当": "要",
    "必须": "要", "禁止": "不准", "由于": "因为", "导致": "造成",
}  # fmt: skip
Word = tuple[str, str]


@dataclass(frozen=True, slots=True)
class MadeQuestion:
    """A made question and where its answer stands in the passage."""

    question: str
    answer: str
    start: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A run of words `[first, last)` that can be asked for, and the question word for it."""

    first: int
    last: int
    ask: str


def sentences(text: str) -> list[str]:
    """Split at sentence ends, keeping every character."""
    return [sentence for sentence in _SENTENCE_END.split(text) if sentence]


def _ask_number(text: str, rng: random.Random) -> str | None:
    if re.search(r"[年月日时]$|\d{4}年", text):
        if text.endswith("年"):
            return rng.choice(["哪一年", "哪年", "什么时候", "何时"])
        return rng.choice(["什么时候", "何时", "哪天", "哪一天", "什么时间"])
    match = _NUMERAL.match(text)
    if match is None or len(text) < 2:
        return None
    unit = text[match.end() :]
    if unit[:1] in {"%", "％"}:
        return rng.choice(["多少", "百分之多少", "百分之几"])
    bare = unit.lstrip("万亿千百")
    return rng.choice(["多少" + unit, "几" + bare, "多少" + bare, "多少"])


def _ask_thing(text: str, tag: str, head: str, rng: random.Random) -> str:
    if tag == "ns" and text == head:
        return rng.choice(["哪里", "什么地方", "哪个地方", "哪儿", _PLACES.get(text[-1], "哪里")])
    organisation = _ORGANISATION.search(text)
    if organisation and len(text) > len(organisation[0]):
        kind = organisation[0] if len(organisation[0]) > 1 else "机构"
        return rng.choice(["哪个" + kind, "哪家" + kind, "哪个机构", "谁", "什么" + kind])
    if text != head:
        return rng.choice(["什么", "什么", "什么" + head, "哪些" + head, "哪个" + head, "哪些"])
    return rng.choice(["什么", "什么", "哪些", "什么东西"])


def candidates(words: Sequence[Word], rng: random.Random) -> list[Candidate]:
    """Return what can be asked for in a tagged clause: numbers, dates, people, places, bodies, things, its end."""
    found: list[Candidate] = []
    i = 0
    while i < len(words):
        word, tag = words[i]
        j = i + 1
        if tag == "m":
            while j < len(words) and (words[j][1] in {"m", "q"} or words[j][0] in {"年", "月", "日", "时", "%"}):
                j += 1
            ask = _ask_number("".join(w for w, _ in words[i:j]), rng)
            if ask is not None:
                found.append(Candidate(i, j, ask))
        elif tag in {"nr", "nrt", "nrfg"} and len(word) > 1:
            found.append(Candidate(i, j, rng.choice(["谁", "哪位", "什么人", "哪个人"])))
        elif tag == "t" and len(word) > 1 and _TIME.search(word):
            found.append(Candidate(i, j, rng.choice(["什么时候", "何时", "哪天"])))
        elif tag in _START_TAGS and len(word) > 1:
            while j < len(words) and words[j][1] in _NOUN_TAGS and j - i < 5:
                j += 1
            text = "".join(w for w, _ in words[i:j])
            found.append(Candidate(i, j, _ask_thing(text, tag, words[j - 1][0], rng)))
        i = j
    verbs = [k for k, (_, tag) in enumerate(words) if tag == "v" and 0 < k < len(words) - 2]
    if verbs and rng.random() < 0.3:
        # What follows a verb up to the end of the clause: the long answers of "做什么", "怎么样".
        found.append(Candidate(rng.choice(verbs) + 1, len(words), rng.choice(["什么", "什么", "哪些", "怎么样"])))
    return found


def phrase(words: Sequence[Word], chosen: Candidate, rng: random.Random) -> str | None:
    """Return the clause as a question for the chosen run, or None if too little of it is left."""
    dropping = rng.choice([0.0, 0.1, 0.2, 0.35])

    def kept(part: Sequence[Word]) -> str:
        said = (_OTHER_WORDS.get(w, w) if rng.random() < 0.25 else w for w, tag in part if tag != "x" or w.isalnum())
        return "".join(w for w in said if rng.random() >= dropping)

    left, right = kept(words[: chosen.first]), kept(words[chosen.last :])
    if len(left) + len(right) < 4:
        return None
    style = rng.random()
    if style < 0.15 and right:
        return f"{left}{right}的是{chosen.ask}?"
    if style < 0.25 and right and left:
        return f"{chosen.ask}{right},{left}?"
    if style < 0.33:
        return f"{left}{right},{chosen.ask}?"
    return f"{left}{chosen.ask}{right}" + rng.choice(["?", "?", "", "呢?"])


def question_from(text: str, offset: int, rng: random.Random) -> MadeQuestion | None:
    """Return one question about a clause of a passage; `offset` is where the clause begins there."""
    lead = len(text) - len(_LEADING.sub("", text))
    text, offset = _TRAILING.sub("", text[lead:]), offset + lead
    if not 8 <= len(text) <= 60:
        return None
    words: list[Word] = rjieba.tag(text)
    options = candidates(words, rng)
    if not options:
        return None
    chosen = rng.choice(options)
    raw = "".join(w for w, _ in words[chosen.first : chosen.last])
    answer = raw.strip(_QUOTES)
    if not 1 <= len(answer) <= MAX_ANSWER:
        return None
    question = phrase(words, chosen, rng)
    if question is None or len(question) > 60:
        return None
    start = offset + sum(len(w) for w, _ in words[: chosen.first]) + raw.index(answer)
    return MadeQuestion(question, answer, start)


_REASON = re.compile(r"(?:由于|因为|因)([^,，。;；]{4,24})[,，]([^,，。;；]{6,30})")


def reason_question(passage: str, rng: random.Random) -> MadeQuestion | None:
    """Return a "why" question where the passage gives a reason in so many words."""
    found = list(_REASON.finditer(passage))
    if not found:
        return None
    match = rng.choice(found)
    clause = match[2]
    question = rng.choice([f"为什么{clause}?", f"{clause}的原因是什么?", f"{clause}是因为什么?", f"{clause},为什么?"])
    return MadeQuestion(question, match[1], match.start(1))


def passage_questions(parts: Sequence[str], rng: random.Random, wanted: int) -> list[MadeQuestion]:
    """Return up to `wanted` questions with different answers about a passage, given as its sentences."""
    starts = [0]
    for part in parts:
        starts.append(starts[-1] + len(part))
    passage = "".join(parts)
    made: list[MadeQuestion] = []
    seen: set[str] = set()
    tries: list[Callable[[], MadeQuestion | None]] = [lambda: reason_question(passage, rng)]
    tries += [lambda: _from_random_clause(parts, starts, rng)] * (3 * wanted)
    for attempt in tries:
        question = attempt()
        if question is not None and question.answer not in seen:
            seen.add(question.answer)
            made.append(question)
        if len(made) >= wanted:
            break
    return made


def _from_random_clause(parts: Sequence[str], starts: Sequence[int], rng: random.Random) -> MadeQuestion | None:
    k = rng.randrange(len(parts))
    clauses = _CLAUSE_END.split(parts[k])
    first = rng.randrange(len(clauses))
    last = first + 1
    target = rng.choice([10, 14, 22])
    while last < len(clauses) and sum(map(len, clauses[first:last])) < target:
        last += 1
    return question_from("".join(clauses[first:last]), starts[k] + sum(map(len, clauses[:first])), rng)


def questions_about(
    text: str, rng: random.Random, passages: int, wanted: int = 6
) -> list[tuple[str, list[MadeQuestion]]]:
    """Return up to `passages` passages (60 to 560 characters) of a folded text, each with questions made from it."""
    parts = sentences(text)
    result: list[tuple[str, list[MadeQuestion]]] = []
    for _ in range(passages):
        length = rng.randint(90, 420)
        first = rng.randrange(len(parts)) if parts else 0
        last, size = first, 0
        while last < len(parts) and size < length:
            size += len(parts[last])
            last += 1
        if not 60 <= size <= 560:
            continue
        made = passage_questions(parts[first:last], rng, wanted)
        if made:
            result.append(("".join(parts[first:last]), made))
    return result
