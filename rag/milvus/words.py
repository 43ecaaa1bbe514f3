"""Search terms as words that any analyzer keeps whole.

Milvus makes terms of a text with an analyzer of its own. Fed with the terms of the lexical leg, its full-text search
finds what the lexical leg finds: one code for questions, passages and both engines. A Chinese bigram would be one word
for milvus-lite's `standard` analyzer and two for the server's, and `3.5` two words for both: such terms are spelt in
the letters and digits of their code points, which no analyzer takes apart.
"""

import hashlib
import re
from collections.abc import Iterable

from rag.text.regional import wordings
from rag.text.terms import FUNCTION_CHARACTERS, terms

_PLAIN = re.compile(r"[a-z]+|\d+", re.ASCII)
_SAMPLE = "澜江大橋2024年3月5日通车，总投资1,200.5万元；GPT 4、Wi-Fi、don't，全長3.5km。テスト 한국 𠮷"
_LONGEST = 60_000  # bytes of one text, all ASCII; Milvus takes 65,535
_LONGEST_QUERY = 64  # terms


def spelt(found: Iterable[str]) -> str:
    """Return terms as words joined by spaces; no two terms are spelt the same."""
    # No plain term begins with a digit and has a letter.
    return " ".join(term if _PLAIN.fullmatch(term) else f"0u{term.encode('utf-16-be').hex()}" for term in found)


def indexed(title: str, text: str) -> str:
    """Return what is indexed of a passage: its own words and its title's."""
    words = f"{spelt(terms(text))} {spelt(terms(title))}".strip()
    return words if len(words) <= _LONGEST else words[:_LONGEST].rpartition(" ")[0]


def identity() -> str:
    """Return what tells apart versions of this code that make other terms of the same text, by those of a sample."""
    return hashlib.sha256(indexed("青汀图书馆", _SAMPLE).encode()).hexdigest()[:16]


def asked(question: str) -> str:
    """Return the words that are asked for: those of the question in each region's words, once each.

    A passage is from one region, so of two words for one thing it mostly has one. Of a question with more terms than
    are asked for, those with grammar in them are left out first: how rare terms are only the engine knows.
    """
    found = dict.fromkeys(term for wording in wordings(question) for term in terms(wording))
    telling = sorted(found, key=lambda term: len(FUNCTION_CHARACTERS.intersection(term)))
    return spelt(telling[:_LONGEST_QUERY])
