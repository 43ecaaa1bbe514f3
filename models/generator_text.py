"""From tokens to text: bytes that arrive in parts, thinking blocks, and writers that repeat themselves."""

import codecs

_OPENING, _CLOSING = "<think>", "</think>"
_UNIT = 8  # tokens: the shortest stretch whose repetition counts
_TIMES = 3
_SAME = 24  # one token may be repeated that often: rulers, dots, zeros
_LONGEST_UNIT = 256


class Utf8Stream:
    """Bytes in any parts to characters; what never becomes a character is dropped, not replaced by a mark."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="ignore")

    def feed(self, part: bytes) -> str:
        """Return the characters that are complete now."""
        return self._decoder.decode(part)


class ThinkingSplitter:
    """Separates `<think>…</think>` from the answer, also where the tags arrive in pieces.

    A block that never closes is thinking to its end. The tags themselves, one that closes nothing included, and white
    space between a block and the answer belong to neither.
    """

    def __init__(self, *, thinking: bool = False) -> None:
        """Start inside a block if the prompt's last words opened one."""
        self._thinking = thinking
        self._held = ""
        self._trim = False

    def feed(self, text: str) -> list[tuple[str, bool]]:
        """Return what is certain now as (text, thinking); the beginning of what may be a tag is held back."""
        self._held += text
        found: list[tuple[str, bool]] = []
        while True:
            tags = [(self._held.find(tag), tag) for tag in (_OPENING, _CLOSING)]
            place, tag = min(((at, tag) for at, tag in tags if at >= 0), default=(-1, ""))
            if place < 0:
                break
            self._take(place, found)
            self._held = self._held[len(tag) :]
            self._trim = self._trim or tag == _CLOSING
            self._thinking = tag == _OPENING
        held = next((n for n in range(len(_CLOSING) - 1, 0, -1) if _is_beginning(self._held[-n:], n)), 0)
        self._take(len(self._held) - held, found)
        return found

    def finish(self) -> list[tuple[str, bool]]:
        """Return what was held back: it was no tag."""
        found: list[tuple[str, bool]] = []
        self._take(len(self._held), found)
        return found

    def _take(self, length: int, found: list[tuple[str, bool]]) -> None:
        text, self._held = self._held[:length], self._held[length:]
        if self._trim and not self._thinking:
            text = text.lstrip()
            self._trim = not text
        if text:
            found.append((text, self._thinking))


def _is_beginning(tail: str, length: int) -> bool:
    return len(tail) == length and (_OPENING.startswith(tail) or _CLOSING.startswith(tail))


class LoopGuard:
    """Notices a writer that repeats itself: a stretch of 8 to 256 tokens three times running, or one token 25 times."""

    def __init__(self) -> None:
        self._tokens: list[int] = []

    def loops(self, token: int) -> bool:
        """Add a token and tell whether the text goes in circles now."""
        tokens = self._tokens
        tokens.append(token)
        count = len(tokens)
        if count > _SAME and len(set(tokens[-_SAME - 1 :])) == 1:
            return True
        for unit in range(_UNIT, min(_LONGEST_UNIT, count // _TIMES) + 1):
            # Few units pass the first comparison, so that this costs microseconds a token.
            if tokens[-1 - unit] == token == tokens[-1 - 2 * unit]:
                tail = tokens[-unit:]
                if len(set(tail)) > 1 and tail == tokens[-2 * unit : -unit] == tokens[-3 * unit : -2 * unit]:
                    return True
        return False
