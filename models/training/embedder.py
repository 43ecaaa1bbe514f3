"""Step 3: train the embedder, a mean of word vectors, by telling the right passage from the others of a batch.

The network is sentence-transformers' `StaticEmbedding`, and is saved by it; only the loop is ours, since the
library's trainer needs packages that nothing else here does.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from models.errors import ModelError
from models.training.embedder_data import PIECES, Ids, PairDrawer, count_pieces, make_tokenizer, pair_texts
from models.training.files import write_atomically
from models.training.prepare import Prepared

SEED = 4
DIMENSIONS = 128
CHECKPOINT = "embedder.pt"
TOKENIZER = "embedder-tokenizer.json"
_BATCH = 1024
_SCALE = 20.0  # cosines are multiplied by it: a temperature of 0.05
_RATE = 6e-3
_HUMAN_SHARE = 0.15
_SAVE_STEPS = 500


def bag(weights: nn.EmbeddingBag, texts: Sequence[Ids]) -> Tensor:
    """Return the vectors of tokenised texts, of unit length, shape (texts, dimensions)."""
    lengths = np.array([len(text) for text in texts])
    flat = torch.from_numpy(np.concatenate(texts).astype(np.int64))
    offsets = torch.from_numpy(np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64))
    return functional.normalize(weights(flat, offsets), dim=1)


def initial_vectors(tokenizer: Tokenizer, counts: dict[str, int], dimensions: int) -> Tensor:
    """Return random vectors, longer for rare pieces: a mean of them starts out weighted as tf-idf does."""
    generator = torch.Generator().manual_seed(SEED)
    size = tokenizer.get_vocab_size()
    total = sum(counts.values()) or 1
    rarity = torch.tensor([np.log(total / (1 + counts.get(tokenizer.id_to_token(i) or "", 0))) for i in range(size)])
    scale = (rarity / rarity.max()).clamp(min=0.05)
    return torch.randn(size, dimensions, generator=generator) * 0.1 * scale[:, None].float()


def train_embedder(
    work: Path, minutes: float, *, smoke: bool = False, say: Callable[[str], None] = print
) -> dict[str, Any]:
    """Train into `embedder.pt` in the work folder, or go on with it there; return the run's record.

    Raises:
        BadInputError: nothing is prepared.
        ModelError: the checkpoint there is another model's.

    """
    prepared = Prepared.load(work)
    texts = pair_texts(prepared)
    tokenizer_path = work / TOKENIZER
    counts = count_pieces([*(s for p in texts.passages[::2] for s in p), *(t for pair in texts.human for t in pair)])
    if not tokenizer_path.exists():
        tokenizer = make_tokenizer(counts, 400 if smoke else PIECES)
        write_atomically(tokenizer_path, lambda target: tokenizer.save(str(target), pretty=False))
    tokenizer = Tokenizer.from_file(str(tokenizer_path))
    drawer = PairDrawer(tokenizer, texts)
    dimensions, batch = (16, 32) if smoke else (DIMENSIONS, _BATCH)
    vectors = nn.EmbeddingBag.from_pretrained(initial_vectors(tokenizer, counts, dimensions), freeze=False, mode="mean")
    optimiser = torch.optim.Adam(vectors.parameters(), lr=_RATE, betas=(0.9, 0.99), fused=True)
    path = work / CHECKPOINT
    record: dict[str, Any] = {"step": 0, "seconds": 0.0, "batch": batch, "losses": []}
    if path.exists():
        record = _restore(path, vectors, optimiser)
        say(f"going on at step {record['step']}")
    torch.set_num_threads(min(2, torch.get_num_threads()))
    recent: list[float] = []
    targets = torch.arange(batch)
    while record["seconds"] < 60 * minutes:
        began = time.monotonic()
        rng = np.random.default_rng([SEED, record["step"]])
        queries, passages = drawer.draw(rng, batch, _HUMAN_SHARE)
        logits = bag(vectors, queries) @ bag(vectors, passages).T * _SCALE
        loss = (functional.cross_entropy(logits, targets) + functional.cross_entropy(logits.T, targets)) / 2
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        done = record["seconds"] / (60 * minutes)
        optimiser.param_groups[0]["lr"] = _RATE * min(1.0, (record["step"] + 1) / 50) * (1 - 0.97 * done)
        optimiser.step()
        recent.append(loss.item())
        record["step"] += 1
        record["seconds"] += time.monotonic() - began
        if record["step"] % 100 == 0:
            mean = float(np.mean(recent[-100:]))
            record["losses"].append(round(mean, 3))
            say(f"embedder step {record['step']} {record['seconds'] / 60:.1f} min loss {mean:.3f}")
        if record["step"] % _SAVE_STEPS == 0:
            _save(path, vectors, optimiser, record)
    _save(path, vectors, optimiser, record)
    return record


def _save(path: Path, vectors: nn.EmbeddingBag, optimiser: torch.optim.Optimizer, record: dict[str, Any]) -> None:
    content = {"weight": vectors.weight.detach(), "optimiser": optimiser.state_dict(), "record": record}
    write_atomically(path, lambda target: torch.save(content, target))


def _restore(path: Path, vectors: nn.EmbeddingBag, optimiser: torch.optim.Optimizer) -> dict[str, Any]:
    content = torch.load(path, map_location="cpu", weights_only=True)
    if content["weight"].shape != vectors.weight.shape:
        msg = f"{path}: made for another embedder ({tuple(content['weight'].shape)}); delete it or give another --work"
        raise ModelError(msg)
    with torch.no_grad():
        vectors.weight.copy_(content["weight"])
    optimiser.load_state_dict(content["optimiser"])
    record: dict[str, Any] = content["record"]
    return record


def save_embedder(work: Path, folder: Path) -> None:
    """Write the trained embedder as a sentence-transformers folder.

    It holds the one module: vectors are made unit length by whoever compares them.

    Raises:
        ModelError: it has not been trained.

    """
    # Imported here: it takes seconds, and only this step needs it.
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    path = work / CHECKPOINT
    if not path.exists():
        msg = f"{path}: the embedder has not been trained; run the step embedder first"
        raise ModelError(msg)
    weight = torch.load(path, map_location="cpu", weights_only=True)["weight"]
    tokenizer = Tokenizer.from_file(str(work / TOKENIZER))
    static = StaticEmbedding(tokenizer, embedding_weights=weight.numpy())
    folder.mkdir(parents=True, exist_ok=True)
    SentenceTransformer(modules=[static], device="cpu").save(str(folder), create_model_card=False)
    for file in folder.iterdir():
        file.chmod(0o644)  # safetensors writes files that only their owner can read
