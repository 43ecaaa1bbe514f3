"""Search terms of a text: overlapping character bigrams of Chinese runs, whole words of Latin runs, and numbers.

Terms are taken from folded text, so Traditional and Simplified, full and half width meet. White space is already
gone by then, which is why Latin words are split off the text as written, before folding.
"""

import re

from models.fold import fold_text

# Characters that carry grammar rather than a topic; those of question words are among them.
FUNCTION_CHARACTERS = frozenset("的了是在和与吗呢吧么什哪谁怎为何多少几有被把将由于及其这那个些")

_RUN = re.compile(r"[a-z]+(?:['’][a-z]+)*|\d+(?:[.,]\d+)*|[^\W\da-z_]+", re.IGNORECASE)
_SPACED = re.compile(r"(?<=[A-Za-z0-9])\s+(?=[A-Za-z0-9])")


def terms(text: str) -> list[str]:
    """Return the terms of `text` in order, with repetitions.

    A Chinese run of one character gives that character; a longer one gives its bigrams. Numbers keep their decimal
    point and lose grouping commas ("1,200" and "1200" are one).
    """
    found: list[str] = []
    # A folded space would glue "GPT 4" to one word: the pieces are folded one by one instead.
    for piece in _SPACED.split(text):
        for match in _RUN.finditer(fold_text(piece)):
            run = match.group()
            if run[0].isdigit():
                found.append(run.replace(",", ""))
            elif run[0].isascii():
                found.append(run.replace("'", "").replace("’", ""))  # the index would split it there
            elif len(run) == 1:
                found.append(run)
            else:
                found.extend(run[i : i + 2] for i in range(len(run) - 1))
    return found
