"""How far an exported reader, as the product runs it, is from the network it was made from."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.fold import fold_text
from models.reader import LlamaReader
from models.reader_head import SINGLE, Head
from models.reader_input import ReaderInput, encode


@dataclass(frozen=True, slots=True)
class Parity:
    """How far the exported file is from its network."""

    pairs: int
    largest_difference: float  # of any score: start, end, relevance, answerable, or that of a span of either's choice
    same_choice: bool  # the best span is the same


def compare(path: Path, pairs: Sequence[tuple[str, str]], ours: Sequence[npt.NDArray[np.float32]]) -> Parity:
    """Compare an exported file with the network's logits of the same (question, passage) pairs.

    Raises:
        ModelError: the file cannot be loaded or run.

    """
    with closing(LlamaReader(path)) as reader:
        fed = [encode(fold_text(question), fold_text(passage), reader.index) for question, passage in pairs]
        theirs = [reader.logits(each) for each in fed]
        found = [_difference(reader.head, each, a, b) for each, a, b in zip(fed, ours, theirs, strict=True)]
    return Parity(len(found), max(difference for difference, _ in found), all(same for _, same in found))


def _difference(
    head: Head, fed: ReaderInput, ours: npt.NDArray[np.float32], theirs: npt.NDArray[np.float32]
) -> tuple[float, bool]:
    single = float(np.abs(ours[:, :SINGLE] - theirs[:, :SINGLE]).max())
    scores = [head.span_scores(logits, fed.passage_start, fed.passage_length) for logits in (ours, theirs)]
    best = [int(each.argmax()) for each in scores]
    spans = max(abs(float(scores[0].flat[i] - scores[1].flat[i])) for i in best)
    return max(single, spans), best[0] == best[1]
