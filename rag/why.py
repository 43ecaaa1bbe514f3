"""Which stage lost an article for a question, or that none did.

The question is answered as it always is, by the same parts; what passes between them is noted, and the article looked
for in that. Only its places beyond what the legs hand over are asked for besides.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple, Protocol

from models.fold import fold_text
from models.protocols import Reader
from rag.answering.answerer import QuotingAnswerer
from rag.answering.candidates import Candidate
from rag.answering.confidence import Calibration
from rag.answering.finding import Finder
from rag.answering.judging import Judge, Judged
from rag.answering.publishers import Publishers
from rag.answering.ranking import Ranking
from rag.diagnosis import Diagnosis, Folded, InPassages, InReading, LegPlace, Likely, Ranked, Stage
from rag.events import Finished, Retrieved
from rag.library import Library, Stored
from rag.question_words import Word, held, most_removed, whereabouts, words_of
from rag.retrieval.retriever import HybridRetriever, Leg, Trace
from rag.settings import Settings
from rag.types import EVERYTHING, Answer, Article, Condition, ConditionKind, Filter, Hit


class PlacingLeg(Leg, Protocol):
    """A leg that also tells a passage's place beyond what it hands over."""

    def place(self, question: str, row: int, only: Filter = EVERYTHING) -> tuple[int, float] | None:
        """Return rank (from 1) and score of one passage, as if `search` went on that long; None if it never came."""
        ...


class _Search(NamedTuple):
    question: str
    only: Filter
    trace: Trace


class _Watched:
    """The retriever, with its searches noted."""

    def __init__(self, retriever: HybridRetriever) -> None:
        self._retriever = retriever
        self.searches: list[_Search] = []

    def search(self, question: str, k: int, only: Filter = EVERYTHING) -> list[Hit]:
        """Search as the retriever does."""
        trace = self._retriever.trace(question, k, only)
        self.searches.append(_Search(question, only, trace))
        return list(trace.hits)


class _WatchedJudge(Judge):
    """The judge, with what it came to noted."""

    judged: Judged | None = None

    def judge(self, question: str, hits: Sequence[Hit], first: int, *, rank: bool = True) -> Judged:
        """Judge as the judge does."""
        self.judged = super().judge(question, hits, first, rank=rank)
        return self.judged


class _Walk(NamedTuple):
    """An answered question, and what was noted on its way."""

    searches: Sequence[_Search]  # of what was asked for; then, where a time is preferred, of that time
    hits: Sequence[Hit]  # what came of them
    judged: Judged | None  # None where the head of an article answers, or nothing was found
    answer: Answer


@dataclass(frozen=True, slots=True)
class Diagnoser:
    """Follows an article on a question's way through the parts that answer from a library."""

    retriever: HybridRetriever
    legs: Sequence[PlacingLeg]  # the retriever's
    library: Library
    reader: Reader
    calibration: Calibration
    ranking: Ranking
    settings: Settings
    publishers: Callable[[], Publishers]

    def _walk(self, question: str, as_of: date | None, without: Collection[ConditionKind]) -> _Walk:
        watched = _Watched(self.retriever)
        judge = _WatchedJudge(self.reader, self.calibration, self.ranking, self.library.aliases)
        finder = Finder(watched, self.library, self.settings, self.publishers)
        answerer = QuotingAnswerer(finder, judge, self.settings, {})
        hits: Sequence[Hit] = ()
        for event in answerer.stream(question, as_of=as_of, without=without):
            if isinstance(event, Retrieved):
                hits = event.hits
            if isinstance(event, Finished):
                return _Walk(watched.searches, hits, judge.judged, event.answer)
        raise AssertionError("an answerer ended without an answer")

    def diagnose(
        self, question: str, article_id: str, as_of: date | None = None, without: Collection[ConditionKind] = ()
    ) -> Diagnosis:
        """Answer the question, and return what became of the article.

        去年 and its like are read against `as_of`. Conditions of the kinds `without` are not read from the question.

        Raises:
            BadInputError: there is no such article, or the question is empty or too long.

        """
        article = self.library.article(article_id)
        walk = self._walk(question, as_of, without)
        main = walk.searches[0]
        rows = self._passages(article_id)
        words = words_of(main.question, self.library.aliases)
        left_out = self._left_out_by(article, walk.answer.conditions)
        searched = EVERYTHING if left_out else main.only
        in_passages = InPassages(
            len(rows),
            held(words, article.body.of(article.text)),
            max((held(words, stored.passage.text) for stored in rows.values()), default=0),
        )
        least = self.calibration.least(self.settings.strictness)
        seen = _Seen(article, rows, walk)
        diagnosis = Diagnosis(
            answer=walk.answer,
            article=article,
            lost=(),
            warnings=tuple(self._warnings(main)),
            words=whereabouts(words, article),
            in_passages=in_passages,
            left_out_by=left_out,
            legs=tuple(self._placed(leg, main, searched, article_id, rows) for leg in self.legs),
            fused=seen.fused,
            folded=seen.folded,
            found=seen.found,
            ordered=seen.ordered,
            read=len(walk.judged.readings) if walk.judged else 0,
            reader=seen.reader,
            best=seen.best,
            winner=seen.winner,
            least=least,
        )
        return replace(diagnosis, lost=tuple(_lost(diagnosis, walk, rows, words)))

    def _passages(self, article_id: str) -> dict[int, Stored]:
        """Return the passages of an article's body by their row numbers, in order."""
        sql = (
            "SELECT passage.row FROM passage JOIN article ON article.row = passage.article"
            " WHERE article.id = ? AND part = 'body' ORDER BY number"
        )
        rows = [row["row"] for row in self.library.query(sql, [article_id])]
        found = self.library.passages(rows)
        return {row: found[row] for row in rows}

    def _left_out_by(self, article: Article, conditions: Sequence[Condition]) -> tuple[Condition, ...]:
        """Return the conditions that leave an article out."""
        own = frozenset({article.id})
        return tuple(
            condition
            for condition in conditions
            if condition.hard
            and not any(
                self.library.articles(Filter(condition.start, condition.end, frozenset(condition.sources), own))
            )
        )

    @staticmethod
    def _placed(leg: PlacingLeg, main: _Search, only: Filter, article_id: str, rows: Mapping[int, Stored]) -> LegPlace:
        run = main.trace.runs[leg.name]
        # Only the best of its passages is placed among all: that goes through the scores of the whole index.
        own = leg.search(main.question, 1, replace(only, article_ids=frozenset({article_id})))
        place = leg.place(main.question, own[0][0], only) if own else None
        if place is None:
            return LegPlace(leg.name, len(run), None, None, None, handed_over=False)
        handed_over = any(row in rows for row, _ in run)
        return LegPlace(leg.name, len(run), rows[own[0][0]].passage.id, *place, handed_over=handed_over)

    def _warnings(self, main: _Search) -> list[str]:
        if not len(self.library.passage_rows(main.only)):
            return ["no article passes the filter"]
        return [f"the {name} leg found nothing at all" for name, run in main.trace.runs.items() if not run]


class _Seen:
    """What is to be seen of an article in a walk."""

    def __init__(self, article: Article, rows: Mapping[int, Stored], walk: _Walk) -> None:
        self._id = article.id
        self._rows = rows
        self._walk = walk

    @property
    def fused(self) -> Ranked:
        fused = self._walk.searches[0].trace.fused
        return Ranked(next((rank for rank, (row, _) in enumerate(fused, 1) if row in self._rows), None), len(fused))

    @property
    def folded(self) -> Folded | None:
        into = self._into()
        if into is None or self.found.rank is not None:
            return None
        words = {fold_text(hit.passage.text) for hit in self._walk.hits if hit.passage.article_id == into}
        same = any(fold_text(stored.passage.text) in words for stored in self._rows.values())
        return Folded(into, same, any(each.article_id == into for each in self._walk.answer.citations))

    def _into(self) -> str | None:
        for search in self._walk.searches:
            for row, _ in search.trace.fused:
                if row in self._rows and row in search.trace.folded:
                    return search.trace.folded[row]
        told = (hit for hit in self._walk.hits if any(each.article_id == self._id for each in hit.also_in))
        return next((hit.passage.article_id for hit in told), None)

    @property
    def found(self) -> Ranked:
        hits = self._walk.hits
        return Ranked(next((hit.rank for hit in hits if hit.passage.article_id == self._id), None), len(hits))

    @property
    def ordered(self) -> int | None:
        hits = self._walk.answer.hits if self._walk.judged else ()
        return next((hit.rank for hit in hits if hit.passage.article_id == self._id), None)

    def _candidate(self) -> tuple[Candidate, float] | None:
        weighed = self._walk.judged.candidates if self._walk.judged else ()
        own = [pair for pair in weighed if pair[0].hit.passage.article_id == self._id]
        return max(own, key=lambda pair: pair[1], default=None)

    @property
    def reader(self) -> InReading | None:
        judged, candidate = self._walk.judged, self._candidate()
        pairs = [
            (hit.passage.id, reading)
            for hit, reading in zip(self._walk.hits, judged.readings if judged else (), strict=False)
            if hit.passage.article_id == self._id
        ]
        if not pairs:
            return None
        chosen = candidate[0].hit.passage.id if candidate else pairs[0][0]
        reading = dict(pairs)[chosen]
        span = reading.spans[0].score if reading.spans else None
        return InReading(chosen, reading.relevance, reading.answerable, span)

    @property
    def best(self) -> Likely | None:
        found = self._candidate()
        return Likely(self._id, found[0].text, found[1]) if found else None

    @property
    def winner(self) -> Likely | None:
        judged = self._walk.judged
        if judged is None or judged.best is None:
            return None
        return Likely(judged.best.hit.passage.article_id, judged.best.text, judged.confidence)


def _lost(diagnosis: Diagnosis, walk: _Walk, rows: Collection[int], words: Sequence[Word]) -> list[Stage]:
    """Return what an article was lost by: the stage where it dropped out, behind what it comes from."""
    dropped = _dropped(diagnosis, walk, rows)
    found = diagnosis.in_passages
    if dropped is None or dropped in (Stage.FILTER, Stage.FOLDING, Stage.HEAD):
        return [dropped] if dropped else []
    causes = []
    if 0 < most_removed(words, diagnosis.article) >= found.in_best:
        causes.append(Stage.CLEANING)
    rival = held(words, walk.hits[0].passage.text) if walk.hits else 0
    if dropped in (Stage.LEGS, Stage.FUSION) and found.in_best < rival <= found.in_body:
        causes.append(Stage.PASSAGE)
    return [*causes, *([dropped] if dropped not in causes else [])]


def _dropped(diagnosis: Diagnosis, walk: _Walk, rows: Collection[int]) -> Stage | None:
    """Return the stage where an article dropped out of the walk, None where the answer rests on it."""
    article_id = diagnosis.article.id
    if any(citation.article_id == article_id for citation in walk.answer.citations):
        return None
    if diagnosis.left_out_by:
        return Stage.FILTER
    if not rows:
        return Stage.PASSAGE
    if diagnosis.found.rank is None:
        return _not_found(diagnosis, walk, rows)
    return _not_chosen(diagnosis, walk)


def _not_chosen(diagnosis: Diagnosis, walk: _Walk) -> Stage:
    """Return which stage lost an article of which passages were found."""
    if walk.judged is None:
        return Stage.HEAD
    if diagnosis.reader is None:
        return Stage.READING
    if diagnosis.winner is None or diagnosis.winner.article_id != diagnosis.article.id:
        return Stage.CANDIDATE
    return Stage.THRESHOLD


def _not_found(diagnosis: Diagnosis, walk: _Walk, rows: Collection[int]) -> Stage:
    """Return which stage lost an article of which no passage was found."""
    traces = [search.trace for search in walk.searches]
    if diagnosis.folded:
        return Stage.FOLDING
    if any(not trace.hit_rows.keys().isdisjoint(rows) for trace in traces):
        return Stage.PREFERENCE
    if any(row in rows for trace in traces for row, _ in trace.fused):
        return Stage.FUSION
    return Stage.LEGS
