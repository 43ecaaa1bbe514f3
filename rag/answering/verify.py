"""A sentence against the text it cites: figures, dates, names, what is said of them, and the wording as a whole.

No model judges here. Figures, dates and names are compared as values; the rest is the share of the sentence's content
that the cited text has, which follows people's judgement of support well (K-Precision: Adlakha et al., "Evaluating
correctness and faithfulness of instruction-following models for question answering", TACL 2024). Figures are a veto,
not a score.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TypedDict

from rag.answering.contradiction import contradiction
from rag.text.dates import find_dates, unsupported_dates
from rag.text.flat import GAP, flatten
from rag.text.names import find_names, names
from rag.text.numbers import Number, bears_out, find_numbers
from rag.text.terms import FUNCTION_CHARACTERS
from rag.text.units import SERIES, one_kind
from rag.types import Fault, FaultKind

# Fitted on the cases of tests/checker_cases.jsonl that are not held out: true paraphrases go down to a coverage of 0.33
# and have foreign stretches of up to 6 characters, but not both; of ten inventions nine are on the other side.
_LEAST_COVERED = 0.22
_HALF_COVERED, _FOREIGN = 0.42, 6
_LONG_FOREIGN = 10
_FEW_PAIRS = 4
_PARALLEL = 60  # characters between figures of one list
_NEAR = 5  # characters before a figure that say most surely what it is of
# What writers put around what they report; it claims nothing.
_GLUE = re.compile(
    "根据(?:提供的)?(?:以上|上述)?(?:资料|文章|报道|材料|信息|内容)|(?:资料|文章|报道|材料|文中)(?:中)?(?:显示|"
    "指出|提到|称|介绍|表明|显示)|据(?:报道|了解|介绍|悉|此)|综上所述|总的来说|总之|"
    "因此|此外|另外|同时|其中|具体(?:来说|而言|如下)?|首先|其次|再次|最后|主要(?:包括|有|是)?|包括|以及|分别(?:为|是)?|"
    "表示|指出|介绍|认为|强调|说明|提到|称|说|一共|共计|总共|目前|方面|进行|相关|情况|由于|因为|所以|原因"
)
_ENUMERATED = re.compile(
    r"[一二三四五六七八九十]是|第[一二三四五六七八九十]|其[一二三]|[(（][一二三四五六七八九十\d]{1,2}[)）]|(?:^|\|"
    r")\d{1,2}[.、)]"
)
_COUNTED = frozenset({"个", "项", "条", "点", "种", "类", "方面", "步", "大"})
_BOUNDARY = re.compile(r"[，,、；;。：:|！!？?]")


@dataclass(frozen=True, slots=True)
class CitedText:
    """A text that a sentence rests on, with what the head of its article adds."""

    text: str
    title: str = ""
    source: str | None = None
    published: date | None = None

    @property
    def about(self) -> str:
        """The title, source and date of its article, a line each."""
        return "\n".join(filter(None, (self.title, self.source or "", str(self.published or ""))))


def _pairs(text: str) -> list[str]:
    """Return the content pairs of flat text: neighbouring letters of which none is a function character or a digit."""
    return [
        text[i : i + 2]
        for i in range(len(text) - 1)
        if text[i : i + 2].isalpha() and not FUNCTION_CHARACTERS.intersection(text[i : i + 2])
    ]


@lru_cache(maxsize=512)
def _known(text: str) -> frozenset[str]:
    flat = flatten(text).text
    return frozenset(flat) | frozenset(flat[i : i + 2] for i in range(len(flat) - 1))


@lru_cache(maxsize=512)
def _plain(sentence: str) -> str:
    """Return what a sentence says in words: flat, without figures, dates and what claims nothing."""
    words = list(sentence)
    for span in [number.span for number in find_numbers(sentence)] + [moment.span for moment in find_dates(sentence)]:
        words[span.start : span.end] = GAP * len(span)
    return _GLUE.sub(GAP, flatten("".join(words)).text)


def claims_nothing(sentence: str) -> bool:
    """Whether a sentence is a mere connective (根据资料，具体如下：)."""
    return not _pairs(_plain(sentence)) and not find_numbers(sentence) and not find_dates(sentence)


def claims_little(clause: str) -> bool:
    """Whether a clause has too few words of its own to be judged alone (截至16日12时，)."""
    return len(_pairs(_plain(clause))) < _FEW_PAIRS


def coverage(sentence: str, cited: Sequence[CitedText]) -> float:
    """Return the share of a sentence's content that its cited text has, 0 to 1.

    A pair of characters counts whole where the text has it, and a third where it only has both characters: paraphrase
    keeps characters (停业的原因 → 为何停业) where invention brings new ones.
    """
    pairs = _pairs(_plain(sentence))
    if not pairs:
        return 1.0
    known: frozenset[str] = frozenset().union(*(_known(c.text) | _known(c.about) for c in cited))
    return sum(1.0 if pair in known else (pair[0] in known and pair[1] in known) / 3 for pair in pairs) / len(pairs)


def _foreign_run(sentence: str, cited: Sequence[CitedText]) -> str:
    """Return the longest stretch of one clause of a sentence of which the cited text has no pair."""
    known: frozenset[str] = frozenset().union(*(_known(c.text) | _known(c.about) for c in cited))
    longest = ""
    for clause in _BOUNDARY.split(_plain(sentence)):
        run = ""
        for i in range(len(clause) - 1):
            pair = clause[i : i + 2]
            if pair in known and not FUNCTION_CHARACTERS.issuperset(pair):
                run = ""
                continue
            run = run + clause[i + 1] if run else pair
            longest = max(longest, run, key=len)
    return longest


def _counts_a_list(number: Number, cited: Sequence[CitedText]) -> bool:
    """Whether a small count (三点, 五类) is one that the cited text lists without saying how many."""
    if number.unit_name not in _COUNTED or not 2 <= number.low <= 10:
        return False
    for text in cited:
        flat = flatten(text.text).text
        if len(_ENUMERATED.findall(flat)) == number.low:
            return True
        listed = [clause for clause in re.split("[。;,|]", flat) if "、" in clause]
        if any(len(re.split("、|以及|[和及与]", clause)) == number.low for clause in listed):
            return True
    return False


def _context(text: str, numbers: Sequence[Number], number: Number) -> str:
    """Return the words that tell what a figure is about: from the last one of its kind to the end of its clause."""
    start = max(
        (n.span.end for n in numbers if n.span.end <= number.span.start and one_kind(n.unit, number.unit)), default=0
    )
    if start:
        edge = _BOUNDARY.search(text, start, number.span.start)
        start = edge.end() if edge else start
    sentence = max(text.rfind(mark, 0, number.span.start) for mark in "。！？\n")
    end = _BOUNDARY.search(text, number.span.end)
    words = (
        text[max(start, sentence + 1) : number.span.start]
        + GAP
        + text[number.span.end : end.start() if end else len(text)]
    )
    return flatten(words).text


def _beside(figure: Number, own: Sequence[Number]) -> bool:
    """Whether a figure stands in one list or one sentence with another: only parallel statements are told apart."""
    return any(max(one.span.start, figure.span.start) - min(one.span.end, figure.span.end) <= _PARALLEL for one in own)


def _misattached(sentence: str, number: Number, cited: Sequence[CitedText]) -> bool:
    """Whether the words around a figure are, in the cited text, those of another of its kind, and none its own."""
    ours = _context(sentence, find_numbers(sentence), number)
    wanted = set(_pairs(_GLUE.sub(GAP, ours)))
    if len(wanted) < 2:
        return False
    near = _pairs(ours.partition(GAP)[0][-_NEAR:])
    for text in cited:
        figures = find_numbers(text.text)
        own = [figure for figure in figures if bears_out(figure, number)]
        contexts = [_context(text.text, figures, figure) for figure in own]
        if not own and any(bears_out(figure, number) for figure in find_numbers(text.about)):
            return False
        mine = set("".join(contexts))
        known = {pair for pair in wanted if any(pair in context for context in contexts)}
        for figure in figures:
            if figure in own or figure.unit.measures != number.unit.measures or not _beside(figure, own):
                continue
            other = _context(text.text, figures, figure)
            theirs = wanted & set(_pairs(other))
            only_theirs = theirs - known
            only_own = {char for char in "".join(wanted) if char in mine and char not in other}
            close = sum(pair in only_theirs for pair in near) >= 2 or 2 * len(only_theirs) >= len(theirs | known)
            if len(only_theirs) >= 2 and close and not only_own:
                return True
    return False


def _spoken_of(sentence: str, number: Number, cited: Sequence[CitedText]) -> tuple[float, float]:
    """Return how much of a figure's context the cited text has at that figure, and at another of its kind."""
    wanted = set(_pairs(_GLUE.sub(GAP, _context(sentence, find_numbers(sentence), number))))
    same = other = 0.0
    for text in cited if wanted else ():
        figures = find_numbers(text.text)
        for figure in figures:
            if figure.unit.measures == number.unit.measures:
                shared = len(wanted & set(_pairs(_context(text.text, figures, figure)))) / len(wanted)
                if bears_out(figure, number):
                    same = max(same, shared)
                else:
                    other = max(other, shared)
    return same, other


def figures_contested(sentence: str, cited: Sequence[CitedText], elsewhere: Sequence[CitedText]) -> bool:
    """Whether the cited text gives another figure for the same thing, and the text elsewhere speaks of that thing less.

    Then the sentence is wrong; otherwise it merely cites the wrong passage.
    """
    for number in find_numbers(sentence):
        same, other = _spoken_of(sentence, number, cited)
        if not same and other >= 0.5 and _spoken_of(sentence, number, elsewhere)[0] < other:
            return True
    return False


def _number_faults(sentence: str, cited: Sequence[CitedText]) -> list[Fault]:
    stated = [figure for text in cited for figure in (*find_numbers(text.text), *find_numbers(text.about))]
    faults: list[Fault] = []
    for number in find_numbers(sentence):
        if number.weak:
            continue
        found = [figure for figure in stated if bears_out(figure, number)]
        if not found:
            if not _counts_a_list(number, cited):
                faults.append(Fault(FaultKind.NUMBER, number.span.of(sentence)))
        elif all({figure.mark, number.mark} == {"above", "below"} for figure in found):
            faults.append(Fault(FaultKind.CONTRADICTED, number.span.of(sentence)))
        elif not number.ordinal and number.unit_name not in SERIES and _misattached(sentence, number, cited):
            faults.append(Fault(FaultKind.NUMBER, number.span.of(sentence)))
    return faults


def _name_faults(sentence: str, cited: Sequence[CitedText]) -> list[Fault]:
    texts = [flatten(f"{text.text}\n{text.about}").text for text in cited]
    return [
        Fault(FaultKind.NAME, name.span.of(sentence))
        for name in find_names(sentence)
        if not any(names(name, text) for text in texts)
    ]


def _wording_faults(sentence: str, cited: Sequence[CitedText]) -> list[Fault]:
    if claims_little(sentence):
        return []
    covered, foreign = coverage(sentence, cited), _foreign_run(sentence, cited)
    if covered < _LEAST_COVERED or (covered < _HALF_COVERED and len(foreign) >= _FOREIGN):
        return [Fault(FaultKind.UNSUPPORTED, sentence)]
    return [Fault(FaultKind.UNSUPPORTED, foreign)] if len(foreign) >= _LONG_FOREIGN else []


def check_sentence(sentence: str, cited: Sequence[CitedText]) -> tuple[Fault, ...]:
    """Return what is wrong with a sentence, given the texts it cites (taken together); nothing when they support it.

    The sentence comes without markers. With nothing cited, everything in it is unsupported.
    """
    if not cited:
        return (Fault(FaultKind.UNSUPPORTED, sentence),)
    faults = _number_faults(sentence, cited)
    dated = [(f"{text.title}\n{text.text}", text.published) for text in cited]
    faults += [Fault(FaultKind.DATE, moment.span.of(sentence)) for moment in unsupported_dates(sentence, dated)]
    faults += _name_faults(sentence, cited)
    flat = flatten(sentence).text
    opposite = contradiction(flat, flatten("\n".join(text.text for text in cited)).text)
    if opposite is not None:
        faults.append(Fault(FaultKind.CONTRADICTED, opposite))
    faults += _wording_faults(sentence, cited)
    return tuple(dict.fromkeys(faults))


class Verified(TypedDict):
    """What `yiju verify --json` prints."""

    supported: bool
    faults: list[dict[str, str]]  # kind, text


def verify_json(sentence: str, cited_text: str) -> Verified:
    """Return what `yiju verify --json` prints for a sentence and the text it cites."""
    faults = check_sentence(sentence, [CitedText(cited_text)])
    return {"supported": not faults, "faults": [{"kind": str(fault.kind), "text": fault.text} for fault in faults]}
