"""Lines of labels and their values: `2024-03-05 15:10 来源：某网 作者：李明 阅读：1,234 字号：大 中 小`, in any order.

Read in Simplified script and half width (`Draft.simple`), with offsets into the line.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from rag.articles.dates import full_date
from rag.articles.label_patterns import BARE_OFFICE, BARE_PUBLISHER, FROM_ACCOUNT, FROM_FEED, NUMBER, TOKENS, WORDS
from rag.articles.naming import NAME
from rag.text.name_lists import SURNAME_CHARACTERS
from rag.types import HeadField, Span

_MOST_WORDS = 2  # without a label in one line
_HOUSES = {"paper": "SOURCE0", "account": "SOURCE1"}  # a publisher told by the words behind its name
_BYLINES = {
    "byline": ((HeadField.AUTHOR, "AUTHOR2"), (HeadField.SOURCE, "SOURCE2")),
    "poster": ((HeadField.AUTHOR, "AUTHOR3"), (HeadField.AUTHOR, "AUTHOR4")),
}
_KEPT = frozenset({"role", "desk"})
_REASONS = {
    "count": "reading count",
    "tool": "page furniture",
    "empty": "empty label",
    "code": "editor's number",
    "place": "place of posting",
    "device": "place of posting",
    "url": "address of the site",
    "revised": "date of an update",
}
_NOBODY = re.compile(
    r"(?i:admin\w*|editor|webmaster|root|test)|管理员|信息员|佚名|未知|网络|匿名|本站|本网|小编|系统|办公室|秘书科|编辑部?"
)
_BARE_NAME = re.compile(rf"(?=[{SURNAME_CHARACTERS}]){NAME}(?:[\s、]+(?=[{SURNAME_CHARACTERS}]){NAME})*")
_WEEK = re.compile(r"(?:周|星期)[一二三四五六日天]")  # 周 is a surname as well
_LONGEST_NAMES = 14


@dataclass(frozen=True, slots=True)
class MetaLine:
    """A line made only of labels and their values: the spans worth keeping, those that are not, and the values.

    `labelled` is whether the source stands behind a label, `posted` whether the author is a board's poster.
    """

    kept: tuple[Span, ...]
    dropped: tuple[tuple[Span, str], ...]
    fields: Mapping[HeadField, Span]
    labelled: bool = False
    posted: bool = False


def is_bare_name(line: str) -> bool:
    """Whether `line` is nothing but the names of people; told by their surnames, so only beside other evidence."""
    return (
        len(line) <= _LONGEST_NAMES
        and _BARE_NAME.fullmatch(line) is not None
        and _WEEK.fullmatch(line) is None
        and all(len(name) <= 3 or "·" in name for name in re.split(r"[\s、]+", line))
    )


def is_bare_publisher(line: str) -> bool:
    """Whether `line` is nothing but a publisher's name by its shape."""
    return len(line) <= _LONGEST_NAMES and BARE_PUBLISHER.fullmatch(line) is not None


@dataclass(slots=True)
class Reading:
    """What the tokens of one line have stated so far."""

    line: str
    dated: bool  # whether any token is a date of publication
    kept: list[Span] = field(default_factory=list)
    dropped: list[tuple[Span, str]] = field(default_factory=list)
    fields: dict[HeadField, Span] = field(default_factory=dict)
    unlabelled: list[re.Match[str]] = field(default_factory=list)
    timed: bool = False

    def take(self, match: re.Match[str]) -> None:
        """Take one token."""
        group = match.lastgroup or ""
        if match.re is not TOKENS:
            self._keep(match.span())
            self.unlabelled.append(match)
        elif group == "DATE":
            self.timed = self.timed or bool(match["time"])
            self._state(HeadField.DATE, match, "date" if match["date"] else "day", kept=match.span())
        elif group == "revised" and match["revision"] and not self.dated:
            self._state(HeadField.DATE, match, "revision", kept=match.span())
        elif group in _BYLINES:
            self._byline(match, group)
        elif group in _HOUSES:
            self._state(HeadField.SOURCE, match, _HOUSES[group], kept=match.span(_HOUSES[group]))
        elif group.isupper():
            self._label(match, group)
        elif group in _KEPT:
            self._keep(match.span())
        elif group != "edge":
            self.dropped.append((Span(*match.span()), _REASONS[group]))

    def _byline(self, match: re.Match[str], group: str) -> None:
        for byline, value in _BYLINES[group]:
            if match[value] and match[value].strip():
                written = match[value].strip()
                account = group == "poster" and match.group().rstrip()[-1] in "·•" and not is_bare_name(written)
                name = HeadField.SOURCE if account or BARE_OFFICE.fullmatch(written) else byline
                shown = Span(match.start(value), match.start(value) + len(match[value].rstrip()))
                self.fields.setdefault(name, shown)
                self.kept.append(shown)

    def state(self, name: HeadField, value: Span, whole: Span) -> None:
        """Take a value that the grammar of labels does not know, with what belongs to it."""
        self.fields.setdefault(name, value)
        self.kept.append(whole)

    def _keep(self, span: tuple[int, int]) -> None:
        self.kept.append(Span(*span))

    def _state(self, name: HeadField, match: re.Match[str], group: str, *, kept: tuple[int, int]) -> None:
        self.fields.setdefault(name, Span(*match.span(group)))
        self._keep(kept)

    def _label(self, match: re.Match[str], group: str) -> None:
        value = match[group.lower()]
        if not (group == "AUTHOR" and _NOBODY.fullmatch(value)):
            self.fields.setdefault(HeadField[group], Span(*match.span(group.lower())))
        self._keep((match.start(), match.start("code") if match["code"] else match.end()))
        if match["code"]:
            self.dropped.append((Span(*match.span("code")), _REASONS["code"]))


def meta_line(line: str, *, top: bool = False) -> MetaLine | None:
    """Return what `line` states, when it consists of nothing but dates, sources, names with a label, and page tools.

    At the top of an article, where `top` is said, the number of a document and a few words without a label may stand
    beside a full date; one that is a publisher's by its shape is the source.
    """
    stated = FROM_ACCOUNT.fullmatch(line)
    if stated is not None:
        return _from_account(stated)
    fed = FROM_FEED.fullmatch(line)
    if fed is not None:
        source = Span(*fed.span("source"))
        return MetaLine((source,), (), {HeadField.SOURCE: source}, labelled=True)
    found = list(_scan(line, top=top))
    if not found or found[-1].end() != len(line):
        return None
    read = Reading(line, dated=any(match.lastgroup == "DATE" for match in found))
    for match in found:
        read.take(match)
    if not (read.kept or read.dropped):
        return None
    if read.unlabelled and not _read_unlabelled(read.unlabelled, read.fields, line, timed=read.timed):
        return None
    labelled = any(match.lastgroup == "SOURCE" for match in found)
    posted = any(match.lastgroup == "poster" for match in found)
    return MetaLine(tuple(read.kept), tuple(read.dropped), read.fields, labelled, posted)


def _from_account(match: re.Match[str]) -> MetaLine:
    """Return what a sentence states that says which account a text comes from."""
    kept = [Span(match.start(), match.end("quoted"))]
    fields = {HeadField.SOURCE: Span(*match.span("source"))}
    if match["author"]:
        fields[HeadField.AUTHOR] = Span(*match.span("author"))
        kept.append(Span(match.start("writer"), match.end("author")))
    return MetaLine(tuple(kept), (), fields, labelled=True)


def _read_unlabelled(found: list[re.Match[str]], fields: dict[HeadField, Span], line: str, *, timed: bool) -> bool:
    """Whether what has no label may stand in a line of labels; the publisher among the words becomes the source.

    With nothing but a date beside it, a word must be a publisher's name by its shape: a chronicle has such lines too.
    """
    if HeadField.DATE not in fields:
        return False
    timed = timed or full_date(fields[HeadField.DATE].of(line)) is None  # a day alone is taken only with its time
    words = [match for match in found if match.re is WORDS]
    labelled = bool(fields.keys() - {HeadField.DATE})
    publisher = BARE_OFFICE if labelled or timed else BARE_PUBLISHER
    named = [match for match in words if publisher.fullmatch(match.group())]
    if named:
        fields.setdefault(HeadField.SOURCE, Span(*named[0].span()))
    return len(words) <= _MOST_WORDS if labelled else len(words) == len(named) <= 1


def _scan(line: str, *, top: bool) -> Iterator[re.Match[str]]:
    position, separate = 0, True
    while position < len(line):
        match = TOKENS.match(line, position)
        if match is None and top and separate:
            match = NUMBER.match(line, position) or WORDS.match(line, position)
        if match is None or match.end() == position:
            return
        yield match
        position = match.end()
        separate = match.lastgroup in {"edge", "DATE", "url"}
