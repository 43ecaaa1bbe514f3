"""`run.trec` and `qrels.trec`: what was found and what should be, for trec_eval, ir_measures, ranx and their like.

trec_eval computes nDCG@10 and MRR from these files as `ndcg@10` and `mrr@10` do (MRR over the first ten, so `-M 10`).
- A document is an article, in the order of its first hit. Its score is 1 / rank, so that no two are equal.
- Gold data may call an article by its path or file name: the files then use that name, else the article's id.
- White space and % in ids are written as in a URL (`%20`), for these formats end a field at white space.
- A question for which nothing was found has one line with the document `%none`, so that it counts as a 0.
- Questions that came to an error, or have no relevant document, stand in neither file: `ndcg@10` is not over them.
"""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from eval.folder import TREC_QRELS, TREC_RUN, Row
from eval.outputs import Run
from eval.prediction import Lookup, PredictionJson, lookup_for
from eval.questions import Question
from eval.retrieval_scores import has_gold_articles
from eval.scored import Scored
from eval.summary_types import SummaryJson
from eval.whole import WholeFile

NOTHING = "%none"
_UNFIT = re.compile(r"[\s%\x00-\x1f\x7f]")


def escaped(name: str) -> str:
    """Return an id as one field."""
    return _UNFIT.sub(lambda found: quote(found[0], safe=""), name) or "%00"


def judged(question: Question) -> Mapping[str, int]:
    """Return document → relevance, with those judged not relevant."""
    return {**{doc: max(grade, 0) for doc, grade in question.qrels.items()}, **question.grades}


def ranking(question: Question, prediction: PredictionJson, lookup: Lookup) -> Sequence[str]:
    """Return the documents found, best first, by the names that the gold data gives them."""
    left = dict(judged(question))
    names: list[str] = []
    row = Scored(question, prediction, lookup)
    for article in row.documents:
        # As `ndcg@10` has it: an article takes every name that it fits, and counts as the best judged of them.
        fitting = {doc: left.pop(doc) for doc in list(left) if row.is_document(doc, article)}
        name = max(fitting, key=lambda doc: fitting[doc]) if fitting else article
        while name in names:  # an id that is also the name of another article
            name += "~"
        names.append(name)
    return names


class Trec:
    """Writes both files."""

    def __init__(self, run: Run) -> None:
        self._library = run.library
        self._run = WholeFile(run.folder / TREC_RUN)
        self._qrels = WholeFile(run.folder / TREC_QRELS)

    def add(self, row: Row) -> None:
        """Write what was found for a question, and what should be."""
        question = row.question
        if row.prediction is None or not has_gold_articles(question):
            return
        lookup = lookup_for(question.contexts, self._library)
        query = escaped(question.id)
        for doc, grade in judged(question).items():
            self._qrels.write(f"{query} 0 {escaped(doc)} {grade}\n")
        names = [escaped(name) for name in ranking(question, row.prediction, lookup)] or [NOTHING]
        for rank, name in enumerate(names, start=1):
            self._run.write(f"{query} Q0 {name} {rank} {1 / rank:.9f} yiju\n")

    def finish(self, summary: SummaryJson) -> None:
        """Put both files in their places."""
        del summary
        self._run.keep()
        self._qrels.keep()
