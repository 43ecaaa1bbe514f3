"""The metrics tried on sentences whose scores are known, before they measure anything.

A metric can be wrong without an error: ROUGE with an English tokenizer deletes Chinese and gives every answer 0, F1
over white space gives every sentence but the same one 0, containment gives an answer that copies everything 1. So each
metric has a case here: what is good must score better than what is bad, what is half right must lie between, and gold
given as the answer must score full marks. A metric without a case fails.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from eval.metrics import CUTOFFS, METRICS, RANKED, Metric, score_all
from eval.prediction import Lookup, PredictionJson, Source
from eval.questions import Evidence, Nugget, Question
from eval.scored import Scored

_ARTICLES = {
    "a": "市图书馆新馆3月8日开放，总面积2.4万平方米。新馆周一闭馆，读者凭身份证免费入馆。夜间自习室开到22时。",
    "b": "旧馆改为少儿图书馆，由城建集团负责改造，今年9月完工。改造期间，少儿借阅暂时移到社区书屋。",
    "c": "本周末有小雨，气温下降五度，请市民出行时带好雨具。",
}
_FILLERS = {f"x{n}": f"农贸市场第{n}号摊位今天照常营业，蔬菜价格平稳。" for n in range(CUTOFFS[-1])}
_LOOKUP: Lookup = {name: Source(text, f"{name}.txt") for name, text in (_ARTICLES | _FILLERS).items()}.get
_FIRST, _SECOND = (_ARTICLES["a"][: _ARTICLES["a"].index("。") + 1], _ARTICLES["b"][: _ARTICLES["b"].index("。") + 1])
_ELSEWHERE = _ARTICLES["c"]

_QUESTION = Question(
    "self-test",
    "新馆多大，哪天开放？",
    answers=(("2.4万平方米", "24000平方米"),),
    answerable=True,
    reference="市图书馆新馆总面积2.4万平方米，3月8日开放。",
    evidence=(Evidence("a", _FIRST),),
    evidence_groups=(("a",), ("b",)),
    qrels={"a": 2, "b": 1},
    nuggets=(Nugget(("2.4万平方米", "24000平方米")), Nugget(("3月8日",)), Nugget(("免费",), vital=False)),
    must_not=("3.6万平方米",),
)
_TWO_ITEMS = replace(_QUESTION, answers=(("2.4万平方米",), ("9月",)))


def _prediction(answer: str, *quotes: tuple[str, str], hits: tuple[str, ...] = (), short: str = "") -> PredictionJson:
    """Return an answer; quotes are (article, words) and have the markers 1, 2 ...; without an answer it declined."""
    known = _ARTICLES | _FILLERS
    value: dict[str, Any] = {
        "question": _QUESTION.question,
        "standalone_question": _QUESTION.question,
        "mode": "quote",
        "answer": answer or "这些文章里没有找到答案。",
        "short_answer": short or None,
        "abstained": not answer,
        "reason": None if answer else "not_answered",
        "confidence": 0.5,
        "citations": [
            {
                "marker": marker,
                "article_id": article,
                "title": "",
                "source": None,
                "published": None,
                "path": f"{article}.txt",
                "part": "body",
                "start": max(0, known[article].find(words)),
                "end": max(0, known[article].find(words)) + len(words),
                "quote": words,
                "raw_start": 0,
                "raw_end": len(words),
            }
            for marker, (article, words) in enumerate(quotes, start=1)
        ],
        "hits": [
            {"rank": rank, "score": 1 / rank, "article_id": name, "passage_id": f"{name}:0", "text": known[name]}
            for rank, name in enumerate(hits, start=1)
        ],
        "timings_ms": {},
        "models": {},
    }
    return cast("PredictionJson", value)


_SHORT = "2.4万平方米"
_PARAPHRASE = "新馆3月8日开放，面积为24000平方米，读者免费入馆。[1]"  # 24000平方米: the figure in other words
_GOOD = _prediction(_PARAPHRASE, ("a", _ARTICLES["a"]), hits=("a", "b"), short=_SHORT)
_GOLD = _prediction(
    "市图书馆新馆总面积2.4万平方米，3月8日开放。免费。[1]", ("a", _FIRST), hits=("a", "b"), short=_SHORT
)
_BAD = _prediction(
    "周末有雨，气温下降八度。[1]",
    ("x1", _FILLERS["x1"]),
    hits=tuple(_FILLERS)[: CUTOFFS[-1]],
    short="有雨",
)
_HALF = _prediction(
    "新馆总面积3.6万平方米，3月8日正式对读者开放。[1]周末有小雨。",
    ("a", _FIRST[:12]),
    hits=("x1", "b", "x2", "a"),
    short="约2.4万平方米左右",
)
_PARTLY = _prediction("新馆面积不小，天气也好，市民出行请带雨具。[1]", ("a", _FIRST), hits=("a",))
_DECLINED = _prediction("", hits=("a", "b"))
_COPIED = _prediction("".join(_ARTICLES.values()) * 2 + "[1]", ("a", _ARTICLES["a"]), hits=("a",))
_INVALID = _prediction("新馆3月8日开放。[1]", ("a", "新馆4月8日开放"), hits=("a",))
_UNCITED = _prediction("新馆3月8日开放。旧馆9月完工。[1]", ("b", _SECOND), hits=("a", "b"))
_TOO_MUCH = _prediction("新馆3月8日开放。[1][2]", ("a", _FIRST), ("c", _ELSEWHERE), hits=("a", "b"))


def _found_at(rank: int) -> PredictionJson:
    """Return an abstention that found the first gold article at a rank, and the second directly behind it."""
    return _prediction("", hits=(*tuple(_FILLERS)[: rank - 1], "a", "b"))


@dataclass(frozen=True, slots=True)
class _Case:
    """Two rows that a metric must tell apart, and one that lies strictly between, where it has such values."""

    good: PredictionJson
    bad: PredictionJson
    half: PredictionJson | None = None
    full: bool = True  # the good one has the best score there is
    question: Question = _QUESTION


_GRADED = _Case(_GOOD, _BAD, _PARTLY, full=False)
_CASES: Mapping[str, _Case] = {
    "acc": _Case(_GOOD, _BAD),
    "acc_80": _Case(_GOOD, _COPIED),
    "acc_160": _Case(_GOOD, _COPIED),
    "em": _Case(_GOLD, _BAD),
    "f1": _Case(_GOLD, _BAD, _HALF),
    "content_f1": _GRADED,
    "rouge_l": _GRADED,
    "nuggets": _Case(_GOOD, _BAD, _HALF),
    "nuggets_vital": _Case(_GOOD, _BAD, _HALF),
    "numbers_recall": _Case(_GOOD, _BAD, _HALF),
    "must_not": _Case(_GOOD, _HALF),
    "abstained": _Case(_DECLINED, _GOOD),
    "rejected_right": _Case(_DECLINED, _GOOD, question=replace(_QUESTION, answerable=False)),
    "false_refusal": _Case(_GOOD, _DECLINED),
    "citations_valid": _Case(_GOOD, _INVALID),
    "coverage": _Case(_GOOD, _prediction("新馆3月8日开放。[7]"), _UNCITED),
    "cite_recall": _Case(_GOOD, _BAD, _UNCITED),
    "cite_precision": _Case(_GOOD, _BAD, _TOO_MUCH),
    "cite_f1": _Case(_GOOD, _BAD, _TOO_MUCH),
    "evidence_cited": _Case(_GOOD, _BAD),
    "evidence_iou": _Case(_GOLD, _BAD, _GOOD),
    "k_precision": _GRADED,
    "unsupported_sentences": _Case(_GOOD, _BAD, _UNCITED),
    "unsupported_numbers": _Case(_GOOD, _BAD, _HALF),
    f"mrr@{RANKED}": _Case(_GOOD, _BAD, _HALF),
    f"ndcg@{RANKED}": _Case(_GOOD, _BAD, _HALF),
    **{f"success@{k}": _Case(_found_at(k), _found_at(k + 1)) for k in CUTOFFS},
    **{
        f"recall@{k}": _Case(_found_at(k - 1), _found_at(k + 1), _found_at(k))
        if k > 1
        else _Case(_found_at(1), _found_at(2), full=False)  # one hit is never both articles
        for k in CUTOFFS
    },
    **{
        f"all_gold@{k}": _Case(_found_at(k - 1), _found_at(k))
        if k > 1
        else _Case(_found_at(1), _found_at(2), question=replace(_QUESTION, evidence_groups=(("a", "b"),)))
        for k in CUTOFFS
    },
    **{
        f"answer_in_hits@{k}": _Case(_found_at(k - 1), _found_at(k), question=_TWO_ITEMS)
        if k > 1
        else _Case(_found_at(1), _found_at(2))
        for k in CUTOFFS
    },
}


def _failures(metric: Metric, case: _Case) -> Iterator[str]:
    def score(prediction: PredictionJson) -> float | None:
        return metric.score(Scored(case.question, prediction, _LOOKUP)) if metric.applies(case.question) else None

    good, bad, half = score(case.good), score(case.bad), score(case.half) if case.half else None
    if good is None or bad is None or (case.half and half is None):
        yield f"{metric.name} does not apply to its own self-test"
        return
    sign = -1 if metric.better == "lower" else 1
    if not sign * good > sign * bad:
        yield f"{metric.name} gives {good:.2f} to what is good and {bad:.2f} to what is bad"
    if half is not None and not sign * bad < sign * half < sign * good:
        yield f"{metric.name} gives {half:.2f} to what is half right, not between {bad:.2f} and {good:.2f}"
    if case.full and good != (0.0 if metric.better == "lower" else 1.0):
        yield f"{metric.name} gives {good:.2f} to what has nothing wrong"


def _gold_failures() -> Iterator[str]:
    """Yield what is wrong with gold given as the answer, which must have full marks, and with copying everything."""
    scores = score_all(_QUESTION, _GOLD, _LOOKUP)
    for name in ("acc", "acc_80", "acc_160", "em", "f1", "nuggets", "numbers_recall", "citations_valid"):
        if scores[name] != 1:
            yield f"{name} gives {scores[name]} to gold answers"
    copied = score_all(_QUESTION, _COPIED, _LOOKUP)
    if copied["acc"] != 1 or copied["acc_80"] != 0:
        yield "copying everything must be right by acc and wrong by acc_80"


def self_test() -> list[str]:
    """Return what is wrong with the metrics, a clause each; nothing when they may be used."""
    failures = list(_gold_failures())
    for metric in METRICS:
        case = _CASES.get(metric.name)
        failures += [f"{metric.name} has no self-test case"] if case is None else _failures(metric, case)
    return failures + [f"there is no metric {name} any more" for name in _CASES.keys() - {m.name for m in METRICS}]
