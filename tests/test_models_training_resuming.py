"""Training that is stopped, killed or out of disk goes on from its last whole checkpoint, and draws what it would have."""

import errno
import hashlib
import os
import random
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402 — after the check that torch is there

from models.errors import ModelError  # noqa: E402
from models.reader_input import vocabulary_index  # noqa: E402
from models.training import checkpoint as checkpoints  # noqa: E402
from models.training.__main__ import main  # noqa: E402
from models.training.checkpoint import Checkpoint  # noqa: E402
from models.training.device import threads  # noqa: E402
from models.training.embedder import load_checkpoint, train_embedder  # noqa: E402
from models.training.embedder_articles import prepare_articles  # noqa: E402
from models.training.examples import Batch, ExampleDrawer  # noqa: E402
from models.training.groups import train_groups  # noqa: E402
from models.training.interrupts import uninterrupted  # noqa: E402
from models.training.network import ReaderNetwork  # noqa: E402
from models.training.prepare import Prepared, prepare  # noqa: E402
from models.training.reader_training import CHECKPOINT, Schedule, Trainer, shape_for  # noqa: E402
from models.training.spans import span_loss, train_spans  # noqa: E402
from tests.training_samples import quiet, write_data  # noqa: E402

SAVE = 0.002  # minutes between checkpoints


@pytest.fixture(name="trained", scope="module")
def _trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a work folder with tiny prepared data and an embedder; nobody may change it."""
    data, work = write_data(tmp_path_factory.mktemp("data")), tmp_path_factory.mktemp("work")
    prepare(data, data / "news", work, processes=1, say=quiet)
    prepare_articles(data / "news", work, [])
    train_embedder(work, 0.005, smoke=True, say=quiet)
    return work


@pytest.fixture(name="work")
def _work(trained: Path, tmp_path: Path) -> Path:
    """Return a copy of the work folder."""
    shutil.copytree(trained, tmp_path / "work")
    return tmp_path / "work"


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Train these tiny networks on one core: more only wait for each other."""
    with threads(1):
        yield


def fingerprint(batch: Batch) -> str:
    """Return a name for what a batch holds."""
    return hashlib.sha256(b"".join(getattr(batch, name).numpy().tobytes() for name in batch.__slots__)).hexdigest()


def train(work: Path, minutes: float, note: Callable[[int, str], None]) -> Trainer:
    """Train spans in small, or go on with it; `note` hears of each step's batch before the step is taken."""
    prepared = Prepared.load(work)
    trainer = Trainer(shape_for(prepared.characters, smoke=True), prepared.characters)
    if (work / CHECKPOINT).exists():
        trainer.restore(work / CHECKPOINT)
    drawer = ExampleDrawer(prepared.human, prepared.made, vocabulary_index(prepared.characters))

    def loss_of(network: ReaderNetwork, rng: random.Random, _done: float) -> tuple[Tensor, int]:
        batch = drawer.draw(rng, 0.5, 900)
        note(trainer.step, fingerprint(batch))
        return span_loss(network, batch), len(batch.starts)

    schedule = Schedule("spans", minutes, muon_rate=0.01, adam_rate=2e-3, final=0.1, save_minutes=SAVE)
    trainer.run(schedule, loss_of, lambda _network: {"score": 0.0}, work / "reader.pt", quiet)
    return trainer


def train_and_be_killed(work: Path, log: Path, *, writing: bool) -> None:
    """Train in a process of its own, which kills itself some steps after a checkpoint, or while it writes one."""
    torch.set_num_threads(1)
    path = work / "reader.pt"

    def die(*_given: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def note(step: int, drawn: str) -> None:
        with log.open("a") as lines:
            lines.write(f"{step} {drawn}\n")
        if path.exists() and step >= Checkpoint.load(path).step + 3:
            if writing:
                patch.object(os, "fsync", die).start()
            else:
                die()

    train(work, 5, note)


@pytest.mark.parametrize("writing", [False, True], ids=["in a step", "while writing"])
def test_a_killed_run_goes_on_with_the_same_batches(work: Path, tmp_path: Path, writing: bool) -> None:
    """After SIGKILL the last checkpoint loads, and the steps after it see the batches that they saw before."""
    log = tmp_path / "log"
    child = get_context("spawn").Process(target=train_and_be_killed, args=(work, log), kwargs={"writing": writing})
    child.start()
    child.join(120)
    assert child.exitcode == -signal.SIGKILL
    before = dict(line.split() for line in log.read_text().splitlines())
    saved = Checkpoint.load(work / "reader.pt")
    assert 0 < saved.step <= max(map(int, before)) - 2
    after: dict[str, str] = {}
    trainer = train(work, saved.seconds / 60 + 0.005, lambda step, drawn: after.update({str(step): drawn}))
    assert min(map(int, after)) == saved.step
    both = before.keys() & after.keys()
    assert len(both) >= 2
    assert all(before[step] == after[step] for step in both)
    assert len(set(after.values())) == len(after)
    assert trainer.seconds > saved.seconds
    assert not list(work.glob(".*.tmp"))


def test_a_resumed_run_computes_what_an_uninterrupted_one_does(work: Path) -> None:
    """With the same time done, a restored trainer takes the very same step: batch, dropout, optimisers, average."""
    prepared = Prepared.load(work)
    drawer = ExampleDrawer(prepared.human, prepared.made, vocabulary_index(prepared.characters))
    schedule = Schedule("spans", 10, muon_rate=0.01, adam_rate=2e-3, final=0.1)

    def loss_of(network: ReaderNetwork, rng: random.Random, _done: float) -> tuple[Tensor, int]:
        batch = drawer.draw(rng, 0.5, 600)
        return span_loss(network, batch), len(batch.starts)

    def step(trainer: Trainer) -> None:
        trainer.seconds = 1.0
        trainer.network.train()
        trainer._step(schedule, loss_of)

    straight = Trainer(shape_for(prepared.characters, smoke=True), prepared.characters)
    for _ in range(3):
        step(straight)
    straight.save(work / "reader.pt")
    for _ in range(3):
        step(straight)
    resumed = Trainer(shape_for(prepared.characters, smoke=True), prepared.characters)
    resumed.restore(work / "reader.pt")
    for _ in range(3):
        step(resumed)
    assert resumed.step == straight.step == 6
    for name, value in straight.network.state_dict().items():
        assert torch.equal(value, resumed.network.state_dict()[name]), name
        assert torch.equal(straight.average[name], resumed.average[name]), name


@pytest.mark.parametrize("when", ["in a step", "in a look"])
def test_ctrl_c_saves_a_checkpoint(work: Path, when: str) -> None:
    """Ctrl-C lets the step end, saves, and says how to go on; the run then goes on from that step."""
    said: list[str] = []
    prepared = Prepared.load(work)
    trainer = Trainer(shape_for(prepared.characters, smoke=True), prepared.characters)
    drawer = ExampleDrawer(prepared.human, prepared.made, vocabulary_index(prepared.characters))

    def loss_of(network: ReaderNetwork, rng: random.Random, _done: float) -> tuple[Tensor, int]:
        if when == "in a step" and trainer.step == 4:
            signal.raise_signal(signal.SIGINT)
        batch = drawer.draw(rng, 0.5, 600)
        return span_loss(network, batch), len(batch.starts)

    def look(_network: ReaderNetwork) -> dict[str, float]:
        if when == "in a look":
            signal.raise_signal(signal.SIGINT)
        return {"score": 0.0}

    path = work / "reader.pt"
    schedule = Schedule("spans", 0.01, muon_rate=0.01, adam_rate=2e-3, final=0.1)
    with pytest.raises(KeyboardInterrupt):
        trainer.run(schedule, loss_of, look, path, said.append)
    saved = Checkpoint.load(path)
    assert saved.step == (5 if when == "in a step" else trainer.step)
    assert any(f"saved at step {saved.step}" in line and "goes on from there" in line for line in said)
    again = Trainer(shape_for(prepared.characters, smoke=True), prepared.characters)
    again.restore(path)
    again.run(schedule, loss_of, lambda _network: {"score": 1.0}, path, quiet)
    assert again.step >= saved.step
    assert [look["score"] for look in again.history] == [1.0], "the look that was broken off is taken again"


def test_ctrl_c_is_held_back_only_inside() -> None:
    """Inside the block nothing is broken off; whoever handles Ctrl-C himself, or ignores it, keeps doing so."""
    reached = False
    with pytest.raises(KeyboardInterrupt), uninterrupted():
        signal.raise_signal(signal.SIGINT)
        reached = True
    assert reached
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    with uninterrupted():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    signal.signal(signal.SIGINT, before)


def test_the_command_tells_of_ctrl_c_with_130(
    work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Stopped with Ctrl-C, the command says in one line how to go on, and the same command does."""
    draw = ExampleDrawer.draw

    def stopping(self: ExampleDrawer, rng: random.Random, share: float, tokens: int) -> Batch:
        signal.raise_signal(signal.SIGINT)
        return draw(self, rng, share, tokens)

    monkeypatch.setattr(ExampleDrawer, "draw", stopping)
    command = ["reader", "--work", str(work), "--smoke", "--device", "cpu", "--minutes", "0.02"]
    assert main(command) == 130
    told = capsys.readouterr()
    assert told.err.count("\n") == 1
    assert "goes on" in told.err
    assert "saved at step 1 of spans" in told.out
    monkeypatch.undo()
    assert main(command) == 0
    assert Checkpoint.load(work / "reader.pt").phase == "groups"


def test_ctrl_c_saves_the_embedder(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedder's run, too, is saved where it was stopped, and no process of it stays behind."""
    before = torch.load(work / "embedder.pt", weights_only=True)["record"]
    import models.training.embedder as module

    loss_of, calls = module.loss_of, [0]

    def stopping(*given: Any) -> Tensor:
        calls[0] += 1
        if calls[0] == 5:
            raise KeyboardInterrupt
        return loss_of(*given)

    monkeypatch.setattr(module, "loss_of", stopping)
    recipe = replace(module.RECIPE, dimensions=16, batch=32, workers=2)
    with pytest.raises(KeyboardInterrupt):
        train_embedder(work, 5, recipe=recipe, say=quiet)
    after = torch.load(work / "embedder.pt", weights_only=True)["record"]
    assert after["step"] >= before["step"] + 4
    assert before["seconds"] < after["seconds"] < 300
    assert load_checkpoint(work / "embedder.pt")["table"].shape[1] == 16
    assert torch.get_num_threads() == 1


def _file_size_limit(most: int) -> tuple[int, int]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    return before


def test_a_full_disk_leaves_the_last_checkpoint(work: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A checkpoint that stops half way through its bytes ends the run in one line; the one before is whole."""
    path = work / "reader.pt"
    train_spans(work, 0.01, smoke=True, say=quiet)
    content, size = path.read_bytes(), path.stat().st_size
    before = _file_size_limit(size // 2)
    try:
        status = main(["reader", "--work", str(work), "--smoke", "--device", "cpu", "--minutes", "0.03"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert status == 5
    told = capfd.readouterr().err
    assert told.count("\n") == 1
    assert "reader.pt" in told or "spans-look" in told
    assert os.strerror(errno.EFBIG) in told
    assert path.read_bytes() == content
    assert not list(work.glob(".*.tmp"))
    train_spans(work, 0.02, smoke=True, say=quiet)
    assert Checkpoint.load(path).step > 0


def test_a_really_full_file_system_leaves_the_last_checkpoint(tmp_path: Path) -> None:
    """On a file system with room for one checkpoint and a half, the second is refused and the first stays."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1500k", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        path = folder / "reader.pt"
        first = {"numbers": torch.arange(130_000, dtype=torch.float64)}
        checkpoints.write_content(path, first)
        with pytest.raises(OSError, match="No space left") as caught:
            checkpoints.write_content(path, {"numbers": first["numbers"] + 1})
        assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(path))
        assert torch.equal(torch.load(path, weights_only=True)["numbers"], first["numbers"])
        assert [file.name for file in folder.iterdir()] == ["reader.pt"]
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture(name="saved")
def _saved(work: Path) -> Checkpoint:
    """Return a checkpoint of a few steps, which lies in the work folder."""
    train_spans(work, 0.002, smoke=True, say=quiet)
    return Checkpoint.load(work / "reader.pt")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda c: replace(c, shape=replace(c.shape, width=128)), "made for another network"),
        (lambda c: replace(c, characters=[*c.characters[:-1], "\0"]), "made for another vocabulary"),
        (lambda c: replace(c, characters=c.characters[:-1]), "made for another vocabulary"),
        (lambda c: replace(c, weights={n: v for n, v in c.weights.items() if "head" not in n}), "another network's"),
        (lambda c: replace(c, weights=c.weights | {"head.bias": torch.zeros(9)}), "another network's"),
        (lambda c: replace(c, optimisers=c.optimisers[:1]), "another network's"),
    ],
    ids=["shape", "character", "characters", "weights missing", "weights of another size", "optimiser missing"],
)
@pytest.mark.parametrize("go_on", [train_spans, train_groups])
def test_another_networks_checkpoint_is_refused(
    work: Path,
    saved: Checkpoint,
    spoil: Callable[[Checkpoint], Checkpoint],
    words: str,
    go_on: Callable[..., None],
) -> None:
    """Going on with a checkpoint of other sizes, words or weights ends in one clear line; the file stays."""
    path = work / "reader.pt"
    spoil(saved).save(path)
    content = path.read_bytes()
    with pytest.raises(ModelError, match=words) as caught:
        go_on(work, 0.01, smoke=True, say=quiet)
    assert "delete it" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content


@pytest.mark.parametrize("part", [0.0, 0.3, 0.99])
def test_a_cut_checkpoint_is_refused(work: Path, saved: Checkpoint, part: float) -> None:
    """A checkpoint that is cut short, or something else altogether, is told in one line."""
    assert saved.step
    path = work / "reader.pt"
    content = path.read_bytes()
    for spoilt in (content[: int(len(content) * part)], b"PK\x03\x04" + content[4 : int(len(content) * part)], b"x"):
        path.write_bytes(spoilt)
        with pytest.raises(ModelError, match="not a readable checkpoint") as caught:
            Checkpoint.load(path)
        assert "\n" not in str(caught.value)


def test_a_checkpoint_with_strange_fields_is_refused(work: Path, saved: Checkpoint) -> None:
    """One of another version of the program is told from a broken file only by its fields."""
    assert saved.step
    path = work / "reader.pt"
    content = torch.load(path, weights_only=True)
    del content["history"]
    torch.save({**content, "words": []}, path)
    with pytest.raises(ModelError, match="not a readable checkpoint"):
        Checkpoint.load(path)


def test_each_phase_goes_on_from_the_average_of_the_one_before(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups go on from spans: the start is the averaged weights, and no momentum."""
    starts: list[str] = []
    start = Trainer.start_from_average

    def noted(self: Trainer) -> None:
        assert any(not torch.equal(value, self.average[n]) for n, value in self.network.state_dict().items())
        start(self)
        assert all(torch.equal(value, self.average[n]) for n, value in self.network.state_dict().items())
        assert not self.muon.state
        assert not self.adam.state
        starts.append(self.phase)

    monkeypatch.setattr(Trainer, "start_from_average", noted)
    train_spans(work, 0.005, smoke=True, say=quiet)
    train_groups(work, 0.005, smoke=True, say=quiet)
    train_groups(work, 0.01, smoke=True, say=quiet)
    assert starts == ["spans"]
    saved = Checkpoint.load(work / "reader.pt")
    assert saved.phase == "groups"
    assert [look["phase"] for look in saved.history] == ["spans", "groups", "groups"]
    said: list[str] = []
    train_spans(work, 0.005, smoke=True, say=said.append)
    assert said == [f"{work / 'reader.pt'}: phase A is over, nothing to do"]


def test_a_finished_phase_is_left_alone(work: Path) -> None:
    """A second call with the same minutes does nothing; more minutes go on at the step where it stopped."""
    train_spans(work, 0.005, smoke=True, say=quiet)
    first = Checkpoint.load(work / "reader.pt")
    said: list[str] = []
    train_spans(work, 0.005, smoke=True, say=said.append)
    assert said[-1] == "spans: its 0.0 minutes are over, nothing to do"
    train_spans(work, 0.02, smoke=True, say=quiet)
    second = Checkpoint.load(work / "reader.pt")
    assert 0 < first.step < second.step
    assert second.seconds > first.seconds
    assert second.history[0] == first.history[0]


def test_a_step_is_looked_at_once(work: Path) -> None:
    """A look that falls on the phase's last step is not taken again at its end."""
    prepared = Prepared.load(work)
    trainer = Trainer(shape_for(prepared.characters, smoke=True), prepared.characters)
    drawer = ExampleDrawer(prepared.human, prepared.made, vocabulary_index(prepared.characters))

    def loss_of(network: ReaderNetwork, rng: random.Random, _done: float) -> tuple[Tensor, int]:
        return span_loss(network, drawer.draw(rng, 0.5, 600)), 1

    schedule = Schedule("spans", 0.005, muon_rate=0.01, adam_rate=2e-3, final=0.1, look_minutes=0.0)
    trainer.run(schedule, loss_of, lambda _network: {"score": 0.0}, work / CHECKPOINT, quiet)
    assert [look["step"] for look in trainer.history] == list(range(1, trainer.step + 1))
