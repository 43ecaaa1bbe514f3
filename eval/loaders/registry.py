"""The loaders by name, and the one way from what was typed to a source."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from eval.loaders import autorag, cmrc, comma_separated, crud, harnesses, judgements, rgb, spreadsheet
from eval.loaders.source import Loader, Source, parse_source

_ALL = (
    comma_separated.LOADER,
    spreadsheet.LOADER,
    cmrc.LOADER,
    replace(cmrc.LOADER, name="drcd"),
    replace(cmrc.LOADER, name="squad"),
    rgb.LOADER,
    crud.LOADER,
    judgements.BEIR,
    judgements.TREC,
    harnesses.RAGAS,
    harnesses.DEEPEVAL,
    harnesses.FLASHRAG,
    autorag.LOADER,
)
LOADERS: Mapping[str, Loader] = MappingProxyType({loader.name: loader for loader in _ALL})
"""Every loader by its name."""
_SUFFIXES = {".csv": "csv", ".tsv": "csv", ".xlsx": "xlsx", ".xlsm": "xlsx"}


def find_source(written: Path | str) -> Source | None:
    """Return the source that was typed, or None where it is a path of the project's own JSON Lines.

    Raises:
        BadInputError: there is no such loader or option.

    """
    return parse_source(str(written), LOADERS, _SUFFIXES)
