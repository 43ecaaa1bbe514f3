"""The first stage for every kind of text: invisible characters, glosses, doubled punctuation, wide gaps."""

import re

from rag.articles.alignment import Edit

# Zero-width joiners inside emoji are left: they make one picture of several.
_INVISIBLE = (
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc"
    r"\ud800-\udfff\ue000-\uf8ff\U000f0000-\U0010ffff]+|(?<![\u2600-\u27bf\ufe0f\U0001f000-\U0001faff])\u200d"
)
_BREAK = r"\r\n?|[\x0b\x0c\x85\u2028\u2029]"
# A run of two or more horizontal spaces: a paragraph break that a scraper flattened, or padding.
_GAP = r"(?:[^\S\r\n\x0b\x0c\x85\u2028\u2029]){2,}|\t"
_UNSEEN = r"[\u200b-\u200f\u2060\ufeff\ue000-\uf8ff]*"  # what scrapers also put between two marks
_DOUBLED = rf"[,，](?:{_UNSEEN}[,，、。;；:：!！?？])+|(?P<mark>[、。;；:：])(?:{_UNSEEN}(?P=mark))+"
_EDIT = re.compile(f"(?P<invisible>{_INVISIBLE})|(?P<line>{_BREAK})|(?P<gap>{_GAP})|(?P<doubled>{_DOUBLED})")
_TONED = "āáǎàēéěèêīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ\u0300\u0301\u0304\u030c"
_GLOSS = re.compile(
    rf"(?<=[㐀-鿿豈-﫿\U00020000-\U0003ffff])[(（\[]\s?(?:[a-zɡɑü]{{0,4}}[{_TONED}][a-zɡɑü{_TONED}]{{0,5}}"
    rf"|[ㄅ-ㄩ]{{1,3}}[ˊˇˋ˙]?)\s?[)）\]]"
)
_MARKS = frozenset(",，、。;；:：!！?？")
_STAMMER = re.compile(r"([！？”“（）《》])\1(?!\1)")
_TWICE = re.compile(r"，，|。。|、、|,,")
_FEWEST_STAMMERS = 3
_FEWEST_GLOSSES = 3
_LONG_GAP = 8
_ENDS = frozenset("。！？!?…”’」』）)】]：:；;")


def _gap(text: str, start: int, end: int) -> Edit | None:
    """A wide gap breaks the line behind a sentence, and where it is very wide; elsewhere one space is left."""
    before = text[start - 1] if start else "\n"
    after = text[end] if end < len(text) else "\n"
    if before in "\r\n" or after in "\r\n":
        return None  # the edge of a line, trimmed with it
    if end - start > 1 and (before in _ENDS or end - start >= _LONG_GAP):
        return Edit(start, end, "\n")
    return Edit(start + 1, end) if end - start > 1 else None


def _doubled(text: str, start: int, end: int) -> Edit | None:
    """One mark remains: the last, where marks differ; a comma typed twice becomes the comma of Chinese text."""
    marks = "".join(char for char in text[start:end] if char in _MARKS)
    if marks[0] == "。" and len(marks) > 2:
        return None  # an ellipsis, as some write it
    before = text[start - 1 : start]
    if marks.isascii() and (before.isascii() and text[end : end + 1].isascii()):
        return None  # a table or a program, not Chinese prose
    if marks.strip(","):
        return Edit(start, end - 1, "", "doubled punctuation")
    return Edit(start, end, "，", "doubled punctuation")


def _stammers(text: str, edits: list[Edit]) -> list[Edit]:
    """Return edits for other marks written twice, where commas and full stops are: there a scraper doubles them all.

    Elsewhere `！！` is the author's own voice.
    """
    if sum(1 for _ in zip(_TWICE.finditer(text), range(_FEWEST_STAMMERS), strict=False)) < _FEWEST_STAMMERS:
        return []
    taken = {edit.start for edit in edits}
    return [
        Edit(match.start(), match.end() - 1, "", "doubled punctuation")
        for match in _STAMMER.finditer(text)
        if match.start() not in taken and match.start() + 1 not in taken
    ]


def character_edits(text: str, *, glossed: bool = False) -> list[Edit]:
    """Return the edits that rid `text` of what is no part of any sentence, in order.

    A gloss is a reading in Latin letters with a tone mark, in brackets behind a character: `協(xié)`. One or two of
    them in a text are the author's own and stay; three and more are a scraper's, as is any where markup `glossed`
    others.
    """
    edits: list[Edit] = []
    for match in _EDIT.finditer(text):
        start, end = match.span()
        edit: Edit | None
        if match.lastgroup == "invisible":
            edit = Edit(start, end, "", "invisible character")
        elif match.lastgroup == "line":
            # A lone carriage return has to become a line feed; before a line feed it is just dropped.
            edit = Edit(start, end - 1) if match.group() == "\r\n" else Edit(start, end, "\n")
        elif match.lastgroup == "gap":
            edit = _gap(text, start, end)
        else:
            edit = _doubled(text, start, end)
        if edit is not None:
            edits.append(edit)
    if stammers := _stammers(text, edits):
        edits = sorted([*edits, *stammers])
    glosses = [Edit(*match.span(), "", "gloss") for match in _GLOSS.finditer(text)]
    if len(glosses) >= (1 if glossed else _FEWEST_GLOSSES):
        # Nothing else matches inside a gloss but white space of one character, which is no edit.
        edits = sorted([*(e for e in edits if not any(g.start <= e.start < g.end for g in glosses)), *glosses])
    return edits
