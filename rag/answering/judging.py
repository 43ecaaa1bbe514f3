"""What the reader makes of the passages found: its best candidate, and the probability that it is right."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.protocols import Reader, Reading
from rag.answering.candidates import Candidate, candidates
from rag.answering.confidence import Calibration
from rag.answering.ranking import Ranking
from rag.text.aliases import Aliases
from rag.text.regional import in_words_of
from rag.types import Hit

SURE = 0.6  # from here on no more passages are read, and a writer needs only a few


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of the passages found."""

    best: Candidate | None  # the likeliest candidate
    confidence: float  # the probability that it is right
    hits: tuple[Hit, ...]  # in the order that reader and retriever give together; of given passages, as they came
    readings: tuple[Reading, ...]  # of the first hits, as they came
    candidates: tuple[tuple[Candidate, float], ...]  # best first, each with the probability that it is right


class Judge:
    """A reader with the calibration and the ranking that were fitted for it; without a ranking hits stay as found."""

    def __init__(
        self, reader: Reader, calibration: Calibration, ranking: Ranking | None, aliases: Aliases | None = None
    ) -> None:
        self._reader = reader
        self._calibration = calibration
        self._ranking = ranking
        self._aliases = aliases or Aliases()

    def judge(self, question: str, hits: Sequence[Hit], first: int, *, rank: bool = True) -> Judged:
        """Read the `first` hits, and all while unsure; with `rank`, order them.

        The question is put in the words of the region that the passages are from, and with their forms of names. One
        character (桥) asks nothing that could be right: passages have it, but none of them is an answer.
        """
        asks = sum(map(str.isalnum, question)) > 1
        texts = [hit.passage.text for hit in hits[:first]]
        question = self._aliases.in_words_of(in_words_of(question, texts), texts)
        readings: list[Reading] = []
        weighed: list[tuple[Candidate, float]] = []
        best: Candidate | None = None
        confidence = 0.0
        for stop in (first, len(hits)):
            more = hits[len(readings) : stop]
            if not more:
                break
            readings += self._reader.read(question, [hit.passage.text for hit in more])
            weighed = self._calibration.weigh(candidates(question, hits[: len(readings)], readings))
            if not asks:
                weighed = [(each, 0.0) for each, _ in weighed]
            best, confidence = weighed[0] if weighed else (None, 0.0)
            if confidence >= SURE:
                break
        ordered = self._ranking.order(hits, readings) if rank and self._ranking else hits
        return Judged(best, confidence, tuple(ordered), tuple(readings), tuple(weighed))

    def answers(self, confidence: float, strictness: float) -> bool:
        """Whether a probability is enough to answer."""
        return self._calibration.answers(confidence, strictness)
