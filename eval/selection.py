"""Which questions of a set a run asks: the first ones, a stratified few, or those that failed before."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.folder import read_manifest, read_rows
from eval.questions import Question
from eval.verdict import FAILED
from models.errors import BadInputError


def _drawn(question: Question) -> str:
    """Return a key that orders questions as if drawn by lot, the same on every machine and in every set."""
    return hashlib.sha256(question.id.encode()).hexdigest()


def stratified(questions: Sequence[Question], count: int) -> list[Question]:
    """Return about as many of each kind as there are in the whole, `count` in all, in the set's order.

    A kind is whether it can be answered, and its first tag. Seats are given by largest remainder, so that the shares
    are those of the set as nearly as `count` allows; which questions of a kind are taken is decided by their ids.
    """
    kinds: dict[tuple[bool | None, str], list[Question]] = {}
    for question in questions:
        kinds.setdefault((question.answerable, question.tags[0] if question.tags else ""), []).append(question)
    count = min(count, len(questions))
    shares = {kind: count * len(members) / len(questions) for kind, members in kinds.items()}
    seats = {kind: int(share) for kind, share in shares.items()}
    by_remainder = sorted(kinds, key=lambda kind: (seats[kind] - shares[kind], _drawn(kinds[kind][0])))
    for kind in by_remainder[: count - sum(seats.values())]:
        seats[kind] += 1
    taken = {question.id for kind, members in kinds.items() for question in sorted(members, key=_drawn)[: seats[kind]]}
    return [question for question in questions if question.id in taken]


def failing(folder: Path) -> frozenset[str]:
    """Return the ids of the questions that went wrong in a run, errors among them.

    Raises:
        BadInputError: the folder holds no run, a damaged one, or one in which nothing failed.

    """
    read_manifest(folder)
    found = frozenset(row.question.id for row in read_rows(folder) if row.verdict in FAILED)
    if not found:
        msg = f"nothing failed in {folder}, and --only-failing asks what did; run the whole set instead"
        raise BadInputError(msg)
    return found


@dataclass(frozen=True, slots=True)
class Selection:
    """What a run asks of a set; everything by default."""

    limit: int | None = None  # the first so many
    smoke: int | None = None  # a stratified so many
    only: frozenset[str] | None = None  # these ids

    def of(self, questions: Sequence[Question]) -> list[Question]:
        """Return the selected questions, in the set's order.

        Raises:
            BadInputError: nothing is left.

        """
        chosen = [question for question in questions if self.only is None or question.id in self.only]
        if self.smoke is not None:
            chosen = stratified(chosen, self.smoke)
        chosen = chosen[: self.limit]
        if not chosen:
            msg = "no question of this set is left to ask: its ids are not those of the earlier run; give its set"
            raise BadInputError(msg)
        return chosen

    def to_json(self) -> dict[str, object]:
        """Return it as a manifest records it."""
        ids = None if self.only is None else hashlib.sha256("\n".join(sorted(self.only)).encode()).hexdigest()
        return {"limit": self.limit, "smoke": self.smoke, "only_sha256": ids}


def same_selection(recorded: object, selection: Selection) -> bool:
    """Tell whether a run begun with `recorded` can go on with `selection`: its limit alone may have moved."""
    if not isinstance(recorded, Mapping):
        return False
    wanted = selection.to_json()
    return all(recorded.get(name) == wanted[name] for name in wanted if name != "limit")
