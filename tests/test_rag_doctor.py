"""The index as it lies on disk: every way in which it can be wrong, with real files."""

import json
import shutil
import sqlite3
from contextlib import closing

import filelock
import pytest

from models import check
from models.embedder import folder_fingerprint
from models.store import bundled
from rag import doctor
from rag.answering import confidence
from rag.store import Store
from tests.checks import only, reseal, small_library, state


@pytest.fixture
def library(tmp_path):
    return small_library(tmp_path)


def failed(root):
    found = doctor.index_checks(root)
    assert all(each.exit_code == 4 for each in found if each.state == "fail")
    assert all("yiju " in each.remedy for each in found if each.state == "fail")
    return {each.name: each.finding for each in found if each.state == "fail"}


def test_a_sound_index_is_told_with_its_figures(library):
    """Every question is answered with fine, and nothing is written."""
    before = sorted(path.name for path in library.rglob("*"))
    found = doctor.index_checks(library)
    assert set(state(found).values()) == {"ok"}
    assert len(found) == 10
    assert "2 articles" in only(found, "index").finding
    assert "2 vectors of 32 dimensions" in only(found, "index vectors").finding
    assert sorted(path.name for path in library.rglob("*")) == before


def test_no_index_is_no_failure(tmp_path):
    """Nothing yet; a folder is not made for it."""
    found = doctor.index_checks(tmp_path / "none")
    assert state(found) == {"index": "ok", "index leftovers": "ok", "index caches": "ok"}
    assert "yiju index FOLDER" in found[0].finding
    assert not (tmp_path / "none").exists()


def test_a_library_that_is_a_file_fails(tmp_path):
    """A file stands where the folder would."""
    (tmp_path / "file").write_text("x")
    [found] = doctor.index_checks(tmp_path / "file")
    assert (found.state, found.exit_code) == ("fail", 4)


@pytest.mark.parametrize("name", ["library.sqlite", "dense.vectors", "manifest.json"])
def test_a_cut_file_fails(library, name):
    """Whichever it is; what hangs on it is not asked."""
    path = Store(library).current() / name
    path.write_bytes(path.read_bytes()[:50])
    assert set(failed(library)) == {"index"}


def test_flipped_bits_fail(library):
    """The size is right, the content is not; FAISS is not asked to read it."""
    path = Store(library).current() / "dense.vectors"
    content = bytearray(path.read_bytes())
    content[-20] ^= 0xFF
    path.write_bytes(bytes(content))
    assert set(failed(library)) == {"index files"}
    assert "index vectors" not in state(doctor.index_checks(library))


def test_garbage_that_the_manifest_vouches_for_fails(library):
    """A hash proves what was written, not that it is an index: both engines are asked."""
    folder = Store(library).current()
    (folder / "dense.vectors").write_bytes(b"IxM2" + bytes(3000))
    reseal(library)
    assert set(failed(library)) == {"index vectors"}
    database = folder / "library.sqlite"
    content = database.read_bytes()
    database.write_bytes(content[:4096] + bytes(4096) + content[8192:])
    reseal(library)
    assert "index database" in failed(library)
    database.write_bytes(b"nothing like it" * 100)
    reseal(library)
    assert "SQLite cannot read it" in failed(library)["index database"]


def test_counts_that_differ_fail(library):
    """The manifest's counts, the tables' and the vectors' are one."""
    manifest = reseal(library)
    reseal(library, counts=manifest["counts"] | {"articles": 3})
    assert failed(library) == {"index database": "2 articles, the manifest says 3"}
    with closing(sqlite3.connect(Store(library).current() / "library.sqlite")) as connection, connection:
        connection.execute("DELETE FROM passage WHERE row = (SELECT max(row) FROM passage WHERE part = 'body')")
    reseal(library)
    told = failed(library)
    assert set(told) == {"index database", "index terms", "index vectors"}
    assert "2 passages in the lexical index, 1 body passages" in told["index terms"]
    assert "2 vectors of 32 dimensions for 1 body passages" in told["index vectors"]


def test_another_embedder_or_passage_length_is_told(library):
    """Vectors of another model fail; passages of another length are to know about."""
    manifest = reseal(library)
    reseal(library, embedder=manifest["embedder"] | {"fingerprint": "another"})
    assert set(failed(library)) == {"index embedder"}
    reseal(library, settings={"passage_length": 60})
    assert only(doctor.index_checks(library), "index settings").state == "warn"


def test_a_users_own_embedder_is_compared_where_it_lies(library, tmp_path):
    """Its folder is opened again: the same, changed, or gone (which is a missing model)."""
    own = tmp_path / "own"
    shutil.copytree(bundled("embedder").location, own)
    manifest = reseal(library)
    embedder = manifest["embedder"] | {"location": str(own)}
    reseal(library, embedder=embedder | {"fingerprint": folder_fingerprint(own)})
    assert only(doctor.index_checks(library), "index embedder").state == "ok"
    (own / "more.json").write_text("{}")
    assert only(doctor.index_checks(library), "index embedder").state == "fail"
    shutil.rmtree(own)
    found = only(doctor.index_checks(library), "index embedder")
    assert (found.state, found.exit_code) == ("fail", 3)


@pytest.mark.parametrize("content", [b"g000009\n", b"\n", b"\xff\xfe\x00"])
def test_a_wrong_or_unreadable_current_fails(library, content):
    """It names a generation that is not there, none, or nothing readable."""
    (library / "CURRENT").write_bytes(content)
    assert "index" in failed(library)


def test_what_a_killed_writer_left_is_told_and_the_kept_generation_is_not(library):
    """Half-built folders, drafts, generations beyond those that are kept."""
    generations = library / "generations"
    live = generations / "g000001"
    live.rename(generations / "g000005")
    (library / "CURRENT").write_text("g000005\n")
    reseal(library)
    shutil.copytree(generations / "g000005", generations / "g000004")
    manifest = generations / "g000004" / "manifest.json"
    manifest.write_text(manifest.read_text().replace("g000005", "g000004"))
    assert only(doctor.index_checks(library), "index before").state == "warn"  # its seal is another's
    assert only(doctor.index_checks(library), "index leftovers").state == "ok"
    shutil.copytree(generations / "g000005", generations / "g000003")
    shutil.copytree(generations / "g000005", generations / "g000006")
    (generations / "building-77").mkdir()
    (generations / "building-77" / "library.sqlite").write_bytes(bytes(2048))
    (library / "CURRENT.new").write_text("g0")
    found = only(doctor.index_checks(library), "index leftovers")
    assert found.state == "warn"
    for name in ("g000003", "g000006", "building-77", "CURRENT.new"):
        assert name in found.finding
        assert f"{library}" in found.remedy
    assert "g000004" not in found.finding
    assert "2 KiB" in found.finding


def test_a_first_run_that_was_killed_is_told(library):
    """A generation that never went live, or whose `CURRENT` was lost: repairing makes it live."""
    (library / "CURRENT").unlink()
    found = doctor.index_checks(library)
    assert state(found) == {"index": "fail", "index leftovers": "warn", "index caches": "ok"}
    assert "makes generation g000001" in found[0].remedy


def test_a_writer_at_work_is_told_and_a_mere_lock_file_is_not(library):
    """A lock is held by a living process or not at all."""
    assert (library / "write.lock").exists()
    with filelock.FileLock(library / "write.lock"):
        found = only(doctor.index_checks(library), "index leftovers")
    assert (found.state, "writing" in found.finding) == ("warn", True)


@pytest.mark.models
def test_what_answering_needs_beside_the_models_is_fine_as_shipped():
    """The calibration is the bundled reader's, and FAISS searches."""
    assert doctor.calibration().state == "ok"
    assert doctor.faiss_runs().state == "ok"


def test_faiss_that_kills_its_process_is_told(tmp_path):
    """A wheel that does not fit the CPU: in a child, so that the doctor lives."""
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nkill -ILL $$\n")
    python.chmod(0o755)
    found = doctor.faiss_runs(str(python))
    assert (found.state, "SIGILL" in found.finding) == ("fail", True)


def test_a_calibration_for_another_reader_is_told(tmp_path, monkeypatch):
    """Fitted numbers belong to one reader; a broken file is told too."""
    fitted = json.loads(confidence.FILE.read_text(encoding="utf-8"))
    fitted["fitted"]["reader"] = "another"
    path = tmp_path / "calibration.json"
    path.write_text(json.dumps(fitted))
    monkeypatch.setattr(confidence.read_calibration, "__defaults__", (path,))
    assert "fitted for reader another" in doctor.calibration().finding
    path.write_text("{")
    found = check.guarded("calibration", doctor.calibration)
    assert (found.state, found.exit_code) == ("fail", 3)
