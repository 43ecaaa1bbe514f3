"""Made-up rows of every verdict and a summary of them, for the report's tests and screenshots.

`python -m tests.report_demo FOLDER [ROWS]` writes a report of them.
"""

import math
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import cast

from eval.folder import Row
from eval.metrics import METRICS
from eval.outputs import Run
from eval.prediction import PredictionJson, Source
from eval.questions import Question, parse_question
from eval.summary_types import MeanJson, SummaryJson
from eval.verdict import verdict_of

HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"> \u202e倒着\u2066 & <b>"
TEXTS = (
    "青汀县七月洪灾灾情核定\n市应急管理局介绍，截至16日12时，这次灾害共造成11个乡镇5.87万人受灾，直接经济损失4.15亿元。",
    "澜江市家电以旧换新补贴申领办法\n补贴资金总额为6800万元，用完即止；申领材料最迟应于2025年10月20日提交，逾期不再受理。",
    "岚桥湿地冬季水鸟调查结果公布\n志愿者在四天里记录到水鸟38种、21460只，其中黑脸琵鹭42只，比上年多9只。",
    "松坪小学食堂改造完成\n改造后的食堂可供620名学生同时用餐，每餐标准12元，由家长委员会轮流监督。",
    "云溪线早高峰缩短发车间隔\n自下周一起，云溪线早高峰发车间隔由5分钟缩短到3分30秒，首班车提前到5时50分。",
    HOSTILE + "\n公告正文写着：" + HOSTILE,
)
ARTICLES = {f"a{place}": Source(text, f"articles/{place}-公告.md") for place, text in enumerate(TEXTS)}
ASKED = (
    ("青汀洪灾直接经济损失多少？", "4.15亿元", "a0"),
    ("青汀县有多少人受灾？", "5.87万人", "a0"),
    ("家电以旧换新的材料最迟哪天交？", "2025年10月20日", "a1"),
    ("澜江的补贴资金一共多少？", "6800万元", "a1"),
    ("岚桥湿地记录到多少种水鸟？", "38种", "a2"),
    ("黑脸琵鹭比上年多了几只？", "9只", "a2"),
    ("松坪小学食堂一餐多少钱？", "12元", "a3"),
    ("云溪线早高峰几分钟一班？", "3分30秒", "a4"),
    (HOSTILE, HOSTILE, "a5"),
)
TAGS = ("数字", "日期", "政策", "灾害", "交通", "教育", "环境", "多跳", "标题", "近义改写")


def _hits(gold: str, rank: int, draw: random.Random) -> list[dict]:
    others = [name for name in ARTICLES if name != gold]
    order = [draw.choice(others) for _ in range(20)]
    if rank:
        order[rank - 1] = gold
    return [
        {"rank": place, "score": 1 / place, "article_id": name, "passage_id": f"{name}:0", "text": ARTICLES[name].text}
        for place, name in enumerate(order, start=1)
    ]


def _citation(article: str, quote: str) -> dict:
    source = ARTICLES[article]
    start = max(0, source.text.find(quote))
    return {
        "marker": 1, "article_id": article, "title": source.text.split("\n")[0], "source": "岑宁发布",
        "published": "2025-07-16", "path": source.path, "part": "body", "start": start, "end": start + len(quote),
        "quote": quote, "raw_start": start, "raw_end": start + len(quote),
    }  # fmt: skip


def row(number: int, draw: random.Random) -> Row:
    """Return one made-up row."""
    text, gold, article = ASKED[number % len(ASKED)]
    kind = draw.choices(
        ("right", "not_found", "not_read", "not_supported", "declined", "unanswerable", "error", "unjudged"),
        (52, 9, 6, 5, 10, 15, 1, 2),
    )[0]
    values: dict[str, object] = {
        "id": f"q-{number:05d}", "question": text, "answers": [[gold]], "tags": draw.sample(TAGS, 2),
        "evidence": [{"doc_id": article, "quote": gold}],
    }  # fmt: skip
    if kind == "unanswerable":
        values = {**values, "answers": [], "evidence": [], "answerable": False}
    if kind == "unjudged":
        values = {"id": values["id"], "question": text, "tags": values["tags"]}
    if number % 41 == 5:
        values["expect"] = "known_fail"
    question, problems = parse_question(values, "")
    assert not problems
    if kind == "error":
        return Row(question, "error", None, {}, "RuntimeError: the model's process ended (signal 9)")
    rank = 0 if kind == "not_found" else draw.choice((1, 1, 1, 2, 3, 4, 7, 12))
    wrong_article = draw.choice([name for name in ARTICLES if name != article])
    declines = kind == "declined" or (kind in ("unanswerable", "not_found") and draw.random() < 0.6)
    cited = wrong_article if kind in ("not_read", "not_found") or rank == 0 else article
    body = ARTICLES[cited].text.split("\n", 1)[1]
    answer = gold if kind in ("right", "unjudged") else "大约三千"
    prediction = {
        "question": text, "standalone_question": text, "mode": "quote",
        "answer": "这些文章里没有找到答案，下面是最接近的段落。" if declines else f"{answer}[1]。{body}",
        "short_answer": None if declines else answer, "abstained": declines,
        "reason": "not_answered" if declines else None,
        "confidence": draw.betavariate(2, 4) if declines else draw.betavariate(5, 2 if kind == "right" else 3),
        "citations": [] if declines else [_citation(cited, body)], "hits": _hits(article, rank, draw),
        "timings_ms": {"retrieve": draw.lognormvariate(3, 0.4), "read": draw.lognormvariate(5, 0.5), "total": 0.0},
        "models": {"reader": "yiju-reader-v0"},
    }  # fmt: skip
    prediction["timings_ms"]["total"] = sum(prediction["timings_ms"].values()) + 4
    return Row(question, "ok", cast(PredictionJson, prediction), _scores(question, prediction, kind, rank))


def _scores(question: Question, prediction: dict, kind: str, rank: int) -> dict[str, float | None]:
    declined = float(prediction["abstained"])
    told: dict[str, float | None] = {"abstained": declined, "citations_valid": None if declined else 1.0}
    if question.answerable is False:
        told["rejected_right"] = declined
    if question.answers:
        right = float(kind == "right")
        told |= {"acc": right, "acc_80": right, "em": right, "f1": max(right, 0.31), "false_refusal": declined}
        told["evidence_cited"] = float(kind in ("right", "not_supported"))
        for k in (1, 3, 5, 10, 20):
            inside = float(0 < rank <= k)
            told |= {f"success@{k}": inside, f"recall@{k}": inside, f"answer_in_hits@{k}": inside}
    return {metric.name: told.get(metric.name) for metric in METRICS} | told


def rows(count: int) -> Iterator[Row]:
    """Yield made-up rows, always the same."""
    draw = random.Random(7)
    return (row(number, draw) for number in range(count))


def _mean(scores: Sequence[float | None], missing: int = 0) -> MeanJson:
    known = [score for score in scores if score is not None]
    if not known:
        return {"mean": None, "low": None, "high": None, "n": 0, "missing": missing}
    mean, n = sum(known) / len(known), len(known)
    centre, half = (
        (mean + 1.92 / n) / (1 + 3.84 / n),
        1.96 / (1 + 3.84 / n) * math.sqrt(mean * (1 - mean) / n + 0.96 / n**2),
    )
    return {"mean": mean, "low": max(0, centre - half), "high": min(1, centre + half), "n": n, "missing": missing}


class DemoSummary:
    """An output that makes the summary of made-up rows: close enough to a true one to look at."""

    def __init__(self) -> None:
        self._rows: list[tuple] = []

    def add(self, one: Row) -> None:
        """Take a row."""
        prediction = one.prediction
        self._rows.append(
            (
                dict(one.metrics),
                verdict_of(one.question, prediction, one.metrics).value,
                one.question.tags,
                prediction["confidence"] if prediction else None,
                prediction["timings_ms"] if prediction else {},
                prediction["abstained"] if prediction else None,
                one.question.answerable,
            )
        )

    def summary(self, questions: int) -> SummaryJson:
        """Return the summary."""
        told, n = self._rows, len(self._rows)
        errors = sum(one[1] == "error" for one in told)
        names = list(dict.fromkeys(name for one in told for name in one[0]))

        def means(keep: Callable[[tuple], bool] = lambda _: True, wanted: Sequence[str] = names) -> dict[str, MeanJson]:
            return {name: _mean([one[0].get(name) for one in told if keep(one)]) for name in wanted}

        overall = means()
        for mean in overall.values():
            mean["missing"] = errors if mean["n"] else 0
        answered = [(one[3], one[0].get("acc")) for one in told if one[5] is False and one[0].get("acc") is not None]
        bins = []
        for tenth in range(10):
            inside = [pair for pair in answered if int(min(pair[0], 0.999) * 10) == tenth]
            if inside:
                said, right = (sum(values) / len(inside) for values in zip(*inside, strict=True))
                bins.append(
                    {"low": tenth / 10, "high": tenth / 10 + 0.1, "n": len(inside), "said": said, "right": right}
                )
        by_kind = {kind: [one[3] for one in told if one[6] is kind and one[3] is not None] for kind in (True, False)}

        def below(kind: bool, at: float) -> float:
            return sum(value < at for value in by_kind[kind]) / max(1, len(by_kind[kind]))

        totals = sorted(one[4]["total"] for one in told if one[4])
        edges = [0, 50, 100, 150, 200, 250, 300, 400, 500, 1000]
        stages = {}
        for stage in ("retrieve", "read", "total"):
            spent = sorted(one[4][stage] for one in told if one[4])
            if spent:
                stages[stage] = {
                    "p50": spent[len(spent) // 2],
                    "p95": spent[int(len(spent) * 0.95)],
                    "max": spent[-1],
                    "n": len(spent),
                }

        def baseline(acc: float, acc_80: float, cited: float, declines: float) -> dict[str, MeanJson]:
            shares = {
                "acc": acc,
                "acc_80": acc_80,
                "evidence_cited": cited,
                "rejected_right": declines,
                "false_refusal": declines,
                "em": 0.0,
            }
            return {
                name: {
                    "mean": share,
                    "low": max(0, share - 0.05),
                    "high": min(1, share + 0.05),
                    "n": overall.get(name, _mean([]))["n"],
                    "missing": 0,
                }
                for name, share in shares.items()
            }

        tags = Counter(tag for one in told for tag in one[2])
        return cast(
            SummaryJson,
            {
                "questions": questions, "rows": n, "errors": errors, "coverage": (n - errors) / max(1, questions),
                "metrics": overall,
                "baselines": {
                    "copy_all": baseline(0.93, 0.0, 0.9, 0.0), "best_sentence": baseline(0.41, 0.36, 0.38, 0.0),
                    "top_three": baseline(0.62, 0.2, 0.55, 0.0), "always_decline": baseline(0.0, 0.0, 0.0, 1.0),
                },
                "refusal": {
                    "on_unanswerable": overall.get("rejected_right", _mean([])),
                    "false_on_answerable": overall.get("false_refusal", _mean([])),
                    "reasons": {"not_answered": 9}, "auroc": 0.81, "caught_at_5": 0.42, "balanced_accuracy": 0.7,
                    "curve": [{"threshold": at / 100, "answerable_declined": below(True, at / 100), "unanswerable_declined": below(False, at / 100)} for at in range(101 if n else 0)],
                },
                "calibration": {"n": len(answered), "brier": 0.171, "ece": 0.062, "bins": bins},
                "verdicts": dict(Counter(one[1] for one in told)),
                "tags": {
                    tag: {"n": count, "metrics": means(lambda one, tag=tag: tag in one[2], ["acc", "evidence_cited", "rejected_right", "false_refusal"])}
                    for tag, count in tags.most_common()
                },
                "latency_ms": stages,
                "latency_histogram": [
                    {"low": low, "high": high, "n": sum(low <= one < high for one in totals)}
                    for low, high in pairwise(edges)
                ],
                "reach": f"With {n} questions a difference of less than about {196 / math.sqrt(max(1, n)):.0f} points may be chance.",
                "reach_zh": f"{n} 题的结果，相差不到约 {196 / math.sqrt(max(1, n)):.0f} 个百分点，可能只是偶然。",
                "mode": {"quote": n - errors}, "models": {"reader": ["yiju-reader-v0"], "embedder": ["yiju-embedder-v0"]},
            },
        )  # fmt: skip


def demo_run(folder: Path, questions: int) -> Run:
    """Return the run that the rows are of."""
    manifest = {
        "question_set": {"path": "eval/sets/澜江/questions.jsonl", "sha256": "35ac6dcb" * 8},
        "models": {"reader": "yiju-reader-v0 163b3d58", "embedder": "yiju-embedder-v0 587fe0c3"},
        "settings": {"passage_length": 240, "read_passages": 8, "strictness": 1.0},
        "library": {"path": "~/我的 文章/.yiju", "generation": "g000001"},
        "code": {"commit": "bfb23f031d8ff531b100f20f78bd7e24f164ac6e", "dirty": False},
        "versions": {"python": "3.11.7", "yiju": "0.1.0", "numpy": "2.4.6"},
        "host": {"platform": "Linux-6.18", "cpus": 2},
        "seed": None,
        "started": "2026-11-22T06:53:50+00:00",
    }
    return Run(folder, manifest, questions, ARTICLES.get, "2026-11-22T06:54:30+00:00")


def make(folder: Path, count: int, questions: int | None = None) -> SummaryJson:
    """Write a report of made-up rows, and return their summary."""
    from eval.report.page import HtmlReport

    folder.mkdir(parents=True, exist_ok=True)
    report, summary = HtmlReport(demo_run(folder, questions or count)), DemoSummary()
    for one in rows(count):
        report.add(one)
        summary.add(one)
    made = summary.summary(questions or count)
    report.finish(made)
    return made


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 300)
