"""Every word the report says, in Chinese and in English. `{}` fields are filled by `Both.filled`; nothing is markup."""

import re
from typing import Final

from eval.report.markup import Both
from eval.verdict import Verdict

TITLE: Final = Both("评测报告", "Evaluation report")
LANGUAGE: Final = Both("English", "中文")
QUESTIONS_OF: Final = Both("{n} 题", "{n} questions")
FINISHED: Final = Both("完成于 {when}", "finished {when}")
MODES: Final = {"quote": Both("引用式", "quoting"), "write": Both("生成式", "writing")}

STOPPED: Final = Both(
    "只有 {rows} / {questions} 题有结果：这次运行没有做完。下面的数字只关于已有的题；加 --resume 可以接着做。",
    "Only {rows} of {questions} questions have a row: the run was stopped. All figures are over those;"
    " --resume goes on.",
)
ERRORS: Final = Both(
    "{errors} 题出错，没有得分：平均值里不含它们，所以是建立在较少的题上。原因列在“逐题”最前面，详见 errors.log。",
    "{errors} questions came to an error and have no score: the means are over fewer questions."
    " They stand first among the questions below; errors.log tells more.",
)

ASKED: Final = Both("问了 {n} 题。", "{n} questions were asked.")
ASKED_ONE: Final = Both("问了 1 题。", "One question was asked.")
LEAD_ACC: Final = Both(
    "有标准答案的 {n} 题，答对 {value}（95% 区间 {interval}{beside}）。",
    "Of {n} with a gold answer, {value} were answered right (95% interval {interval}{beside}).",
)
LEAD_BESIDE: Final = Both(
    "；不用模型，只挑最像的一句，答对 {value}", "; without a model, the best sentence alone: {value}"
)
LEAD_REJECTED: Final = Both(
    "文章里没有答案的 {n} 题，拒答 {value}。", "Of {n} that the articles do not answer, {value} were declined."
)
LEAD_FALSE: Final = Both("有答案的，误拒 {value}。", "Of those they do answer, {value} were declined all the same.")
LEAD_CITED: Final = Both(
    "{n} 个带引用的回答，{value} 逐字与原文一致。", "Of {n} answers with citations, {value} quote to the letter."
)

HEADLINE: Final = Both("结果", "Result")
THIS_RUN: Final = Both("这次运行", "this run")
INTERVAL: Final = Both("95% 区间", "95% interval")
HEADLINE_METRICS: Final = ("acc", "acc_80", "evidence_cited", "rejected_right", "false_refusal", "citations_valid")
HEADLINE_NOTES: Final = {
    "acc": Both("回答里含有标准答案", "the answer contains the gold answer"),
    "acc_80": Both(
        "答对，并且不超过 80 字：整段照抄在这里得不到分",
        "as above, in at most 80 characters: copying fails here",
    ),
    "evidence_cited": Both("引用的就是答案所在的那一句", "what is cited is where the answer stands"),
    "rejected_right": Both("文章里没有答案，就说没有", "the articles do not answer it, and it says so"),
    "false_refusal": Both(
        "有答案，却说没有；越低越好",
        "there is an answer, and it says there is none; lower is better",
    ),
    "citations_valid": Both("引文与原文逐字一致", "every quote is the article's own words"),
}
BASELINES_ABOUT: Final = Both(
    "每个数字旁边，是不用模型的做法从同样的检索结果里得到的。全部照抄总含着答案，却不是回答：看限 80 字的那一行。",
    "Beside each figure stands what methods without a model reach from the same hits."
    " Copying all of them holds the answer and answers nothing: see the row with 80 characters.",
)
NO_BASELINES: Final = Both("这次运行没有算基线。", "No baselines were computed for this run.")
BASELINES: Final = {
    "copy_all": Both("全部照抄", "copy all"),
    "best_sentence": Both("最像的一句", "best sentence"),
    "top_three": Both("最像的三句", "top three"),
    "always_decline": Both("一律拒答", "always decline"),
}
BASELINE_ALIASES: Final = {
    "copy_all_passages": "copy_all",
    "best_lexical_sentence": "best_sentence",
    "lexical_sentence": "best_sentence",
    "top_three_sentences": "top_three",
    "three_sentences": "top_three",
    "always_refuse": "always_decline",
    "decline": "always_decline",
}

WRONG: Final = Both("错在哪里", "Where it went wrong")
WRONG_ABOUT: Final = Both("点一类，看那些题。", "Choose one to see its questions.")
VERDICTS: Final = {
    Verdict.RIGHT: Both("答对", "right"),
    Verdict.ERROR: Both("出错", "error"),
    Verdict.WRONGLY_ANSWERED: Both("不该答而答", "wrongly answered"),
    Verdict.NOT_SUPPORTED: Both("读到没答对", "read, not right"),
    Verdict.NOT_READ: Both("找到没读到", "found, not read"),
    Verdict.WRONGLY_DECLINED: Both("误拒", "wrongly declined"),
    Verdict.NOT_FOUND: Both("没找到", "not found"),
    Verdict.UNJUDGED: Both("无法判断", "not judged"),
}
VERDICTS_ABOUT: Final = {
    Verdict.RIGHT: Both("答案对，或者该拒的拒了", "answered right, or declined where it should be"),
    Verdict.ERROR: Both("没有得出结果", "nothing came of it"),
    Verdict.WRONGLY_ANSWERED: Both(
        "文章里没有答案，却给了一个",
        "the articles do not answer it, yet an answer was given",
    ),
    Verdict.NOT_SUPPORTED: Both(
        "证据引到了（或写了草稿），答案却不对",
        "the evidence was cited (or a draft written), and the answer is not there",
    ),
    Verdict.NOT_READ: Both(
        "答案在找到的段落里，引的却是别处",
        "the answer is among the hits, and something else was cited",
    ),
    Verdict.WRONGLY_DECLINED: Both("答案在找到的段落里，却拒答了", "the answer is among the hits, and it was declined"),
    Verdict.NOT_FOUND: Both("前 20 段里没有答案", "the answer is not among the first 20 hits"),
    Verdict.UNJUDGED: Both("题目没有给标准答案", "the question has no gold to judge by"),
}

CHARTS: Final = Both("检索、拒答、把握、用时", "Retrieval, refusal, confidence, time")
DATA: Final = Both("数据", "Data")
RETRIEVAL: Final = Both("检索：看前 k 段，找到多少", "Retrieval: what the first k hits hold")
RETRIEVAL_ABOUT: Final = Both("竖线是 95% 区间；n = {n}", "bars are 95% intervals; n = {n}")
RETRIEVAL_SERIES: Final = {
    "success": Both("有一篇证据文章", "an evidence article"),
    "recall": Both("证据文章的比例", "share of evidence articles"),
    "all_gold": Both("证据文章齐全", "all evidence"),
    "answer_in_hits": Both("答案的字句", "the answer's words"),
}
REFUSAL: Final = Both("拒答：把握低于多少就不答", "Refusal: declining below a confidence")
REFUSAL_ABOUT: Final = Both(
    "可答 n = {answerable}，不可答 n = {unanswerable}", "answerable n = {answerable}, unanswerable n = {unanswerable}"
)
AUROC: Final = Both("AUROC {value}", "AUROC {value}")
CAUGHT: Final = Both("误拒 5% 时拦下 {value}", "{value} caught at 5% false refusals")
DECLINED_RIGHT: Final = Both("不可答的被拒", "unanswerable declined")
DECLINED_WRONG: Final = Both("可答的被拒", "answerable declined")
THRESHOLD: Final = Both("把握低于此就拒答", "declined below this confidence")
CALIBRATION: Final = Both("把握：说的与做到的", "Confidence: what it says and what comes of it")
CALIBRATION_ABOUT: Final = Both(
    "圆旁是题数，斜线上为准；n = {n}", "beside each dot its number of answers, the diagonal is exact; n = {n}"
)
ECE: Final = Both("平均偏差 {value}", "mean gap (ECE) {value}")
BRIER: Final = Both("Brier {value}", "Brier {value}")
SAID: Final = Both("说的把握", "confidence said")
RIGHT: Final = Both("实际答对", "right")
LATENCY: Final = Both("用时：一题从问到答", "Time: from question to answer")
LATENCY_ABOUT: Final = Both(
    "一半在 {p50} 以内，95% 在 {p95} 以内；n = {n}", "half within {p50}, 95% within {p95}; n = {n}"
)
STAGE: Final = Both("环节", "stage")
STAGES: Final = {
    "total": Both("合计", "total"),
    "retrieve": Both("检索", "retrieve"),
    "retrieval": Both("检索", "retrieval"),
    "read": Both("阅读", "read"),
    "write": Both("写", "write"),
    "check": Both("核对", "check"),
    "compose": Both("成文", "compose"),
    "question": Both("读题", "question"),
}
NO_CHART: Final = Both("这套题没有可画的数据。", "This set has nothing to draw here.")

TAGS: Final = Both("按标签", "By tag")
TAG: Final = Both("标签", "tag")
TAGS_ABOUT: Final = Both(
    "题少的标签区间宽：区间重叠的两行，不能说谁好谁坏。",
    "Small tags have wide intervals: of two rows whose intervals overlap neither can be called better.",
)
NO_TAGS: Final = Both("（没有标签）", "(no tags)")

METRICS: Final = Both("全部指标", "All metrics")
METRICS_ABOUT: Final = Both(
    "定义、适用范围和出处在每个名称下面；{down} 越低越好。",
    "Definition, scope and source stand below each name; {down} means lower is better.",
)
NOT_APPLYING: Final = Both("这套题用不上的指标：", "Metrics that apply to no question of this set: ")
METRIC: Final = Both("指标", "metric")
COUNT: Final = Both("题数", "n")
MISSING: Final = Both("另有 {n} 题出错", "{n} more came to errors")
APPLIES: Final = Both("适用", "over")
SOURCE: Final = Both("出处", "from")

QUESTIONS: Final = Both("逐题", "The questions")
QUESTIONS_ABOUT: Final = Both(
    "最糟的在前：先是出错的，再是有把握却答错的，最后是答对的。",
    "Worst first: errors, then what was wrong with confidence, and what was right last.",
)
SHORTENED: Final = Both(
    "文件不能太大：前 {full} 题详细，其余从略（长文字以 … 截断）。全部内容在 per_question.jsonl。",
    "To keep the file small the first {full} questions are told in full and the others in short (… marks a cut)."
    " per_question.jsonl has everything.",
)
LEFT_OUT: Final = Both(
    "另有 {n} 题（最好的）没有放进来，见 results.csv。",
    "{n} more, the best ones, are not in this file: see results.csv.",
)
NO_SCRIPT: Final = Both(
    "逐题部分需要浏览器允许脚本；不允许时请看 results.csv。",
    "This part needs a browser that runs scripts; without, see results.csv.",
)
SEARCH: Final = Both("搜索题目、答案、引文", "Search questions, answers, quotes")
ALL_TAGS: Final = Both("所有标签", "all tags")
ALL: Final = Both("全部", "all")

IDENTITY: Final = Both("这次运行的来历", "What this run was made from")
IDENTITY_KEYS: Final = {
    "question_set": Both("题集", "question set"),
    "counts": Both("题数", "counts"),
    "models": Both("模型", "models"),
    "settings": Both("设置", "settings"),
    "library": Both("文章库", "library"),
    "code": Both("代码", "code"),
    "versions": Both("版本", "versions"),
    "host": Both("机器", "host"),
    "seed": Both("随机种子", "seed"),
    "limit": Both("只问前几题", "limit"),
    "selection": Both("选题", "selection"),
    "started": Both("开始", "started"),
    "resumed": Both("接着做", "resumed"),
    "finished": Both("完成", "finished"),
    "peak_memory_mib": Both("内存峰值（MiB）", "peak memory (MiB)"),
}
AGAIN: Final = Both("再跑一次", "Run it again")
AGAIN_ABOUT: Final = Both(
    "同样的题、模型、设置和文章库得到同样的回答；只有用时不同。",
    "Equal questions, models, settings and library give equal answers; only times differ.",
)
FOOT: Final = Both(
    "此文件不含外部内容，也不连接网络。", "This file holds nothing from elsewhere and connects to nothing."
)

_METRIC_NAMES: Final = {
    "acc": Both("答对率", "Right"),
    "em": Both("与标准答案完全一致", "Exact match"),
    "f1": Both("与标准答案的重合 F1", "F1 with the gold answer"),
    "content_f1": Both("内容重合 F1", "Content F1"),
    "rouge_l": Both("与参考回答的 ROUGE-L", "ROUGE-L"),
    "nuggets": Both("说到的要点", "Nuggets stated"),
    "nuggets_vital": Both("关键要点齐全", "All vital nuggets"),
    "numbers_recall": Both("说到的数字", "Numbers stated"),
    "must_not": Both("说了不该说的", "States what it must not"),
    "abstained": Both("拒答", "Declined"),
    "rejected_right": Both("该拒的拒了", "Rightly declined"),
    "false_refusal": Both("误拒", "Wrongly declined"),
    "citations_valid": Both("引文逐字准确", "Citations exact"),
    "coverage": Both("有引用的句子", "Sentences with a citation"),
    "cite_recall": Both("引用支持的句子", "Citation recall"),
    "cite_precision": Both("用得上的引用", "Citation precision"),
    "cite_f1": Both("引用 F1", "Citation F1"),
    "evidence_cited": Both("引到证据", "Evidence cited"),
    "evidence_iou": Both("引文与证据的重叠", "Overlap with the evidence"),
    "k_precision": Both("出自所读段落的字词", "Words from what was read"),
    "unsupported_sentences": Both("没有依据的句子", "Unsupported sentences"),
    "unsupported_numbers": Both("没有依据的数字", "Unsupported numbers"),
    "success": Both("前 {k} 段有证据文章", "Evidence article in the first {k}"),
    "recall": Both("前 {k} 段的证据文章召回", "Evidence recall in the first {k}"),
    "all_gold": Both("前 {k} 段证据文章齐全", "All evidence in the first {k}"),
    "answer_in_hits": Both("前 {k} 段含答案", "Answer's words in the first {k}"),
    "mrr": Both("首个相关文章的位置 MRR@{k}", "Rank of the first relevant: MRR@{k}"),
    "ndcg": Both("排序质量 nDCG@{k}", "Ranking: nDCG@{k}"),
}
_WITHIN: Final = Both("{name}，不超过 {k} 字", "{name}, within {k} characters")
_CUTOFF: Final = re.compile(r"(?P<family>.+?)(?P<mark>[@_])(?P<k>\d+)")


def metric_name(name: str) -> Both:
    """Return a metric's name for people; one that is unknown here keeps its own."""
    found = _CUTOFF.fullmatch(name)
    family = _METRIC_NAMES.get(found["family"] if found else name)
    if family is None:
        return Both(name, name)
    if found is None:
        return family
    if found["mark"] == "@":
        return family.filled(k=found["k"])
    return Both(_WITHIN.zh.format(name=family.zh, k=found["k"]), _WITHIN.en.format(name=family.en, k=found["k"]))


def baseline_name(name: str) -> Both:
    """Return a baseline's name for people; one that is unknown here keeps its own."""
    return BASELINES.get(BASELINE_ALIASES.get(name, name), Both(name.replace("_", " "), name.replace("_", " ")))


SCRIPT: Final = {
    "page": Both("{first}–{last}，共 {count} 题", "{first}–{last} of {count}"),
    "none": Both("没有这样的题", "No such question"),
    "previous": Both("上一页", "Previous"),
    "next": Both("下一页", "Next"),
    "loading": Both("还在读取…", "Still loading…"),
    "expected": Both("标准", "expected"),
    "said": Both("回答", "said"),
    "decline": Both("拒答（文章里没有答案）", "to be declined (the articles do not answer it)"),
    "nothing": Both("（没有给）", "(none given)"),
    "declined": Both("拒答", "declined"),
    "not_answered": Both("最接近的段落没有回答", "the closest passages do not answer it"),
    "nothing_found": Both("没有相关的段落", "no passage has to do with it"),
    "unsupported": Both("写出的没有依据", "what was written has no support"),
    "cited": Both("引用", "cited"),
    "found": Both("找到", "found"),
    "more_hits": Both("共 {n} 段", "{n} hits in all"),
    "gold": Both("证据", "evidence"),
    "gold_at": Both("证据文章排第 {rank}", "evidence article at rank {rank}"),
    "gold_nowhere": Both("{n} 段里没有证据文章", "no evidence article among {n} hits"),
    "verdict": Both("判断", "verdict"),
    "confidence": Both("把握", "confidence"),
    "time": Both("用时", "time"),
    "scores": Both("得分", "scores"),
    "tags": Both("标签", "tags"),
    "history": Both("前面问过", "asked before"),
    "standalone": Both("按此查找", "looked up as"),
    "withdrawn": Both("撤下 {n} 句：与原文对不上", "{n} sentences withdrawn: the articles do not say so"),
    "short": Both("此题从略", "told in short"),
    "known": Both("已知会错", "known to fail"),
    "error": Both("出错", "error"),
}
