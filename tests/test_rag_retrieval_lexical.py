"""The lexical index: segments that are built, merged and linked find what one built afresh finds; damage is told."""

import math
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import IndexUnusableError
from models.fakes import HashingEmbedder
from rag.indexing import Indexer
from rag.library import Library
from rag.retrieval.bm25 import Postings
from rag.retrieval.lexical import LexicalIndex
from rag.retrieval.merging import SegmentBuilder, merge
from rag.retrieval.segment import read_segment
from rag.retrieval.segments import SegmentWriter, open_postings, segment_names
from rag.settings import Settings
from rag.store import Store, hash_file
from rag.types import Filter
from tests.conftest import SOAK

# Short terms, ones that differ only after eight bytes, ones of exactly eight, and characters of four bytes.
TERMS = [
    "澜江",
    "大桥",
    "江大",
    "通",
    "a",
    "ab",
    "internet",
    "internets",
    "international",
    "internationale",
    "𠮷𠮷",
    "𠮷",
    "7",
]
WORDS = st.lists(st.sampled_from(TERMS), max_size=8)
PASSAGE = st.tuples(st.lists(st.sampled_from(TERMS), max_size=3), WORDS)


def written(folder, passages, name="fresh"):
    """Write passages (row → title and body terms) as one segment."""
    builder = SegmentBuilder()
    for row, (title, body) in passages.items():
        builder.add(row, row // 2 + 1, title, body)
    builder.write(folder / name)
    return read_segment(folder / name)


def found(postings, asked, k=5):
    """Return what a search finds, ties settled by row."""
    frequencies = postings.frequencies(asked)
    known = dict.fromkeys(sorted(frequencies, key=lambda term: (frequencies[term], term)), 1.0)
    scores = postings.scores(known, frequencies)
    everything = sorted(zip(postings.rows.tolist(), scores.tolist(), strict=True), key=lambda pair: (-pair[1], pair[0]))
    best = postings.best(known, frequencies, k) if known else []
    return frequencies, [pair for pair in everything if pair[1]], best


def by_hand(passages, asked):
    """Return row → BM25 as the book has it: k1 1.2, b 0.75, a title's words counting half."""
    counts = {row: (Counter(title), Counter(body)) for row, (title, body) in passages.items()}
    lengths = {row: len(title) + len(body) for row, (title, body) in passages.items()}
    mean = max(1.0, sum(lengths.values()) / max(1, len(passages)))
    scores = Counter()
    for term in set(asked):
        having = [row for row, (title, body) in counts.items() if title[term] or body[term]]
        information = math.log(1 + (len(passages) - len(having) + 0.5) / (len(having) + 0.5))
        for row in having:
            mentions = counts[row][0][term] / 2 + counts[row][1][term]
            scores[row] += information * mentions * 2.2 / (mentions + 1.2 * (0.25 + 0.75 * lengths[row] / mean))
    return scores


@given(st.lists(PASSAGE, min_size=1, max_size=30), WORDS, st.integers(1, 12))
def test_scores_are_bm25_and_the_best_are_the_best(passages, asked, k):
    """Against the formula written out, and against scoring everything."""
    passages = dict(enumerate(passages, start=1))
    with TemporaryDirectory() as folder:
        postings = Postings([written(Path(folder), passages)], None)
        _, everything, best = found(postings, list(dict.fromkeys(asked)), k)
    assert dict(everything) == pytest.approx(by_hand(passages, asked))
    assert [score for _, score in best] == [score for _, score in everything[:k]]
    assert set(best) <= set(everything)


STEP = st.tuples(st.lists(PASSAGE, max_size=6), st.sets(st.integers(0, 40), max_size=6))


@settings(max_examples=1000 if SOAK else 60)
@given(st.lists(STEP, min_size=1, max_size=8), WORDS)
def test_any_history_of_segments_ends_as_a_rebuilt_one(steps, asked):
    """Adding, removing, merging, linking: the same frequencies and, to the last bit, the same scores."""
    asked = list(dict.fromkeys(asked))
    with TemporaryDirectory() as made:
        live, row, base = {}, 0, None
        for number, (added, removed) in enumerate(steps):
            folder = Path(made) / str(number)
            folder.mkdir()
            writer = SegmentWriter(folder, base)
            for title, body in added:
                row += 1
                live[row] = (title, body)
                writer.add(row, row // 2 + 1, title, body)
                if row % 4 == 0:
                    writer.flush()
            live = {each: terms for each, terms in live.items() if each not in removed}
            files = writer.finish(np.array(sorted(live), dtype=np.int64))
            assert all(hash_file(folder / name) == record for name, record in files.items())
            base = (folder, files)
        postings = open_postings(*base)
        assert postings.fault() is None
        assert postings.live_rows().tolist() == sorted(live)
        assert len(segment_names(files)) <= 4
        fresh = Postings([written(Path(made), live)], None)
        assert found(postings, asked)[:2] == found(fresh, asked)[:2]
        assert postings.passages == len(live)
        one, other = found(postings, asked)[2], found(fresh, asked)[2]
        assert [score for _, score in one] == [score for _, score in other]
        for start in ("澜", "𠮷"):
            assert postings.frequencies([start + "*"]) == fresh.frequencies([start + "*"])


def test_what_did_not_change_is_linked_and_small_segments_are_merged(tmp_path):
    """A large segment is neither copied nor hashed again; a hundred small additions leave few files."""
    base, row = None, 0
    rows = []
    for number in range(40):
        folder = tmp_path / str(number)
        folder.mkdir()
        writer = SegmentWriter(folder, base)
        for _ in range(1000 if not number else 10):
            row += 1
            rows.append(row)
            writer.add(row, row, ["澜江"], ["大桥", str(row)])
        before, base = base, (folder, writer.finish(np.array(rows)))
        if before:
            [first] = [name for name in segment_names(before[1]) if len(read_segment(before[0] / name)) >= 1000]
            if first in base[1]:
                assert (folder / first).stat().st_ino == (before[0] / first).stat().st_ino
        assert len(segment_names(base[1])) <= 4
    assert open_postings(*base).frequencies(["大桥", "977"]) == {"大桥": row, "977": 1}


def test_where_there_are_no_links_segments_are_copied(tmp_path, monkeypatch):
    """FAT, some network file systems."""
    monkeypatch.setattr("os.link", lambda *_: (_ for _ in ()).throw(OSError("no links here")))
    base = None
    for number, count in enumerate((20, 1)):
        folder = tmp_path / str(number)
        folder.mkdir()
        writer = SegmentWriter(folder, base)
        for row in range(count):
            writer.add(number * 20 + row + 1, 1, [], ["澜江"])
        base = (folder, writer.finish(np.arange(1, 21 + number)))
    assert len(segment_names(base[1])) == 2
    assert open_postings(*base).frequencies(["澜江"]) == {"澜江": 21}


def test_a_damaged_segment_is_not_merged_under_a_new_hash(tmp_path):
    """What is written anew is compared with its hash before."""
    (tmp_path / "0").mkdir()
    writer = SegmentWriter(tmp_path / "0", None)
    writer.add(1, 1, [], ["澜江", "大桥"])
    files = writer.finish(np.array([1]))
    [name] = files
    content = bytearray((tmp_path / "0" / name).read_bytes())
    content[-12] ^= 1
    (tmp_path / "0" / name).write_bytes(bytes(content))
    (tmp_path / "1").mkdir()
    writer = SegmentWriter(tmp_path / "1", (tmp_path / "0", files))
    writer.add(2, 1, [], ["通车"])
    with pytest.raises(IndexUnusableError, match="damaged"):
        writer.finish(np.array([1, 2]))


@pytest.fixture
def segment(tmp_path):
    passages = {row: (["澜江"], ["大桥", "internationale", TERMS[row % len(TERMS)]]) for row in range(1, 30)}
    written(tmp_path, passages, "segment")
    return tmp_path / "segment"


def test_a_segment_cut_anywhere_is_told(segment):
    """At every length but the whole one, and longer too."""
    content = segment.read_bytes()
    for length in [*range(0, len(content), 7), len(content) - 1]:
        segment.write_bytes(content[:length])
        with pytest.raises(IndexUnusableError, match="yiju index"):
            read_segment(segment)
    segment.write_bytes(content + bytes(8))
    with pytest.raises(IndexUnusableError, match="longer"):
        read_segment(segment)


def test_an_error_of_numpy_is_told_as_damage(tmp_path, monkeypatch):
    """Flipped bits can point out of the index; nobody sees a traceback."""
    index, _ = library_of(tmp_path, "澜江大桥五月一日通车。")
    monkeypatch.setattr(Postings, "best", lambda *_: (_ for _ in ()).throw(IndexError("out of bounds")))
    with pytest.raises(IndexUnusableError, match="is damaged"):
        index.search("大桥", 3)


@given(st.data())
def test_flipped_bits_give_a_clear_outcome(data):
    """Told at open, told at the question, or an answer of rows that are there; never anything else."""
    with TemporaryDirectory() as made:
        passages = {row: (["澜江"], ["大桥", "internationale", TERMS[row % len(TERMS)]]) for row in range(1, 30)}
        written(Path(made), passages, "segment")
        content = bytearray((Path(made) / "segment").read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            bit = data.draw(st.integers(0, 8 * len(content) - 1))
            content[bit // 8] ^= 1 << bit % 8
        (Path(made) / "segment").write_bytes(bytes(content))
        try:
            postings = Postings([read_segment(Path(made) / "segment")], None)
            _, _, best = found(postings, ["大桥", "internationale", "澜江", "通"])
        except (IndexUnusableError, IndexError, ValueError):  # of these, LexicalIndex makes the first
            return
        assert {row for row, _ in best} <= set(postings.rows.tolist())


def test_merging_keeps_what_a_build_would_have_made(tmp_path):
    """Byte for byte, where no passage went."""
    passages = {row: (["澜江"], ["大桥", "internationale", TERMS[row % len(TERMS)]] * 2) for row in range(1, 50)}
    parts = [
        written(tmp_path, {row: terms for row, terms in passages.items() if row % 3 == rest or row < 3}, f"part{rest}")
        for rest in (0, 1)
    ]
    whole = written(tmp_path, dict([*passages.items()][:20]), "whole")
    merge([(whole, np.ones(len(whole), dtype=bool))], tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "whole").read_bytes()
    merge([(part, part.rows > 2) for part in parts], tmp_path / "merged")
    assert read_segment(tmp_path / "merged").fault() is None


def library_of(tmp_path, *texts):
    """Return the lexical leg over these articles, and each article's id by its number."""
    folder = tmp_path / "articles"
    folder.mkdir()
    for number, text in enumerate(texts):
        (folder / f"{number}.txt").write_text(text, encoding="utf-8")
    Indexer(tmp_path / "library", HashingEmbedder(), Settings()).run([folder])
    library = Library.open(tmp_path / "library")
    return LexicalIndex(library), {int(Path(item.path).stem): item.id for item in library.articles()}


TYPED = {
    "厂房扩建后年产量达到1,200万吨，比原计划多出一成。": ("1200", "1,200", "１２００", "产量1200万吨"),
    "条例自2023年7月1日起施行，此前的办法同时废止。": (
        "2023-07-01",
        "2023.07.01",
        "2023年07月01日",
        "２０２３年７月１日",
    ),
    "新款手机iPhone15昨晚发布，门店前排起长队。": ("iPhone 15", "iphone15", "IPHONE15", "ｉＰｈｏｎｅ１５"),
    "模型GPT-4的接口今天开放，开发者可以申请。": ("GPT4", "gpt-4", "GPT 4", "GPT‑4"),
    "郧台全市已经建成5G基站三千座，覆盖所有乡镇。": ("5G", "5g", "５Ｇ"),
    "国产大飞机C919完成首次商业载客飞行，历时两小时。": ("C919", "c919", "C-919", "C 919"),
    "沪深两市A股市场成交额突破万亿元，北向资金净流入。": ("A股", "a股", "Ａ股", "A股今天怎么样"),
    "空军展示了新涂装的战机歼-20，观众报以掌声。": ("歼-20", "歼20", "歼２０"),
    "交易所说明为什么不实行T+0制度，而是次日交收。": ("T+0", "t+0", "Ｔ＋０"),
    "衡洲的槐花开了，游人在树下合影留念。": ("槐", "槐花"),
}


def test_things_are_found_as_people_type_them(tmp_path):
    """Numbers, dates, Latin names, mixed tokens, full width, a single character: first of all articles."""
    index, ids = library_of(tmp_path, *TYPED, "岑宁队昨晚以三比一战胜青汀队，提前两轮夺冠。全场20名小将都上了场。")
    for number, questions in enumerate(TYPED.values()):
        for question in questions:
            [(row, _), *_] = index.search(question, 3)
            assert index._library.passages([row])[row].passage.article_id == ids[number], question


@pytest.mark.parametrize("question", ["", " ", "？！……", "😀👍", "*", '"', "(", "^", ":", "ᚠᚢ", "\ud800", "\x00"])
def test_what_has_no_words_finds_nothing(tmp_path, question):
    """No error, no hit."""
    index, _ = library_of(tmp_path, "澜江大桥五月一日通车。")
    assert index.search(question, 5) == []


@pytest.mark.parametrize("operator", ["{} AND *", '"{}', "NOT {}", "{}*", "body:{}", "({} OR", "^{}", "{}:x^2", "-{}"])
def test_operators_are_text(tmp_path, operator):
    """Whatever a query language would make of them."""
    index, _ = library_of(tmp_path, "澜江大桥五月一日通车。", "青汀图书馆开馆。")
    assert len(index.search(operator.format("大桥"), 5)) == 1


def test_a_question_of_ten_thousand_characters_is_answered(tmp_path):
    """By its rarest terms."""
    index, _ = library_of(tmp_path, "澜江大桥五月一日通车。", "青汀图书馆开馆。")
    assert len(index.search("昨天今天明天" * 1700 + "大桥", 5)) == 1


def test_a_library_of_one_passage_answers(tmp_path):
    """A term that every passage has is still found."""
    index, _ = library_of(tmp_path, "澜江大桥五月一日通车。")
    [(_, score)] = index.search("大桥", 5)
    assert score > 0


def test_the_place_of_a_passage_is_that_of_the_search(tmp_path):
    """For every passage, ties too, with and without a filter; none for what has no term of the question."""
    texts = [f"澜江大桥第{number % 4}期工程{'通车' * (number % 3)}。" for number in range(12)]
    index, ids = library_of(tmp_path, *dict.fromkeys(texts), "青汀图书馆开馆。")
    for only in (Filter(), Filter(article_ids=frozenset(list(ids.values())[:7]))):
        listed = index.search("大桥通车第2期", 20, only)
        assert len(listed) > 5
        for rank, (row, score) in enumerate(listed, start=1):
            assert index.place("大桥通车第2期", row, only) == (rank, score)
        others = set(index._library.postings.rows.tolist()) - {row for row, _ in listed}
        assert others
        assert all(index.place("大桥通车第2期", row, only) is None for row in others)
    assert index.place("大桥", 10_000) is None


def test_a_filter_is_the_same_for_both_legs(tmp_path):
    """The rows for the dense leg, the mask for this one; none and all."""
    index, ids = library_of(
        tmp_path, "2024-05-01\n澜江大桥通车，全长一千二百米，市民可以步行过江。", "澜江大桥封闭检修，车辆绕行。"
    )
    library = index._library
    for only, expected in (
        (Filter(), set(ids.values())),
        (Filter(article_ids=frozenset({ids[1]})), {ids[1]}),
        (Filter(article_ids=frozenset({"nobody"})), set()),
    ):
        rows = library.passage_rows(only).tolist()
        assert rows == sorted(rows)
        assert {stored.passage.article_id for stored in library.passages(rows).values()} == expected
        assert {row for row, _ in index.search("大桥", 9, only)} == set(rows)


def test_flipped_bits_in_postings_are_found_by_their_hash(tmp_path):
    """As in every other file."""
    library_of(tmp_path, "澜江大桥五月一日通车。")
    store = Store(tmp_path / "library")
    folder = store.current()
    manifest = store.read_manifest(folder)
    [name] = segment_names(manifest.files)
    content = bytearray((folder / name).read_bytes())
    content[-20] ^= 0xFF
    (folder / name).write_bytes(bytes(content))
    with pytest.raises(IndexUnusableError, match="damaged"):
        store.verify(folder, manifest, name)
