"""Search terms of a text: overlapping character bigrams of Chinese runs, whole words of Latin runs, and numbers.

Terms are taken from folded text, so Traditional and Simplified, full and half width meet. White space is already
gone by then, which is why Latin words are split off the text as written, before folding.
"""

import re

from models.fold import fold_text

# Characters that carry grammar rather than a topic; those of question words are among them.
FUNCTION_CHARACTERS = frozenset("的了是在和与吗呢吧么什哪谁怎为何多少几有被把将由于及其这那个些")

# A comma groups digits by three; in a list ("5，10，15") it parts them.
_RUN = re.compile(r"[a-z]+(?:['’][a-z]+)*|\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)*|[^\W\da-z_]+", re.IGNORECASE)
_SPACED = re.compile(r"(?<=[A-Za-z0-9Ａ-Ｚａ-ｚ０-９])\s+(?=[A-Za-z0-9Ａ-Ｚａ-ｚ０-９])")
_JOINTS = "-+·‐‑–"
_PREFIX = 2  # letters that make one word with the character after them, as in "A股"


def terms(text: str) -> list[str]:
    """Return the terms of `text` in order, with repetitions.

    A Chinese run of one character gives that character; a longer one gives its bigrams. Numbers keep their decimal
    point and lose grouping commas ("1,200" and "1200" are one) and the zero of 07; dates with points are three numbers.
    Where letters meet digits or characters, what is written as one is a term as well: "C919", "GPT-4", "A股", "歼-20".
    """
    found: list[str] = []
    # A folded space would glue "GPT 4" to one word: the pieces are folded one by one instead.
    for piece in _SPACED.split(text):
        folded = fold_text(piece)
        before, end = "", -2  # the run before, and where it ended
        for match in _RUN.finditer(folded):
            run = match.group()
            start = match.start()
            if run[0].isascii():
                run = _plain(run, found)
                if end == start or (end == start - 1 and folded[end] in _JOINTS):
                    _join(before, run, found, glued=end == start)
            else:
                if len(run) == 1:
                    found.append(run)
                else:
                    found += [run[i : i + 2] for i in range(len(run) - 1)]
                if end == start and len(before) <= _PREFIX and before.isascii() and before.isalpha():
                    found.append(before + run[0])
            before, end = run, match.end()
    return found


def _plain(run: str, found: list[str]) -> str:
    """Add the terms of a Latin word or a number, and return it without what is written one way or another."""
    if not run[0].isdigit():
        run = run.replace("'", "").replace("’", "")
        found.append(run)
        return run
    run = run.replace(",", "")
    parts = run.split(".") if run.count(".") > 1 else [run]
    found += [part[1] if len(part) == 2 and part[0] == "0" else part for part in parts]
    return run


def _join(before: str, run: str, found: list[str], *, glued: bool) -> None:
    """Add what a Latin word or a number makes together with the run before it, if that is one name."""
    if before.isascii():
        if before[-1].isdigit() and run[0].isdigit():
            return  # a range or a date
        found.append(before + run)
    elif not glued:  # "歼-20", but not "共20"
        found.append(before[-1] + run)
