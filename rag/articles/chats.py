"""A copied stretch of a group's chat: the long message in it that is an article, without the talk around it."""

import re
from typing import NamedTuple

from rag.articles.alignment import Edit

_LINE = re.compile(r"[^\n]*\n?")
_DAY = r"(?:19|20)\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?\s+|(?:昨天|星期[一二三四五六日天]|周[一二三四五六日])\s*"
_CLOCK = rf"(?:{_DAY})?\d{{1,2}}:\d{{2}}(?::\d{{2}})?"
_SPEAKER = re.compile(rf"\S.{{0,23}}?\s+{_CLOCK}|{_CLOCK}\s+\S.{{0,23}}")
_TALK = re.compile(r"^@\S|\[[㐀-鿿]{1,4}\]|撤回了?一条消息|拍了拍|^收到|以下为新消息")
_RULE = re.compile(r"[-—–=_*~·•.─━]{4,}")
_FEWEST_SPEAKERS, _FEWEST_MARKS = 4, 2
_SHORTEST, _SHARE = 150, 0.4  # characters of the message; of all messages
_REASON = "message around the article"


class _Message(NamedTuple):
    start: int
    end: int
    size: int


def _messages(text: str) -> list[_Message]:
    """Return the stretches between speakers, and between lines that rule off a part of a message."""
    found: list[_Message] = []
    start = size = 0
    for match in _LINE.finditer(text):
        line = match.group().strip()
        if _SPEAKER.fullmatch(line) or _RULE.fullmatch(line):
            found.append(_Message(start, match.start(), size))
            start, size = match.end(), 0
        else:
            size += len(line)
    return [*found, _Message(start, len(text), size)]


def chat_edits(text: str) -> list[Edit]:
    """Return the edits that leave the longest message of a chat; none where the text is no chat with one."""
    lines = [match.group().strip() for match in _LINE.finditer(text)]
    speakers = sum(_SPEAKER.fullmatch(line) is not None for line in lines)
    if speakers < _FEWEST_SPEAKERS or sum(_TALK.search(line) is not None for line in lines) < _FEWEST_MARKS:
        return []
    messages = _messages(text)
    longest = max(messages, key=lambda message: message.size)
    if longest.size < max(_SHORTEST, _SHARE * sum(message.size for message in messages)):
        return []
    edits = [Edit(0, longest.start, "", _REASON), Edit(longest.end, len(text), "", _REASON)]
    return [edit for edit in edits if edit.end > edit.start]
