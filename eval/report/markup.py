"""HTML and SVG as values: whatever is not `Html` already is escaped."""

import re
from collections.abc import Iterable
from html import escape
from typing import NamedTuple, TypeAlias

_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
"""Control characters, and those that turn the direction of what stands around them."""


class Html(str):
    """Markup that may stand in the page as it is."""

    __slots__ = ()


class Both(NamedTuple):
    """The same in Chinese and in English."""

    zh: str
    en: str

    def filled(self, **values: object) -> "Both":
        """Return both with their `{}` fields filled."""
        return Both(self.zh.format(**values), self.en.format(**values))


Child: TypeAlias = "Html | Both | str | int | None"


def plain(text: str) -> str:
    """Return a text with what cannot be seen made visible, as `‹202E›`."""
    return _UNSEEN.sub(lambda found: f"‹{ord(found[0]):04X}›", text)


def _child(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Html):
        return child
    if isinstance(child, Both):
        return both(child)
    return escape(plain(str(child)))


def element(name: str, *children: Child, **attributes: object) -> Html:
    """Return an element.

    `class_` is `class`, and `_` in other names is `-`. An attribute that is None or False is left out.
    """
    written = ""
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        attribute = key.rstrip("_").replace("_", "-")
        written += f" {attribute}" if value is True else f' {attribute}="{escape(plain(str(value)))}"'
    inner = "".join(map(_child, children))
    return Html(f"<{name}{written}>{inner}</{name}>")


def both(words: Both) -> Html:
    """Return words in both languages; the style sheet shows one."""
    if words.zh == words.en:
        return Html(escape(plain(words.zh)))
    zh = element("span", words.zh, class_="zh", lang="zh-CN")
    return Html(zh + element("span", words.en, class_="en", lang="en"))


def joined(parts: Iterable[Child], between: str = "") -> Html:
    """Return parts one after another."""
    return Html(escape(between).join(map(_child, parts)))


def section(id_: str, title: Both, *parts: Child) -> Html:
    """Return a part of the page under its heading."""
    return element("section", element("h2", title), *parts, id=id_)
