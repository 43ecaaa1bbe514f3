"""The metrics: deterministic, offline, made for Chinese. Each says what it is, when it applies and where it is from.

A score lies between 0 and 1; None means that the metric does not apply. An abstention scores 0 where an answer was
wanted: a missing answer is a miss. Containment is tested on normalised text (`eval.normal`), EM and F1 as CMRC2018
defines them (`eval.cmrc`). `docs/metrics.md` is written from what stands here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from eval import citation_scores as cite
from eval import retrieval_scores as found
from eval import scores
from eval.prediction import Lookup, PredictionJson
from eval.questions import Question
from eval.scored import Scored

CUTOFFS = (1, 3, 5, 10, 20)
"""How many hits the retrieval metrics look at; the last is what the product returns."""

RANKED = 10
"""How many articles MRR and nDCG look at."""

Family: TypeAlias = Literal["answer", "refusal", "citation", "faithfulness", "retrieval"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: what it measures, and the function that does."""

    name: str
    definition: str  # one sentence
    applies_to: str
    source: str
    score: scores.Score
    applies: Callable[[Question], bool]  # what can be said before there is a prediction
    cutoff: int | None = None
    better: Literal["higher", "lower", "neither"] = "higher"
    family: Family = "answer"


_RGB = "RGB (chen700564/RGB, evalue.py), on normalised text"
_CMRC = "CMRC2018 (ymcui/cmrc2018, cmrc2018_evaluate.py v5)"
_NUGGETS = "TREC RAG AutoNuggetizer, with aliases given beforehand"
_ALCE = "ALCE (princeton-nlp/ALCE, eval.py), with `eval.support` for its entailment model"
_TREC = "trec_eval"
_OWN = "Yiju"
_GOLD = "answerable questions with gold answers"
_ONE_ITEM = "answerable questions whose gold is one item with alternatives"
_REFERENCE = "answerable questions with a reference answer"
_EVIDENCE = "answerable questions with evidence"
_ARTICLES = "answerable questions with evidence or relevance judgements"
_CLAIMS = "answers that claim something"


def _short_answer_metrics() -> Iterable[Metric]:
    yield Metric(
        name="acc",
        definition="Every gold item has one alias contained in the answer (markers left out); 0 when declined.",
        applies_to=_GOLD,
        source=_RGB,
        score=scores.acc,
        applies=scores.has_gold,
    )
    for length in (80, 160):
        yield Metric(
            name=f"acc_{length}",
            definition=f"As acc, and the normalised answer without markers has at most {length} characters.",
            applies_to=_GOLD,
            source=f"{_RGB}; the length guard is Yiju's",
            score=scores.acc_within(length),
            applies=scores.has_gold,
            cutoff=length,
        )
    yield Metric(
        name="em",
        definition="The short answer equals a gold answer but for case and punctuation; 0 where there is none.",
        applies_to=_ONE_ITEM,
        source=_CMRC,
        score=scores.em,
        applies=scores.has_one_item,
    )
    yield Metric(
        name="f1",
        definition="F1 of the longest common run of mixed segments of the short answer and the best gold answer;"
        " 0 where there is no short answer.",
        applies_to=_ONE_ITEM,
        source=_CMRC,
        score=scores.f1,
        applies=scores.has_one_item,
    )


def _long_answer_metrics() -> Iterable[Metric]:
    yield Metric(
        name="content_f1",
        definition="F1 of the content tokens (pairs of neighbouring characters without grammatical ones, Latin words,"
        " numbers) of the answer and of the reference; where there is no reference, of the gold items, each by the"
        " alias nearest to the answer.",
        applies_to="answerable questions with a reference or gold answers that have content",
        source="token F1 of SQuAD and instruct-qa (McGill-NLP/instruct-qa), over Chinese content tokens",
        score=scores.content_f1,
        applies=scores.has_words,
    )
    yield Metric(
        name="rouge_l",
        definition="F1 of the longest common subsequence of characters of the normalised answer and reference.",
        applies_to=_REFERENCE,
        source="ROUGE-L (Lin, 2004), beta 1, over characters",
        score=scores.rouge,
        applies=scores.has_reference,
    )
    yield Metric(
        name="nuggets",
        definition="Share of the nuggets that have an alias contained in the answer.",
        applies_to="answerable questions with nuggets",
        source=_NUGGETS,
        score=scores.nuggets,
        applies=scores.has_nuggets,
    )
    yield Metric(
        name="nuggets_vital",
        definition="Share of the vital nuggets that have an alias contained in the answer; 1 means right.",
        applies_to="answerable questions with vital nuggets",
        source=_NUGGETS,
        score=scores.nuggets_vital,
        applies=scores.has_vital_nuggets,
    )
    yield Metric(
        name="numbers_recall",
        definition="Share of the figures and dates of the reference that the answer states, compared as values (3.2亿 ="
        " 32000万); a figure may be rounded, a date must be as full.",
        applies_to=f"{_REFERENCE} that states a figure or date",
        source=_OWN,
        score=scores.numbers_recall,
        applies=scores.has_reference,
    )
    yield Metric(
        name="must_not",
        definition="The answer states a value that the set names as false or outdated, other than inside a gold"
        " answer; 0 when declined.",
        applies_to="questions with such values",
        source="RGB's counterfactual test, on normalised text",
        score=scores.must_not,
        applies=scores.has_forbidden,
        better="lower",
    )


def _refusal_metrics() -> Iterable[Metric]:
    yield Metric(
        name="abstained",
        definition="The question was declined.",
        applies_to="all questions",
        source=_OWN,
        score=scores.abstained,
        applies=scores.always,
        better="neither",
        family="refusal",
    )
    yield Metric(
        name="rejected_right",
        definition="A question that the articles do not answer was declined.",
        applies_to="unanswerable questions",
        source="RGB's rejection rate, by flag instead of phrase",
        score=scores.abstained,
        applies=lambda question: question.answerable is False,
        family="refusal",
    )
    yield Metric(
        name="false_refusal",
        definition="A question that the articles answer was declined.",
        applies_to="answerable questions",
        source=_OWN,
        score=scores.abstained,
        applies=lambda question: question.answerable is True,
        better="lower",
        family="refusal",
    )


def _citation_metrics() -> Iterable[Metric]:
    yield Metric(
        name="citations_valid",
        definition="Every citation's quote equals the characters of the cleaned article at its offsets.",
        applies_to="answers with citations",
        source=_OWN,
        score=cite.citations_valid,
        applies=scores.always,
        family="citation",
    )
    yield Metric(
        name="coverage",
        definition="Share of the claiming sentences that carry a marker which stands for a citation.",
        applies_to=_CLAIMS,
        source=_OWN,
        score=cite.coverage,
        applies=scores.always,
        family="citation",
    )
    yield Metric(
        name="cite_recall",
        definition="Share of the claiming sentences that all the quotes they cite, taken together, support.",
        applies_to=_CLAIMS,
        source=_ALCE,
        score=cite.cite_recall,
        applies=scores.always,
        family="citation",
    )
    yield Metric(
        name="cite_precision",
        definition="Share of the claiming sentences' citations that are needed: the quotes together support the"
        " sentence, and this one does so alone or they do not without it; 0 where nothing is cited.",
        applies_to=_CLAIMS,
        source=_ALCE,
        score=cite.cite_precision,
        applies=scores.always,
        family="citation",
    )
    yield Metric(
        name="cite_f1",
        definition="Harmonic mean of cite_recall and cite_precision.",
        applies_to=_CLAIMS,
        source="LongCite (THUDM/LongCite), from ALCE's two",
        score=cite.cite_f1,
        applies=scores.always,
        family="citation",
    )
    yield Metric(
        name="evidence_cited",
        definition="Some citation is of an evidence article and holds a gold alias or, in one piece, half of the"
        " evidence's folded characters; 0 when declined.",
        applies_to=_EVIDENCE,
        source=_OWN,
        score=cite.evidence_cited,
        applies=cite.has_evidence,
        family="citation",
    )
    yield Metric(
        name="evidence_iou",
        definition="Characters that cited quotes and evidence share, over the characters of either. Evidence stands at"
        " its offsets where its quote does, else where the quote is found first (folded, if need be); evidence of"
        " articles that are not cited is left out; 0 when no evidence article is cited.",
        applies_to=f"{_EVIDENCE} that is located",
        source="intersection over union",
        score=cite.evidence_iou,
        applies=cite.has_evidence_words,
        family="citation",
    )


def _faithfulness_metrics() -> Iterable[Metric]:
    yield Metric(
        name="k_precision",
        definition="Share of the answer's content tokens that stand in a cited quote or a hit.",
        applies_to="answers that have content",
        source="K-Precision (Adlakha et al., TACL 2024), over Chinese content tokens",
        score=cite.k_precision,
        applies=scores.always,
        family="faithfulness",
    )
    yield Metric(
        name="unsupported_sentences",
        definition="Share of the claiming sentences that all quotes of the answer, taken together, do not support,"
        " whatever markers they carry.",
        applies_to=_CLAIMS,
        source=f"{_OWN}, by `eval.support`",
        score=cite.unsupported_sentences,
        applies=scores.always,
        better="lower",
        family="faithfulness",
    )
    yield Metric(
        name="unsupported_numbers",
        definition="Share of the answer's figures and dates that no cited quote states, compared as values.",
        applies_to="answers that state a figure or date",
        source=_OWN,
        score=cite.unsupported_numbers,
        applies=scores.always,
        better="lower",
        family="faithfulness",
    )


def _hit_metrics(k: int) -> Iterable[Metric]:
    yield Metric(
        name=f"success@{k}",
        definition=f"Some gold article is among those of the first {k} hits.",
        applies_to=_ARTICLES,
        source="ir_measures, Success@k; a hit is a passage",
        score=found.success(k),
        applies=found.has_gold_articles,
        cutoff=k,
        family="retrieval",
    )
    yield Metric(
        name=f"recall@{k}",
        definition="Share of the gold articles (of the evidence groups, where they are given) that are among those of"
        f" the first {k} hits.",
        applies_to=_ARTICLES,
        source="ir_measures, R@k; a hit is a passage",
        score=found.recall(k),
        applies=found.has_gold_articles,
        cutoff=k,
        family="retrieval",
    )
    yield Metric(
        name=f"all_gold@{k}",
        definition=f"Every evidence group has an article among those of the first {k} hits.",
        applies_to="answerable questions with evidence groups",
        source="AutoRAG's AND of ORs; a hit is a passage",
        score=found.all_gold(k),
        applies=found.has_groups,
        cutoff=k,
        family="retrieval",
    )
    yield Metric(
        name=f"answer_in_hits@{k}",
        definition=f"Every gold item has one alias contained in the text of one of the first {k} hits.",
        applies_to=_GOLD,
        source=_OWN,
        score=found.answer_in_hits(k),
        applies=scores.has_gold,
        cutoff=k,
        family="retrieval",
    )


def _ranking_metrics(k: int) -> Iterable[Metric]:
    yield Metric(
        name=f"mrr@{k}",
        definition=f"1 over the rank of the first gold article among the first {k} articles, each ranked at its first"
        " hit; 0 where none is.",
        applies_to=_ARTICLES,
        source=f"{_TREC}, recip_rank of a ranking cut at k",
        score=found.reciprocal_rank(k),
        applies=found.has_gold_articles,
        cutoff=k,
        family="retrieval",
    )
    yield Metric(
        name=f"ndcg@{k}",
        definition=f"Grades of the first {k} articles, each ranked at its first hit, divided by log2(rank + 1) and"
        " summed, over the same sum for the best order.",
        applies_to=_ARTICLES,
        source=f"{_TREC}, ndcg_cut",
        score=found.ndcg(k),
        applies=found.has_gold_articles,
        cutoff=k,
        family="retrieval",
    )


METRICS: tuple[Metric, ...] = (
    *_short_answer_metrics(),
    *_long_answer_metrics(),
    *_refusal_metrics(),
    *_citation_metrics(),
    *_faithfulness_metrics(),
    *(metric for k in CUTOFFS for metric in _hit_metrics(k)),
    *_ranking_metrics(RANKED),
)


def score_all(question: Question, prediction: PredictionJson, lookup: Lookup) -> dict[str, float | None]:
    """Return every metric's score, None where it does not apply."""
    row = Scored(question, prediction, lookup)
    return {metric.name: metric.score(row) if metric.applies(question) else None for metric in METRICS}
