"""What the reader makes of the passages found: its best candidate, and the probability that it is right."""

from collections.abc import Sequence

from models.protocols import Reader, Reading
from rag.answering.candidates import Candidate, candidates
from rag.answering.confidence import Calibration
from rag.text.regional import in_words_of
from rag.types import Hit

SURE = 0.6  # from here on no more passages are read, and a writer needs only a few


class Judge:
    """A reader with the calibration that was fitted for it."""

    def __init__(self, reader: Reader, calibration: Calibration) -> None:
        self._reader = reader
        self._calibration = calibration

    def best(self, question: str, hits: Sequence[Hit], first: int) -> tuple[Candidate | None, float]:
        """Return the likeliest candidate and its probability: of the `first` hits, and of all while unsure.

        The question is put in the words of the region that the passages are from.
        """
        question = in_words_of(question, (hit.passage.text for hit in hits[:first]))
        readings: list[Reading] = []
        best: Candidate | None = None
        confidence = 0.0
        for stop in (first, len(hits)):
            more = hits[len(readings) : stop]
            if not more:
                break
            readings += self._reader.read(question, [hit.passage.text for hit in more])
            judged = candidates(question, hits[: len(readings)], readings)
            best = max(judged, key=self._calibration.probability, default=None)
            confidence = self._calibration.probability(best) if best else 0.0
            if confidence >= SURE:
                break
        return best, confidence

    def answers(self, confidence: float, strictness: float) -> bool:
        """Whether a probability is enough to answer."""
        return self._calibration.answers(confidence, strictness)
