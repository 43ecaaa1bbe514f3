"""Variations of questions that people asked, so that the few there are last longer.

Figures and names of answers are exchanged in the passage, foreign sentences put in, characters made unknown: what is
asked stays answerable, and the answer cannot be known by heart.
"""

import random
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.training.sources import HumanQuestion

# What a question asks for → answers to one such question can stand in place of another's.
_KINDS = {
    "person": re.compile("谁|哪位|何人"),
    "place": re.compile("哪里|哪儿|何处|何地|什么地方|哪个地[方区]|哪个城市|哪个省|在哪"),
    "country": re.compile("哪个?国家|哪国"),
    "group": re.compile("哪个(机构|公司|组织|部门|球队|大学|学校)|哪家|什么(公司|组织|机构|大学)"),
}
_FIGURES_SHARE = 0.4
_NAMES_SHARE = 0.3
_FOREIGN_SHARE = 0.25
_BLOTTED_SHARE = 0.3  # of windows
_BLOT = 0.05  # of their characters
_LONGEST_FIGURE, _LONGEST_NAME, _LONGEST_FOREIGN = 24, 14, 80  # characters
_UNKNOWN_CHARACTER = "\0"
_SENTENCE = re.compile(r"[。!?;]")
_RUN = re.compile(r"[0-9]+|[^0-9]+")
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20[0-3]\d)(?=年)")


@dataclass(frozen=True, slots=True)
class Answered:
    """A passage, and where the answer stands in it."""

    passage: str
    start: int
    answer: str

    @property
    def span(self) -> tuple[int, int]:
        """Where the answer stands, half-open."""
        return self.start, self.start + len(self.answer)

    def with_answer(self, other: str) -> "Answered":
        """Return the passage with another answer wherever this one stands."""
        before = self.passage[: self.start].replace(self.answer, other)
        behind = self.passage[self.start + len(self.answer) :].replace(self.answer, other)
        return Answered(before + other + behind, len(before), other)


def kind_of(question: str) -> str | None:
    """Return what kind of name a question asks for, or None."""
    return next((name for name, pattern in _KINDS.items() if pattern.search(question)), None)


def other_figures(answer: str, rng: random.Random) -> str:
    """Return the answer with each of its numbers exchanged for one that could stand in its place."""
    return "".join(_other_number(run, rng) if run[0].isdigit() else run for run in _RUN.findall(answer))


def _other_number(number: str, rng: random.Random) -> str:
    value = int(number)
    if len(number) == 4 and 1800 <= value < 2100:
        return str(rng.randint(1850, 2024))
    if len(number) <= 2 and 1 <= value <= 31:  # it may be a month or a day
        return str(rng.randint(1, 12 if value <= 12 else 30))
    return str(rng.randint(1, 9)) + "".join(rng.choice("0123456789") for _ in number[1:])


def another_year(question: str, passage: str, rng: random.Random) -> str | None:
    """Return the question about another year, one that the passage does not name; None if it asks about no year."""
    years = list(_YEAR.finditer(question))
    if not years:
        return None
    chosen = rng.choice(years)
    year = str(int(chosen[0]) + rng.choice([-3, -2, -1, -1, 1, 1, 2, 3]))
    return None if year in passage else question[: chosen.start()] + year + question[chosen.end() :]


def blotted(window: str, span: tuple[int, int] | None, rng: random.Random) -> str:
    """Return the window, now and then with some characters outside the span made unknown."""
    if rng.random() >= _BLOTTED_SHARE:
        return window
    low, high = span or (0, 0)
    return "".join(
        char if low <= i < high or rng.random() >= _BLOT else _UNKNOWN_CHARACTER for i, char in enumerate(window)
    )


class Varied:
    """Varies passages; what it takes in their place comes from the questions given."""

    def __init__(self, human: Sequence[HumanQuestion]) -> None:
        """Collect the names that answer questions of each kind."""
        self._human = human
        self._names: dict[str, list[str]] = defaultdict(list)
        for asked in human:
            kind = kind_of(asked.question)
            if kind is not None:
                self._names[kind] += [answer for answer in asked.answers if _is_name(answer)]

    def vary(self, question: str, told: Answered, rng: random.Random) -> Answered:
        """Return the passage as it is or varied; the answer still answers the question."""
        other = self._other_answer(question, told.answer, rng)
        if other is not None and other not in told.passage and other not in question:
            told = told.with_answer(other)
        if rng.random() < _FOREIGN_SHARE:
            told = self._with_foreign_sentence(told, rng)
        return told

    def _other_answer(self, question: str, answer: str, rng: random.Random) -> str | None:
        if answer in question:
            return None
        if re.search("[0-9]", answer):
            fits = len(answer) <= _LONGEST_FIGURE and rng.random() < _FIGURES_SHARE
            return other_figures(answer, rng) if fits else None
        names = self._names.get(kind_of(question) or "")
        if not names or not _is_name(answer) or rng.random() >= _NAMES_SHARE:
            return None
        return rng.choice(names)

    def _with_foreign_sentence(self, told: Answered, rng: random.Random) -> Answered:
        foreign = rng.choice(self._human).passage
        ends = [match.end() for match in _SENTENCE.finditer(foreign)]
        if len(ends) < 2:
            return told
        chosen = rng.randrange(len(ends) - 1)
        sentence = foreign[ends[chosen] : ends[chosen + 1]]
        if len(sentence) >= _LONGEST_FOREIGN or told.answer in sentence:
            return told
        inside = range(told.start + 1, told.start + len(told.answer))
        places = [0, *(match.end() for match in _SENTENCE.finditer(told.passage) if match.end() not in inside)]
        at = rng.choice(places)
        start = told.start + (len(sentence) if at <= told.start else 0)
        return replace(told, passage=told.passage[:at] + sentence + told.passage[at:], start=start)


def _is_name(answer: str) -> bool:
    return 2 <= len(answer) <= _LONGEST_NAME and not any(char.isdigit() for char in answer)
