"""The same code on a GPU: no GPU is needed to see that every tensor would be there.

Torch's tensors without numbers (the device "meta") have a shape and a type, and an operation over two devices fails on
them as it would on a machine with a GPU. What they cannot show is that the numbers are right there.
"""

import random
import zipfile
from contextlib import nullcontext
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from models.errors import UsageError  # noqa: E402 — after the check that torch is there
from models.machine import Machine  # noqa: E402
from models.reader_input import SPECIAL_TOKENS, vocabulary_index  # noqa: E402
from models.training.checkpoint import Checkpoint  # noqa: E402
from models.training.device import CPU, choose_device, threads  # noqa: E402
from models.training.examples import ExampleDrawer  # noqa: E402
from models.training.network import ReaderNetwork, Shape  # noqa: E402
from models.training.prepare import MadePassage  # noqa: E402
from models.training.reader_training import Trainer, shape_for  # noqa: E402
from models.training.spans import span_loss  # noqa: E402
from models.training.synthetic import questions_about  # noqa: E402
from tests.training_samples import passage  # noqa: E402

TEXT = passage(1) + passage(2)
ELSEWHERE = torch.device("meta")
CHARACTERS = sorted(set(TEXT))
MADE = [MadePassage(p, tuple(q), "x", False) for p, q in questions_about(TEXT, random.Random(1), passages=8)]


def network_elsewhere(monkeypatch: pytest.MonkeyPatch) -> ReaderNetwork:
    """Return a network in training that lies on no device that computes."""
    monkeypatch.setattr(torch, "autocast", lambda *_given, **_named: nullcontext())  # it knows no such device
    shape = Shape(len(CHARACTERS) + SPECIAL_TOKENS, width=32, layers=2, heads=2, inner=48)
    return ReaderNetwork(shape).to(ELSEWHERE).train()


def test_a_step_stays_on_its_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch drawn on the CPU and moved gives a loss on the device, forward and backward."""
    drawn = ExampleDrawer([], MADE, vocabulary_index(CHARACTERS)).draw(random.Random(3), 0.0, 600)
    network, moved = network_elsewhere(monkeypatch), drawn.to(ELSEWHERE)
    assert all(getattr(moved, name).device == ELSEWHERE for name in moved.__slots__)
    loss = span_loss(network, moved)
    assert loss.device == ELSEWHERE
    loss.backward()  # type: ignore[no-untyped-call]
    assert all(p.grad is None or p.grad.device == ELSEWHERE for p in network.parameters())
    with pytest.raises(RuntimeError, match=r"device|meta"):
        span_loss(network, drawn)


def test_a_checkpoint_of_another_device_is_loaded(tmp_path: Path) -> None:
    """Where a checkpoint's tensors lay does not matter: they are read into memory, and go where the trainer is."""
    trainer = Trainer(shape_for(CHARACTERS, smoke=True), CHARACTERS)
    trainer.save(tmp_path / "reader.pt")
    path = tmp_path / "reader.pt"
    # In a checkpoint's archive every tensor names the device it lay on.
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    pickled = next(name for name in entries if name.endswith("data.pkl"))
    assert entries[pickled].count(b"\x03\x00\x00\x00cpu") >= 1
    entries[pickled] = entries[pickled].replace(b"\x03\x00\x00\x00cpu", b"\x06\x00\x00\x00cuda:0")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    with pytest.raises(RuntimeError, match="CUDA"):
        torch.load(path, weights_only=True)
    again = Trainer(shape_for(CHARACTERS, smoke=True), CHARACTERS)
    again.restore(path)
    assert all(torch.equal(value, again.average[name]) for name, value in trainer.average.items())
    assert {value.device for value in Checkpoint.load(path).weights.values()} == {CPU}


def test_the_device_is_chosen_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU if there is one, else the CPU, unless one is named; torch gets the cores that may be used."""
    before = torch.get_num_threads()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device() == torch.device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device() == choose_device("cpu") == CPU
    assert torch.get_num_threads() == Machine().usable_cores()
    with threads(1):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == Machine().usable_cores()
    torch.set_num_threads(before)


@pytest.mark.parametrize("name", ["abacus", "meta", "cuda:99"])
def test_a_device_that_is_not_here_is_told(name: str) -> None:
    """A wrong name, a kind that cannot train, a GPU that is not there: one line each."""
    with pytest.raises(UsageError, match=f"device {name}") as caught:
        choose_device(name)
    assert "\n" not in str(caught.value)
