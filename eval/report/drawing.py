"""What charts are drawn with: signs, axes, legends, and the table that tells the same.

A drawing is 400 wide, so that its letters stay readable on a phone. Colours are classes of the style sheet; what
differs in colour differs in its sign as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from eval.report import strings as words
from eval.report.markup import Both, Child, Html, element, joined

WIDTH, HEIGHT = 400, 250
LEFT, RIGHT, TOP, BOTTOM = 42, 16, 24, 40


def text(words_: Child, x: float, y: float, class_: str = "", **attributes: object) -> Html:
    """Return words in a drawing, in both languages where they differ."""

    def one(child: Child, language: str) -> Html:
        return element(
            "text", child, x=f"{x:.1f}", y=f"{y:.1f}", class_=f"{class_} {language}".strip() or None, **attributes
        )

    if isinstance(words_, Both) and words_.zh != words_.en:
        return joined([one(words_.zh, "zh"), one(words_.en, "en")])
    return one(words_.zh if isinstance(words_, Both) else words_, "")


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Html:
    """Return a line."""
    return element("line", x1=f"{x1:.1f}", y1=f"{y1:.1f}", x2=f"{x2:.1f}", y2=f"{y2:.1f}", class_=class_)


def drawn(title: Both, description: Both, *parts: Html, height: int = HEIGHT) -> Html:
    """Return a drawing that says in words what it shows."""
    told = Html(element("title", f"{title.zh} / {title.en}") + element("desc", f"{description.zh} / {description.en}"))
    return element("svg", told, *parts, viewBox=f"0 0 {WIDTH} {height}", role="img", class_="chart")


def mark(series: int, x: float, y: float) -> Html:
    """Return the sign of a series: a dot, a square, a triangle, a diamond."""
    class_ = f"mark s{series}"
    if series % 4 == 0:
        return element("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r="4", class_=class_)
    paths = ("", "M-3.6-3.6h7.2v7.2h-7.2z", "M0-4.6L4.4 3.4h-8.8z", "M0-5L5 0L0 5L-5 0z")
    return element("path", d=paths[series % 4], transform=f"translate({x:.1f} {y:.1f})", class_=class_)


def upwards(share: float) -> float:
    """Return where a share lies between the lower and the upper edge."""
    return TOP + (1 - min(1.0, max(0.0, share))) * (HEIGHT - TOP - BOTTOM)


def across(share: float) -> float:
    """Return where a share lies between the left and the right edge."""
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def share_axis() -> Html:
    """Return lines and figures from 0 to 100 % upwards."""
    parts: list[Html] = []
    for tick in (0, 0.25, 0.5, 0.75, 1):
        parts += [
            line(LEFT, upwards(tick), WIDTH - RIGHT, upwards(tick), "axis" if tick == 0 else "grid"),
            text(f"{tick:.0%}", LEFT - 6, upwards(tick) + 4, "tick end"),
        ]
    return joined(parts)


def axes(label: Both) -> list[Html]:
    """Return axes from 0 to 100 % upwards and to the right."""
    ticks = [text(f"{tick:.0%}", across(tick), HEIGHT - BOTTOM + 16, "tick middle") for tick in (0, 0.25, 0.5, 0.75, 1)]
    return [share_axis(), *ticks, text(label, across(0.5), HEIGHT - 5, "tick middle")]


def legend(names: Sequence[Both]) -> Html:
    """Return what the signs mean."""
    items = []
    for series, name in enumerate(names):
        sign = element("svg", mark(series, 7, 7), viewBox="0 0 14 14", class_="sign", aria_hidden="true")
        items.append(element("li", sign, name))
    return element("ul", *items, class_="legend")


def table(heads: Sequence[Child], rows: Sequence[Sequence[Child]]) -> Html:
    """Return what a chart shows, as a table; the first cell of a row names it."""
    head = element("tr", *(element("th", cell, scope="col") for cell in heads))
    body = [
        element("tr", element("th", row[0], scope="row"), *(element("td", cell) for cell in row[1:])) for row in rows
    ]
    inner = element("table", element("thead", head), element("tbody", *body))
    return element("details", element("summary", words.DATA), element("div", inner, class_="scroll"), class_="data")


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with what belongs to it."""

    title: Both
    about: Sequence[Child]  # joined by ·
    drawing: Html
    legend: Html
    data: Html

    def html(self) -> Html:
        """Return the figure."""
        caption = element(
            "figcaption", element("h3", self.title), element("p", joined(self.about, " · "), class_="soft")
        )
        return element("figure", caption, self.legend, self.drawing, self.data)
