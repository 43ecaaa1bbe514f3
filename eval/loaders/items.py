"""What a loader yields: one question of the source as an object of the project's format, and where it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from eval.fields import shown


@dataclass(frozen=True, slots=True)
class Item:
    """One question of a source, or what is wrong with it."""

    place: str  # where it stands in the file, for messages: "row 3", "line 7", "data[0].paragraphs[2].qas[1]"
    values: Mapping[str, object] = field(default_factory=dict)  # fields as in JSON Lines; without `id`, one is made
    problems: tuple[str, ...] = ()  # one line each: the rule that is broken and the fix


class ShapeError(ValueError):
    """A part of a source does not have the shape that its format asks for; the message tells rule and fix."""


def objects(values: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    """Return a member that is a list of objects.

    Raises:
        ShapeError: it is missing or something else.

    """
    found = values.get(name)
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        msg = f"`{name}` is {shown(found)}, but must be a list of JSON objects; give the file as it was published"
        raise ShapeError(msg)
    return found


def strings(values: Mapping[str, object], name: str) -> list[str]:
    """Return a member that is a list of strings; a missing one is empty.

    Raises:
        ShapeError: it is something else.

    """
    found = values.get(name)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        msg = f"`{name}` is {shown(found)}, but must be a list of strings; give the file as it was published"
        raise ShapeError(msg)
    return found


def string(values: Mapping[str, object], *names: str) -> str:
    """Return the first of the members `names` that is there, as a string that holds something.

    Raises:
        ShapeError: none is, or it is something else.

    """
    found = next((values[name] for name in names if values.get(name) is not None), None)
    if not isinstance(found, str) or not found.strip():
        wanted = " or ".join(f"`{name}`" for name in names)
        msg = f"{wanted} is {shown(found)}, but must be a string that is not blank; mend or remove this item"
        raise ShapeError(msg)
    return found


def kept(values: Mapping[str, object], *names: str) -> dict[str, object]:
    """Return those of the members `names` that are there."""
    return {name: values[name] for name in names if values.get(name) is not None}
