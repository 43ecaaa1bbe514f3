"""A writer's draft, checked sentence by sentence against the passages it was given.

What its cited passage bears out is kept; what another given passage bears out is cited anew; the rest is withdrawn.
Each kept sentence gets the shortest run of whole sentences that bears it out as its quote.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from rag.answering.refusal import refuses
from rag.answering.verify import CitedText, check_sentence, claims_little, claims_nothing, coverage, figures_contested
from rag.answering.written import Piece, split_draft
from rag.text.flat import flatten
from rag.text.sentences import clause_spans, sentence_spans
from rag.types import Draft, Fault, FaultKind, Span, WrittenSentence

_LONGEST_QUOTE = 4  # sentences; past that, the whole passage
_WELL_COVERED = 0.8  # of what the whole passage covers
_ALIKE = 0.9
_ABOUT_WORDING = frozenset({FaultKind.UNSUPPORTED})


@dataclass(frozen=True, slots=True)
class GivenPassage:
    """A passage as the writer got it, with what its article's head says."""

    number: int
    text: str
    title: str
    source: str | None
    published: date | None

    def cited(self, span: Span | None = None) -> CitedText:
        """Return it, or a span of it, as a text to check against."""
        text = self.text if span is None else span.of(self.text)
        return CitedText(text, self.title, self.source, self.published)


@dataclass(frozen=True, slots=True)
class KeptSentence:
    """A sentence that stands: its text without markers and Markdown, and the characters it rests on."""

    text: str
    starts_line: bool  # an item of a list, or the first sentence of a line of the draft
    grounds: tuple[tuple[int, Span], ...]  # passage number, span in that passage's text


@dataclass(frozen=True, slots=True)
class Checked:
    """What checking made of a draft."""

    draft: Draft
    kept: tuple[KeptSentence, ...]

    @property
    def sentences(self) -> tuple[WrittenSentence, ...]:
        """The sentences as written, each with what is wrong with it."""
        return self.draft.sentences


@dataclass(frozen=True, slots=True)
class _Verdict:
    faults: tuple[Fault, ...]
    grounds: tuple[GivenPassage, ...]  # none: withdrawn


def _borne_out(text: str, passages: Sequence[GivenPassage]) -> bool:
    return not check_sentence(text, [passage.cited() for passage in passages])


def _clause_by_clause(text: str, passages: Sequence[GivenPassage]) -> bool:
    """Whether each clause rests on a single one of the passages: no figure of one is lent to the subject of another."""
    clauses: list[str] = []
    for span in clause_spans(text, Span(0, len(text))):
        # 截至16日12时， belongs to what follows.
        if clauses and claims_little(clauses[-1]):
            clauses[-1] += span.of(text)
        else:
            clauses.append(span.of(text))
    return len(clauses) > 1 and all(any(_borne_out(clause, [p]) for p in passages) for clause in clauses)


def _best(text: str, passages: Sequence[GivenPassage]) -> list[GivenPassage]:
    """Return the passages in order of how much of the wording they have."""
    return sorted(passages, key=lambda passage: -coverage(text, [passage.cited()]))


def _elsewhere(text: str, cited: Sequence[GivenPassage], passages: Sequence[GivenPassage]) -> tuple[GivenPassage, ...]:
    """Return the passages that bear a sentence out where those it cites do not; none when there are none."""
    own = [passage.cited() for passage in cited]
    others = [
        passage
        for passage in _best(text, [passage for passage in passages if passage not in cited])
        if not figures_contested(text, own, [passage.cited()])
    ]
    for passage in others:
        if _borne_out(text, [passage]):
            return (passage,)
    sets = [(*cited, other) for other in others] if cited else itertools.combinations(others, 2)
    for several in sets:
        if _borne_out(text, several) and _clause_by_clause(text, several):
            return tuple(several)
    return ()


def _judge(piece: Piece, passages: Sequence[GivenPassage]) -> _Verdict:
    by_number = {passage.number: passage for passage in passages}
    cited = [by_number[number] for number in piece.markers if number in by_number]
    faults = [Fault(FaultKind.MARKER, f"[{number}]") for number in piece.markers if number not in by_number]
    if cited:
        found = check_sentence(piece.text, [passage.cited() for passage in cited])
        if not found:
            alone = [passage for passage in cited if _borne_out(piece.text, [passage])]
            return _Verdict(tuple(faults), tuple(alone or cited))
        faults.extend(found)
    grounds = _elsewhere(piece.text, cited, passages)
    if not grounds and not cited and not faults:
        faults.append(Fault(FaultKind.UNCITED, piece.text))
        if passages:
            faults.extend(check_sentence(piece.text, [_best(piece.text, passages)[0].cited()]))
    return _Verdict(tuple(faults), grounds)


def _windows(passage: GivenPassage) -> Iterator[list[Span]]:
    """Yield the runs of 1, 2, 3 ... sentences of a passage."""
    sentences = sentence_spans(passage.text)
    for length in range(1, min(_LONGEST_QUOTE, len(sentences)) + 1):
        yield [Span(sentences[i].start, sentences[i + length - 1].end) for i in range(len(sentences) - length + 1)]


def _quote(text: str, passage: GivenPassage, beside: Sequence[CitedText]) -> Span:
    """Return the shortest run of sentences of a passage that, with the texts beside it, bears the sentence out.

    Of runs equally short the one with most of the wording is taken; a run with much less of it than the whole passage
    has is taken only when no longer run does better.
    """
    whole = coverage(text, [passage.cited()])
    fallback: tuple[float, Span] | None = None
    for spans in _windows(passage):
        ranked = sorted(((coverage(text, [passage.cited(span)]), span) for span in spans), key=lambda item: -item[0])
        for covered, span in ranked:
            if fallback is not None and covered <= fallback[0]:
                break
            if check_sentence(text, [passage.cited(span), *beside]):
                continue
            if covered >= _WELL_COVERED * whole:
                return span
            fallback = (covered, span)
            break
    return fallback[1] if fallback else Span(0, len(passage.text))


def _located(text: str, grounds: Sequence[GivenPassage]) -> tuple[tuple[int, Span], ...]:
    """Return the quotes of a kept sentence, without passages that the others make needless."""
    if all(_borne_out(text, [passage]) for passage in grounds):
        return tuple((passage.number, _quote(text, passage, [])) for passage in grounds)
    needed = list(grounds)
    for passage in grounds:
        rest = [other for other in needed if other is not passage]
        if rest and _borne_out(text, rest):
            needed = rest
    quoted = [passage.cited() for passage in needed]
    found: list[tuple[int, Span]] = []
    for i, passage in enumerate(needed):
        span = _quote(text, passage, [*quoted[:i], *quoted[i + 1 :]])
        quoted[i] = passage.cited(span)
        found.append((passage.number, span))
    return tuple(found)


class _Said:
    """What was said so far, to tell repetitions."""

    def __init__(self) -> None:
        self._said: list[tuple[str, frozenset[str], str]] = []

    def again(self, text: str) -> bool:
        letters = "".join(char for char in flatten(text).text if char.isalnum())
        pairs = frozenset(letters[i : i + 2] for i in range(len(letters) - 1))
        digits = "".join(char for char in letters if char.isdigit())
        repeated = any(
            letters == other or (digits == figures and len(pairs & known) >= _ALIKE * max(1, len(pairs | known)))
            for other, known, figures in self._said
        )
        self._said.append((letters, pairs, digits))
        return repeated


def _followers(pieces: Sequence[Piece], index: int) -> list[int]:
    """Return the places of the list items (or the sentences of the line) that a lead-in announces."""
    after = range(index + 1, len(pieces))
    items = list(itertools.takewhile(lambda i: pieces[i].item, after))
    return items or [i for i in after if pieces[i].line == pieces[index].line]


def _lead_in(text: str, verdicts: Sequence[_Verdict | None], followers: Sequence[int]) -> _Verdict:
    """Return the verdict on a lead-in: it stands with what it announces, where that bears out its figures and names."""
    grounds = [p for i in followers if (verdict := verdicts[i]) is not None for p in verdict.grounds]
    grounds = list(dict.fromkeys(grounds))
    if not grounds:
        return _Verdict((), ())
    found = check_sentence(text, [passage.cited() for passage in grounds])
    faults = tuple(fault for fault in found if fault.kind not in _ABOUT_WORDING)
    return _Verdict(faults, () if faults else tuple(grounds))


def check_draft(
    text: str, thinking: str, finish: Literal["end", "length", "loop"], passages: Sequence[GivenPassage]
) -> Checked:
    """Return what stands of a draft.

    Headings, connectives (根据资料：) and sentences that only say what the passages lack are dropped without a fault. A
    lead-in (原因有三：) is kept when something that it announces is. A draft cut off ("length", "loop") loses its last
    sentence unless that is whole.
    """
    pieces = split_draft(text)
    said = _Said()
    verdicts: list[_Verdict | None] = []  # None: dropped without a fault
    for i, piece in enumerate(pieces):
        last = i + 1 == len(pieces)
        if finish != "end" and last and not piece.ended:
            verdicts.append(_Verdict((Fault(FaultKind.UNFINISHED, piece.text),), ()))
        elif piece.heading or claims_nothing(piece.text) or refuses(piece.text) or _leads(pieces, i):
            verdicts.append(None)
        elif said.again(piece.text):
            verdicts.append(_Verdict((Fault(FaultKind.REPEATED, piece.text),), ()))
        else:
            verdicts.append(_judge(piece, passages))
    for i, piece in enumerate(pieces):
        if verdicts[i] is None and _leads(pieces, i) and not piece.heading and not claims_nothing(piece.text):
            verdicts[i] = _lead_in(piece.text, verdicts, _followers(pieces, i))
    return _assembled(text, thinking, finish, pieces, verdicts)


def _leads(pieces: Sequence[Piece], index: int) -> bool:
    return pieces[index].leads_in and not pieces[index].markers and bool(_followers(pieces, index))


def _stands(verdict: _Verdict | None) -> bool:
    return verdict is not None and bool(verdict.grounds)


def _assembled(
    text: str,
    thinking: str,
    finish: Literal["end", "length", "loop"],
    pieces: Sequence[Piece],
    verdicts: Sequence[_Verdict | None],
) -> Checked:
    written: list[WrittenSentence] = []
    kept: list[KeptSentence] = []
    line = -1
    for i, (piece, verdict) in enumerate(zip(pieces, verdicts, strict=True)):
        grounds = verdict.grounds if verdict else ()
        written.append(WrittenSentence(piece.span, bool(grounds), verdict.faults if verdict else ()))
        if grounds:
            # A lead-in rests on what the first thing that it announces rests on.
            announced = next((j for j in _followers(pieces, i) if _stands(verdicts[j])), i) if _leads(pieces, i) else i
            shown = verdicts[announced]
            quotes = _located(pieces[announced].text, shown.grounds if shown else grounds)
            kept.append(KeptSentence(piece.text, piece.line != line, quotes))
            line = piece.line
    return Checked(Draft(text, thinking, finish, tuple(written)), tuple(kept))
