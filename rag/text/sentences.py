"""Sentences and clauses of Chinese text, as spans.

A semicolon ends a clause, not a sentence. A dot ends a sentence only as English uses it: behind a word, before a space
and a capital, and not behind an abbreviation or a figure.
"""

import itertools
import re

from rag.types import Span

_CLOSING = "”’」』）)】》〉］\\]\"'"
# `!` and `?` inside Latin text (a URL's query, "Yahoo!Japan") end nothing: Latin letters follow at once.
_END = re.compile(
    rf"(?:[。！？]|[!?](?![A-Za-z0-9=&/])|…{{1,}}|\.{{3,}}|(?<=[^\x00-\x7f])[｡．](?!\d)"
    rf"|(?<=[a-z0-9)])\.(?=\s+[A-Z]|\s*[㐀-鿿]))"
    rf"[。！？!?…]*[{_CLOSING}]*"
)
_ABBREVIATION = re.compile(
    r"(?:(?<![A-Za-z])(?:Mr|Mrs|Ms|Dr|St|Jr|Sr|Prof|Gen|Gov|Sen|Rep|Lt|Col|Capt|Inc|Ltd|Co|Corp|No|vs|etc|al|Fig|Vol|pp|e\.g|i\.e)"
    r"|(?<![A-Za-z])[A-Za-z]|\d)\.$"
)
_OPENING = {
    "“": "”",
    "‘": "’",
    "「": "」",
    "『": "』",
    "（": "）",
    "(": ")",
    "【": "】",
    "《": "》",
    "〈": "〉",
    "［": "］",
    "[": "]",
}
_CLOSERS = frozenset(_OPENING.values())
_CLAUSE_ENDS = frozenset("，,；;")
_INTERESTING = re.compile(r"[“”‘’「」『』（）()【】《》〈〉［］\[\]，,；;]")
_LINE = re.compile(r"[^\n\r\x0b\x0c\x85\u2028\u2029]+")


def _trimmed(text: str, start: int, end: int) -> Span | None:
    piece = text[start:end]
    stripped = piece.strip()
    if not stripped:
        return None
    left = start + len(piece) - len(piece.lstrip())
    return Span(left, left + len(stripped))


def _ends(line: str, end: re.Match[str]) -> bool:
    """Whether a match of `_END` ends its sentence."""
    mark = end.group()[0]
    if mark == "." and not end.group().startswith("..."):
        return _ABBREVIATION.search(line, max(0, end.start() - 6), end.start() + 1) is None
    if mark in "….":
        # An ellipsis within a sentence is followed by more of it: only a mark, a quote or the end of the line after it
        # (or something that starts anew) makes it final.
        following = line[end.end() : end.end() + 1]
        return following not in {"，", ",", "、", "；", ";", "：", ":", "的"}
    if end.group()[-1] in "”’」』）)】》〉］]\"'":
        # “走！”他说，“快走！”: what a comma or a particle follows goes on.
        following = line[end.end() : end.end() + 1]
        return following not in {"，", ",", "、", "；", ";", "的", "等", "和", "与", "與"}
    return True


def sentence_spans(text: str) -> list[Span]:
    """Return the sentences of `text` in order, without white space at their edges.

    They end at 。！？!?…… with the quotes and brackets that close there, and at line breaks. None is empty; together
    they hold every character that is not white space.
    """
    spans: list[Span] = []
    for match in _LINE.finditer(text):
        line, offset = match.group(), match.start()
        start = 0
        for end in _END.finditer(line):
            if not _ends(line, end):
                continue
            span = _trimmed(text, offset + start, offset + end.end())
            if span is not None:
                spans.append(span)
            start = end.end()
        span = _trimmed(text, offset + start, offset + len(line))
        if span is not None:
            spans.append(span)
    return spans


def _top_level_ends(text: str) -> list[int]:
    """Return the positions behind commas and semicolons that stand outside all quotes and brackets."""
    ends: list[int] = []
    awaited: list[str] = []
    for match in _INTERESTING.finditer(text):
        char, at = match.group(), match.start()
        if char in _OPENING:
            awaited.append(_OPENING[char])
        elif char in _CLOSERS:
            if char in awaited:  # one that nothing opened is just a character
                while awaited.pop() != char:
                    pass
        elif not awaited and char in _CLAUSE_ENDS and not (char == "," and _in_number(text, at)):
            ends.append(match.end())
    # A quote that is never closed would swallow the rest: then brackets are not trusted at all.
    if awaited:
        return [
            m.end() for m in re.finditer("[，,；;]", text) if not (m.group() == "," and _in_number(text, m.start()))
        ]
    return ends


def _in_number(text: str, at: int) -> bool:
    return 0 < at < len(text) - 1 and text[at - 1].isdigit() and text[at + 1].isdigit()


def clause_spans(text: str, sentence: Span) -> list[Span]:
    """Return the clauses of a sentence: it is split behind ，,；; outside of quotes, brackets and book titles.

    Clauses tile the sentence: each starts where the one before ends, and the mark belongs to the clause it ends.
    """
    if not len(sentence):
        return []
    inner = sentence.of(text)
    cuts = [0, *(end for end in _top_level_ends(inner) if end < len(inner)), len(inner)]
    return [Span(sentence.start + start, sentence.start + end) for start, end in itertools.pairwise(cuts)]
