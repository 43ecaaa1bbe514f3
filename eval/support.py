"""Whether a sentence is supported by what it cites, judged apart from the product's own checker.

`rag.answering.verify` decides what a writer may say; were it the judge here too, the product would mark its own work.
Only the low-level finders of figures, dates and names (`rag.text`) are shared. The form is that of ALCE's citation
metrics (Gao et al., "Enabling Large Language Models to Generate Text with Citations", EMNLP 2023), with a lexical
judgement in the place of its 11B entailment model: every figure, date and name of the sentence is in what it cites,
and so is at least `LEAST_PRECISION` of its other content tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from eval.content import content_tokens, share_in, stands_in
from eval.normal import normalise
from models.fold import fold_text
from rag.text.dates import find_dates, unsupported_dates
from rag.text.flat import flatten
from rag.text.names import find_names, names
from rag.text.numbers import Number, bears_out, find_numbers
from rag.types import Span

LEAST_PRECISION = 0.50
"""The share of a sentence's content tokens that what it cites must have; fitted with `eval.support_check`."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A quote, with what a person sees beside it: names and dates may rest on the title and the day of publication."""

    quote: str
    title: str = ""
    published: date | None = None


def _without(text: str, spans: Sequence[Span]) -> str:
    chars = list(text)
    for span in spans:
        chars[span.start : span.end] = "\n" * len(span)
    return "".join(chars)


@lru_cache(maxsize=256)
def wording(sentence: str) -> tuple[str, ...]:
    """Return the content tokens of a sentence that belong to no figure or date, which are compared as values."""
    spans = [number.span for number in find_numbers(sentence)] + [moment.span for moment in find_dates(sentence)]
    return content_tokens(_without(sentence, spans) if spans else sentence)


def figures(text: str) -> tuple[Number, ...]:
    """Return the figures of a text, without 一 as an article."""
    return tuple(number for number in find_numbers(text) if not number.weak)


def value_count(text: str) -> int:
    """Return how many figures and dates a text states."""
    return len(figures(text)) + len(find_dates(text))


def unsupported_figures(sentence: str, cited: tuple[Cited, ...]) -> int:
    """Return how many figures and dates of a sentence no quote states."""
    if _verbatim(sentence, cited):
        return 0
    stated = [figure for text in cited for figure in find_numbers(text.quote)]
    missing = sum(not any(bears_out(figure, number) for figure in stated) for number in figures(sentence))
    return missing + len(unsupported_dates(sentence, [(f"{c.title}\n{c.quote}", c.published) for c in cited]))


def names_are_cited(sentence: str, cited: Sequence[Cited]) -> bool:
    """Tell whether every name of a sentence is in a quote or its title."""
    found = find_names(sentence)
    texts = [flatten(f"{text.title}\n{text.quote}").text for text in cited] if found else []
    return all(any(names(name, text) for text in texts) for name in found)


def precision(sentence: str, cited: Sequence[Cited]) -> float:
    """Return the share of a sentence's wording that the quotes have, 0 to 1; 1 where it has none beside figures."""
    share = share_in(wording(sentence), [fold_text(text.quote) for text in cited])
    return 1.0 if share is None else share


@lru_cache(maxsize=256)
def _verbatim(sentence: str, cited: tuple[Cited, ...]) -> bool:
    """Tell whether a quote holds the sentence as it stands, no figure or word of it cut short."""
    wanted = normalise(sentence)
    return bool(wanted) and any(stands_in(wanted, normalise(text.quote)) for text in cited)


@lru_cache(maxsize=256)
def supported(sentence: str, cited: tuple[Cited, ...]) -> bool:
    """Tell whether the quotes, taken together, support the sentence, which comes without markers.

    Nothing supports where nothing is cited. A contradiction in the same words (a 未 left out, two roles swapped) is
    not seen: no share of words can tell.
    """
    if not cited:
        return False
    if _verbatim(sentence, cited):
        return True
    return (
        not unsupported_figures(sentence, cited)
        and precision(sentence, cited) >= LEAST_PRECISION
        and names_are_cited(sentence, cited)
    )
