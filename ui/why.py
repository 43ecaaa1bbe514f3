"""`yiju why`: at which stage of a question's way an article was lost, a line a stage, or as one JSON object."""

import argparse
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict
from datetime import datetime

from rag.article_lookup import Absent, look_up
from rag.diagnosis import DESCRIPTIONS, Diagnosis, Folded, Likely, Stage
from rag.serialise import condition_to_json
from rag.types import NO_CONDITIONS
from ui.commands import say, say_json

_MARK = "✗"
_SHOWN = 40  # characters of a quote


def why(arguments: argparse.Namespace) -> int:
    """Print which stage lost an article for a question."""
    from rag.answering.question import check
    from rag.assemble import open_diagnoser
    from rag.library import Library
    from rag.settings import Settings

    question = check(arguments.question)
    with closing(Library.open(arguments.library)) as library:
        found = look_up(library, arguments.library, arguments.article)
        if isinstance(found, Absent):
            _tell_absent(question, found, as_json=arguments.json)
            return 0
        settings = Settings(strictness=arguments.strictness)
        as_of = arguments.as_of or datetime.now().astimezone().date()
        without = NO_CONDITIONS if arguments.no_filters else ()
        with open_diagnoser(library, arguments.library, settings) as diagnoser:
            diagnosis = diagnoser.diagnose(question, found, as_of, without)
    if arguments.json:
        say_json(diagnosis_to_json(diagnosis, arguments.strictness))
        return 0
    for line in told(diagnosis, arguments.strictness):
        say(line)
    return 0


def _tell_absent(question: str, absent: Absent, *, as_json: bool) -> None:
    """Tell of a file of which no article is in the library."""
    stage = Stage.NOT_INDEXED if absent.reason is None else Stage.REFUSED
    advice = "bring it in with `yiju index`" if absent.reason is None else "mend it, then `yiju index` it again"
    if as_json:
        say_json(
            {
                "question": question,
                "standalone_question": None,
                "article": {"id": None, "title": None, "path": absent.path},
                "lost_at": stage.value,
                "lost": [stage.value],
                "reason": absent.reason or DESCRIPTIONS[stage],
                "advice": advice,
                "warnings": [],
                "answer": None,
                "stages": None,
            }
        )
        return
    say(f"{_MARK} {stage.value}: {absent.path}: {absent.reason or DESCRIPTIONS[stage]}\ntry: {advice}")


def advice(diagnosis: Diagnosis, strictness: float) -> str | None:
    """Return what a user can do about the stage that lost an article; None where none did."""
    return _advice(diagnosis, strictness)[diagnosis.lost_at] if diagnosis.lost_at else None


def _advice(diagnosis: Diagnosis, strictness: float) -> Mapping[Stage, str]:
    article_id, winner = diagnosis.article.id, diagnosis.winner
    missing = [*diagnosis.words.in_other_words, *diagnosis.words.removed, *diagnosis.words.nowhere]
    own = f"it lacks {' '.join(missing)}" if missing else "add a name, number or date that few others have"
    return {
        Stage.CLEANING: f"see what was taken out with `yiju articles show {article_id}`; if it belongs to the article, "
        "index the text as a .txt file",
        Stage.PASSAGE: "ask for one thing at a time: the question's words stand far apart in this article",
        Stage.FILTER: "ask with --no-filters, or leave out " + "、".join(each.label for each in diagnosis.left_out_by),
        Stage.LEGS: f"ask in the article's own words ({own})",
        Stage.FUSION: f"ask in the article's own words ({own})",
        Stage.FOLDING: _instead(diagnosis.folded) if diagnosis.folded else "",
        Stage.PREFERENCE: "ask with --no-filters, or leave the time out of the question",
        Stage.HEAD: "name the article by words of its title",
        Stage.READING: f"ask for what sets it apart from {winner.article_id if winner else 'the others'} ({own})",
        Stage.CANDIDATE: f"ask more exactly, in the words of its sentence ({own})",
        Stage.THRESHOLD: f"--strictness {_enough(diagnosis, strictness):.2g} would answer from it; read it with care",
    }


def _instead(folded: Folded) -> str:
    if folded.answered:
        return f"nothing is lost: {folded.into} tells the same and names this one; ask for what only this one says"
    return f"`yiju why` with --article {folded.into} tells what became of the one that stands for both"


def _enough(diagnosis: Diagnosis, strictness: float) -> float:
    """Return a strictness at which the likeliest candidate is likely enough; it scales the odds that are asked for."""
    if diagnosis.winner is None:
        return strictness
    probability = diagnosis.winner.probability
    odds, asked = probability / (1 - probability), diagnosis.least / (1 - diagnosis.least)
    return 0.95 * strictness * odds / asked  # told in two digits, so a little less


def told(diagnosis: Diagnosis, strictness: float) -> Iterator[str]:
    """Yield a diagnosis as lines for people: the stages with their figures, what lost the article, and what to do."""
    article, asked = diagnosis.article, diagnosis.answer
    yield f"question: {asked.standalone_question}"
    yield f"article:  {article.title}  ({article.id}, {article.path})"
    for warning in diagnosis.warnings:
        yield f"warning:  {warning}"
    for stage, line in _lines(diagnosis):
        yield f"{_MARK if stage in diagnosis.lost else ' '} {stage.value:10}  {line}"
    if diagnosis.lost_at is None:
        yield f"not lost: the answer rests on it: {asked.text}"
    else:
        yield f"lost at {diagnosis.lost_at.value}: {DESCRIPTIONS[diagnosis.lost_at]}"
        yield f"try: {advice(diagnosis, strictness)}"


def _lines(diagnosis: Diagnosis) -> Iterator[tuple[Stage, str]]:
    """Yield each stage that was reached with its figures."""
    yield Stage.CLEANING, _words(diagnosis)
    count, within = _count(diagnosis), diagnosis.in_passages
    share = f"{within.in_body} of {count} words, its best passage {within.in_best}"
    yield Stage.PASSAGE, f"{within.passages} passages; the body holds {share}"
    article, conditions = diagnosis.article, diagnosis.answer.conditions
    hard = "、".join(each.label for each in conditions if each.hard)
    own = f"the article: {article.published or 'no date'}, {article.source or 'no source'}"
    yield Stage.FILTER, f"{hard}; {own}" if hard else "none"
    for leg in diagnosis.legs:
        place = "never found" if leg.rank is None else f"rank {leg.rank:,}, score {leg.score:.3g}"
        without = " without the filter" if diagnosis.left_out_by else f"; {leg.returned} passages handed over"
        yield Stage.LEGS, f"{leg.leg}: {place}{without}"
    if diagnosis.left_out_by:
        return
    fused, found, folded = diagnosis.fused, diagnosis.found, diagnosis.folded
    if fused.rank is None:
        return
    yield Stage.FUSION, f"rank {fused.rank} of {fused.of}"
    if folded:
        same, shown = ("the same words", "are shown") if folded.same_words else ("the same story", "is shown")
        rests = "; the answer rests on that one" if folded.answered else ""
        yield Stage.FOLDING, f"{same} {shown} from {folded.into}{rests}"
        return
    if found.rank is None:
        yield Stage.PREFERENCE, f"not among the {found.of} passages to be read"
        return
    soft = "、".join(each.label for each in conditions if not each.hard) or "no time preferred"
    yield Stage.PREFERENCE, f"rank {found.rank} of {found.of} ({soft})"
    yield from _after_finding(diagnosis)


def _after_finding(diagnosis: Diagnosis) -> Iterator[tuple[Stage, str]]:
    reader, best, winner = diagnosis.reader, diagnosis.best, diagnosis.winner
    if diagnosis.ordered is None:
        yield Stage.HEAD, "the question asks for the head of an article: nothing is read"
        return
    read = f"{diagnosis.read} of {diagnosis.found.of} passages read"
    read += f", then sure of {winner.article_id}" if winner and diagnosis.sure else ""
    if reader is None:
        yield Stage.READING, f"{read}; this one was not"
    else:
        span = "no span" if reader.span_score is None else f"best span {reader.span_score:.1f}"
        scores = f"relevance {reader.relevance:.1f}, answerable {reader.answerable:.1f}, {span}"
        yield Stage.READING, f"{read}; {scores}; rank {diagnosis.ordered} after reading"
        against = f", likeliest {_likely(winner)} in {winner.article_id}" if winner and winner != best else ""
        yield Stage.CANDIDATE, f"{_likely(best)}{against}"
    if winner:
        said = "answered" if diagnosis.answer.abstention is None else "declined"
        yield Stage.THRESHOLD, f"{winner.probability:.1%} against {diagnosis.least:.1%} at least: {said}"


def _likely(likely: Likely | None) -> str:
    return f"“{likely.text[:_SHOWN]}” {likely.probability:.1%}" if likely else "nothing in it may answer"


def _count(diagnosis: Diagnosis) -> int:
    words = diagnosis.words
    return sum(map(len, (words.kept, words.in_other_words, words.removed, words.nowhere)))


def _words(diagnosis: Diagnosis) -> str:
    words = diagnosis.words
    parts = [f"kept: {' '.join(words.kept) or '-'}"]
    if words.in_other_words:
        parts.append("in other words: " + " ".join(f"{one} ({form})" for one, form in words.in_other_words.items()))
    if words.removed:
        parts.append("taken out: " + " ".join(f"{one} ({reason})" for one, reason in words.removed.items()))
    if words.nowhere:
        parts.append(f"nowhere: {' '.join(words.nowhere)}")
    return "; ".join(parts)


def diagnosis_to_json(diagnosis: Diagnosis, strictness: float) -> dict[str, object]:
    """Return the object that `yiju why --json` prints."""
    article, answer = diagnosis.article, diagnosis.answer
    return {
        "question": answer.question,
        "standalone_question": answer.standalone_question,
        "article": {"id": article.id, "title": article.title, "path": article.path},
        "lost_at": diagnosis.lost_at.value if diagnosis.lost_at else None,
        "lost": [stage.value for stage in diagnosis.lost],
        "reason": DESCRIPTIONS[diagnosis.lost_at] if diagnosis.lost_at else None,
        "advice": advice(diagnosis, strictness),
        "warnings": list(diagnosis.warnings),
        "answer": None if answer.abstention else answer.text,
        "stages": {
            "cleaning": asdict(diagnosis.words),
            "passage": asdict(diagnosis.in_passages),
            "filter": {
                "filters": [condition_to_json(condition) for condition in answer.conditions],
                "published": article.published.isoformat() if article.published else None,
                "source": article.source,
                "left_out_by": [condition.kind.value for condition in diagnosis.left_out_by],
            },
            "legs": [asdict(leg) for leg in diagnosis.legs],
            "fusion": asdict(diagnosis.fused),
            "folding": asdict(diagnosis.folded) if diagnosis.folded else None,
            "found": asdict(diagnosis.found),
            "reading": {
                "passages_read": diagnosis.read,
                "sure": diagnosis.sure,
                "rank_after": diagnosis.ordered,
                "article": asdict(diagnosis.reader) if diagnosis.reader else None,
            },
            "candidate": {
                "article": asdict(diagnosis.best) if diagnosis.best else None,
                "likeliest": asdict(diagnosis.winner) if diagnosis.winner else None,
            },
            "threshold": {
                "least": diagnosis.least,
                "strictness": strictness,
                "answered": answer.abstention is None,
            },
        },
    }
