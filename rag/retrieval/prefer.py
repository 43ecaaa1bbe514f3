"""Preferences in a ranking: what is of the right time comes first, and nothing is left out.

Two rankings are at hand: of all articles, and of those published about the time a question is about. Their reciprocal
ranks are added, as in fusion; only passages that hold the question's words can gain.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date, timedelta

from rag.text.dates import Moment, find_dates
from rag.text.periods import month_end
from rag.text.terms import terms
from rag.types import Hit

NEWEST_DAYS = 30  # an article of the last so many days is new
_K = 60  # as in fusion
_WEIGHT = 1.0  # of the ranking of the right time, against 1 of the other; fitted (docs/log.md)
LEAST_SHARE = 0.5  # of the words that the best passage shares with the question: with fewer, a passage cannot gain
LEAST_SHARE_NOW = 0.8  # the same for 目前 and its like, which may be no more than a way of speaking
_BEST_OF = 10  # first passages among which the best is looked for
_RECENT = 366  # days: of what is no longer ago, articles leave the year out
_LONGEST_AFTER = 31  # days for which a stretch of time is still reported after its end; a day is for one


def reported(start: date | None, end: date | None, as_of: date | None) -> tuple[date | None, date | None]:
    """Return when articles about a stretch of time were published: in it, or soon after, until the question is asked.

    A stretch is followed up for as long as it lasted: last month's figures come out this month.
    """
    if end is None or end == date.max:
        return start, as_of
    length = (end - start).days + 1 if start else _LONGEST_AFTER
    last = end + timedelta(days=min(length, _LONGEST_AFTER, (date.max - end).days))
    return start, min(last, max(as_of, end)) if as_of else last


def states(text: str, start: date | None, end: date | None, as_of: date | None) -> bool:
    """Whether a text of no known day dates something to this late stretch of time.

    Of late events articles leave the year out (8月5日), so that its words are a weak sign: here a date without one is
    taken to be of the stretch. Of what is longer ago the year is written, and the legs find it by its words.
    """
    if start is None or end is None or as_of is None or not 0 <= (as_of - start).days <= _RECENT:
        return False
    return any(_within(moment, start, end) for moment in find_dates(text))


def _within(moment: Moment, start: date, end: date) -> bool:
    """Whether a moment lies in a stretch of time; what it leaves unsaid is taken to fit."""
    year, month = moment.year or start.year, moment.month
    if moment.hour is not None or moment.weekday is not None or moment.part is not None:
        return False
    if month is None and moment.day is not None and start == end:
        month = start.month  # 15日
    try:
        if month is None:
            return moment.year is not None and start <= date(year, 1, 1) and date(year, 12, 31) <= end
        if moment.day is None:
            return start <= date(year, month, 1) and month_end(year, month) <= end
        return start <= date(year, month, moment.day) <= end
    except ValueError:  # a date that the calendar does not have
        return False


def newest_first(hits: Sequence[Hit], as_of: date | None) -> list[Hit]:
    """Return the dated hits, the newest day first, those of one day as they were; none of after `as_of`."""
    dated = [hit for hit in hits if hit.published and (as_of is None or hit.published <= as_of)]
    return sorted(dated, key=lambda hit: -hit.published.toordinal() if hit.published else 0)


def preferred(
    found: Sequence[Hit],
    near: Sequence[Hit],
    wanted: Collection[str],
    fits: Callable[[Hit], bool],
    k: int,
    least_share: float = LEAST_SHARE,
) -> list[Hit]:
    """Return the best `k` of two rankings, ranks counted from 1.

    `found` are hits among all articles; `near` among those of the right time. An article without a date cannot be in
    `near`: a hit of it gains by its own rank where `fits` says that its text is of that time. A passage that holds
    less than `least_share` as many of the `wanted` terms as the best one gains nothing, and so passes no other.
    """
    shares = {hit.passage.id: _share(hit, wanted) for hit in (*found, *near)}
    least = least_share * max((shares[hit.passage.id] for hit in found[:_BEST_OF]), default=0.0)
    hits = {hit.passage.id: hit for hit in (*near, *found)}
    scores = {hit.passage.id: 1 / (_K + rank) for rank, hit in enumerate(found, start=1)}
    able = [hit for hit in near if shares[hit.passage.id] >= least]
    gains = {hit.passage.id: rank for rank, hit in enumerate(able, start=1)}
    for rank, hit in enumerate(found, start=1):
        if not hit.published and shares[hit.passage.id] >= least and fits(hit):
            gains[hit.passage.id] = rank
    for passage_id, rank in gains.items():
        scores[passage_id] = scores.get(passage_id, 0.0) + _WEIGHT / (_K + rank)
    result: list[Hit] = []
    shown: dict[str, str] = {}  # article → the article of its story that is shown
    for passage_id, score in sorted(scores.items(), key=lambda pair: -pair[1]):
        hit = hits[passage_id]
        article = hit.passage.article_id
        if shown.setdefault(article, article) != article:
            continue  # the story is shown in another paper's words
        shown |= {other.article_id: article for other in hit.also_in if other.article_id not in shown}
        result.append(replace(hit, rank=len(result) + 1, score=score))
        if len(result) == k:
            break
    return result


def _share(hit: Hit, wanted: Collection[str]) -> float:
    return len(set(wanted) & set(terms(hit.passage.text))) / len(wanted) if wanted else 1.0
