"""How much of a question's wording a sentence shares, each character and bigram by how rare it is among the hits."""

import math
from collections import Counter
from collections.abc import Sequence

from models.fold import fold_text
from rag.text.sentences import sentence_spans
from rag.types import Hit

_FUNCTION = frozenset("的了是在和与吗呢吧么什哪谁怎为何多少几有被把将由于及其这那个些")
_MARKS = frozenset("，。？！、：；“”《》（）,.?!:;()\"' ")
_IGNORED = _FUNCTION | _MARKS
_WINDOW = 25  # characters to each side of a span


def _units(text: str) -> frozenset[str]:
    folded = fold_text(text)
    singles = {char for char in folded if char not in _IGNORED}
    pairs = {folded[i : i + 2] for i in range(len(folded) - 1) if not _IGNORED.intersection(folded[i : i + 2])}
    return frozenset(singles | pairs)


class Overlap:
    """Shares of a question's wording, 0 to 1, for one question and the passages found for it."""

    def __init__(self, question: str, hits: Sequence[Hit]) -> None:
        self._sentences = {
            hit.passage.id: [(span, _units(span.of(hit.passage.text))) for span in sentence_spans(hit.passage.text)]
            for hit in hits
        }
        contents = [units for sentences in self._sentences.values() for _, units in sentences]
        frequencies = Counter(unit for units in contents for unit in units)
        total = len(contents)
        self._weights = {unit: math.log(1 + total / (frequencies[unit] or 0.5)) for unit in _units(question)}
        self._sum = sum(self._weights.values()) or 1.0
        self._best = max((self._share(units) for units in contents), default=0.0) or 1.0

    def _share(self, units: frozenset[str]) -> float:
        return sum(weight for unit, weight in self._weights.items() if unit in units) / self._sum

    def passage(self, hit: Hit) -> float:
        """Return the share that the whole passage holds."""
        return self._share(frozenset().union(*(units for _, units in self._sentences[hit.passage.id])))

    def sentence(self, hit: Hit, start: int) -> tuple[float, float]:
        """Return the share of the sentence at a place of the passage, and that against the best sentence of all."""
        for span, units in self._sentences[hit.passage.id]:
            if span.start <= start < span.end:
                share = self._share(units)
                return share, share / self._best
        return 0.0, 0.0

    def window(self, hit: Hit, start: int, end: int) -> float:
        """Return the share of the words around a span, the span left out."""
        text = hit.passage.text
        return self._share(_units(text[max(0, start - _WINDOW) : start] + "，" + text[end : end + _WINDOW]))
