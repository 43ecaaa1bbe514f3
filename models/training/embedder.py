"""Step 3: train the embedder, a mean of word vectors, by telling the right passage from the others of a batch.

The network is sentence-transformers' `StaticEmbedding`, and is saved by it; only the loop is ours, since the
library's trainer needs packages that nothing else here does.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy import sparse
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from models.errors import ModelError
from models.training.checkpoint import write_content
from models.training.device import threads
from models.training.embedder_articles import NewsArticle
from models.training.embedder_data import (
    PIECES,
    Batch,
    PairDrawer,
    PairTexts,
    Shares,
    count_pieces,
    make_tokenizer,
    pair_texts,
)
from models.training.files import write_text
from models.training.interrupts import ignore_interrupts
from models.training.prepare import Prepared

SEED = 4
CHECKPOINT = "embedder.pt"
TOKENIZER = "embedder-tokenizer.json"
_SAY_STEPS = 50  # of the first worker
_SAVE_TIMES = 5


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train; the comparison in docs/log.md varies these."""

    dimensions: int = 128
    batch: int = 1024
    rate: float = 6e-3
    scale: float = 20.0  # cosines are multiplied by it: a temperature of 0.05
    characters: bool = True  # a word's vector is the sum of its own and those of its characters
    residual: float = 8.0  # weight of the lexical score in the logits; 0 leaves it out
    workers: int = 2  # processes
    shares: Shares = field(default_factory=Shares)


RECIPE = Recipe()


class _Product(torch.autograd.Function):
    """A fixed sparse matrix times a dense one: several times as fast as torch's embedding bags, backward above all."""

    @staticmethod
    def forward(ctx: Any, matrix: sparse.csr_matrix, dense: Tensor) -> Tensor:
        ctx.matrix = matrix
        return torch.from_numpy(matrix @ dense.detach().numpy())

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, Tensor]:
        return None, torch.from_numpy(ctx.matrix.T @ gradient.contiguous().numpy())


def product(matrix: sparse.csr_matrix, dense: Tensor) -> Tensor:
    """Return `matrix @ dense`; only `dense` has a gradient."""
    result: Tensor = _Product.apply(matrix, dense)  # type: ignore[no-untyped-call]
    return result


class WordVectors(nn.Module):
    """A table of word vectors, each the sum of the word's own and the mean of its characters' vectors."""

    def __init__(self, tokenizer: Tokenizer, rarity: npt.NDArray[np.float32], recipe: Recipe) -> None:
        """Begin at random, rare pieces longer: a mean of their vectors starts out weighted as tf-idf does."""
        super().__init__()
        generator = torch.Generator().manual_seed(SEED)
        pieces = ["", *(tokenizer.id_to_token(i) or "" for i in range(1, tokenizer.get_vocab_size()))]
        start = torch.randn(len(pieces), recipe.dimensions, generator=generator) * 0.1
        self.words = nn.Parameter(start * torch.from_numpy(rarity)[:, None])
        chars = {char: i for i, char in enumerate(sorted(set("".join(pieces))))}
        self.chars = nn.Parameter(torch.zeros(len(chars), recipe.dimensions))
        self.lexical = nn.Parameter(torch.tensor(recipe.residual))
        entries = [(1 / len(piece), i, chars[c]) for i, piece in enumerate(pieces) for c in piece]
        shares, rows, columns = zip(*entries, strict=True)
        shape = (len(pieces), len(chars))
        self.spelling = sparse.csr_matrix((np.array(shares, dtype=np.float32), (rows, columns)), shape=shape)
        self.composed = recipe.characters

    def table(self) -> Tensor:
        """Return the vector of each piece."""
        return self.words + product(self.spelling, self.chars) if self.composed else self.words


def shared_words(asked: sparse.csr_matrix, there: sparse.csr_matrix, rarity: npt.NDArray[np.float32]) -> Tensor:
    """Return for each query and passage the share of the query's words (by rarity) that the passage has."""
    weighted, held = asked.copy(), there.copy()
    weighted.data = rarity[weighted.indices]
    held.data = np.ones_like(held.data)
    whole = np.asarray(weighted.sum(axis=1))
    shares: npt.NDArray[np.float32] = (weighted @ held.T).toarray() / np.maximum(whole, 1e-6)
    return torch.from_numpy(shares.astype(np.float32))


def rarities(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """Return the weight of each piece by how seldom it is met, from 0.05 to 1."""
    weight = np.log(counts.sum() / (1 + counts))
    scaled: npt.NDArray[np.float32] = np.maximum(weight / weight.max(), 0.05).astype(np.float32)
    return scaled


def loss_of(vectors: WordVectors, batch: Batch, rarity: npt.NDArray[np.float32], recipe: Recipe) -> Tensor:
    """Return the mean cross entropy of finding the passage of each query in the batch, and the other way round."""
    table = vectors.table()
    # The sum does for the mean: both have the same direction.
    left, right = (functional.normalize(product(matrix, table), dim=1) for matrix in (batch.asked, batch.there))
    logits = left @ right.T * recipe.scale
    if recipe.residual:
        logits = logits + vectors.lexical * shared_words(batch.asked, batch.there, rarity)
    targets = torch.arange(len(logits))
    return (functional.cross_entropy(logits, targets) + functional.cross_entropy(logits.T, targets)) / 2


def train_embedder(
    work: Path,
    minutes: float,
    *,
    smoke: bool = False,
    recipe: Recipe = RECIPE,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Train into `embedder.pt` in the work folder, or go on with it there; return the run's record.

    It computes on the CPU, wherever the reader does: its matrices are sparse, and torch has no fast ones.

    Raises:
        BadInputError: nothing is prepared.
        ModelError: the checkpoint there is another model's.
        KeyboardInterrupt: Ctrl-C; a checkpoint is there.
        OSError: a checkpoint cannot be written; the one before is there.

    """
    if smoke:
        recipe = replace(recipe, dimensions=16, batch=32, workers=1)
    texts = _texts(work)
    tokenizer = _tokenizer(work, texts, 400 if smoke else PIECES)
    drawer = PairDrawer(tokenizer, texts)
    say(f"{len(drawer.ids)} tokens, {len(drawer.reports)} pairs of reports of one event")
    rarity = rarities(np.bincount(drawer.ids, minlength=tokenizer.get_vocab_size()))
    vectors = WordVectors(tokenizer, rarity, recipe)
    path = work / CHECKPOINT
    record: dict[str, Any] = {"step": 0, "seconds": 0.0, "losses": [], "reports": len(drawer.reports)}
    record["recipe"] = asdict(recipe)
    if path.exists():
        record = {**_restore(path, vectors), "recipe": asdict(recipe)}
        say(f"going on at step {record['step']}")
    run = _Run(vectors.share_memory(), drawer, rarity, recipe, 60 * minutes, record)
    # Workers change the one table without waiting for each other (Niu et al. 2011, "Hogwild!").
    helpers = [get_context("fork").Process(target=run.help, args=(i,), daemon=True) for i in range(1, recipe.workers)]
    with threads(1):
        for helper in helpers:
            helper.start()
        try:
            run.work(0, lambda: _save(path, vectors, record), say)
            for helper in helpers:
                helper.join()
        finally:
            for helper in helpers:
                helper.terminate()
                helper.join()
            record["step"] = run.first + int(run.steps.sum())
            _save(path, vectors, record)
            say(f"{path}: saved at step {record['step']}")
    return record


class _Run:
    """What the workers of one run share."""

    def __init__(
        self,
        vectors: WordVectors,
        drawer: PairDrawer,
        rarity: npt.NDArray[np.float32],
        recipe: Recipe,
        seconds: float,
        record: dict[str, Any],
    ) -> None:
        self.vectors, self.drawer, self.rarity, self.recipe = vectors, drawer, rarity, recipe
        self.seconds, self.record, self.first = seconds, record, int(record["step"])
        self.steps = torch.zeros(recipe.workers, dtype=torch.long).share_memory_()  # type: ignore[no-untyped-call]

    def help(self, worker: int) -> None:
        """Train as another process, which the first one ends."""
        ignore_interrupts()
        torch.set_num_threads(1)
        self.work(worker)

    def work(self, worker: int, save: Callable[[], None] | None = None, say: Callable[[str], None] = print) -> None:
        """Train until the time is over; worker 0 keeps the record and saves."""
        recipe, record = self.recipe, self.record
        optimiser = torch.optim.Adam(self.vectors.parameters(), lr=recipe.rate, betas=(0.9, 0.99), fused=True)
        recent: list[float] = []
        began = time.monotonic() - record["seconds"]
        while (seconds := time.monotonic() - began) < self.seconds:
            step = int(self.steps[worker])
            batch = self.drawer.draw(
                np.random.default_rng([SEED, worker, self.first + step]), recipe.batch, recipe.shares
            )
            loss = loss_of(self.vectors, batch, self.rarity, recipe)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            left = 1 - 0.97 * seconds / self.seconds
            optimiser.param_groups[0]["lr"] = recipe.rate * min(1.0, (step + 1) / 50) * left
            optimiser.step()
            self.steps[worker] += 1
            record["seconds"] = time.monotonic() - began
            if save is None:
                continue
            recent.append(loss.item())
            if len(recent) == _SAY_STEPS:
                record["step"] = self.first + int(self.steps.sum())
                record["losses"].append(round(float(np.mean(recent)), 3))
                say(f"embedder step {record['step']} {seconds / 60:.1f} min loss {record['losses'][-1]:.3f}")
                recent.clear()
                if len(record["losses"]) % _SAVE_TIMES == 0:
                    save()


def _texts(work: Path) -> PairTexts:
    return pair_texts(Prepared.load(work), NewsArticle.load_all(work))


def _tokenizer(work: Path, texts: PairTexts, pieces: int) -> Tokenizer:
    path = work / TOKENIZER
    if not path.exists():
        said = (sentence for article in texts.articles[::2] for sentence in article.sentences)
        counts = count_pieces([*said, *texts.passages[::4], *(t for pair in texts.human for t in pair)])
        tokenizer = make_tokenizer(counts, pieces)
        write_text(path, tokenizer.to_str())
    return read_tokenizer(work)


def read_tokenizer(work: Path) -> Tokenizer:
    """Return the embedder's tokenizer.

    Raises:
        ModelError: the embedder has not been trained, or the file is broken.

    """
    path = work / TOKENIZER
    if not path.exists() and not (work / CHECKPOINT).exists():
        msg = f"{path}: the embedder has not been trained; run the step embedder first"
        raise ModelError(msg)
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing narrower
        msg = f"{path}: missing or no tokenizer; delete {CHECKPOINT} beside it and run the step embedder again"
        raise ModelError(msg) from error


def _save(path: Path, vectors: WordVectors, record: dict[str, Any]) -> None:
    state = {name: tensor.detach().clone() for name, tensor in vectors.state_dict().items()}
    content = {"table": vectors.table().detach().half(), "vectors": state, "record": record}
    write_content(path, content)


def _restore(path: Path, vectors: WordVectors) -> dict[str, Any]:
    content = load_checkpoint(path)
    try:
        vectors.load_state_dict(content["vectors"])
    except RuntimeError as error:
        msg = f"{path}: made for another embedder; delete it or give another --work"
        raise ModelError(msg) from error
    record: dict[str, Any] = content["record"]
    return record


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Return what a run kept: `table` (pieces, dimensions) in half precision, `record`, and the state of training.

    Raises:
        ModelError: there is none, or it is of another program.

    """
    if not path.exists():
        msg = f"{path}: the embedder has not been trained; run the step embedder first"
        raise ModelError(msg)
    try:
        content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        content["table"], content["vectors"], content["record"]
    except Exception as error:  # a broken file can raise anything
        msg = f"{path} is no checkpoint of this embedder; delete it or give another --work"
        raise ModelError(msg) from error
    return content


def save_embedder(work: Path, folder: Path) -> None:
    """Write the trained embedder as a sentence-transformers folder, in half precision.

    It holds the one module: vectors are made unit length by whoever compares them.

    Raises:
        ModelError: it has not been trained.
        OSError: it cannot be written; what was in the folder stays.

    """
    # Imported here: they take seconds, and only this step needs them.
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    table = load_checkpoint(work / CHECKPOINT)["table"]
    tokenizer = read_tokenizer(work)
    static = StaticEmbedding(tokenizer, embedding_weights=table.float().numpy()).half()
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".embedder-", dir=folder.parent) as made:
        try:
            SentenceTransformer(modules=[static], device="cpu").save(made, create_model_card=False)
        except SafetensorError as error:  # a full disk, in the library's own kind of error
            raise OSError(str(error)) from error
        (Path(made) / "tokenizer.json").write_text(tokenizer.to_str(), encoding="utf-8")  # the library's is indented
        for file in Path(made).iterdir():
            file.chmod(0o644)  # safetensors writes files that only their owner can read
            file.replace(folder / file.name)
