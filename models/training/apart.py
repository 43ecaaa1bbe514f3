"""What must stay out of training because question sets ask about it: their evidence, and whatever repeats it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from models.errors import BadInputError
from models.fold import fold_text
from models.training.sources import NEWS_SOURCE, find_files, read_rows, sha256_of

_RUN = 40  # characters in a row that nothing trained on may share with an article of a question set
_STRIDE = 20  # a copy of more than _RUN + _STRIDE characters is seen for certain


def news_rows(news: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of all news files. Raises BadInputError."""
    for path in find_files(news, NEWS_SOURCE):
        yield from read_rows(path, ("id", "text"), NEWS_SOURCE.default_licence)


def _runs(text: str, stride: int = 1) -> Iterator[int]:
    """Yield hashes of runs of 40 characters of a folded text, one every `stride` characters."""
    for start in range(0, max(1, len(text) - _RUN + 1), stride):
        yield hash(text[start : start + _RUN])


def evidence_ids(question_files: Iterable[Path]) -> frozenset[str]:
    """Return the ids of all articles that question sets name as evidence or judge.

    Raises:
        BadInputError: a file is missing, or a line is broken.

    """
    ids: set[str] = set()
    for path in question_files:
        if not path.is_file():
            msg = f"{path}: there is no such question file; name those whose articles must stay out of training"
            raise BadInputError(msg)
        for row in read_rows(path, ("question",), "Apache-2.0"):
            ids.update(str(place["doc_id"]) for place in row.get("evidence", ()) if "doc_id" in place)
            ids.update(row.get("qrels", ()))
    return frozenset(ids)


@dataclass(frozen=True, slots=True)
class Apart:
    """The articles that question sets ask about."""

    ids: frozenset[str]
    runs: frozenset[int]  # hashes of all runs of 40 characters of their folded texts
    files: tuple[Path, ...]  # the question sets

    @classmethod
    def read(cls, news: Path, question_files: Sequence[Path]) -> Self:
        """Find the articles of some question sets among the news.

        Raises:
            BadInputError: a file is missing, or a line is broken.

        """
        ids = evidence_ids(question_files)
        runs = (run for row in news_rows(news) if row["id"] in ids for run in _runs(fold_text(row["text"])))
        return cls(ids, frozenset(runs), tuple(question_files))

    def holds(self, article_id: str, folded: str) -> bool:
        """Say whether an article is one of them or shares 40 characters in a row with one."""
        return article_id in self.ids or not self.runs.isdisjoint(_runs(folded, _STRIDE))

    def record(self) -> dict[str, Any]:
        """Return which sets these are, for the model cards."""
        sets = [{"file": f"{path.parent.name}/{path.name}", "sha256": sha256_of(path)} for path in self.files]
        return {"evidence": len(self.ids), "question_sets": sets}
