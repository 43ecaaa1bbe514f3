"""What the wordings of one question count against each other, in a lexical search."""

import math
from collections.abc import Iterable, Mapping, Sequence


def information(term: str, frequencies: Mapping[str, int], passages: int) -> float:
    """Return how much a term tells: as BM25 has it, and for one that occurs nowhere as much as for the rarest."""
    frequency = frequencies.get(term) or 0.5
    return math.log(1 + (passages - frequency + 0.5) / (frequency + 0.5)) if passages >= frequency else 0.0


def weights(wordings: Iterable[Sequence[str]], frequencies: Mapping[str, int], passages: int) -> list[float]:
    """Return by what each wording's scores are multiplied; the first wording is the question as it was asked.

    Another region's word is rare where articles are not from there, and rare words score high: it must not win by that
    alone, so a wording cannot count more in all than the question as asked. One whose words occur nowhere counts 0.
    """
    asked, *others = wordings
    whole = sum(information(term, frequencies, passages) for term in asked)
    shares = [1.0]
    for words in others:
        own = set(words).difference(asked)
        total = sum(information(term, frequencies, passages) for term in words)
        shares.append(min(1.0, whole / total) if total and not own.isdisjoint(frequencies) else 0.0)
    return shares
