"""Other forms of the names in a question: abbreviations and full names, regions named together, English forms.

For finding alone: the question as it was asked is always the first wording, and what is shown or cited never changes.
A short form can stand for several names (华师大, 人大). Each is an alternative, the one that more articles state first;
which of them is meant, the question's other words decide when passages are scored.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import rjieba

from models.fold import fold, fold_text
from rag.text.alias_words import NAMES
from rag.text.regions import companies
from rag.types import Span

_ALTERNATIVES = 3  # of one name
_MENTIONS = 3  # in one question: each alternative is a search of its own
_LONGEST = 200  # characters of a question that are looked through
_SHARE = 0.2  # of the articles that state a short form: a name that fewer mean by it is left out
_EDGED = 3  # Chinese characters: a form as short as this counts as a word only, or as several


@dataclass(frozen=True, slots=True)
class Counted:
    """An abbreviation that articles state, folded, and how many stories state it."""

    short: str
    full: str
    stories: int


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a question, and its other forms, folded; the likelier ones first."""

    span: Span
    alternatives: tuple[str, ...]


@cache
def _built_in() -> Mapping[str, tuple[str, ...]]:
    """Return the other forms of each built-in form."""
    table: dict[str, tuple[str, ...]] = {}
    for line in NAMES.split():
        forms = line.split("=")
        for form in forms:
            table[form] = (*table.get(form, ()), *(other for other in forms if other != form))
    return table


def _learned(counted: Iterable[Counted]) -> dict[str, tuple[str, ...]]:
    """Return the other forms of each form that articles state, those that most of them mean first."""
    fulls, shorts = defaultdict[str, list[Counted]](list), defaultdict[str, list[Counted]](list)
    for pair in sorted(counted, key=lambda pair: (-pair.stories, pair.short, pair.full)):
        fulls[pair.short].append(pair)
        shorts[pair.full].append(pair)
    table = {}
    for short, pairs in fulls.items():
        enough = _SHARE * sum(pair.stories for pair in pairs)
        table[short] = [pair.full for pair in pairs if pair.stories >= enough]
        # Another short form of the same name, where the name is the only one: WHO, 世界卫生组织, 世卫组织.
        if len(table[short]) == 1:
            table[short] += [pair.short for pair in shorts[pairs[0].full] if pair.short != short]
    for full, pairs in shorts.items():
        table[full] = [*table.get(full, ()), *(pair.short for pair in pairs)]
    return {form: tuple(dict.fromkeys(other for other in others if other != form)) for form, others in table.items()}


def _is_latin(char: str) -> bool:
    return char.isascii() and char.isalnum()


class Aliases:
    """The built-in names and those learned from a library's articles."""

    def __init__(self, learned: Iterable[Counted] = ()) -> None:
        table = dict(_built_in())
        for form, others in _learned(learned).items():
            table[form] = tuple(dict.fromkeys((*table.get(form, ()), *others)))
        self._table: Mapping[str, tuple[str, ...]] = table
        lengths = defaultdict[str, set[int]](set)
        for form in table:
            lengths[form[:2]].add(len(form))
        self._lengths = {start: sorted(found, reverse=True) for start, found in lengths.items()}

    def _standing(self, text: str, start: int, end: int, edges: list[set[int]]) -> bool:
        """Whether a form at this place of a folded text is a name of its own, not a piece of other words."""
        if _is_latin(text[start]) and start and _is_latin(text[start - 1]):
            return False
        if _is_latin(text[end - 1]) and end < len(text) and _is_latin(text[end]):
            return False
        if end - start > _EDGED or text[start:end].isascii():
            return True
        if not edges:
            found, place = {0}, 0
            for word in rjieba.cut(text[:_LONGEST]):
                place += len(word)
                found.add(place)
            edges.append(found)
        return start in edges[0] and end in edges[0]

    def _forms(self, form: str) -> tuple[str, ...]:
        """Return the other forms of a name; where it holds a shorter name, with that one's other forms in its place."""
        others = list(self._table[form])
        for start in range(len(form) - 1):
            for length in self._lengths.get(form[start : start + 2], ()):
                inner = form[start : start + length]
                if 2 < length < len(form) and inner in _built_in():
                    others += [form[:start] + other + form[start + length :] for other in _built_in()[inner]]
                    break
        return tuple(dict.fromkeys(other for other in others if other not in form and form not in other))

    def _mentions(self, text: str) -> list[Mention]:
        """Return the mentions in a folded text, from the left, the longest first; none overlaps another."""
        found = [Mention(span, others) for span, others in companies(text[:_LONGEST])]
        taken = {place for mention in found for place in range(mention.span.start, mention.span.end)}
        edges: list[set[int]] = []
        start = 0
        while start < min(len(text) - 1, _LONGEST):
            step = 1
            for length in self._lengths.get(text[start : start + 2], ()):
                end = start + length
                form = text[start:end]
                if end > len(text) or form not in self._table or not taken.isdisjoint(range(start, end)):
                    continue
                if self._standing(text, start, end, edges):
                    if others := self._forms(form)[:_ALTERNATIVES]:
                        found.append(Mention(Span(start, end), others))
                    step = length
                    break
            start += step
        return sorted(found, key=lambda mention: mention.span.start)[:_MENTIONS]

    def mentions(self, question: str) -> tuple[Mention, ...]:
        """Return the names in a question that have other forms, from the left; spans are those of the question."""
        folded = fold(question)
        return tuple(
            Mention(Span(*folded.original_span(mention.span.start, mention.span.end)), mention.alternatives)
            for mention in self._mentions(folded.text)
        )

    def wordings(self, question: str) -> tuple[str, ...]:
        """Return a question as it is and then with other forms of its names: of one name each, then of all together."""
        mentions = self.mentions(question)
        worded = [question]
        for mention in mentions:
            worded += [replaced(question, [(mention.span, form)]) for form in mention.alternatives]
        worded.append(replaced(question, [(mention.span, mention.alternatives[0]) for mention in mentions]))
        return tuple(dict.fromkeys(worded))

    def in_words_of(self, question: str, texts: Iterable[str]) -> str:
        """Return a question with the forms of names that the texts use, where those asked with stand in none."""
        mentions = self.mentions(question)
        if not mentions:
            return question
        folded = [fold_text(text) for text in texts]
        chosen: list[tuple[Span, str]] = []
        for mention in mentions:
            if _anywhere(fold_text(mention.span.of(question)), folded):
                continue
            used = next((other for other in mention.alternatives if _anywhere(other, folded)), None)
            if used:
                chosen.append((mention.span, used))
        return replaced(question, chosen)


def _anywhere(form: str, texts: Sequence[str]) -> bool:
    """Whether a name stands in one of the folded texts, with all its parts where it has several."""
    parts = form.split("、")
    return any(all(part in text for part in parts) for text in texts)


def replaced(question: str, chosen: Iterable[tuple[Span, str]]) -> str:
    """Return a question with these spans replaced; they do not overlap, and come from the left."""
    pieces: list[str] = []
    place = 0
    for span, form in chosen:
        pieces += [question[place : span.start], form]
        place = span.end
    return "".join([*pieces, question[place:]])
