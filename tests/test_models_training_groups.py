"""Groups of passages that compete: nothing but what they tell may set the right one apart."""

import random
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from models.reader_input import UNKNOWN  # noqa: E402 — after the check that torch is there
from models.training.groups import GROUP, GroupDrawer, _piece_with  # noqa: E402
from models.training.prepare import Prepared, prepare  # noqa: E402
from models.training.variations import Answered  # noqa: E402
from tests.training_samples import passage, quiet, write_data  # noqa: E402


def test_the_right_passage_is_not_given_away_by_its_blots(tmp_path: Path) -> None:
    """Right and wrong passages have characters made unknown about equally often."""
    data, work = write_data(tmp_path / "data"), tmp_path / "work"
    prepare(data, data / "news", work, processes=1, say=quiet)
    prepared = Prepared.load(work)
    texts = [q.question + q.passage for q in prepared.human] + [
        p.passage + q.question for p in prepared.made for q in p.questions
    ]
    everything = sorted(set("".join(texts)))
    drawer = GroupDrawer(Prepared(prepared.human, prepared.made, everything), most_made=200)
    rng, blots = random.Random(7), {True: [0, 0], False: [0, 0]}
    for _ in range(150):
        batch = drawer.draw(rng, 1800)
        assert len(batch.characters) % GROUP == 0
        for row, characters in enumerate(batch.characters):
            counted = blots[bool(batch.answerable[row])]
            counted[0] += 1
            counted[1] += bool((characters == UNKNOWN).any())
    shares = [blotted / rows for rows, blotted in blots.values()]
    assert all(0.15 < share < 0.45 for share in shares), shares
    assert abs(shares[0] - shares[1]) < 0.1, shares


@pytest.mark.parametrize("size", [30, 60, 200])
def test_the_right_passage_is_cut_at_sentences_too(size: int) -> None:
    """It begins where a sentence does, like the wrong ones, and holds the answer at its place."""
    told = passage(3) * 3
    found = 0
    for start in range(0, len(told) - 4, 7):
        example = _piece_with("问?", Answered(told, start, told[start : start + 4]), size)
        if example is not None:
            found += 1
            assert example.span is not None
            assert example.window[slice(*example.span)] == told[start : start + 4]
            at = told.index(example.window)
            assert at == 0 or told[at - 1] in "。!?;,,"
            assert len(example.window) <= size
    assert found > 5
