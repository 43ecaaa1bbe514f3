"""From a click on a citation or a found passage to the article panel."""

import re
from itertools import count

from models.errors import YijuError, one_line
from rag.types import Span
from ui.web import sources, strings
from ui.web.chat import Conversation
from ui.web.engine import Engine

_KEY = re.compile(r"(cite|hit)-([0-9]{1,6})-([0-9]{1,6})")
_visits = count(1)


def opened(key: object, conversation: Conversation, engine: Engine) -> str:
    """Return the article panel for what a button's `data-open` names; the browser may send anything as `key`."""
    found = _KEY.fullmatch(str(key))
    answer = conversation[int(found[2])].answer if found and int(found[2]) < len(conversation) else None
    if found is None or answer is None:
        return sources.cannot_open(strings.PANEL_UNKNOWN)
    place = int(found[3])
    if found[1] == "cite" and place < len(answer.citations):
        citation = answer.citations[place]
        article_id, span, words = citation.article_id, citation.span, citation.quote
    elif found[1] == "hit" and place < len(answer.hits):
        passage = answer.hits[place].passage
        article_id, span, words = passage.article_id, Span(passage.start, passage.end), passage.text
    else:
        return sources.cannot_open(strings.PANEL_UNKNOWN)
    try:
        article = engine.article(article_id)
    except YijuError as error:
        return sources.cannot_open(strings.PANEL_GONE + one_line(error))
    if span.of(article.text) != words:
        return sources.cannot_open(strings.PANEL_STALE)
    others = [each.span for each in answer.citations if each.article_id == article_id and each.span != span]
    return sources.panel(article, span, others, visit=next(_visits))
