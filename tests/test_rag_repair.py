"""A damaged library: never a wrong answer, always told by the doctor, and mended to what a whole generation answers."""

import json
import os
import random
import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import filelock
import pytest

from models.embedder import folder_fingerprint
from models.errors import IndexUnusableError
from models.fakes import HashingEmbedder
from models.store import bundled
from rag import doctor, store, verified
from rag.indexing import Indexer
from rag.library import Library
from rag.repair import caches, plan, repair
from rag.settings import Settings
from rag.store import MANIFEST, Store
from tests import stories
from tests.checks import only, reseal, state
from tests.conftest import SOAK
from tests.test_rag_indexing import search_results

SETTINGS = Settings()


def embedder():
    return HashingEmbedder(fingerprint=folder_fingerprint(bundled("embedder").location))


@dataclass(frozen=True)
class Made:
    """A library with a generation before the live one, and what each finds."""

    root: Path
    articles: Path
    old: dict
    new: dict


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    work = tmp_path_factory.mktemp("made")
    articles, root = work / "articles", work / "library"
    articles.mkdir()
    for number in range(5):
        (articles / f"{number}.txt").write_text(stories.text(number), encoding="utf-8")
    Indexer(root, embedder(), SETTINGS).run([articles])
    old = search_results(root)
    (articles / "1.txt").unlink()
    for number in range(5, 7):
        (articles / f"{number}.txt").write_text(stories.text(number), encoding="utf-8")
    Indexer(root, embedder(), SETTINGS).run([articles])
    assert Store(root).current().name == "g000002"
    return Made(root, articles, old, search_results(root))


@pytest.fixture
def root(made, tmp_path):
    return copied(made, tmp_path / "library")


def copied(made, to):
    shutil.copytree(made.root, to)
    assert search_results(to) == made.new  # and every file is known to be whole now
    return to


def mended(root):
    return repair(root, lambda manifest: embedder())


def flip(path, at=-20):
    content = bytearray(path.read_bytes())
    content[at] ^= 0x10
    path.write_bytes(bytes(content))


def files(root):
    return {path.name: path for path in Store(root).current().iterdir()}


def lexical(root):
    return next(path for name, path in files(root).items() if name.startswith("lexical-0"))


def told(root):
    """The one line that whoever opens a damaged library is told."""
    with pytest.raises(IndexUnusableError) as error:
        search_results(root)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("name", ["dense.vectors", "lexical"])
@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "gone"])
def test_what_is_made_from_texts_is_made_again(made, root, name, damage):
    """Vectors and postings: the same answers as before, from a new generation; the one before is still kept."""
    path = lexical(root) if name == "lexical" else files(root)[name]
    hurt(path, damage)
    assert "yiju doctor --repair" in told(root)
    assert "again from its" in next(c.remedy for c in doctor.index_checks(root) if c.state == "fail")
    found = mended(root)
    assert state(found) == {"repair": "ok"}, found
    assert search_results(root) == made.new
    assert sorted(each.name for each in Store(root).folders()) == ["g000001", "g000003"]
    assert set(state(doctor.index_checks(root)).values()) == {"ok"}
    assert mended(root)[0].finding == "nothing to mend"


def hurt(path, damage):
    if damage == "flip":
        flip(path)
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-30])
    elif damage == "empty":
        path.write_bytes(b"")
    else:
        path.unlink()
        if damage == "folder":
            path.mkdir()


@pytest.mark.parametrize("name", ["library.sqlite", MANIFEST])
@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "gone", "folder"])
def test_lost_texts_lead_back_to_the_generation_before(made, root, name, damage):
    """It is live again, the damaged one is set aside, and indexing brings the library in step."""
    hurt(files(root)[name], damage)
    assert "yiju doctor --repair" in told(root)
    assert any("makes generation g000001" in (c.remedy or "") for c in doctor.index_checks(root))
    found = mended(root)
    assert [c.state for c in found] == ["ok", "ok", "warn"]
    assert "(5 articles)" in found[-1].finding
    assert "yiju index" in found[-1].remedy
    assert search_results(root) == made.old
    assert (root / "generations" / "damaged-g000002").is_dir()
    Indexer(root, embedder(), SETTINGS).run([made.articles])
    assert search_results(root) == made.new
    assert (root / "generations" / "damaged-g000002").is_dir()
    assert "delete it when" in only(doctor.index_checks(root), "index leftovers").finding


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"\xff\xfe", b"g000009\n", b"../generations/g000002\n", b".\n", None, "folder"]
)
def test_a_lost_current_is_found_again(made, root, content):
    """Missing, a folder, rubbish, a generation that is not there: the newest whole one is live."""
    if content is None or content == "folder":
        hurt(root / "CURRENT", content or "gone")
    else:
        (root / "CURRENT").write_bytes(content)
    assert "CURRENT" in told(root) or "names generation" in told(root)
    assert [c.state for c in mended(root)] == ["ok", "warn"]
    assert search_results(root) == made.new


def test_indexing_finishes_a_switch_that_was_killed(made, root):
    """A first run that died between its last two steps: nobody needs the doctor for that."""
    (root / "CURRENT").unlink()
    report = Indexer(root, embedder(), SETTINGS).run([made.articles])
    assert (report.changes, report.articles) == (0, 6)
    assert search_results(root) == made.new


def test_a_flip_from_one_generation_to_another_is_told(made, root):
    """`CURRENT` names the one before: its answers are whole, the doctor sees the newer one, repairing returns to it."""
    (root / "CURRENT").write_text("g000001\n")
    assert search_results(root) == made.old
    assert "newer than the live one" in only(doctor.index_checks(root), "index leftovers").finding
    mended(root)
    assert search_results(root) == made.new


def test_what_cannot_be_mended_is_left_as_it_is(root):
    """No generation is whole: one line with what to do, and not a byte is lost."""
    flip(files(root)["library.sqlite"], 5000)
    shutil.rmtree(root / "generations" / "g000001")
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    [found] = mended(root)
    assert (found.state, found.exit_code) == ("fail", 4)
    assert "rm -r" in found.remedy
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_without_its_embedder_the_vectors_cannot_be_made(made, root):
    """Another model's vectors would be wrong: the generation before is live again."""
    path = files(root)["dense.vectors"]
    flip(path)
    manifest = json.loads(files(root)[MANIFEST].read_text())
    hashes = manifest["files"]
    reseal(root, embedder=manifest["embedder"] | {"fingerprint": "another"})
    told_by = json.loads(files(root)[MANIFEST].read_text())["files"]
    assert told_by["dense.vectors"] != hashes["dense.vectors"]  # resealed with the damage
    flip(path, -21)
    assert plan(root).switch.name == "g000001"
    mended(root)
    assert search_results(root) == made.old


def test_a_newer_format_is_not_touched(root):
    """Nothing is damaged: the newer program reads it."""
    path = files(root)[MANIFEST]
    path.write_text(path.read_text().replace('"format": 3', '"format": 4'))
    assert "use the newer version" in told(root)
    before = sorted(root.rglob("*"))
    [found] = mended(root)
    assert (found.state, "newer version" in found.remedy) == ("fail", True)
    assert sorted(root.rglob("*")) == before


def test_garbage_with_the_right_hash_is_made_again(made, root):
    """What the manifest vouches for and no engine can read."""
    files(root)["dense.vectors"].write_bytes(b"IxM2" + bytes(3000))
    reseal(root)
    assert state(mended(root)) == {"repair": "ok"}
    assert search_results(root) == made.new


def test_leftovers_and_damaged_caches_are_removed(made, root):
    """Half-built folders, drafts, what cannot be read; what an interrupted run can go on with stays."""
    generations = root / "generations"
    (generations / "building-77").mkdir()
    (generations / "building-next").mkdir()
    work = {"base": "g000002", "boot": store._this_boot()}
    (generations / "building-next" / "work.json").write_text(json.dumps(work))
    (root / "CURRENT.new").write_text("g0")
    for name in caches():
        (root / name).write_text("[" * 5000)
    (root / "mine.new").write_text("a user's own")
    assert only(doctor.index_checks(root), "index caches").state == "warn"
    mended(root)
    assert sorted(path.name for path in generations.iterdir()) == ["building-next", "g000001", "g000002"]
    assert not [name for name in ("CURRENT.new", *caches()) if (root / name).exists()]
    assert (root / "mine.new").exists()
    assert search_results(root) == made.new


def test_a_writer_at_work_is_not_disturbed(root):
    """Repairing takes the writers' lock or does nothing."""
    (root / "generations" / "building-77").mkdir()
    with filelock.FileLock(root / "write.lock"):
        [found] = mended(root)
    assert (found.state, "another `yiju index`" in found.finding) == ("fail", True)
    assert (root / "generations" / "building-77").exists()


def test_a_file_that_may_not_be_read_is_one_line(root, monkeypatch):
    """No permission, or a disk that gives up: told with the file's name."""
    os.utime(files(root)["library.sqlite"])  # touched, so that it is compared

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(store, "hash_file", refuse)
    assert "Permission denied" in told(root)


def test_untouched_files_are_not_read_again(root, monkeypatch):
    """Comparing a million passages at each question would take seconds: once is enough."""
    read = []
    hash_file = store.hash_file
    monkeypatch.setattr(store, "hash_file", lambda path: read.append(path.name) or hash_file(path))
    Library.open(root).close()
    assert read == []
    os.utime(files(root)["library.sqlite"])
    Library.open(root).close()
    assert sorted(read) == sorted(set(files(root)) - {MANIFEST})
    read.clear()
    Library.open(root).close()
    assert read == []
    (root / verified.FILE).write_text("rubbish")
    Library.open(root).close()
    assert read


def test_a_page_that_turns_while_the_library_is_open_is_one_line(root):
    """After it was compared: SQLite finds it, or not; there is no traceback."""
    library = Library.open(root)
    path = files(root)["library.sqlite"]
    content = path.read_bytes()
    with path.open("rb+") as file:  # the same inode
        file.write(b"\xff" * len(content))
    with pytest.raises(IndexUnusableError, match="damaged"):
        library.query("SELECT count(*) FROM article")


DAMAGES = ("bit", "bytes", "cut", "empty", "gone", "folder", "longer")


def damage(path, chance):
    """Damage a file somewhere, and tell how."""
    kind = chance.choice(DAMAGES)
    content = bytearray(path.read_bytes())
    at = chance.randrange(len(content))
    if kind == "bit":
        content[at] ^= 1 << chance.randrange(8)
    elif kind == "bytes":
        content[at : at + 64] = chance.randbytes(min(64, len(content) - at))
    elif kind == "cut":
        del content[at:]
    elif kind == "longer":
        content += chance.randbytes(at + 1)
    if kind in ("gone", "folder"):
        hurt(path, kind)
    else:
        path.write_bytes(b"" if kind == "empty" else bytes(content))
    return kind, at


@pytest.mark.parametrize("part", range(40 if SOAK else 2))
def test_any_damage_anywhere(made, tmp_path, part):
    """Unchanged answers or one line; the doctor tells it; after repairing, the answers of a whole generation."""
    chance = random.Random(part)
    for number in range(10):
        root = copied(made, tmp_path / str(number))
        beside = [root / "CURRENT", root / "files.json", root / verified.FILE]
        path = chance.choice([*files(root).values(), *files(root).values(), *beside])
        what = (path.name, *damage(path, chance), part)
        try:
            found = search_results(root)
        except IndexUnusableError as error:
            assert "yiju" in str(error), what
            assert "\n" not in str(error), what
        else:
            assert found == made.new or (path.name == "CURRENT" and found == made.old), what
            assert path in beside, what
        if path.name != verified.FILE and (path.name != "files.json" or what[1] in ("folder", "empty", "cut")):
            checks = doctor.index_checks(root)
            assert any(each.state != "ok" for each in checks) or path.name == "CURRENT", what
        told_by = mended(root)
        assert all(each.state != "fail" for each in told_by), (what, told_by)
        assert search_results(root) in (made.new, made.old), what
        shutil.rmtree(root)


@pytest.mark.parametrize("name", ["dense.vectors", "library.sqlite"])
def test_killed_anywhere_in_repairing(made, root, name):
    """It is gone on with by the next one; never a wrong answer in between."""
    flip(files(root)[name])
    expected = made.new if name == "dense.vectors" else made.old
    for at in range(1, 60):
        child = os.fork()
        if not child:
            _dies_at(root, at)
        _, status = os.waitpid(child, 0)
        with suppress(IndexUnusableError):
            assert search_results(root) in (made.new, made.old)
        if os.waitstatus_to_exitcode(status) == 0:
            break
        assert os.waitstatus_to_exitcode(status) == 9
    assert at > 3
    assert search_results(root) == expected


def _dies_at(root, at):
    """Repair, and die at the `at`-th step that changes anything."""
    calls = 0

    def counted(function):
        def wrapper(*arguments, **options):
            nonlocal calls
            calls += 1
            if calls == at:
                os._exit(9)
            return function(*arguments, **options)

        return wrapper

    try:
        store.sync_file = counted(store.sync_file)
        Path.rename = counted(Path.rename)
        Path.replace = counted(Path.replace)
        Path.mkdir = counted(Path.mkdir)
        shutil.rmtree = counted(shutil.rmtree)
        mended(root)
        os._exit(0)
    finally:
        os._exit(1)


def test_a_database_that_no_manifest_describes_is_not_believed(root):
    """Rows taken out by hand: the counts differ, and so does the hash."""
    with closing(sqlite3.connect(files(root)["library.sqlite"])) as connection, connection:
        connection.execute("DELETE FROM passage")
    assert "damaged" in told(root) or "bytes" in told(root)
