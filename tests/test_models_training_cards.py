"""The model cards: what they say comes from the records of the run."""

import json
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from models.errors import ModelError  # noqa: E402 — after the check that torch is there
from models.training.cards import reader_card  # noqa: E402
from models.training.files import write_json  # noqa: E402
from models.training.reader_training import Trainer, shape_for  # noqa: E402

CHARACTERS = list("青石镇的纺织厂")
PREPARED = {
    "files": [{"what": "a set", "file": "a.jsonl", "rows": 7, "licence": "CC BY-SA 4.0", "sha256": "ab12"}],
    "human_questions": 11,
    "development_questions": {"cmrc2018_train": 3},
    "development_passages": 2,
    "dropped_for_overlap": 1,
    "made_questions": 99,
    "made_questions_held_out": 9,
    "characters": len(CHARACTERS),
}
COMPETITION = dict.fromkeys(
    (
        "questions", "passages", "lexical_success@1", "rerank_success@1", "mixed_success@1", "margin_success@1",
        "unanswerable_caught", "unanswerable_caught_by_margin",
    ), 41.5,
)  # fmt: skip
FIGURES: dict[str, Any] = {
    "parity": {"pairs": 8, "largest_difference": 0.0123, "same_choice": True},
    "cmrc2018_train": {"questions": 300, "em": 57.1, "f1": 77.2},
    "competition": COMPETITION,
}


def look(phase: str, minutes: float, **more: object) -> dict[str, Any]:
    """Return an entry of a run's history."""
    return {"phase": phase, "step": 10, "minutes": minutes, "examples": 800, "em": 50.0, "f1": 70.0, **more}


def card(work: Path, history: list[dict[str, Any]], figures: dict[str, Any] = FIGURES) -> str:
    """Return the card of a run with these records."""
    (work / "prepared").mkdir(parents=True, exist_ok=True)
    write_json(work / "prepared" / "prepare.json", PREPARED)
    write_json(work / "figures.json", {"reader": figures})
    (work / "reader.gguf").write_bytes(b"GGUF")
    trainer = Trainer(shape_for(CHARACTERS, smoke=True), CHARACTERS)
    trainer.history = history
    trainer.save(work / "reader.pt")
    return reader_card(work, work, "v7")


def test_the_readers_card_tells_what_the_run_was(tmp_path: Path) -> None:
    """Title, sizes, minutes of each phase and the time in all are those of the records."""
    told = card(tmp_path, [look("spans", 30.0), look("spans", 100.0), look("groups", 50.0, device="cuda")])
    assert told.startswith("# yiju-reader-v7\n")
    for said in (
        f"{len(CHARACTERS)} characters",
        "- `spans`, 100.0 minutes, 10 steps, 800 examples, on a CPU: single passages.",
        "- `groups`, 50.0 minutes, 10 steps, 800 examples, on a GPU: in two steps of five one right passage",
        "trained for 2.5 hours",
        "Dropout of 10%",
        "No questions that one report asks of another",
        "57.1 | 77.2",
        "`ab12`",
    ):
        assert said in told, said
    for left_out in ("How far a confidence", "about an hour", "v0"):
        assert left_out not in told, left_out


def test_reliability_is_told_where_it_was_measured(tmp_path: Path) -> None:
    """Confidence has its table and the mean distance from the truth."""
    figures = {**FIGURES, "reliability": [[0.0, 30, 0.05, 0.1], [0.9, 10, 0.95, 0.8]]}
    told = card(tmp_path, [look("spans", 60.0)], figures)
    assert "trained for 60 minutes" in told
    assert "| 0.9 to 1.0 | 10 | 0.95 | 0.80 |" in told
    assert "is 7.5 points" in told


def test_questions_of_reports_are_told_with_their_counts(tmp_path: Path) -> None:
    """The counts are those of the step's record; questions without it are refused, in one line that names the step."""
    (tmp_path / "prepared").mkdir()
    (tmp_path / "prepared" / "reports.jsonl").write_text("")
    for broken in (None, "{", "[]", '{"pairs": 3, "passages": 2}'):
        if broken is not None:
            (tmp_path / "prepared" / "reports.json").write_text(broken)
        with pytest.raises(ModelError, match=r"reports\.json: .* run the step reports again") as caught:
            card(tmp_path, [])
        assert "\n" not in str(caught.value)
    write_json(tmp_path / "prepared" / "reports.json", {"pairs": 1234, "passages": 567, "questions": 8901})
    told = card(tmp_path, [])
    assert "1234 pairs of articles" in told
    assert "8901 more questions, about 567 passages" in told
    assert "No questions that one report" not in told


def test_a_card_without_records_is_refused(tmp_path: Path) -> None:
    """Before the figures are taken there is no card."""
    with pytest.raises(ModelError, match="run prepare and figures first"):
        reader_card(tmp_path, tmp_path, "v7")
    card(tmp_path, [])
    (tmp_path / "figures.json").write_text(json.dumps({"embedder": {}}))
    with pytest.raises(ModelError, match="run prepare and figures first"):
        reader_card(tmp_path, tmp_path, "v7")
