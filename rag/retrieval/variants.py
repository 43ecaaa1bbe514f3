"""A question's terms, once as it was asked and once for each other form of a name in it; and what each term counts.

The forms of one name are to count as one term, as INQUERY's synonym operator has it. A form is several terms here, so a
passage gets what its best form gives it, and no form can give more in all than the one asked with: a rare form must not
win by being rare. The question's other terms count fully beside every form.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rag.retrieval.worded import information
from rag.text.aliases import Mention, replaced
from rag.text.terms import terms

_TELLING = 4  # terms of another form, the rarest: 中国, 委员 and 员会 of a long name find everything and tell nothing


@dataclass(frozen=True, slots=True)
class Variant:
    """Terms of a question with one or several of its names in another form."""

    kept: tuple[str, ...]  # terms of the question outside those names
    asked: tuple[str, ...]  # terms of the names as they were asked with
    other: tuple[str, ...]  # terms of the other forms that are not among `kept`

    @property
    def terms(self) -> tuple[str, ...]:
        """All terms whose frequencies `weights` asks for."""
        return (*self.kept, *self.asked, *self.other)

    def weights(self, frequencies: Mapping[str, int], passages: int) -> dict[str, float]:
        """Return by what each term's score is multiplied; nothing where the other form stands in no passage.

        `frequencies` tells in how many passages each term occurs, and lacks those that occur nowhere.
        """
        if not self.other or not frequencies.keys() >= set(self.other):
            return {}
        telling = sorted(self.other, key=lambda term: (frequencies[term], term))[:_TELLING]
        whole = sum(information(term, frequencies, passages) for term in self.asked)
        total = sum(information(term, frequencies, passages) for term in telling)
        share = min(1.0, whole / total) if total else 1.0
        return {term: 1.0 for term in self.kept if term in frequencies} | dict.fromkeys(telling, share)


def _variant(question: str, mentions: Sequence[Mention], number: int) -> Variant:
    asked = {term: None for mention in mentions for term in terms(mention.span.of(question))}
    forms = [(mention.span, mention.alternatives[number]) for mention in mentions]
    # Without the names, so that no term reaches from one into the words beside it.
    kept = dict.fromkeys(terms(replaced(question, [(span, "，") for span, _ in forms])))
    other = dict.fromkeys(term for _, form in forms for term in terms(form))
    return Variant(tuple(kept), tuple(asked), tuple(term for term in other if term not in kept))


def variants(question: str, mentions: Sequence[Mention]) -> Iterator[Variant]:
    """Yield the variants of a question: each other form of each name by itself, then the likeliest forms of all."""
    for mention in mentions:
        for number in range(len(mention.alternatives)):
            yield _variant(question, [mention], number)
    if len(mentions) > 1:
        yield _variant(question, mentions, 0)
