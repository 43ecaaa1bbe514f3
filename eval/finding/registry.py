"""Every system that can be measured, by name."""

from collections.abc import Sequence
from importlib.util import find_spec

from eval.finding import baselines, peers, product
from eval.finding.system import Entry
from models.errors import UsageError

DEPTH = 10
"""Passages that every system is asked for: what the deepest figure looks at."""

SYSTEMS: dict[str, Entry] = {
    entry.name: entry for entry in (*product.entries(), *baselines.entries(), *peers.entries(DEPTH))
}
_EXTRAS = {"baseline": "train", "peer": "peers"}
GROUPS = ("product", "baselines", "peers")
"""Words that stand for all systems of a kind."""


def chosen(names: Sequence[str]) -> list[Entry]:
    """Return the systems of these names, or of these kinds, in the order of the table.

    Raises:
        UsageError: there is no such system, or what it needs is not installed.

    """
    if not names:
        msg = f"--systems: none is named; there are: {', '.join((*GROUPS, *SYSTEMS))}"
        raise UsageError(msg)
    wanted = set()
    for name in names:
        if name not in SYSTEMS and name not in GROUPS:
            msg = f"--systems: {name!r} is no system; there are: {', '.join((*GROUPS, *SYSTEMS))}"
            raise UsageError(msg)
        wanted |= {name, name.removesuffix("s")}
    entries = [entry for entry in SYSTEMS.values() if wanted & {entry.name, entry.kind}]
    missing = {module: entry.kind for entry in entries for module in entry.needs if find_spec(module) is None}
    if missing:
        extras = ",".join(sorted({_EXTRAS[kind] for kind in missing.values()}))
        msg = (
            f"--systems: what is to be measured needs packages that are not installed ({', '.join(missing)}):"
            f" pip install -c constraints.txt -e '.[{extras}]'"
        )
        raise UsageError(msg)
    return entries
