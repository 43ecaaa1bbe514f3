"""Bringing articles in, staying in step, and never half-written."""

import json
import os
import subprocess
import sys
from pathlib import Path

import filelock
import pytest

from models.errors import BadInputError, IndexUnusableError
from models.fakes import HashingEmbedder
from rag.indexing import Indexer
from rag.library import Library
from rag.retrieval.dense import DenseIndex, DenseLeg
from rag.retrieval.lexical import LexicalIndex
from rag.settings import Settings
from rag.store import MANIFEST, Store
from rag.types import Filter

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


def search_results(root):
    """Everything that both legs say, by article and offset: row numbers may differ between builds."""
    library = Library.open(root)
    dense = DenseLeg(library, DenseIndex.read(library.folder / "dense.faiss"), HashingEmbedder())
    found = {}
    for question in ("大桥投资多少", "图书馆藏书", "招聘教师报名"):
        for leg in (LexicalIndex(library), dense):
            hits = leg.search(question, 10)
            passages = library.passages(row for row, _ in hits)
            found[question, leg.name] = sorted(
                (passages[row][0].article_id, passages[row][0].start, round(score, 5)) for row, score in hits
            )
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
    dense = DenseLeg(library, DenseIndex.read(library.folder / "dense.faiss"), HashingEmbedder())
    everyone = {item.id: item for item in library.articles()}
    assert {item.source for item in everyone.values()} == {"澜江日报", "青汀晚报", "岑宁发布"}
    for only, expected in [
        (Filter(published_from=date(2024, 6, 1)), {"青汀晚报", "岑宁发布"}),
        (Filter(published_to=date(2024, 5, 31)), {"澜江日报"}),
        (Filter(sources=frozenset({"青汀晚报"})), {"青汀晚报"}),
    ]:
        for leg in (LexicalIndex(library), dense):
            rows = [row for row, _ in leg.search("一日正式通车开馆招聘教师", 10, only)]
            found = {everyone[p.article_id].source for p, _ in library.passages(rows).values()}
            assert found <= expected
            assert found or leg.name == "lexical"


def test_an_index_of_another_embedder_is_refused(folder, indexer, tmp_path):
    """Vectors of two models cannot be compared: one line, and nothing is lost."""
    indexer.run([folder])
    other = Indexer(tmp_path / "library", HashingEmbedder(fingerprint="another"), Settings(passage_length=60))
    with pytest.raises(IndexUnusableError, match="made with embedder hashing"):
        other.run([folder])
    assert len(list(Library.open(tmp_path / "library").articles())) == 2


@pytest.mark.parametrize("name", ["library.sqlite", "dense.faiss", MANIFEST])
def test_a_cut_file_is_one_line(folder, indexer, tmp_path, name):
    """A damaged index is told with what to do, whichever file it is."""
    indexer.run([folder])
    path = Store(tmp_path / "library").current() / name
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(IndexUnusableError, match="yiju index"):
        Library.open(tmp_path / "library")


def test_flipped_bits_in_the_vectors_are_found(folder, indexer, tmp_path):
    """FAISS loads a damaged payload without a word: the hash does not."""
    indexer.run([folder])
    store = Store(tmp_path / "library")
    path = store.current() / "dense.faiss"
    content = bytearray(path.read_bytes())
    content[-20] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(IndexUnusableError, match="damaged"):
        store.verify(store.current(), store.read_manifest(store.current()), "dense.faiss")


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
    for step in range(1, 20):
        command = [sys.executable, "-c", KILLED, str(root), str(folder), str(step)]
        code = subprocess.run(command, check=False, env=os.environ).returncode
        seen.add(len(list(Library.open(root).articles())))
        if code == 0:
            break
        assert code == 9
    assert code == 0
    assert seen == {2, 3}
    assert search_results(root)
