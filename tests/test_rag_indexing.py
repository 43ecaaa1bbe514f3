"""Bringing articles in, staying in step, and never half-written."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import filelock
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import BadInputError, IndexUnusableError
from models.fakes import HashingEmbedder
from rag import generation, indexing, known_files
from rag.indexing import Indexer
from rag.library import Library
from rag.retrieval.dense import DenseIndex, DenseLeg
from rag.retrieval.fuse import ReciprocalRanks
from rag.retrieval.lexical import LexicalIndex
from rag.retrieval.retriever import HybridRetriever
from rag.settings import Settings
from rag.store import MANIFEST, Store
from rag.types import Filter
from tests import stories
from tests.conftest import ROOT, SOAK

A = "# 澜江大桥通车\n\n2024-05-01 来源：澜江日报\n\n澜江大桥五月一日正式通车，全长一千二百米，总投资三亿元。市民可以步行过江。\n"
B = "# 青汀图书馆开馆\n\n2024-06-01 来源：青汀晚报\n\n青汀图书馆六月一日开馆，藏书四十万册，每周一闭馆整理。\n"
C = "# 岑宁招聘教师\n\n2024-07-01 来源：岑宁发布\n\n岑宁市今年招聘中小学教师一百二十名，报名截至七月十五日。\n"


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "articles"
    made.mkdir()
    (made / "a.md").write_text(A, encoding="utf-8")
    (made / "b.md").write_text(B, encoding="utf-8")
    return made


@pytest.fixture
def indexer(tmp_path):
    return Indexer(tmp_path / "library", HashingEmbedder(), Settings(passage_length=60))


QUESTIONS = ("大桥投资多少", "图书馆藏书", "招聘教师报名", "市民王女士说只有几分钟路程", "验收组认为主体结构")


def search_results(root):
    """All that is in a library and all that is found, in order; row numbers may differ between builds."""
    library = Library.open(root)
    dense = DenseLeg(library, DenseIndex.read(library.folder / "dense.vectors"), HashingEmbedder())
    legs = (LexicalIndex(library), dense)
    retriever = HybridRetriever(library, legs, ReciprocalRanks({"lexical": 1.0, "dense": 0.5}), 20)
    found = {item.id: (item, library.article(item.id).reposts) for item in library.articles()}
    for question in QUESTIONS:
        for leg in legs:
            hits = leg.search(question, 10)
            passages = library.passages(row for row, _ in hits)
            found[question, leg.name] = [(passages[row].passage, score) for row, score in hits]
        found[question] = retriever.search(question, 10)
    library.close()
    return found


def test_new_changed_moved_gone_are_told_apart(folder, indexer):
    """A second run on a known folder reports exactly what happened to it."""
    first = indexer.run([folder])
    assert (len(first.new), first.articles) == (2, 2)
    (folder / "a.md").write_text(A.replace("三亿", "四亿"), encoding="utf-8")
    (folder / "b.md").rename(folder / "moved.md")
    (folder / "c.md").write_text(C, encoding="utf-8")
    second = indexer.run([folder])
    assert [Path(p).name for p in second.changed] == ["a.md"]
    assert [(Path(a).name, Path(b).name) for a, b in second.moved] == [("b.md", "moved.md")]
    assert [Path(p).name for p in second.new] == ["c.md"]
    assert (second.gone, second.articles) == ([], 3)
    (folder / "c.md").unlink()
    third = indexer.run([folder])
    assert [Path(p).name for p in third.gone] == ["c.md"]
    assert (third.articles, third.unchanged) == (2, 2)


def test_in_step_equals_a_clean_rebuild(folder, indexer, tmp_path):
    """After any history of changes, both legs answer as if indexed afresh."""
    indexer.run([folder])
    (folder / "c.md").write_text(C, encoding="utf-8")
    (folder / "a.md").write_text(A.replace("三亿", "四亿"), encoding="utf-8")
    indexer.run([folder])
    (folder / "b.md").unlink()
    indexer.run([folder])
    Indexer(tmp_path / "fresh", HashingEmbedder(), Settings(passage_length=60)).run([folder])
    assert search_results(tmp_path / "library") == search_results(tmp_path / "fresh")


def test_nothing_to_do_leaves_the_generation_alone(folder, indexer, tmp_path):
    """No change, no new generation."""
    indexer.run([folder])
    before = Store(tmp_path / "library").current()
    report = indexer.run([folder])
    assert (report.changes, report.unchanged) == (0, 2)
    assert Store(tmp_path / "library").current() == before


def test_a_dry_run_changes_nothing(folder, indexer, tmp_path):
    """It tells, and writes nothing at all."""
    report = indexer.run([folder], dry_run=True)
    assert len(report.new) == 2
    assert not (tmp_path / "library").exists()


def test_articles_from_elsewhere_stay(folder, indexer, tmp_path):
    """Indexing one folder does not touch what came from another."""
    indexer.run([folder])
    other = tmp_path / "other"
    other.mkdir()
    (other / "c.md").write_text(C, encoding="utf-8")
    assert indexer.run([other]).articles == 3


def test_the_same_text_twice_is_one_article(folder, indexer):
    """The second copy is refused, with the place of the first."""
    (folder / "copy.md").write_text(A, encoding="utf-8")
    report = indexer.run([folder])
    assert report.articles == 2
    assert "the same text as" in report.refused[0].reason


def test_records_keep_their_ids_and_broken_lines_do_not_stop_the_others(indexer, tmp_path):
    """One article a line; a broken line is refused by its number."""
    path = tmp_path / "news.jsonl"
    rows = [
        json.dumps({"id": "n1", "text": "澜江大桥通车。", "published": "2024-05-01"}, ensure_ascii=False),
        '{"text": "断',
        json.dumps({"id": "n1", "text": "另一篇文章用了同一个编号。"}, ensure_ascii=False),
        json.dumps({"id": "n2", "text": "青汀图书馆开馆。", "title": "开馆"}, ensure_ascii=False),
    ]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    report = indexer.run([path])
    assert report.articles == 2
    assert {r.path.rsplit("#")[-1] for r in report.refused} == {"2", "3"}
    # A record that changes keeps its id; one that moves down the file is the same record.
    path.write_text("\n".join([rows[3], rows[0].replace("通车", "封闭")]) + "\n", encoding="utf-8")
    report = indexer.run([path])
    assert report.articles == 2
    library = Library.open(tmp_path / "library")
    assert library.article("n1").text.endswith("封闭。")


def test_filters_hold_in_both_legs(folder, indexer, tmp_path):
    """A filter on date, source or id lets only those articles through."""
    from datetime import date

    (folder / "c.md").write_text(C, encoding="utf-8")
    indexer.run([folder])
    library = Library.open(tmp_path / "library")
    dense = DenseLeg(library, DenseIndex.read(library.folder / "dense.vectors"), HashingEmbedder())
    everyone = {item.id: item for item in library.articles()}
    assert {item.source for item in everyone.values()} == {"澜江日报", "青汀晚报", "岑宁发布"}
    for only, expected in [
        (Filter(published_from=date(2024, 6, 1)), {"青汀晚报", "岑宁发布"}),
        (Filter(published_to=date(2024, 5, 31)), {"澜江日报"}),
        (Filter(sources=frozenset({"青汀晚报"})), {"青汀晚报"}),
    ]:
        for leg in (LexicalIndex(library), dense):
            rows = [row for row, _ in leg.search("一日正式通车开馆招聘教师", 10, only)]
            found = {everyone[p.article_id].source for p, *_ in library.passages(rows).values()}
            assert found <= expected
            assert found or leg.name == "lexical"


def test_an_index_of_another_embedder_is_refused(folder, indexer, tmp_path):
    """Vectors of two models cannot be compared: one line, and nothing is lost."""
    indexer.run([folder])
    other = Indexer(tmp_path / "library", HashingEmbedder(fingerprint="another"), Settings(passage_length=60))
    with pytest.raises(IndexUnusableError, match="made with embedder hashing"):
        other.run([folder])
    assert len(list(Library.open(tmp_path / "library").articles())) == 2


@pytest.mark.parametrize("name", ["library.sqlite", "dense.vectors", MANIFEST])
def test_a_cut_file_is_one_line(folder, indexer, tmp_path, name):
    """A damaged index is told with what to do, whichever file it is."""
    indexer.run([folder])
    path = Store(tmp_path / "library").current() / name
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(IndexUnusableError, match="yiju index"):
        Library.open(tmp_path / "library")


def test_flipped_bits_in_the_vectors_are_found(folder, indexer, tmp_path):
    """A flipped bit moves one score a little and nothing more; the hash tells of it."""
    indexer.run([folder])
    store = Store(tmp_path / "library")
    path = store.current() / "dense.vectors"
    content = bytearray(path.read_bytes())
    content[-20] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(IndexUnusableError, match="damaged"):
        store.verify(store.current(), store.read_manifest(store.current()), "dense.vectors")


def test_a_missing_index_says_what_to_run(tmp_path):
    """An empty folder is not an index."""
    with pytest.raises(IndexUnusableError, match="yiju index FOLDER"):
        Library.open(tmp_path)


def test_paths_without_articles_are_one_line(indexer, tmp_path):
    """A missing path and an empty folder are the user's errors."""
    with pytest.raises(BadInputError):
        indexer.run([tmp_path / "nowhere"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInputError, match="no articles"):
        indexer.run([tmp_path / "empty"])


def test_two_writers_do_not_meet(folder, indexer, tmp_path):
    """While one process writes, a second is told to wait."""
    (tmp_path / "library").mkdir()
    with filelock.FileLock(tmp_path / "library" / "write.lock"), pytest.raises(IndexUnusableError, match="another"):
        indexer.run([folder])


def test_a_reader_keeps_its_generation_while_another_is_published(folder, indexer, tmp_path):
    """What was open stays readable, what is opened later is new."""
    indexer.run([folder])
    old = Library.open(tmp_path / "library")
    (folder / "c.md").write_text(C, encoding="utf-8")
    indexer.run([folder])
    assert len(list(old.articles())) == 2
    assert len(list(Library.open(tmp_path / "library").articles())) == 3


def test_a_dry_run_tells_what_the_run_then_does(folder, indexer):
    """The same report, list for list."""
    indexer.run([folder])
    (folder / "a.md").write_text(A.replace("三亿", "四亿"), encoding="utf-8")
    (folder / "b.md").rename(folder / "moved.md")
    (folder / "c.md").write_text(C, encoding="utf-8")
    (folder / "copy.md").write_text(C, encoding="utf-8")
    (folder / "empty.md").write_text("", encoding="utf-8")
    foretold = asdict(indexer.run([folder], dry_run=True))
    assert foretold | {"passages": 0} == asdict(indexer.run([folder])) | {"passages": 0}
    assert len(foretold["refused"]) == 2


@pytest.fixture
def settled(monkeypatch):
    """Files of this very moment are remembered too."""
    monkeypatch.setattr(known_files, "SETTLED", -1.0)


def test_untouched_files_are_not_read_again(folder, indexer, settled, monkeypatch):
    """Size, inode and both times tell; whatever was touched is read, and what was refused is tried again."""
    (folder / "copy.md").write_text(A, encoding="utf-8")
    (folder / "empty.md").write_text("", encoding="utf-8")
    read = []
    original = indexing.read_file
    monkeypatch.setattr(indexing, "read_file", lambda file: (read.append(Path(file.path).name), original(file))[1])
    first = indexer.run([folder])
    assert read == ["a.md", "b.md", "copy.md", "empty.md"]
    read.clear()
    again = indexer.run([folder])
    assert (read, again.refused, again.unchanged) == (["empty.md"], first.refused, 2)
    (folder / "b.md").write_text(B.replace("四十万", "五十万"), encoding="utf-8")
    read.clear()
    assert [Path(p).name for p in indexer.run([folder]).changed] == ["b.md"]
    assert read == ["b.md", "empty.md"]
    # The copy comes in once the first one is gone, although it was not touched.
    (folder / "a.md").unlink()
    report = indexer.run([folder])
    assert [(Path(old).name, Path(new).name) for old, new in report.moved] == [("a.md", "copy.md")]


def test_all_is_read_again_on_demand(folder, indexer, settled, monkeypatch):
    """--reread looks into every file, whatever its times say."""
    indexer.run([folder])
    reads, original = [], indexing.read_file
    monkeypatch.setattr(indexing, "read_file", lambda file: (reads.append(file), original(file))[1])
    assert indexer.run([folder]).changes == 0
    assert not reads
    assert indexer.run([folder], reread=True).changes == 0
    assert len(reads) == len(list(folder.iterdir()))


def test_another_way_of_cleaning_reads_all_articles_anew(folder, indexer, settled, monkeypatch):
    """A new version of the cleaning code must not leave articles behind that an older one cleaned."""
    first = indexer.run([folder])
    for module in (indexing, known_files):
        monkeypatch.setattr(module, "readers", lambda: "another version")
    again = indexer.run([folder])
    assert sorted(again.changed) == sorted(first.new)
    assert again.articles == first.articles
    assert indexer.run([folder]).changes == 0


def test_a_changed_file_with_its_old_time_and_size_is_seen(folder, indexer, settled):
    """A program can set the time of a file's content back, but not that of the entry."""
    indexer.run([folder])
    path = folder / "a.md"
    before = path.stat()
    path.write_text(A.replace("三亿", "四亿"), encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert [Path(p).name for p in indexer.run([folder]).changed] == ["a.md"]


def test_files_just_written_are_not_remembered(folder, indexer, tmp_path):
    """A second write within the clock's grain would look like the first."""
    indexer.run([folder])
    assert json.loads((tmp_path / "library" / known_files.FILE).read_text())["files"] == {}


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"readers": "x"}', "\x00" * 50])
def test_damaged_memory_of_files_is_no_harm(folder, indexer, tmp_path, settled, damage):
    """It is only a cache: without it, everything is read."""
    indexer.run([folder])
    (tmp_path / "library" / known_files.FILE).write_text(damage)
    report = indexer.run([folder])
    assert (report.unchanged, report.changes) == (2, 0)


def test_an_older_format_is_one_line(folder, indexer, tmp_path):
    """A library of another version says what to do."""
    indexer.run([folder])
    manifest = Store(tmp_path / "library").current() / MANIFEST
    manifest.write_text(manifest.read_text().replace('"format": 3', '"format": 2'))
    with pytest.raises(IndexUnusableError, match=r"format 2, this version reads 3: remove .* and run `yiju index`"):
        Library.open(tmp_path / "library")


def test_a_damaged_base_is_not_handed_on(folder, indexer, tmp_path):
    """Damage inside the live database must not be copied under a new hash."""
    indexer.run([folder])
    path = Store(tmp_path / "library").current() / "library.sqlite"
    content = bytearray(path.read_bytes())
    content[-100] ^= 0xFF
    path.write_bytes(bytes(content))
    (folder / "c.md").write_text(C, encoding="utf-8")
    with pytest.raises(IndexUnusableError, match="damaged"):
        indexer.run([folder])


def test_reposts_follow_what_is_in_the_folder(folder, indexer, tmp_path):
    """A repost joins its story, and leaves with its file."""
    indexer.run([folder])
    (folder / "again.txt").write_text(stories.text(3), encoding="utf-8")
    (folder / "source.txt").write_text("2024-01-01\n" + stories.text(3), encoding="utf-8")
    indexer.run([folder])
    library = Library.open(tmp_path / "library")
    [one] = [item.id for item in library.articles() if item.path.endswith("again.txt")]
    assert [r.path.rsplit("/")[-1] for r in library.article(one).reposts] == ["source.txt"]
    (folder / "source.txt").unlink()
    indexer.run([folder])
    assert Library.open(tmp_path / "library").article(one).reposts == ()


NAMES = st.sampled_from(["a.txt", "b.txt", "c/d.txt", "c/e.txt", "f.txt", "z.txt"])
CONTENTS = st.builds(
    lambda number, change: change(number),
    st.integers(0, 3),
    st.sampled_from([stories.text, stories.text, stories.refigured, *stories.REPOSTS]),
)
RECORD = st.fixed_dictionaries({"id": st.sampled_from(["n1", "n2", "n3"]), "text": CONTENTS})
STEPS = st.one_of(
    st.tuples(st.just("write"), NAMES, CONTENTS),
    st.tuples(st.just("move"), NAMES, NAMES),
    st.tuples(st.just("remove"), NAMES, st.none()),
    st.tuples(st.just("records"), st.sampled_from(["r.jsonl", "c/s.jsonl"]), st.lists(RECORD, max_size=3)),
    st.tuples(st.just("index"), st.none(), st.none()),
)


def step(folder, action, target, value):
    """Do to a folder what people do to folders."""
    path = folder / target
    path.parent.mkdir(exist_ok=True)
    if action == "write":
        path.write_text(value, encoding="utf-8")
    elif action == "records":
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in value), encoding="utf-8")
    elif action == "move" and path.exists():
        (folder / value).parent.mkdir(exist_ok=True)
        path.replace(folder / value)
    elif action == "remove":
        path.unlink(missing_ok=True)


def brought_in(folder, root):
    """Index a folder after a dry run that must tell the same; an empty one is refused."""
    indexer = Indexer(root, HashingEmbedder(), Settings(passage_length=60))
    try:
        foretold = asdict(indexer.run([folder], dry_run=True))
    except BadInputError:
        return
    assert foretold | {"passages": 0} == asdict(indexer.run([folder])) | {"passages": 0}


@settings(max_examples=500 if SOAK else 20)
@given(st.lists(STEPS, min_size=1, max_size=12))
def test_any_history_ends_as_a_clean_rebuild(steps):
    """Same ids, same clusters, same hits in the same order with the same scores; dry runs tell what runs then do."""
    with tempfile.TemporaryDirectory() as made, pytest.MonkeyPatch.context() as patch:
        patch.setattr(known_files, "SETTLED", -1.0)
        folder = Path(made) / "articles"
        folder.mkdir()
        (folder / "always.txt").write_text(stories.ANOTHER, encoding="utf-8")
        for action, target, value in steps:
            if action == "index":
                brought_in(folder, Path(made) / "library")
            else:
                step(folder, action, target, value)
        brought_in(folder, Path(made) / "library")
        brought_in(folder, Path(made) / "fresh")
        assert search_results(Path(made) / "library") == search_results(Path(made) / "fresh")


KILLED = """
import os, sys
from pathlib import Path
from models.fakes import HashingEmbedder
from rag import store
from rag.indexing import Indexer
from rag.settings import Settings

calls = 0
def counted(function):
    def wrapper(*a, **k):
        global calls
        calls += 1
        if calls == int(sys.argv[3]):
            os._exit(9)
        return function(*a, **k)
    return wrapper

store.sync_file = counted(store.sync_file)
store.hash_file = counted(store.hash_file)
Path.rename = counted(Path.rename)
Path.replace = counted(Path.replace)
Indexer(Path(sys.argv[1]), HashingEmbedder(), Settings(passage_length=60)).run([Path(sys.argv[2])])
"""


def test_killed_anywhere_in_publishing_an_old_or_new_state_opens(folder, indexer, tmp_path):
    """A process that dies at any step leaves an index that opens, and the next run completes the work."""
    indexer.run([folder])
    (folder / "c.md").write_text(C, encoding="utf-8")
    root = tmp_path / "library"
    seen = set()
    for step_number in range(1, 30):
        command = [sys.executable, "-c", KILLED, str(root), str(folder), str(step_number)]
        code = subprocess.run(command, check=False, env=os.environ).returncode
        seen.add(len(list(Library.open(root).articles())))
        if code == 0:
            break
        assert code == 9
    assert code == 0
    assert seen == {2, 3}
    assert search_results(root)
    assert [path.name for path in (root / "generations").iterdir() if path.name.startswith("building")] == []


def small_batches(monkeypatch):
    monkeypatch.setattr(generation, "_EMBED_BATCH", 2)
    monkeypatch.setattr(generation, "_COMMIT_EVERY", 1)


class Interrupted(BaseException):
    """As Ctrl-C is: no Exception."""


@pytest.mark.parametrize("stop_after", [1, 3, 5])
def test_an_interrupted_run_is_gone_on_with(folder, tmp_path, monkeypatch, stop_after):
    """What was embedded is not embedded again, whatever changed meanwhile; the end is that of a clean rebuild."""
    small_batches(monkeypatch)
    root = tmp_path / "library"
    Indexer(root, HashingEmbedder(), Settings(passage_length=60)).run([folder])
    for number in range(6):
        (folder / f"n{number}.txt").write_text(stories.text(number), encoding="utf-8")
    (folder / "a.md").write_text(A.replace("三亿", "四亿"), encoding="utf-8")
    embedder = HashingEmbedder()
    embedded = []

    def counting(texts, stop=None):
        if stop is not None and len(embedded) >= stop:
            raise Interrupted
        embedded.append(len(texts))
        return HashingEmbedder.embed_passages(embedder, texts)

    embedder.embed_passages = lambda texts: counting(texts, stop_after)
    indexer = Indexer(root, embedder, Settings(passage_length=60))
    with pytest.raises(Interrupted):
        indexer.run([folder])
    assert len(list(Library.open(root).articles())) == 2
    done = sum(embedded)
    (folder / "n0.txt").unlink()
    (folder / "n1.txt").rename(folder / "renamed.txt")
    (folder / "b.md").unlink()
    embedded.clear()
    embedder.embed_passages = counting
    report = indexer.run([folder])
    assert (len(report.new), len(report.changed), len(report.gone)) == (5, 1, 1)
    total = sum(embedded)
    Indexer(tmp_path / "fresh", HashingEmbedder(), Settings(passage_length=60)).run([folder])
    assert search_results(root) == search_results(tmp_path / "fresh")
    embedded.clear()
    Indexer(tmp_path / "again", embedder, Settings(passage_length=60)).run([folder])
    assert total <= sum(embedded) - done + 20  # the removed story's passages, and the last batch that was not committed


def test_an_interrupted_run_after_a_restart_begins_anew(folder, tmp_path, monkeypatch):
    """What was never forced to the disk is not trusted after the machine was restarted."""
    from rag import store

    small_batches(monkeypatch)
    embedder = HashingEmbedder()
    root = tmp_path / "library"
    for number in range(4):
        (folder / f"n{number}.txt").write_text(stories.text(number), encoding="utf-8")
    calls = []

    def embed(texts):
        calls.append(len(texts))
        if len(calls) == 3:
            raise Interrupted
        return HashingEmbedder.embed_passages(embedder, texts)

    embedder.embed_passages = embed
    indexer = Indexer(root, embedder, Settings(passage_length=60))
    with pytest.raises(Interrupted):
        indexer.run([folder])
    assert (root / "generations" / "building-next" / "work.json").exists()
    monkeypatch.setattr(store, "_this_boot", lambda: "another boot")
    indexer.run([folder])
    Indexer(tmp_path / "fresh", HashingEmbedder(), Settings(passage_length=60)).run([folder])
    assert search_results(root) == search_results(tmp_path / "fresh")


def test_an_error_leaves_nothing_behind(folder, indexer, tmp_path, monkeypatch):
    """A full disk, say: the room is given back, and the live state stays."""
    indexer.run([folder])
    (folder / "c.md").write_text(C, encoding="utf-8")
    monkeypatch.setattr(generation.reposts, "update", lambda connection: (_ for _ in ()).throw(OSError("no room")))
    with pytest.raises(OSError, match="no room"):
        indexer.run([folder])
    assert [path.name for path in (tmp_path / "library" / "generations").iterdir()] == ["g000001"]


def test_killed_at_random_moments_nothing_is_lost(tmp_path):
    """After kill -9 at any moment: the old or the new state opens, and what is finished then equals a clean rebuild."""
    count = 200 if SOAK else 12
    command = [sys.executable, "-m", "tests.killing", str(tmp_path), str(count)]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["kills"] >= count
    assert (told["lost"], told["differing"]) == (0, 0)
    assert told["resumed"] > 0 or not SOAK
