"""What the page shows around a conversation, as HTML: what is at work, questions to start with, the empty library."""

from collections.abc import Mapping, Sequence

from rag.types import Mode
from ui.web import strings
from ui.web.engine import Description
from ui.web.markup import literal

_ANSWERING_ROLE: dict[Mode, str] = {"quote": "reader", "write": "writer"}


def at_work(mode: Mode, models: Mapping[str, str]) -> str:
    """Return the mode and the name of the model that answers in it."""
    name = models.get(_ANSWERING_ROLE[mode], "")
    return literal(" · ".join(filter(None, (strings.MODES[mode], name))))


def masthead(line: str) -> str:
    """Return the top of the page, with a line of HTML on what is at work."""
    return (
        f'<header class="yj-masthead"><h1>{strings.NAME}</h1><p class="yj-tagline">{strings.TAGLINE}</p>'
        f'<p class="yj-mode" role="status">{line}</p></header>'
    )


def about(description: Description) -> str:
    """Return the line that says what is at work and over how many articles."""
    library = strings.LIBRARY.format(articles=description["articles"], passages=description["passages"])
    return f"{at_work(description['mode'], description['models'])} · {library}"


def welcome(description: Description, examples: Sequence[str]) -> str:
    """Return what stands in place of a conversation that has not begun."""
    if not description["articles"]:
        return empty_library()
    if not examples:
        return ""
    items = "".join(
        f'<li><button type="button" class="yj-example" data-example="{place}">{literal(example)}</button></li>'
        for place, example in enumerate(examples)
    )
    return (
        f'<div class="yj-welcome"><p class="yj-label">{strings.EXAMPLES}</p><ul class="yj-examples">{items}</ul></div>'
    )


def empty_library() -> str:
    """Return what to do when there are no articles."""
    return (
        f'<div class="yj-empty"><p><strong>{strings.EMPTY_LIBRARY}</strong></p><p>{strings.EMPTY_LIBRARY_HOW}</p>'
        f"<pre><code>{strings.EMPTY_LIBRARY_COMMAND}</code></pre></div>"
    )


def notice(line: str) -> str:
    """Return one line that tells why nothing happened; nothing for an empty one."""
    return f'<p class="yj-error" role="alert">{literal(line)}</p>' if line else ""
