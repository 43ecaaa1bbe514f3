"""A question's words, and where an article has them: in what was kept of it, in what cleaning took out, or nowhere.

For telling people why an article was or was not found. Words are what a person reads; whether one stands in a text is
told by its search terms, as the lexical leg has it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import rjieba

from models.fold import fold_text
from rag.text.aliases import Aliases
from rag.text.regional import wordings
from rag.text.terms import FUNCTION_CHARACTERS, terms
from rag.types import Article


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a question, and its other forms: of a name, or in other regions' words."""

    text: str
    forms: tuple[str, ...] = ()

    def standing_in(self, found: AbstractSet[str]) -> str | None:
        """Return the form that stands in a text of these terms, the word itself before all others."""
        return next((form for form in (self.text, *self.forms) if _all_in(form, found)), None)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where an article has the words of a question; each word is told once."""

    kept: tuple[str, ...]  # in its text, as asked
    in_other_words: Mapping[str, str]  # word → the form that stands in its text
    removed: Mapping[str, str]  # word → why the stretch that it stands in was taken out
    nowhere: tuple[str, ...]


def _all_in(words: str, found: AbstractSet[str]) -> bool:
    wanted = set(terms(words))
    return bool(wanted) and wanted <= found


def _plain(text: str) -> Iterator[str]:
    """Yield the words of a part of a question, those of grammar left out; numbers and Latin names as terms are."""
    for word in rjieba.cut(fold_text(text)):
        written = word.isalnum() and not any(char.isascii() for char in word)
        if written and len(word) > 1 and FUNCTION_CHARACTERS.isdisjoint(word):
            yield word
    yield from (term for term in terms(text) if any(char.isascii() for char in term))


def words_of(question: str, aliases: Aliases) -> tuple[Word, ...]:
    """Return the different words of a question that say what it is about; a name that has other forms is one word."""
    found: dict[str, Word] = {}
    place = 0
    for mention in aliases.mentions(question):
        before, name = question[place : mention.span.start], mention.span.of(question)
        found |= {word: Word(word, wordings(word)[1:]) for word in _plain(before)}
        found[name] = Word(name, mention.alternatives)
        place = mention.span.end
    found |= {word: Word(word, wordings(word)[1:]) for word in _plain(question[place:])}
    if not found:  # 京
        found = {term: Word(term) for term in terms(question) if FUNCTION_CHARACTERS.isdisjoint(term)}
    return tuple(found.values())


def held(words: Iterable[Word], text: str) -> int:
    """Return how many of the words stand in a text, in whichever form."""
    found = set(terms(text))
    return sum(word.standing_in(found) is not None for word in words)


def whereabouts(words: Sequence[Word], article: Article) -> Whereabouts:
    """Return where an article, its head included, has these words."""
    in_text = set(terms(article.text))
    taken_out = [(each.reason, set(terms(each.raw.of(article.raw)))) for each in article.removed]
    kept: list[str] = []
    otherwise: dict[str, str] = {}
    removed: dict[str, str] = {}
    nowhere: list[str] = []
    for word in words:
        form = word.standing_in(in_text)
        reason = next((reason for reason, found in taken_out if word.standing_in(found)), None)
        if form == word.text:
            kept.append(word.text)
        elif form is not None:
            otherwise[word.text] = form
        elif reason is not None:
            removed[word.text] = reason
        else:
            nowhere.append(word.text)
    return Whereabouts(tuple(kept), otherwise, removed, tuple(nowhere))


def most_removed(words: Sequence[Word], article: Article) -> int:
    """Return how many of the words stand together in one stretch that was taken out.

    Only stretches count that have a word which stands nowhere in what was kept.
    """
    gone = whereabouts(words, article).removed
    lost = [word for word in words if word.text in gone]
    stretches = [each.raw.of(article.raw) for each in article.removed]
    return max((held(words, stretch) for stretch in stretches if held(lost, stretch)), default=0)
