"""The functions behind the metrics of answers and refusals: a row → a score from 0 to 1, None where none applies.

What each one means is said once, in `eval.metrics`. An abstention scores 0 where an answer was wanted.
"""

from collections.abc import Callable
from typing import TypeAlias

from eval.cmrc import em_score, f1_score
from eval.content import content_tokens, rouge_l, stands_in, token_f1
from eval.normal import normalise
from eval.questions import Question
from eval.scored import Scored, normal_items
from eval.support import figures
from rag.text.dates import find_dates, unsupported_dates
from rag.text.numbers import bears_out, find_numbers

Score: TypeAlias = Callable[[Scored], float | None]


def always(_: Question) -> bool:
    """Apply to every question."""
    return True


def wants_answer(question: Question) -> bool:
    """Tell whether an answer to compare may be wanted: the set does not say that there is none."""
    return question.answerable is not False


def has_gold(question: Question) -> bool:
    """Tell whether there is a gold answer to meet."""
    return bool(question.answers) and wants_answer(question)


def has_one_item(question: Question) -> bool:
    """Tell whether the gold answer is one item with alternatives, which is all that EM and F1 know."""
    return has_gold(question) and len(question.answers) == 1


def has_reference(question: Question) -> bool:
    """Tell whether there is a reference answer."""
    return bool(question.reference) and wants_answer(question)


def has_words(question: Question) -> bool:
    """Tell whether there is an answer's wording to compare with."""
    return has_reference(question) or has_gold(question)


def has_nuggets(question: Question) -> bool:
    """Tell whether there are facts to state."""
    return bool(question.nuggets) and wants_answer(question)


def has_vital_nuggets(question: Question) -> bool:
    """Tell whether there are facts that must not be missing."""
    return has_nuggets(question) and any(nugget.vital for nugget in question.nuggets)


def has_forbidden(question: Question) -> bool:
    """Tell whether there are values that an answer must not state."""
    return bool(question.must_not)


def acc(row: Scored) -> float:
    """Score containment of the gold answer."""
    return float(all(any(alias in row.normal for alias in item) for item in row.items))


def acc_within(length: int) -> Score:
    """Return the score of containment in an answer of at most `length` characters."""
    return lambda row: acc(row) if len(row.normal) <= length else 0.0


def em(row: Scored) -> float:
    """Score equality with a gold answer."""
    short = row.prediction["short_answer"]
    return em_score(row.question.answers[0], short) if short and not row.declined else 0.0


def f1(row: Scored) -> float:
    """Score overlap with the best gold answer."""
    short = row.prediction["short_answer"]
    return f1_score(row.question.answers[0], short) if short and not row.declined else 0.0


def _gold_tokens(row: Scored) -> tuple[str, ...]:
    if row.question.reference:
        return content_tokens(row.question.reference)
    nearest = (
        max(map(content_tokens, item), key=lambda tokens: token_f1(row.tokens, tokens)) for item in row.question.answers
    )
    return tuple(token for tokens in nearest for token in tokens)


def content_f1(row: Scored) -> float | None:
    """Score overlap of content with the reference, else with the nearest aliases; None where those have no content."""
    gold = _gold_tokens(row)
    return token_f1(row.tokens, gold) if gold else None


def rouge(row: Scored) -> float | None:
    """Score the longest common subsequence with the reference."""
    reference = normalise(row.question.reference or "")
    return rouge_l(row.normal, reference) if reference else None


def _stated(row: Scored, *, vital: bool) -> float:
    wanted = tuple(nugget.aliases for nugget in row.question.nuggets if nugget.vital or not vital)
    aliases = normal_items(wanted)
    return sum(any(alias in row.normal for alias in item) for item in aliases) / len(aliases)


def nuggets(row: Scored) -> float:
    """Score the share of facts stated."""
    return _stated(row, vital=False)


def nuggets_vital(row: Scored) -> float:
    """Score the share of vital facts stated."""
    return _stated(row, vital=True)


def numbers_recall(row: Scored) -> float | None:
    """Score the share of the reference's figures and dates that the answer states; None where it has none."""
    reference = row.question.reference or ""
    wanted, dates = figures(reference), find_dates(reference)
    if not wanted and not dates:
        return None
    if row.declined:
        return 0.0
    stated = find_numbers(row.answer)
    met = sum(any(bears_out(one, number) or bears_out(number, one) for one in stated) for number in wanted)
    missed = len(unsupported_dates(reference, [(row.answer, None)]))
    return (met + len(dates) - missed) / (len(wanted) + len(dates))


def must_not(row: Scored) -> float:
    """Score 1 where a forbidden value is stated, other than as part of a gold answer."""
    gold = sorted((alias for item in row.items for alias in item), key=len, reverse=True)
    for value in filter(None, map(normalise, row.question.must_not)):
        answer = row.normal
        for alias in gold:
            if value in alias:
                answer = answer.replace(alias, "|")
        if stands_in(value, answer):
            return 1.0
    return 0.0


def abstained(row: Scored) -> float:
    """Score an abstention 1, an answer 0."""
    return float(row.declined)
