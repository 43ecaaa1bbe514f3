"""`report.html`: one file that opens anywhere, holds everything it needs, and connects to nothing.

What is read first stands in it as plain HTML. The questions are JSON in blocks, from which the script shows a page at a
time, so that ten thousand of them open as fast as ten.
"""

import hashlib
import json
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from tempfile import TemporaryFile

from eval.folder import REPORT, Row
from eval.metrics import METRICS
from eval.outputs import Run
from eval.report import headline, sections, tables
from eval.report import strings as words
from eval.report.entries import DETAILS, VERDICTS, Teller, badness
from eval.report.markup import Both, Html, element, joined
from eval.summary_types import SummaryJson
from eval.verdict import Verdict
from eval.whole import WholeFile

_BUDGET = 13_500_000  # bytes of all entries: with the rest of the page, the file stays below 15 MB
_IN_FULL = 300
_BLOCK = 250  # entries of a block: the first is enough to begin with


@cache
def _asset(name: str) -> str:
    return (files("eval.report") / "assets" / name).read_text(encoding="utf-8")


def _digest(content: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _data(id_: str, content: str) -> Html:
    """Return JSON as an element that is never run; no text in it can end the element."""
    inert = content.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    return Html(f'<script type="application/json" id="{id_}">{inert}</script>\n')


class _Entries:
    """What is told of the rows, on the disk in their order; in memory only where each begins and how bad it is."""

    def __init__(self, run: Run) -> None:
        self._teller = Teller(run.library)
        self._file = TemporaryFile(dir=run.folder)  # noqa: SIM115 - until the report is written
        self._keys: list[tuple[tuple[int, float], int, int, tuple[int, ...]]] = []
        self._end = 0
        self.verdicts: Counter[Verdict] = Counter()

    @property
    def tags(self) -> list[str]:
        return list(self._teller.tags)

    def add(self, row: Row) -> None:
        verdict = row.verdict
        self.verdicts[verdict] += 1
        told = [entry.encode() for entry in self._teller.tell(row, verdict)]
        self._keys.append((badness(row, verdict), len(self._keys), self._end, tuple(map(len, told))))
        for entry in told:
            self._end += self._file.write(entry)

    def plan(self) -> tuple[int, list[tuple[int, int]]]:
        """Return how many are told in full, and (offset, length) of what is told of each, the worst first.

        All in full where the file can hold it, else the worst; of the others the longest form that fits.
        """
        rows = [(start, lengths) for _, _, start, lengths in sorted(self._keys)]
        if sum(lengths[0] + 1 for _, lengths in rows) <= _BUDGET:
            return len(rows), [(start, lengths[0]) for start, lengths in rows]
        head, rest = rows[:_IN_FULL], rows[_IN_FULL:]
        left = _BUDGET - sum(lengths[0] + 1 for _, lengths in head)
        plan = [(start, lengths[0]) for start, lengths in head]
        fits = (form for form in range(1, len(DETAILS)) if sum(lengths[form] + 1 for _, lengths in rest) <= left)
        form = next(fits, len(DETAILS) - 1)
        for start, lengths in rest:
            left -= lengths[form] + 1
            if left < 0:
                break
            plan.append((start + sum(lengths[:form]), lengths[form]))
        return len(head), plan

    def blocks(self, plan: list[tuple[int, int]]) -> Iterator[Html]:
        """Yield the entries of a plan as blocks of JSON."""
        for number, first in enumerate(range(0, len(plan), _BLOCK)):
            told: list[str] = []
            for start, length in plan[first : first + _BLOCK]:
                self._file.seek(start)
                told.append(self._file.read(length).decode())
            yield _data(f"block-{number}", f"[{','.join(told)}]")

    def close(self) -> None:
        self._file.close()


class HtmlReport:
    """Writes `report.html`."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._entries = _Entries(run)

    def add(self, row: Row) -> None:
        """Keep what is told of a row."""
        self._entries.add(row)

    def finish(self, summary: SummaryJson) -> None:
        """Write the report."""
        full, plan = self._entries.plan()
        blocks = self._entries.blocks(plan)
        file = WholeFile(self._run.folder / REPORT)
        file.write(_head(headline.set_name(self._run)))
        file.write(
            joined(
                [
                    headline.masthead(self._run, summary),
                    headline.result(summary),
                    sections.wrong(summary),
                    sections.drawn(summary),
                    tables.tags(summary),
                    tables.metrics(summary),
                    self._questions(full, len(plan)),
                ]
            )
        )
        file.write(self._facts(len(plan)))
        file.write(next(blocks, _data("block-0", "[]")))
        file.write(f"<script>{_asset('report.js')}</script>\n")
        file.write(sections.identity(self._run, summary))
        file.write(element("footer", element("p", words.FOOT, class_="soft small")) + "</main>\n")
        for block in blocks:
            file.write(block)
        file.write("</body></html>\n")
        file.keep()
        self._entries.close()

    def _questions(self, full: int, told: int) -> Html:
        """Return the place where the script shows the questions."""
        verdicts = self._entries.verdicts
        total = verdicts.total()
        about = [element("p", words.QUESTIONS_ABOUT, class_="soft")]
        if full < total:
            about.append(element("p", words.SHORTENED.filled(full=full), class_="soft"))
        if told < total:
            about.append(element("p", words.LEFT_OUT.filled(n=total - told), class_="alert"))
        chips = [_chip("", words.ALL, total)]
        chips += [
            _chip(verdict.value, words.VERDICTS[verdict], verdicts[verdict])
            for verdict in VERDICTS
            if verdicts[verdict]
        ]
        filters = element(
            "form",
            element("div", *chips, class_="chips", role="group"),
            element(
                "div",
                element("input", type="search", id="search", autocomplete="off"),
                element("select", id="tag") if self._entries.tags else None,
                class_="fields",
            ),
            id="filters",
            class_="scripted",
        )
        return element(
            "section",
            element("h2", words.QUESTIONS),
            *about,
            filters,
            element("noscript", element("p", words.NO_SCRIPT, class_="alert")),
            element("p", id="count", class_="soft small", role="status", aria_live="polite"),
            element("div", id="list"),
            element("nav", id="pages", class_="scripted"),
            id="questions",
        )

    def _facts(self, told: int) -> Html:
        """Return what the script needs beside the entries."""

        def pair(both: Both) -> list[str]:
            return [both.zh, both.en]

        facts = {
            "told": told,
            "block": _BLOCK,
            "tags": self._entries.tags,
            "metrics": [[metric.name, *words.metric_name(metric.name)] for metric in METRICS],
            "verdicts": [[v.value, *words.VERDICTS[v], *words.VERDICTS_ABOUT[v]] for v in VERDICTS],
            "words": {name: pair(both) for name, both in words.SCRIPT.items()}
            | {"search": pair(words.SEARCH), "all_tags": pair(words.ALL_TAGS)},
        }
        return _data("facts", json.dumps(facts, ensure_ascii=False, separators=(",", ":")))


def _chip(verdict: str, name: Both, count: int) -> Html:
    sign = element("i", class_=f"v-{verdict}") if verdict else None
    number = element("span", count, class_="soft")
    return element("button", sign, name, " ", number, type="button", data_verdict=verdict, class_="chip")


def _head(name: str) -> Html:
    """Return the page up to its first words. The language is chosen before anything is seen."""
    style, early = _asset("report.css"), _asset("early.js")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"style-src {_digest(style)}",
            f"script-src {_digest(early)} {_digest(_asset('report.js'))}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    meta = Html(
        '<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="referrer" content="no-referrer">\n'
    )
    title = element("title", f"{name} – {words.TITLE.zh} {words.TITLE.en}")
    return Html(
        f'<!DOCTYPE html>\n<html lang="zh-CN"><head>\n{meta}{title}\n<style>{style}</style>\n'
        f"<script>{early}</script>\n</head><body><main>\n"
    )
