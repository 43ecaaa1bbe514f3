"""Content of Chinese text as tokens, and how two texts overlap: content-token F1 and ROUGE-L over characters.

A token is a pair of neighbouring Chinese characters of which none is grammatical, a Latin word or a number, all of
folded text (`rag.text.terms`). Chinese has no spaces: a tokenizer that splits at them, or that deletes what is not
Latin (as `rouge_score` does by default), gives 0 or 1 by accident.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from rag.text.terms import FUNCTION_CHARACTERS, terms

_EDGED = re.compile(r"[a-z0-9]")
_INSIDE_NUMBER = frozenset("0123456789")
_POINTS = frozenset(".,")


@lru_cache(maxsize=1024)
def content_tokens(text: str) -> tuple[str, ...]:
    """Return the content tokens of `text` in order, with repetitions."""
    return tuple(term for term in terms(text) if FUNCTION_CHARACTERS.isdisjoint(term))


def token_f1(answer: Sequence[str], gold: Sequence[str]) -> float:
    """Return the F1 of two bags of tokens, 0 to 1; 0 where either is empty.

    As SQuAD's F1 and instruct-qa's (McGill-NLP/instruct-qa, TACL 2024), with content tokens for words.
    """
    common = (Counter(answer) & Counter(gold)).total()
    return 2 * common / (len(answer) + len(gold)) if common else 0.0


def longest_common_subsequence(first: str, second: str) -> int:
    """Return the length of the longest common subsequence of characters.

    Bit-parallel (Crochemore et al., "A fast and practical bit-vector algorithm for the longest common subsequence
    problem", 2001): one step over an integer of as many bits as the shorter text for each character of the longer,
    so that an answer that copies whole passages costs no more than it has characters.
    """
    shorter, longer = sorted((first, second), key=len)
    places: dict[str, int] = {}
    for place, char in enumerate(shorter):
        places[char] = places.get(char, 0) | 1 << place
    everything = (1 << len(shorter)) - 1
    row = everything  # a 0 bit is a character of `shorter` that belongs to the subsequence
    for char in longer:
        if met := row & places.get(char, 0):
            row = (row + met) | (row - met)
    return len(shorter) - (row & everything).bit_count()


def rouge_l(answer: str, reference: str) -> float:
    """Return the F1 of ROUGE-L over characters (Lin, "ROUGE", 2004, with beta = 1); 0 where either text is empty."""
    common = longest_common_subsequence(answer, reference)
    return 2 * common / (len(answer) + len(reference)) if common else 0.0


def stands_in(token: str, text: str) -> bool:
    """Tell whether folded `text` holds `token`, a Latin word or number as a whole: 3 does not stand in 13 or 3.5."""
    at = text.find(token)
    if at < 0 or not (_EDGED.match(token[0]) or _EDGED.match(token[-1])):
        return at >= 0
    while at >= 0:
        if not (_goes_on(text, at - 1, at, -1) or _goes_on(text, at + len(token), at + len(token) - 1, 1)):
            return True
        at = text.find(token, at + 1)
    return False


def _goes_on(text: str, outside: int, edge: int, step: int) -> bool:
    """Tell whether the word or number that has a character at `edge` goes on at `outside`."""
    if not 0 <= outside < len(text):
        return False
    inner, outer = text[edge], text[outside]
    if inner in _INSIDE_NUMBER:
        if outer in _POINTS:
            beyond = outside + step
            return 0 <= beyond < len(text) and text[beyond] in _INSIDE_NUMBER
        return outer in _INSIDE_NUMBER
    return inner.isascii() and inner.isalpha() and outer.isascii() and outer.isalpha()


def share_in(tokens: Iterable[str], texts: Iterable[str]) -> float | None:
    """Return the share of tokens that stand in one of the folded `texts`; None where there are no tokens.

    K-Precision (Adlakha et al., "Evaluating correctness and faithfulness of instruction-following models for question
    answering", TACL 2024) over content tokens. Texts behind the last one needed are not asked for.
    """
    counted = Counter(tokens)
    if not counted:
        return None
    missing = list(counted)
    for text in texts:
        missing = [token for token in missing if not stands_in(token, text)]
        if not missing:
            return 1.0
    return 1 - sum(counted[token] for token in missing) / counted.total()
