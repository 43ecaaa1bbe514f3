"""EM and F1 as the CMRC2018 evaluation script defines them (ymcui/cmrc2018, cmrc2018_evaluate.py v5).

Texts are cut into mixed segments (a Chinese character each, other runs as words), a fixed list of punctuation is
left out, and F1 is taken over the longest run of segments that both have in common, in one piece; the best gold
answer counts. Script variants (Traditional, Simplified) and widths are not folded, because the script does not.

The script cuts other runs with NLTK's `word_tokenize`. Its rules that matter here are written out below, without its
English contractions and its two kinds of straight quotation mark: of 15,433 gold answers (CMRC2018 train and trial,
DRCD dev) all but 93 are cut exactly alike, and those differ in such marks only (measured against NLTK 3.10).
"""

import re
from collections.abc import Sequence

# The script's list. Its two-character "……" never equals one character, so "…" is not left out; neither is it here.
_PUNCTUATION = frozenset("-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』")
_PIECE = re.compile(r"[\u4e00-\u9fa5]|[^\u4e00-\u9fa5]+")
_WORD = re.compile(
    r"""\.{2,}                        # dots in a row
      | [;@\#$%&?!()\[\]{}<>"«»‘„—–]   # each a word of its own
      | ,(?!\d)                       # a comma, unless it groups digits
      | (?:(?!\.{2,}|,(?!\d)|\.$)[^\s;@\#$%&?!()\[\]{}<>"«»‘„—–])+
      | \.                            # the last full stop""",
    re.VERBOSE,
)


def remove_punctuation(text: str) -> str:
    """Return `text` in lower case, without the script's punctuation."""
    return "".join(char for char in text.lower().strip() if char not in _PUNCTUATION)


def segments(text: str) -> list[str]:
    """Return the mixed segments of `text`, punctuation left out.

    Punctuation is left out before words are cut, so "3-5" is one word "35", as the script has it.
    """
    found: list[str] = []
    for piece in _PIECE.findall(remove_punctuation(text)):
        found.extend(_WORD.findall(piece.strip()))
    return found


def longest_common_run(first: Sequence[str], second: Sequence[str]) -> int:
    """Return the length of the longest contiguous run that both sequences hold."""
    longest = 0
    above = [0] * (len(second) + 1)
    for item in first:
        row = [0] * (len(second) + 1)
        for column, other in enumerate(second, start=1):
            if item == other:
                row[column] = above[column - 1] + 1
                longest = max(longest, row[column])
        above = row
    return longest


def f1_score(answers: Sequence[str], prediction: str) -> float:
    """Return the F1 of `prediction` against the best of `answers`, 0 to 1."""
    predicted = segments(prediction)
    best = 0.0
    for answer in answers:
        gold = segments(answer)
        common = longest_common_run(gold, predicted)
        if common:
            # 2PR/(P+R) with P = common/len(predicted) and R = common/len(gold)
            best = max(best, 2 * common / (len(predicted) + len(gold)))
    return best


def em_score(answers: Sequence[str], prediction: str) -> float:
    """Return 1 where `prediction` equals one of `answers` but for punctuation and case, else 0."""
    wanted = remove_punctuation(prediction)
    return float(any(remove_punctuation(answer) == wanted for answer in answers))
