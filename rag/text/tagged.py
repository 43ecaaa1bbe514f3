"""The words of a text with their part-of-speech tags, as jieba (rjieba) gives them."""

from dataclasses import dataclass

import rjieba


@dataclass(frozen=True, slots=True)
class Word:
    """A word, its tag, and where it begins."""

    text: str
    tag: str
    start: int

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.text)


def tagged_words(text: str) -> list[Word]:
    """Cut a text into tagged words; every character belongs to one."""
    words: list[Word] = []
    place = 0
    for word, tag in rjieba.tag(text):
        words.append(Word(word, tag, place))
        place += len(word)
    return words
