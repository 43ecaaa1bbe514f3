"""The conversation as HTML: questions, states, answers with their markers, quotes, and what was found.

Pure functions. What can be opened in the article panel is a button with `data-open`: `cite-T-N` for the N-th citation
of exchange T, `hit-T-N` for its N-th hit (T counts from 0; N is the place in the answer's tuple, from 0).
"""

import re
from collections.abc import Sequence

from rag.types import Answer, Citation, Condition, Hit, Repost
from ui.web import drafts, strings
from ui.web.chat import Conversation, Exchange, State
from ui.web.front import at_work, named
from ui.web.markup import facts, lines, literal
from ui.web.sources import also_in_line

CLOSEST_SHOWN = 3  # hits that an abstention shows at once; the others fold

LARGE = 20  # characters of a short answer that is set large

_MARKER = re.compile(r"\[([1-9][0-9]{0,5})\]")


def settled(conversation: Conversation) -> str:
    """Return all exchanges but the last: what no longer changes while a question is being answered."""
    return "".join(exchange_html(each, turn) for turn, each in enumerate(conversation[:-1]))


def latest(conversation: Conversation) -> str:
    """Return the last exchange."""
    return exchange_html(conversation[-1], len(conversation) - 1) if conversation else ""


def exchange_html(exchange: Exchange, turn: int) -> str:
    """Return one exchange."""
    busy = "true" if exchange.state.pending else "false"
    return (
        f'<section class="yj-exchange" aria-label="{strings.EXCHANGE_LABEL.format(number=turn + 1)}" aria-live="polite"'
        f' aria-busy="{busy}" data-number="{exchange.number}" data-state="{exchange.state.name.lower()}">'
        f'<p class="yj-question">{literal(exchange.question)}</p>{_reply(exchange, turn)}</section>'
    )


def _reply(exchange: Exchange, turn: int) -> str:
    answer = exchange.answer
    if exchange.state.pending:
        return f'<p class="yj-state" role="status">{state_line(exchange)}</p>{_partial(exchange)}'
    if exchange.state is State.FAILED:
        error = f'<p class="yj-error" role="alert"><strong>{strings.FAILED}</strong>{literal(exchange.error)}</p>'
        return error + _done(exchange)
    if exchange.state is State.STOPPED or answer is None:
        return f'<p class="yj-stopped">{strings.STOPPED}</p>{_done(exchange)}'
    inner = _abstention(exchange, answer, turn) if answer.abstention else _answer(exchange, answer, turn)
    draft = drafts.folded(answer.draft) if answer.draft else ""
    return inner + draft + _done(exchange)


def state_line(exchange: Exchange) -> str:
    """Return what is going on, in a few words."""
    match exchange.state:
        case State.QUEUED if exchange.ahead:
            return strings.QUEUED.format(ahead=exchange.ahead)
        case State.QUEUED if exchange.writer is not None:
            return strings.OPENING_WRITER.format(name=literal(exchange.writer))
        case State.READING if exchange.passages:
            return strings.READING_PASSAGES.format(passages=exchange.passages)
        case State.PREPARING if exchange.total > 0:
            return strings.PREPARING_SHARE.format(percent=100 * exchange.done // exchange.total)
        case state:
            return _STATES[state]


_STATES = {
    State.QUEUED: strings.STARTING,
    State.RETRIEVING: strings.RETRIEVING,
    State.READING: strings.READING,
    State.COMPOSING: strings.COMPOSING,
    State.PREPARING: strings.PREPARING,
    State.THINKING: strings.THINKING,
    State.WRITING: strings.WRITING,
    State.CHECKING: strings.CHECKING,
}


def _partial(exchange: Exchange) -> str:
    """Return the text so far; what a writer writes shows as the draft that it is."""
    if not exchange.partial:
        return ""
    if exchange.writer is None:
        return f'<div class="yj-answer">{literal(exchange.partial)}</div>'
    return (
        f'<div class="yj-drafting"><p class="yj-label">{strings.DRAFT}</p>'
        f'<div class="yj-draft">{literal(exchange.partial)}</div></div>'
    )


def _answer(exchange: Exchange, answer: Answer, turn: int) -> str:
    short = answer.short_answer
    stories = {hit.passage.article_id: hit.also_in for hit in answer.hits}
    cards = "".join(
        _card(citation, turn, place, short, stories.get(citation.article_id, ()))
        for place, citation in enumerate(answer.citations)
    )
    hits = "".join(_hit(exchange, hit, turn, place) for place, hit in enumerate(answer.hits))
    found = _folded(strings.HITS.format(count=len(answer.hits)), hits) if hits else ""
    withdrawn = drafts.withdrawal(answer.draft) if answer.draft else ""
    size = " yj-short" if answer.short_answer is not None and len(answer.short_answer) <= LARGE else ""
    return (
        f"{_conditions(exchange, turn)}{_standalone(answer)}"
        f'<div class="yj-answer{size}">{with_markers(answer, turn)}</div>{withdrawn}'
        f'<ol class="yj-citations" aria-label="{strings.CITATIONS}">{cards}</ol>{found}'
    )


def with_markers(answer: Answer, turn: int) -> str:
    """Return the answer's text with each marker that has a citation as a button; other brackets stay as they are."""
    places = {citation.marker: place for place, citation in reversed(list(enumerate(answer.citations)))}
    pieces: list[str] = []
    position = 0
    for found in _MARKER.finditer(answer.text):
        marker = int(found[1])
        if marker in places:
            pieces.append(literal(answer.text[position : found.start()]))
            pieces.append(_opener(f"cite-{turn}-{places[marker]}", f"[{marker}]", marker))
            position = found.end()
    pieces.append(literal(answer.text[position:]))
    return lines("".join(pieces))


def _opener(key: str, shown: str, marker: int) -> str:
    label = strings.OPEN_CITATION.format(marker=marker)
    return f'<button type="button" class="yj-marker" data-open="{key}" aria-label="{label}">{shown}</button>'


def _card(citation: Citation, turn: int, place: int, short: str | None = None, elsewhere: Sequence[Repost] = ()) -> str:
    about = facts(citation.source, citation.published, strings.FROM_HEAD if citation.part == "head" else None)
    key = f"cite-{turn}-{place}"
    return (
        f'<li class="yj-card"><div class="yj-card-top">{_opener(key, f"[{citation.marker}]", citation.marker)}'
        f'<span class="yj-card-title">{literal(citation.title or citation.path)}</span></div>{about}'
        f'<blockquote class="yj-quote" data-open="{key}">{_with_short(citation.quote, short)}</blockquote>'
        f"{also_in_line(elsewhere)}</li>"
    )


def _with_short(quote: str, short: str | None) -> str:
    """Return a quote, the short answer in it set apart."""
    if not short or short not in quote:
        return literal(quote)
    before, _, after = quote.partition(short)
    return f"{literal(before)}<b>{literal(short)}</b>{literal(after)}"


def _abstention(exchange: Exchange, answer: Answer, turn: int) -> str:
    reason = strings.ABSTAIN_REASONS.get(answer.abstention) if answer.abstention else None
    said = answer.text.strip()
    if not said or said.startswith(strings.ABSTAINED):  # what the heading says already
        said = reason or ""
    hits = [_hit(exchange, hit, turn, place) for place, hit in enumerate(answer.hits)]
    rest = hits[CLOSEST_SHOWN:]
    closest = ""
    if hits:
        closest = f'<p class="yj-label">{strings.CLOSEST}</p><ol class="yj-hits">{"".join(hits[:CLOSEST_SHOWN])}</ol>'
    if rest:
        closest += _folded(strings.MORE_HITS.format(count=len(rest)), "".join(rest), start=CLOSEST_SHOWN + 1)
    return (
        f"{_conditions(exchange, turn)}{_standalone(answer)}"
        f'<div class="yj-abstained"><p class="yj-abstained-title">{strings.ABSTAINED}</p>'
        f'<p class="yj-reason">{literal(said)}</p></div>{closest}'
    )


def _hit(exchange: Exchange, hit: Hit, turn: int, place: int) -> str:
    title = exchange.titles.get(hit.passage.article_id, hit.passage.article_id)
    return (
        f'<li class="yj-hit"><button type="button" class="yj-hit-title" data-open="hit-{turn}-{place}"'
        f' title="{strings.OPEN_HIT}">{literal(title)}</button>'
        f'<p class="yj-passage">{literal(hit.passage.text)}</p>{also_in_line(hit.also_in)}</li>'
    )


def _folded(summary: str, items: str, *, start: int = 1) -> str:
    inner = f'<ol class="yj-hits" start="{start}">{items}</ol>'
    return f'<details class="yj-fold"><summary>{summary}</summary>{inner}</details>'


def _conditions(exchange: Exchange, turn: int) -> str:
    """Return what the question's words asked of the articles, each with a button that asks again without it."""
    applied = exchange.answer.conditions if exchange.answer else ()
    items = [_condition(condition, turn) for condition in applied]
    items += [
        f'<li class="yj-condition yj-gone"><span class="yj-unseen">{strings.CONDITION_DROPPED} </span>'
        f"<del>{literal(condition.label)}</del></li>"
        for condition in exchange.dropped
    ]
    return f'<ul class="yj-conditions" aria-label="{strings.CONDITIONS}">{"".join(items)}</ul>' if items else ""


def _condition(condition: Condition, turn: int) -> str:
    about = strings.CONDITION_HARD if condition.hard else strings.CONDITION_SOFT
    drop = literal(strings.CONDITION_DROP.format(label=condition.label))
    return (
        f'<li class="yj-condition"><span title="{about}">{literal(condition.label)}</span>'
        f'<button type="button" class="yj-drop" data-drop="{turn}-{condition.kind.value}" aria-label="{drop}"'
        f' title="{drop}">×</button></li>'
    )


def _standalone(answer: Answer) -> str:
    if answer.standalone_question.strip() in ("", answer.question.strip()):
        return ""
    return f'<p class="yj-standalone">{strings.STANDALONE.format(question=literal(answer.standalone_question))}</p>'


def _done(exchange: Exchange) -> str:
    """Return how it was answered, how sure that is where there is a calibrated figure, and how long it took."""
    answer = exchange.answer
    parts = [named(exchange.mode, exchange.writer or "") if answer is None else at_work(answer.mode, answer.models)]
    if answer is not None and answer.mode == "quote" and answer.abstention is None:
        sure = strings.CONFIDENCE.format(percent=round(100 * answer.confidence))
        parts.append(f'<span title="{strings.CONFIDENCE_ABOUT}">{sure}</span>')
    parts.append(strings.SECONDS.format(seconds=exchange.seconds))
    shown = " · ".join(f'<span class="yj-part">{part}</span>' for part in parts)
    return f'<p class="yj-done">{shown}</p>'
