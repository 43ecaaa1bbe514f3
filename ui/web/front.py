"""What the page shows around a conversation, as HTML: its name, questions to start with, the empty library."""

from collections.abc import Mapping, Sequence

from rag.types import Mode
from ui.web import strings
from ui.web.engine import Description
from ui.web.markup import literal

_ANSWERING_ROLE: dict[Mode, str] = {"quote": "reader", "write": "writer"}


def named(mode: Mode, name: str) -> str:
    """Return a mode and the name of the model that answers in it."""
    return literal(" · ".join(filter(None, (strings.MODES[mode], name))))


def at_work(mode: Mode, models: Mapping[str, str]) -> str:
    """Return the mode, and the name of the one of these models that answers in it."""
    return named(mode, models.get(_ANSWERING_ROLE[mode], ""))


def masthead(description: Description | None) -> str:
    """Return the top of the page, with how much there is to ask about."""
    counts = strings.LIBRARY.format_map(description) if description and description["articles"] else ""
    return (
        f'<header class="yj-masthead"><h1 class="yj-seal">{strings.NAME}</h1>'
        f'<p class="yj-tagline">{strings.TAGLINE}</p><p class="yj-library">{counts}</p></header>'
    )


def welcome(description: Description, examples: Sequence[str] | None) -> str:
    """Return what stands in place of a conversation that has not begun; no examples: they are being looked for."""
    if not description["articles"]:
        return empty_library(description["index_command"])
    return (
        f'<div class="yj-welcome"><h2>{strings.WELCOME}</h2><p class="yj-how">{strings.WELCOME_HOW}</p>'
        f"{_examples(examples)}</div>"
    )


def _examples(examples: Sequence[str] | None) -> str:
    if examples is None:
        return f'<p class="yj-state" role="status">{strings.EXAMPLES_PENDING}</p>'
    items = "".join(
        f'<li><button type="button" class="yj-example" data-example="{place}">{literal(example)}</button></li>'
        for place, example in enumerate(examples)
    )
    return f'<p class="yj-label">{strings.EXAMPLES}</p><ul class="yj-examples">{items}</ul>' if items else ""


def empty_library(command: str) -> str:
    """Return what to do when there are no articles."""
    line = literal(strings.EMPTY_LIBRARY_COMMAND.format(command=command))
    kinds = strings.EMPTY_LIBRARY_KINDS.format(kinds=" ".join(strings.FILE_KINDS))
    return (
        f'<div class="yj-welcome yj-empty"><h2>{strings.EMPTY_LIBRARY}</h2><p>{strings.EMPTY_LIBRARY_HOW}</p>'
        f"<pre><code>{line}</code></pre><p>{kinds}</p>"
        f'<p class="yj-state" role="status">{strings.EMPTY_LIBRARY_THEN}</p></div>'
    )


def notice(line: str) -> str:
    """Return one line that tells why nothing happened; nothing for an empty one."""
    return f'<p class="yj-error" role="alert">{literal(line)}</p>' if line else ""
