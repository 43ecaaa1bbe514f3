"""The best of a leg, ties broken by what the passages are and not by where they happen to be stored.

Reposts make ties common: the same words have the same score. A library that was kept in step stores them in another
order than one built afresh, and must find the same.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

_SPARE = 16  # asked for beyond what is wanted: mostly enough to see where the ties end

Scored = list[tuple[int, float]]  # passage rows with their scores, best first


def best_of(best: Callable[[int], Scored], k: int, places: Callable[[Iterable[int]], Mapping[int, object]]) -> Scored:
    """Return the best `k`.

    `best` returns so many of the best, ties in any order; `places` returns for rows what ties are sorted by.
    """
    if k < 1:
        return []
    asked = k + _SPARE
    while True:
        found = best(asked)
        if len(found) < asked or found[-1][1] < found[k - 1][1]:
            break
        asked *= 4  # the last one asked for still ties with the last one wanted
    last = found[min(k, len(found)) - 1][1] if found else 0.0
    found = [pair for pair in found if pair[1] >= last]
    if len({score for _, score in found}) == len(found):
        return found
    often = Counter(score for _, score in found)
    place = places(row for row, score in found if often[score] > 1)  # looking one up costs more than finding it
    return sorted(found, key=lambda pair: (-pair[1], place.get(pair[0])))[:k]
