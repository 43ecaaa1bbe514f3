"""When a passage that was found is the right one: the same rule for every system, however it cuts its passages.

A passage is right when its article holds evidence and its text holds a gold answer, or half of a sentence in which
the evidence stands. Texts are compared folded and without punctuation (`eval.scored.normal_text`).
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from math import inf
from pathlib import PurePath

from eval.finding.system import Found
from eval.prediction import is_document, library_lookup
from eval.questions import Evidence, Question
from eval.scored import normal_items, normal_text
from models.errors import BadInputError
from rag.library import Library
from rag.text.sentences import sentence_spans

_HALF = 0.5  # of a sentence, in one run: what a passage cut in the middle of it may still hold


@dataclass(frozen=True, slots=True)
class Wanted:
    """What must be found for a question."""

    needs: tuple[frozenset[str], ...]  # articles by id: one of each is needed
    answers: tuple[str, ...]  # normal; any of them will do
    sentences: Mapping[str, tuple[str, ...]]  # article → sentences with evidence, normal

    def meets(self, found: Found) -> frozenset[int]:
        """Return which needs a passage meets, by their places."""
        text = normal_text(found.text)
        ids = set(found.article_ids)
        if not any(ids & need for need in self.needs):
            return frozenset()
        if not self._tells(text):
            ids = {name for name in ids if any(_holds(text, sentence) for sentence in self.sentences.get(name, ()))}
        return frozenset(place for place, need in enumerate(self.needs) if ids & need)

    def _tells(self, text: str) -> bool:
        return any(answer in text for answer in self.answers)

    def ranks(self, found: Sequence[Found]) -> tuple[float, ...]:
        """Return for each need the rank of the first passage that meets it, counted from 1; infinity for none."""
        ranks = [inf] * len(self.needs)
        for rank, one in enumerate(found, start=1):
            for place in self.meets(one):
                ranks[place] = min(ranks[place], rank)
        return tuple(ranks)


def _holds(text: str, sentence: str) -> bool:
    """Tell whether a text holds half of a sentence in one run."""
    if sentence in text:
        return True
    match = SequenceMatcher(None, sentence, text, autojunk=False).find_longest_match()
    return match.size >= _HALF * len(sentence)


def _last(path: str) -> str:
    """Return the last part of a path, as `eval.prediction.is_document` compares it."""
    return unicodedata.normalize("NFC", path).replace("\\", "/").rpartition("/")[2]


def _names(path: str) -> set[str]:
    """Return what gold data may call the article of a path: its file's name, with its line, with or without suffix."""
    last = _last(path)
    file, mark, line = last.partition("#")
    return {last, f"{PurePath(file).stem}{mark}{line}"}


class Gold:
    """Knows which of a library's articles questions mean."""

    def __init__(self, library: Library) -> None:
        """Read the names of all articles."""
        self._library = library
        self._lookup = library_lookup(library)
        self._ids: set[str] = set()
        self._named: dict[str, list[str]] = {}
        for listed in library.articles():
            self._ids.add(listed.id)
            for name in _names(listed.path):
                self._named.setdefault(name, []).append(listed.id)

    def _meant(self, doc_id: str) -> frozenset[str]:
        """Return the ids of the articles that gold data means by `doc_id`: an id, a path or a file's name."""
        if doc_id in self._ids:
            return frozenset((doc_id,))
        close = self._named.get(_last(doc_id), [])
        return frozenset(name for name in close if is_document(doc_id, name, self._lookup))

    def wanted(self, question: Question) -> Wanted | None:
        """Return what must be found for a question; None where it names no article, or none that is in the library.

        Each evidence group is a need, of judged articles each one; where only evidence is given, any of it will do.
        """
        named: Sequence[Sequence[str]] = question.evidence_groups
        if not named:
            judged = [[doc] for doc in question.grades] if question.qrels else []
            named = judged or ([question.evidence_docs] if question.evidence_docs else [])
        needs = tuple(frozenset(name for doc in group for name in self._meant(doc)) for group in named)
        if question.answerable is False or not any(needs):
            return None
        answers = tuple(alias for item in normal_items(question.answers) for alias in item)
        sentences: dict[str, tuple[str, ...]] = {}
        for evidence in question.evidence:
            for name in self._meant(evidence.doc_id):
                sentences[name] = (*sentences.get(name, ()), *self._sentences(question, evidence, name))
        return Wanted(needs, answers, sentences)

    def _sentences(self, question: Question, evidence: Evidence, article_id: str) -> Iterator[str]:
        """Yield the sentences of an article in which evidence stands, where it is known which they are."""
        text = self._library.article(article_id).text
        start, end = evidence.start, evidence.end
        if evidence.quote and (start is None or end is None or text[start:end] != evidence.quote):
            # Without offsets, or with those of a text that was not cleaned.
            if text.count(evidence.quote) != 1:
                return
            start = text.index(evidence.quote)
            end = start + len(evidence.quote)
        if start is None or end is None:
            return
        if not 0 <= start < end <= len(text):
            msg = (
                f"the question {question.id}: its evidence [{start}, {end}) lies outside the article {article_id} of "
                f"{len(text)} characters; index the articles that the set was written for"
            )
            raise BadInputError(msg)
        for span in sentence_spans(text):
            if span.start < end and span.end > start and (sentence := normal_text(span.of(text))):
                yield sentence
