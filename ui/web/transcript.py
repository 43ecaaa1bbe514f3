"""The conversation as HTML: questions, states, answers with their markers, quotes, and what was found.

Pure functions. What can be opened in the article panel is a button with `data-open`: `cite-T-N` for the N-th citation
of exchange T, `hit-T-N` for its N-th hit (T counts from 0; N is the place in the answer's tuple, from 0).
"""

import re

from rag.types import Answer, Citation, Hit
from ui.web import strings
from ui.web.chat import Conversation, Exchange, State
from ui.web.front import at_work
from ui.web.markup import literal

CLOSEST_SHOWN = 3  # hits that an abstention shows at once; the others fold

_MARKER = re.compile(r"\[(\d+)\]")


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
        return _partial(exchange) + f'<p class="yj-state" role="status">{state_line(exchange)}</p>'
    if exchange.state is State.FAILED:
        return f'<p class="yj-error" role="alert">{strings.FAILED}{literal(exchange.error)}</p>'
    if exchange.state is State.STOPPED or answer is None:
        return f'<p class="yj-state" role="status">{strings.STOPPED}</p>'
    inner = _abstention(exchange, answer, turn) if answer.abstention else _answer(exchange, answer, turn)
    return inner + _done(exchange, answer)


def state_line(exchange: Exchange) -> str:
    """Return what is going on, in a few words."""
    match exchange.state:
        case State.QUEUED if exchange.ahead:
            return strings.QUEUED.format(ahead=exchange.ahead)
        case State.RETRIEVING:
            return strings.RETRIEVING
        case State.READING if exchange.passages:
            return strings.READING_PASSAGES.format(passages=exchange.passages)
        case State.READING:
            return strings.READING
        case State.COMPOSING:
            return strings.COMPOSING
        case _:
            return strings.STARTING


def _partial(exchange: Exchange) -> str:
    return f'<div class="yj-answer">{literal(exchange.partial)}</div>' if exchange.partial else ""


def _answer(exchange: Exchange, answer: Answer, turn: int) -> str:
    cards = "".join(_card(citation, turn, place) for place, citation in enumerate(answer.citations))
    hits = "".join(_hit(exchange, hit, turn, place) for place, hit in enumerate(answer.hits))
    found = _folded(strings.HITS.format(count=len(answer.hits)), hits) if hits else ""
    return (
        f'{_standalone(answer)}<div class="yj-answer">{with_markers(answer, turn)}</div>'
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
    return "".join(pieces)


def _opener(key: str, shown: str, marker: int) -> str:
    label = strings.OPEN_CITATION.format(marker=marker)
    return f'<button type="button" class="yj-marker" data-open="{key}" aria-label="{label}">{shown}</button>'


def _card(citation: Citation, turn: int, place: int) -> str:
    about = [citation.source, citation.published.isoformat() if citation.published else None]
    if citation.part == "head":
        about.append(strings.FROM_HEAD)
    facts = "".join(f' · <span class="yj-fact">{literal(fact)}</span>' for fact in about if fact)
    key = f"cite-{turn}-{place}"
    return (
        f'<li class="yj-card">{_opener(key, f"[{citation.marker}]", citation.marker)} '
        f'<span class="yj-card-title">{literal(citation.title or citation.path)}</span>{facts}'
        f'<blockquote class="yj-quote" data-open="{key}">{literal(citation.quote)}</blockquote></li>'
    )


def _abstention(exchange: Exchange, answer: Answer, turn: int) -> str:
    reason = strings.ABSTAIN_REASONS.get(answer.abstention) if answer.abstention else None
    said = "" if answer.text.strip().rstrip("。") == strings.ABSTAINED else answer.text.strip()
    lines = "".join(f'<p class="yj-reason">{literal(line)}</p>' for line in (said or reason,) if line)
    hits = [_hit(exchange, hit, turn, place) for place, hit in enumerate(answer.hits)]
    rest = hits[CLOSEST_SHOWN:]
    closest = ""
    if hits:
        closest = f'<p class="yj-label">{strings.CLOSEST}</p><ol class="yj-hits">{"".join(hits[:CLOSEST_SHOWN])}</ol>'
    if rest:
        closest += _folded(strings.MORE_HITS.format(count=len(rest)), "".join(rest), start=CLOSEST_SHOWN + 1)
    return (
        f'{_standalone(answer)}<div class="yj-abstained"><p class="yj-abstained-title">{strings.ABSTAINED}</p>'
        f"{lines}</div>{closest}"
    )


def _hit(exchange: Exchange, hit: Hit, turn: int, place: int) -> str:
    title = exchange.titles.get(hit.passage.article_id, hit.passage.article_id)
    return (
        f'<li class="yj-hit"><button type="button" class="yj-hit-title" data-open="hit-{turn}-{place}"'
        f' title="{strings.OPEN_HIT}">{literal(title)}</button>'
        f'<p class="yj-passage">{literal(hit.passage.text)}</p></li>'
    )


def _folded(summary: str, items: str, *, start: int = 1) -> str:
    inner = f'<ol class="yj-hits" start="{start}">{items}</ol>'
    return f'<details class="yj-found"><summary>{summary}</summary>{inner}</details>'


def _standalone(answer: Answer) -> str:
    if answer.standalone_question.strip() in ("", answer.question.strip()):
        return ""
    return f'<p class="yj-standalone">{strings.STANDALONE.format(question=literal(answer.standalone_question))}</p>'


def _done(exchange: Exchange, answer: Answer) -> str:
    seconds = strings.SECONDS.format(seconds=exchange.seconds)
    return f'<p class="yj-done">{at_work(answer.mode, answer.models)} · {seconds}</p>'
