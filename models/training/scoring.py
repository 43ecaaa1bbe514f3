"""How predicted spans are scored: exact match and F1 of CMRC 2018 (Cui et al. 2019, its official script).

The segmentation is mixed: each Chinese character is a unit, a run of Latin letters or digits is one. F1 is over the
longest common *substring* of units. The official script splits runs with nltk; here a run is split at punctuation.
Text is scored folded, so the half-width forms of the punctuation that the script drops are dropped too.
"""

import re
from collections.abc import Iterable, Sequence

_DROPPED = frozenset("-:_*^/\\~`+=,，。:：?？!！“”;；’‘《》…·、「」()（）－～『』\"'.")
_UNIT = re.compile(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+|\S")


def without_punctuation(text: str) -> str:
    """Return the text in lower case without punctuation and white space."""
    return "".join(char for char in text.lower() if char not in _DROPPED and not char.isspace())


def units(text: str) -> list[str]:
    """Return the mixed segmentation, punctuation left out."""
    return [unit for unit in _UNIT.findall(text.lower()) if unit not in _DROPPED]


def longest_common_run(first: Sequence[str], second: Sequence[str]) -> int:
    """Return the length of the longest run of units that both hold."""
    best = 0
    row = [0] * (len(second) + 1)
    for a in first:
        previous = 0
        for j, b in enumerate(second, 1):
            previous, row[j] = row[j], previous + 1 if a == b else 0
            best = max(best, row[j])
    return best


def f1(prediction: str, answer: str) -> float:
    """Return the F1 of one prediction against one answer, 0 to 1."""
    predicted, wanted = units(prediction), units(answer)
    common = longest_common_run(predicted, wanted)
    if not common:
        return 0.0
    precision, recall = common / len(predicted), common / len(wanted)
    return 2 * precision * recall / (precision + recall)


def best_scores(prediction: str, answers: Iterable[str]) -> tuple[float, float]:
    """Return (exact match, F1), each the best over the answers, 0 to 1."""
    answers = list(answers)
    bare = without_punctuation(prediction)
    exact = any(bare == without_punctuation(answer) for answer in answers)
    return float(exact), max((f1(prediction, answer) for answer in answers), default=0.0)
