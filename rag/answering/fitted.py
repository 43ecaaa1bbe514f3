"""Files of fitted numbers: weights by name, and the reader they were fitted for; for another they mean nothing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from models.errors import ModelError
from models.protocols import Reader


@dataclass(frozen=True, slots=True)
class Kind:
    """What the numbers of a file do, and how they are fitted."""

    title: str  # what the file is called in an error
    does: str  # what was fitted
    module: str  # that fits it


class Fitted(NamedTuple):
    """What a file of fitted numbers holds."""

    weights: npt.NDArray[np.float64]  # in the order of their names
    numbers: tuple[float, ...]  # those beside the weights, in the order asked for
    about: Mapping[str, Any]  # reader's and embedder's fingerprints, data, figures


def read_fitted(path: Path, names: Sequence[str], kind: Kind, numbers: Sequence[str] = ()) -> Fitted:
    """Return the weights of these names, and some numbers that stand beside them.

    Raises:
        ModelError: the file is missing, broken, or made for other names.

    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if list(data["weights"]) != list(names):
            raise ValueError("it names other weights")  # noqa: TRY301
        weights = np.array([float(data["weights"][name]) for name in names])
        beside = tuple(float(data[name]) for name in numbers)
        if not np.isfinite([*weights, *beside]).all() or not isinstance(data["fitted"]["reader"], str):
            raise ValueError("it holds no finite numbers for a reader")  # noqa: TRY301
        return Fitted(weights, beside, data["fitted"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        remedy = f"restore it with `git checkout`, or fit it with `python -m {kind.module}`"
        msg = f"the {kind.title} {path} cannot be used ({error}): {remedy}"
        raise ModelError(msg) from error


def check_reader(reader: Reader, fitted: Mapping[str, Any], kind: Kind) -> None:
    """Compare a reader with the one that numbers were fitted for.

    Raises:
        ModelError: it is another one.

    """
    if reader.fingerprint != fitted["reader"]:
        msg = (
            f"{kind.does} was fitted for reader {fitted['reader']}, this one is {reader.name} "
            f"({reader.fingerprint}): fit it with `python -m {kind.module}`, or restore the bundled reader"
        )
        raise ModelError(msg)
