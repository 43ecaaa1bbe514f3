"""How much of a question's wording a sentence shares, each character and bigram by how rare it is among the hits."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from models.fold import fold_text
from rag.text.sentences import sentence_spans
from rag.text.terms import FUNCTION_CHARACTERS
from rag.types import Hit, Span

_MARKS = frozenset("，。？！、：；“”《》（）,.?!:;()\"' ")
_IGNORED = FUNCTION_CHARACTERS | _MARKS


def _units(text: str) -> frozenset[str]:
    folded = fold_text(text)
    singles = {char for char in folded if char not in _IGNORED}
    pairs = {folded[i : i + 2] for i in range(len(folded) - 1) if not _IGNORED.intersection(folded[i : i + 2])}
    return frozenset(singles | pairs)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage, and how much of the question's wording is in it."""

    span: Span
    against_best: float  # its share of the wording against that of the best sentence of all passages, 0 to 1


class Overlap:
    """Shares of a question's wording, 0 to 1, for one question and the passages found for it."""

    def __init__(self, question: str, hits: Sequence[Hit]) -> None:
        spans = {hit.passage.id: sentence_spans(hit.passage.text) for hit in hits}
        units = {hit.passage.id: [_units(span.of(hit.passage.text)) for span in spans[hit.passage.id]] for hit in hits}
        contents = [found for sentences in units.values() for found in sentences]
        frequencies = Counter(unit for found in contents for unit in found)
        total = len(contents)
        # In order: a sum over a set depends, in its last digit, on the process's hash seed.
        wanted = sorted(_units(question))
        self._weights = {unit: math.log(1 + total / (frequencies[unit] or 0.5)) for unit in wanted}
        self._sum = sum(self._weights.values()) or 1.0
        shares = {name: [self._share(found) for found in sentences] for name, sentences in units.items()}
        best = max((share for found in shares.values() for share in found), default=0.0) or 1.0
        self._passages = {name: self._share(frozenset().union(*sentences)) for name, sentences in units.items()}
        self._sentences = {
            hit.passage.id: [
                Sentence(span, share / best)
                for span, share in zip(spans[hit.passage.id], shares[hit.passage.id], strict=True)
            ]
            for hit in hits
        }

    def _share(self, units: frozenset[str]) -> float:
        return sum(weight for unit, weight in self._weights.items() if unit in units) / self._sum

    def passage(self, hit: Hit) -> float:
        """Return the share that the whole passage holds."""
        return self._passages[hit.passage.id]

    def sentence(self, hit: Hit, start: int) -> Sentence:
        """Return the sentence at a place of the passage; between sentences, the passage with a share of 0."""
        for sentence in self._sentences[hit.passage.id]:
            if sentence.span.start <= start < sentence.span.end:
                return sentence
        return Sentence(Span(0, len(hit.passage.text)), 0.0)
