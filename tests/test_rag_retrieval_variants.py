"""What the terms of a question's other forms count."""

from collections.abc import Iterable

import pytest

from rag.retrieval.variants import variants
from rag.retrieval.worded import information
from rag.text.aliases import Aliases

ALIASES = Aliases()
FREQUENCIES = {
    "发改": 50,
    "改委": 40,
    "主任": 300,
    "发展": 900,
    "展和": 5,
    "和改": 5,
    "改革": 400,
    "革委": 6,
    "委员": 800,
    "员会": 700,
}
QUESTION = "发改委，主任是谁"


def test_no_form_counts_more_than_the_one_asked_with() -> None:
    """A rare form does not win by being rare, and the other words keep their full weight."""
    [first, *_] = variants(QUESTION, ALIASES.mentions(QUESTION))
    weights = first.weights(FREQUENCIES, 10_000)
    assert weights["主任"] == 1.0
    assert not {"发改", "改委"} & weights.keys()
    told = set(first.other) & weights.keys()
    assert told == {"展和", "和改", "革委", "改革"}  # the rarest: 委员 and 员会 tell little
    shares = {weights[term] for term in told}
    assert len(shares) == 1

    def total(terms: Iterable[str]) -> float:
        return sum(information(term, FREQUENCIES, 10_000) for term in terms)

    assert shares.pop() * total(told) == pytest.approx(total(first.asked))


def test_a_form_that_stands_nowhere_is_not_looked_for() -> None:
    """One of its terms occurs in no passage, so the form does not."""
    [first, *_] = variants(QUESTION, ALIASES.mentions(QUESTION))
    assert first.weights({**FREQUENCIES, "展和": 0} | {}, 10_000)
    assert first.weights({term: count for term, count in FREQUENCIES.items() if term != "展和"}, 10_000) == {}


def test_a_form_that_the_library_lacks_is_asked_for_by_the_others() -> None:
    """Only the long form occurs: it counts as what was asked."""
    [first, *_] = variants(QUESTION, ALIASES.mentions(QUESTION))
    there = {term: count for term, count in FREQUENCIES.items() if term not in ("发改", "改委")}
    assert first.weights(there, 10_000)


def test_several_names_are_changed_one_by_one_and_then_together() -> None:
    """Four alternatives of two names make five variants."""
    question = "央行和世卫组织说了什么"
    mentions = ALIASES.mentions(question)
    assert len(mentions) == 2
    found = list(variants(question, mentions))
    assert len(found) == sum(len(mention.alternatives) for mention in mentions) + 1
    assert {"央行", "世卫"} <= set(found[-1].asked)


def test_without_a_name_there_is_no_variant() -> None:
    """Most questions."""
    assert list(variants("谁获得了冠军？", ())) == []
