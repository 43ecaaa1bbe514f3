"""A row as the report tells it: short keys, cut texts, and where it stands among the others."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from eval.folder import Row
from eval.metrics import METRICS
from eval.prediction import HitJson, Lookup, PredictionJson, is_story, lookup_for
from eval.questions import Question
from eval.report.markup import plain
from eval.verdict import Verdict

VERDICTS: tuple[Verdict, ...] = tuple(Verdict)
_TITLE = 60


@dataclass(frozen=True, slots=True)
class Detail:
    """How much is told of a row: characters of each text, and how many citations and hits."""

    question: int
    expected: int
    answer: int
    citations: int
    quote: int
    hits: int
    passage: int  # characters of a hit; none leaves its title


DETAILS: tuple[Detail, ...] = (
    Detail(question=500, expected=600, answer=1500, citations=6, quote=400, hits=5, passage=160),
    Detail(question=240, expected=240, answer=400, citations=2, quote=160, hits=3, passage=80),
    Detail(question=120, expected=120, answer=160, citations=1, quote=100, hits=3, passage=0),
    Detail(question=60, expected=40, answer=60, citations=0, quote=0, hits=0, passage=0),
)
"""From the fullest to the shortest."""


def cut(text: str, length: int) -> str:
    """Return a text of at most `length` characters; a cut shows as …."""
    seen = plain(text[: length + 1])
    return seen if len(seen) <= length else seen[: length - 1] + "…"


def badness(row: Row, verdict: Verdict) -> tuple[int, float]:
    """Return by what rows are ordered, the worst first.

    Errors, then what was answered wrongly, the most confident first; what was declined wrongly, the least confident
    first, for its reader was furthest from the answer; what cannot be judged; what was right, the least sure first.
    """
    prediction = row.prediction
    if prediction is None:
        return 0, 0.0
    confidence = prediction["confidence"]
    if verdict is Verdict.RIGHT:
        return 4, confidence
    if verdict is Verdict.UNJUDGED:
        return 3, confidence
    return (2, confidence) if prediction["abstained"] else (1, -confidence)


def expected(question: Question) -> str:
    """Return what a question's gold data asks for, in one line."""
    if question.answers:
        return " & ".join(" | ".join(item) for item in question.answers)
    if question.reference:
        return question.reference
    return " & ".join(" | ".join(nugget.aliases) for nugget in question.nuggets)


class Teller:
    """Tells rows; knows the tags met so far, by number."""

    def __init__(self, library: Lookup) -> None:
        self._library = library
        self.tags: dict[str, int] = {}

    def tell(self, row: Row, verdict: Verdict) -> Sequence[str]:
        """Return a row as JSON, once for each of `DETAILS`."""
        question, prediction = row.question, row.prediction
        tags = [self.tags.setdefault(plain(tag), len(self.tags)) for tag in question.tags]
        common: dict[str, object] = {"v": VERDICTS.index(verdict), "t": tags, "m": _scores(row.metrics)}
        if question.answerable is False:
            common["u"] = 1
        if question.expect == "known_fail":
            common["o"] = 1
        if row.error is not None:
            common["x"] = cut(row.error, 500)
        if prediction is None:
            return [_json({**common, **_asked(question, detail)}) for detail in DETAILS]
        total = prediction["timings_ms"].get("total")
        common |= {"p": round(prediction["confidence"], 3), "ms": None if total is None else round(total)}
        lookup = lookup_for(question.contexts, self._library)
        common |= _found(question, prediction, lookup)
        told = [
            {**common, **_asked(question, detail), **_said(question, prediction, detail), **_hits(prediction, detail)}
            for detail in DETAILS
        ]
        for entry, detail in zip(told, DETAILS, strict=True):
            self._entitle(entry, question, lookup, common.get("g"), detail)
        return [_json(entry) for entry in told]

    def _entitle(
        self, entry: dict[str, object], question: Question, lookup: Lookup, gold: object, detail: Detail
    ) -> None:
        """Make the hits that are told [rank, title, whether gold, text]."""
        hits = cast("list[HitJson]", entry.pop("hits"))
        shown = [hit for hit in hits[: detail.hits] if hit["rank"] != gold]
        if detail.hits:
            shown += [hit for hit in hits if hit["rank"] == gold]
        entry["h"] = [
            [
                hit["rank"],
                _title(hit["article_id"], lookup, of_library=question.contexts is None),
                int(_is_gold(question, hit, lookup)),
                _excerpt(hit["text"], question, detail.passage) if detail.passage else "",
            ]
            for hit in sorted(shown, key=lambda hit: hit["rank"])
        ]


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _scores(metrics: Mapping[str, float | None]) -> list[float | None]:
    """Return the scores in the order of METRICS, without the Nones at the end."""
    scores = [metrics.get(metric.name) for metric in METRICS]
    while scores and scores[-1] is None:
        scores.pop()
    return [None if score is None else int(score) if score in (0, 1) else round(score, 3) for score in scores]


def _asked(question: Question, detail: Detail) -> dict[str, object]:
    told: dict[str, object] = {
        "i": cut(question.id, 80),
        "q": cut(question.question, detail.question),
        "e": cut(expected(question), detail.expected),
    }
    if question.history and detail is DETAILS[0]:
        told["w"] = [cut(turn.question, detail.question) for turn in question.history]
    return told


def _said(question: Question, prediction: PredictionJson, detail: Detail) -> dict[str, object]:
    told: dict[str, object] = {}
    if prediction["abstained"]:
        told["d"] = prediction["reason"] or ""
    else:
        told["a"] = cut(prediction["answer"], detail.answer)
        if prediction["short_answer"] and prediction["short_answer"] != prediction["answer"]:
            told["s"] = cut(prediction["short_answer"], detail.expected)
        told["c"] = [
            [citation["marker"], cut(citation["title"], _TITLE), cut(citation["quote"], detail.quote)]
            for citation in prediction["citations"][: detail.citations]
        ]
    if detail is DETAILS[0]:
        if prediction["standalone_question"] != question.question:
            told["l"] = cut(prediction["standalone_question"], detail.question)
        draft = cast("Mapping[str, object]", prediction).get("draft")
        sentences = draft.get("sentences") if isinstance(draft, Mapping) else None
        withdrawn = sum(not sentence.get("kept") for sentence in sentences) if isinstance(sentences, list) else 0
        if withdrawn:
            told["k"] = withdrawn
    return told


def _is_gold(question: Question, hit: HitJson, lookup: Lookup) -> bool:
    return any(is_story(doc, hit, lookup) for doc in question.grades)


def _found(question: Question, prediction: PredictionJson, lookup: Lookup) -> dict[str, object]:
    """Return how many hits there are, and the rank of the first that is gold (0: none is)."""
    told: dict[str, object] = {"n": len(prediction["hits"])}
    if question.grades:
        told["g"] = next((hit["rank"] for hit in prediction["hits"] if _is_gold(question, hit, lookup)), 0)
    return told


def _hits(prediction: PredictionJson, detail: Detail) -> dict[str, object]:
    return {"hits": prediction["hits"] if detail.hits else []}


def _excerpt(text: str, question: Question, length: int) -> str:
    """Return the beginning of a passage, or, where a gold answer stands further on, what is around it."""
    line = " ".join(text.split())
    places = [line.find(alias) for item in question.answers for alias in item]
    first = min((place for place in places if place >= 0), default=0)
    start = first - length // 3 if first > length * 2 // 3 else 0
    return cut(line, length) if not start else "…" + cut(line[start:], length - 1)


def _title(article_id: str, lookup: Lookup, *, of_library: bool) -> str:
    """Return the first line of an article, which is its title where it has one; of a given passage, its id."""
    source = lookup(article_id) if of_library else None
    if source is None:
        return cut(article_id, _TITLE)
    first = next((line.strip() for line in source.text.splitlines() if line.strip()), "")
    return cut(first or source.path, _TITLE)
