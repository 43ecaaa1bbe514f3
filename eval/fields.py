"""Readers of single fields of a question: the JSON value as a core value, or the rule that it breaks."""

from collections.abc import Sequence
from datetime import date
from typing import cast

from eval.normal import normalise
from rag.types import Context, Turn


class FieldError(ValueError):
    """A value breaks a field's rule; the message tells the value, the rule and the fix, for one line."""


def shown(value: object) -> str:
    """Return `value` as it appears in messages: short, on one line."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def read_text(value: object) -> str:
    """Return a string that holds something."""
    if not isinstance(value, str) or not value.strip():
        msg = f"is {shown(value)}, but must be a string that is not blank"
        raise FieldError(msg)
    return value


def read_id(value: object) -> str:
    """Return an id: a string or a whole number, as a string."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return read_text(value)


def read_flag(value: object) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        msg = f"is {shown(value)}, but must be true or false without quotation marks"
        raise FieldError(msg)
    return value


def read_date(value: object) -> date:
    """Return a day written as YYYY-MM-DD."""
    try:
        return date.fromisoformat(read_text(value))
    except ValueError:
        msg = f"is {shown(value)}, but must be a day written as YYYY-MM-DD"
        raise FieldError(msg) from None


def read_texts(value: object) -> tuple[str, ...]:
    """Return a list of strings; one string alone counts as a list of one."""
    items = value if isinstance(value, list) else [value]
    return tuple(read_text(item) for item in items)


def _read_alias(value: object) -> str:
    alias = read_text(value)
    if not normalise(alias):
        msg = f"holds {shown(alias)}, all punctuation, which any text would contain; write the words of the answer"
        raise FieldError(msg)
    return alias


def read_answers(value: object) -> tuple[tuple[str, ...], ...]:
    """Return gold answers as an AND-list of OR-aliases.

    A list of lists is read as it stands: every inner list must be met, by any of its strings (RGB's semantics).
    A flat list of strings is one item with alternatives, as CMRC2018, DRCD and SQuAD mean it. A string is one item.
    A mixture of both is refused, since the two customs read it differently.
    """
    items = value if isinstance(value, list) else [value]
    nested = [isinstance(item, list) for item in items]
    if any(nested) and not all(nested):
        msg = f'is {shown(value)}: lists and strings mixed; write [["a", "b"], ["c"]] for "(a or b) and c"'
        raise FieldError(msg)
    if not items:
        return ()
    groups = cast("list[list[object]]", items if all(nested) else [items])
    if not all(groups):
        msg = f"is {shown(value)}, but an inner list must hold at least one answer; remove the empty list"
        raise FieldError(msg)
    return tuple(tuple(_read_alias(alias) for alias in group) for group in groups)


def read_aliases(value: object) -> tuple[str, ...]:
    """Return strings that are looked for in answers; one string alone counts as a list of one."""
    return tuple(_read_alias(item) for item in (value if isinstance(value, list) else [value]))


def read_choice(value: object, choices: Sequence[str]) -> str:
    """Return one of a few words."""
    if value not in choices:
        msg = f"is {shown(value)}, but must be one of: {', '.join(choices)}"
        raise FieldError(msg)
    return cast("str", value)


def read_groups(value: object) -> tuple[tuple[str, ...], ...]:
    """Return an AND-list of OR-lists of ids."""
    if not isinstance(value, list) or not all(isinstance(group, list) and group for group in value):
        msg = f'is {shown(value)}, but must be a list of lists of ids: [["a", "b"], ["c"]] for "(a or b) and c"'
        raise FieldError(msg)
    return tuple(tuple(read_id(item) for item in group) for group in value)


def read_grades(value: object) -> dict[str, int]:
    """Return relevance judgements: id → whole number."""
    if not isinstance(value, dict) or not all(type(grade) is int for grade in value.values()):
        msg = f'is {shown(value)}, but must be an object of whole numbers by id, such as {{"d17": 2}}'
        raise FieldError(msg)
    return {read_text(name): grade for name, grade in value.items()}


def read_nuggets(value: object) -> tuple[tuple[tuple[str, ...], bool], ...]:
    """Return each nugget as (aliases, vital); a nugget is vital unless it says otherwise."""
    found: list[tuple[tuple[str, ...], bool]] = []
    for item in _objects(value):
        vital = item.get("vital")
        found.append((read_aliases(item.get("aliases")), True if vital is None else read_flag(vital)))
        if not found[-1][0]:
            msg = f"holds {shown(item)}, whose `aliases` must name at least one wording"
            raise FieldError(msg)
    return tuple(found)


def _objects(value: object) -> list[dict[str, object]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        msg = f"is {shown(value)}, but must be a list of JSON objects"
        raise FieldError(msg)
    return cast("list[dict[str, object]]", value)


def _member(item: dict[str, object], name: str) -> str:
    value = item.get(name)
    if not isinstance(value, str):
        msg = f"holds {shown(item)}, whose `{name}` must be a string"
        raise FieldError(msg)
    return value


def read_contexts(value: object) -> tuple[Context, ...]:
    """Return the passages of fixed-passage mode."""
    contexts = tuple(Context(_member(item, "id"), _member(item, "text")) for item in _objects(value))
    if len({context.id for context in contexts}) < len(contexts):
        msg = "holds the same `id` twice, but citations are told apart by it; give each context an id of its own"
        raise FieldError(msg)
    return contexts


def read_history(value: object) -> tuple[Turn, ...]:
    """Return the earlier turns of the conversation, oldest first."""
    return tuple(Turn(_member(item, "question"), _member(item, "answer")) for item in _objects(value))


def read_evidence(value: object) -> tuple[tuple[str, str, int | None, int | None], ...]:
    """Return each piece of evidence as (doc_id, quote, start, end); only `doc_id` is required."""
    found: list[tuple[str, str, int | None, int | None]] = []
    for item in _objects(value):
        start, end = item.get("start"), item.get("end")
        for offset in (start, end):
            if offset is not None and (not isinstance(offset, int) or isinstance(offset, bool) or offset < 0):
                msg = f"holds {shown(item)}, whose offsets must be whole numbers from 0, or left out"
                raise FieldError(msg)
        quote = "" if item.get("quote") is None else _member(item, "quote")
        found.append((read_id(item.get("doc_id")), quote, cast("int | None", start), cast("int | None", end)))
    return tuple(found)
