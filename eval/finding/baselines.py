"""The lexical baselines: BM25 by bm25s over exactly the library's passages, folded as the product folds them."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from eval.finding import texts
from eval.finding.system import Entry, Found, Place, System
from eval.questions import Question
from models.fold import fold_text

DEFAULTS = (1.5, 0.75)
"""What bm25s takes for k1 and b where nothing is said."""


def jieba_words(text: str) -> list[str]:
    """Return jieba's words in search mode, long ones and the words inside them; punctuation is left out."""
    import rjieba

    return [word for word in rjieba.cut_for_search(text) if any(char.isalnum() for char in word)]


def character_bigrams(text: str) -> list[str]:
    """Return bigrams of Chinese runs, and Latin words and numbers whole."""
    from models.training.lexical import bigrams

    return bigrams(text)


TERMS: Mapping[str, Callable[[str], list[str]]] = {"bigrams": character_bigrams, "jieba": jieba_words}


class LexicalBaseline:
    """BM25 over the library's passages."""

    def __init__(self, place: Place, terms: str, k1: float, b: float, *, titled: bool) -> None:
        """Index the passages; with `titled`, each behind the title of its article.

        Raises:
            ImportError: bm25s is not installed.

        """
        from models.training.lexical import Bm25

        self._passages = texts.passages(place.library)
        named = texts.titles(place.library) if titled else {}
        folded = (fold_text(f"{named[p.article_id]}\n{p.text}" if titled else p.text) for p in self._passages)
        self._index = Bm25(folded, TERMS[terms], k1=k1, b=b)

    def search(self, question: Question, k: int) -> list[Found]:
        """Return at most `k` passages, best first."""
        best = self._index.top(fold_text(question.question), k)
        return [Found((self._passages[place].article_id,), self._passages[place].text) for place in best.tolist()]

    def bytes_kept(self) -> int:
        """Return the bytes of the index as bm25s writes it, without the texts."""
        with tempfile.TemporaryDirectory(prefix="yiju-finding-") as folder:
            self._index.write(Path(folder))
            return folder_bytes(Path(folder))

    def close(self) -> None:
        """Nothing is held open."""


def folder_bytes(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _entry(terms: str, k1: float, b: float, suffix: str, *, titled: bool = False) -> Entry:
    def make(place: Place) -> System:
        return LexicalBaseline(place, terms, k1, b, titled=titled)

    words = {"bigrams": "character bigrams", "jieba": "words of jieba's search mode"}[terms]
    title = ", each passage behind its article's title" if titled else ""
    about = f"bm25s over {words} of the library's passages, k1 {k1}, b {b}{title}"
    return Entry(f"bm25-{terms}{suffix}", "baseline", about, make, ("bm25s",))


def entries() -> Iterator[Entry]:
    """Yield the baselines."""
    for terms in TERMS:
        yield _entry(terms, 1.2, 0.75, "")
        yield _entry(terms, *DEFAULTS, "-defaults")
        yield _entry(terms, 1.2, 0.75, "-titled", titled=True)
