"""What answers the next question: by quoting, or a writer that was found. As HTML, and as a check of a choice."""

from collections.abc import Mapping, Sequence

from rag.types import Mode
from ui.web import strings
from ui.web.engine import Engine, Writer
from ui.web.front import named
from ui.web.markup import literal


def chooser(engine: Engine, chosen: str | None, *, opened: bool = False) -> str:
    """Return the chooser with the writers that are there now.

    Raises:
        YijuError: the engine cannot say what it has.

    """
    return html(engine.describe()["models"], engine.writers(), chosen, engine.writers_folder, opened=opened)


def html(models: Mapping[str, str], writers: Sequence[Writer], chosen: str | None, folder: str, *, opened: bool) -> str:
    """Return what is chosen, which unfolds to what can be; each is a button whose `data-choose` names a writer."""
    reader = models.get("reader", "")
    current = named("quote", reader) if chosen is None else named("write", chosen)
    choices = [_choice("quote", "", reader, None, current=chosen is None)]
    choices += [
        _choice("write", each["name"], each["name"], each["problem"], current=chosen == each["name"])
        for each in writers
    ]
    hint = (
        f'<p class="yj-chooser-hint">{strings.CHOOSER_HINT.format(folder=literal(folder))}</p>' if not writers else ""
    )
    label = strings.CHOOSER_LABEL.format(chosen=current)
    return (
        f'<details class="yj-chooser"{" open" if opened else ""}><summary aria-label="{label}">'
        f'<span class="yj-chosen">{current}</span></summary><div class="yj-choices">'
        f'<p class="yj-label">{strings.CHOOSER_TITLE}</p><ul>{"".join(choices)}</ul>{hint}</div></details>'
    )


def refusal(name: str | None, engine: Engine) -> str | None:
    """Return why a choice cannot answer now, in one line, or None; the browser may have sent anything as `name`.

    Raises:
        ModelError: the writers cannot be looked for.

    """
    if name is None:
        return None
    found = {each["name"]: each["problem"] for each in engine.writers()}
    if name not in found:
        return strings.WRITER_GONE.format(name=name)
    problem = found[name]
    return strings.WRITER_PROBLEM.format(name=name, problem=problem) if problem else None


def _choice(mode: Mode, key: str, name: str, problem: str | None, *, current: bool) -> str:
    state = " disabled" if problem else ""
    about = literal(problem) if problem else strings.CHOOSER_ABOUT[mode]
    return (
        f'<li><button type="button" class="yj-choice" data-choose="{literal(key)}"'
        f' aria-pressed="{"true" if current else "false"}"{state}>'
        f'<span class="yj-choice-name">{named(mode, name)}</span>'
        f'<span class="yj-choice-about">{about}</span></button></li>'
    )
