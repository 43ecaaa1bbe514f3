"""Step 5: measure what is about to be shipped, and keep the figures for the model cards."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from models.reader_input import vocabulary_index
from models.training.checkpoint import Checkpoint
from models.training.choose import SHIPPED
from models.training.device import CPU
from models.training.embedder_figures import measure_embedder
from models.training.evaluate import development, score_spans
from models.training.export import PARITY_PAIRS, logits_of
from models.training.files import write_json
from models.training.lexical import Bm25
from models.training.measure import competition_figures, hold_contests, measure_pool, reliability
from models.training.parity import compare
from models.training.prepare import Prepared
from models.training.reader_training import CHECKPOINT, Say

FIGURES = "figures.json"
_COMPETITION_QUESTIONS = 600
_POOL_NEWS = 20_000


def shipped_checkpoint(work: Path) -> Path:
    """Return the checkpoint to ship: the chosen one, or the last where none was chosen yet."""
    chosen = work / SHIPPED
    return chosen if chosen.exists() else work / CHECKPOINT


def measure_reader(
    work: Path, gguf_path: Path, *, smoke: bool = False, device: torch.device = CPU, say: Say = print
) -> dict[str, Any]:
    """Return the reader's figures: spans, competition between passages, and parity of the exported file.

    Raises:
        BadInputError: nothing is prepared.
        ModelError: there is no checkpoint or no exported file.

    """
    prepared = Prepared.load(work)
    checkpoint = Checkpoint.load(shipped_checkpoint(work))
    network, index = checkpoint.network(), vocabulary_index(checkpoint.characters)
    ours = logits_of(network, checkpoint.characters, PARITY_PAIRS)
    figures: dict[str, Any] = {"parity": asdict(compare(gguf_path, PARITY_PAIRS, ours))}
    say(f"parity {figures['parity']}")
    network.to(device)
    for source in ("cmrc2018_train", "drcd_dev", "xquad_zh"):
        questions = development(prepared.human, source, 4 if smoke else None)
        if questions:
            figures[source] = score_spans(network, index, questions)
            say(f"{source} {figures[source]}")
    pool = measure_pool(prepared, limit=50 if smoke else _POOL_NEWS)
    asked = development(prepared.human, "cmrc2018_train", 4 if smoke else _COMPETITION_QUESTIONS)
    contests = hold_contests(network, index, asked, pool, Bm25(pool))
    figures["competition"] = {"questions": len(asked), "passages": len(pool), **competition_figures(contests)}
    figures["reliability"] = reliability(contests)
    say(f"competition {figures['competition']}")
    return figures


def keep_figures(work: Path, name: str, figures: dict[str, Any]) -> None:
    """Put the figures of one model into the work folder's record."""
    path = work / FIGURES
    kept = json.loads(path.read_text("utf-8")) if path.exists() else {}
    write_json(path, {**kept, name: figures})


def reader_figures(work: Path, out: Path, *, smoke: bool = False, device: torch.device = CPU, say: Say = print) -> None:
    """Measure the reader and keep the figures."""
    keep_figures(work, "reader", measure_reader(work, out / "reader.gguf", smoke=smoke, device=device, say=say))


def embedder_figures(work: Path, out: Path, say: Say = print) -> None:
    """Measure the embedder and keep the figures."""
    keep_figures(work, "embedder", measure_embedder(Prepared.load(work), out / "embedder", say))
