r"""Gold answers written in one cell: `|` between alternatives, `&` between what must all be there.

    2023年12月31日|12月31日          either will do
    王芳|王女士&副主任               (王芳 or 王女士) and 副主任
    研\&发                           a backslash takes the meaning from the sign after it

The full-width ｜ and ＆ mean the same. White space around an answer does not count.
"""

_OR = frozenset("|｜")
_AND = frozenset("&＆")
_ESCAPED = _OR | _AND | {"\\"}


def read_answer_cell(cell: str) -> list[list[str]]:
    """Return the answers of a cell as an AND-list of OR-aliases. An alternative left blank stays, as an empty text."""
    groups: list[list[str]] = [[""]]
    escaped = False
    for index, char in enumerate(cell):
        if escaped:
            groups[-1][-1] += char
            escaped = False
        elif char == "\\" and cell[index + 1 : index + 2] in _ESCAPED:
            escaped = True
        elif char in _AND:
            groups.append([""])
        elif char in _OR:
            groups[-1].append("")
        else:
            groups[-1][-1] += char
    return [[alias.strip() for alias in group] for group in groups]


def write_answer_cell(groups: list[list[str]]) -> str:
    """Return the cell that reads back as `groups`."""
    return "&".join("|".join("".join(f"\\{c}" if c in _ESCAPED else c for c in a) for a in group) for group in groups)
