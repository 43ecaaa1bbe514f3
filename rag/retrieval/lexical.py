"""The lexical leg: BM25 over Chinese terms, for questions as people type them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from models.errors import IndexUnusableError
from rag.library import Library
from rag.retrieval.bm25 import ANY
from rag.retrieval.ties import best_of
from rag.retrieval.variants import variants
from rag.retrieval.worded import weights
from rag.store import MEND
from rag.text.regional import wordings
from rag.text.terms import terms
from rag.types import EVERYTHING, Filter

_LONGEST_QUERY = 32


def _searched(question: str) -> list[str]:
    """Return the different terms of a question.

    Where it has no two characters together ("京", "歼20"), a character stands for all terms that begin with it.
    """
    found = list(dict.fromkeys(terms(question)))
    if any(len(term) > 1 and not term[0].isascii() for term in found):
        return found
    return [term if term.isascii() else term + ANY for term in found]


class LexicalIndex:
    """BM25 search over the passages of a library."""

    name = "lexical"

    def __init__(self, library: Library) -> None:
        self._library = library
        self._postings = library.postings

    def document_frequencies(self, words: Sequence[str]) -> dict[str, int]:
        """Return in how many passages each term occurs; terms that occur nowhere are left out."""
        with self._whole():
            return self._postings.frequencies(words)

    def _asked(self, question: str) -> tuple[list[dict[str, float]], dict[str, int]]:
        """Return the rarest terms of each wording of the question with what they count; and how often terms occur.

        Common terms tell least. Wordings are those of other regions, and those with other forms of names.
        """
        worded = [_searched(wording) for wording in wordings(question)]
        changed = list(variants(question, self._library.aliases.mentions(question)))
        every = (*worded, *(variant.terms for variant in changed))
        frequencies = self.document_frequencies(list(dict.fromkeys(term for words in every for term in words)))
        passages = self._postings.passages
        shares = weights(worded, frequencies, passages)
        asked = [dict.fromkeys(words, share) for words, share in zip(worded, shares, strict=True) if share]
        asked += [variant.weights(frequencies, passages) for variant in changed]
        rarest = [sorted(each.keys() & frequencies, key=lambda term: (frequencies[term], term)) for each in asked]
        kept = [
            {term: each[term] for term in known[:_LONGEST_QUERY]} for each, known in zip(asked, rarest, strict=True)
        ]
        return [each for each in kept if each], frequencies

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Tell of numbers that point out of the index: bits that were flipped after it was written."""
        try:
            yield
        except (IndexError, ValueError) as error:
            msg = f"the lexical index in {self._library.folder} is damaged: {MEND}"
            raise IndexUnusableError(msg) from error

    def search(self, question: str, k: int, only: Filter = EVERYTHING) -> list[tuple[int, float]]:
        """Return up to `k` (passage row, score), best first; scores are BM25, higher is better, ties by article id.

        The question is also asked in the words of other regions, where the library has any of those words; a passage
        counts by the wording that suits it best.
        """
        asked, frequencies = self._asked(question)
        allowed = self._library.allowed(only)

        def best(most: int) -> list[tuple[int, float]]:
            found: dict[int, float] = {}
            for words in asked:
                with self._whole():
                    scored = self._postings.best(words, frequencies, most, allowed)
                for row, score in scored:
                    found[row] = max(found.get(row, 0.0), score)
            return sorted(found.items(), key=lambda pair: -pair[1])[:most]

        return best_of(best, k, self._library.places) if asked else []

    def place(self, question: str, row: int, only: Filter = EVERYTHING) -> tuple[int, float] | None:
        """Return rank (from 1) and score of one passage, as if `search` went on that long; None if it never came."""
        allowed = self._library.allowed(only)
        scores = np.zeros(len(self._postings.rows))
        asked, frequencies = self._asked(question)
        for words in asked:
            with self._whole():
                np.maximum(scores, self._postings.scores(words, frequencies, allowed), out=scores)
        [slots] = np.nonzero(self._postings.rows == row)
        if not len(slots):
            return None
        own = float(scores[slots[0]])
        if not own:
            return None
        places = self._library.places(self._postings.rows[scores == own].tolist())
        before = sum(place < places[row] for place in places.values())
        return int(np.count_nonzero(scores > own)) + before + 1, own
