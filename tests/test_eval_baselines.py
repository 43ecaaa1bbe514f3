"""Zero-model baselines: what they cite, and that the shuffled reader still is one."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from eval.ablation import COLUMNS, main, report, table
from eval.baselines import BestLexicalSentence, best_sentence
from eval.fakes import FakeArticles, ScriptedAnswerer, whole_hits
from eval.questions import Question
from eval.runner import Outcome, ask, run
from eval.shuffled import shuffle_reader
from models.errors import BadInputError
from rag.types import AbstainReason, Context

TEXTS = {
    "a": "书展八月开幕。今年书展的入场人次为3.5万。天气晴。",
    "b": "音乐节在公园举行。门票售罄。",
}
ARTICLES = FakeArticles(TEXTS)


class FakeRetriever:
    """Finds both articles, always."""

    def __init__(self, *names):
        self._names = names

    def search(self, question, k, only=None):
        """Return the articles whole, in order."""
        return list(whole_hits(*(ARTICLES.article(name) for name in self._names)))[:k]


def test_the_sentence_that_shares_most_is_quoted_exactly():
    """The answer is one sentence of the article, cited at its characters."""
    answer = ask(BestLexicalSentence(FakeRetriever("b", "a"), ARTICLES), Question("q", "书展的入场人次是多少？"))
    (citation,) = answer.citations
    assert citation.quote == "今年书展的入场人次为3.5万。"
    assert citation.span.of(TEXTS["a"]) == citation.quote == answer.short_answer
    assert answer.text == f"{citation.quote}[1]"
    assert answer.confidence == 0.0


def test_it_never_declines_where_there_is_a_sentence():
    """A question that shares nothing gets the first sentence of the best hit."""
    answer = ask(BestLexicalSentence(FakeRetriever("b"), ARTICLES), Question("q", "量子？"))
    assert answer.short_answer == "音乐节在公园举行。"


def test_nothing_found_is_the_only_abstention():
    """An answer needs a citation, so without hits there is none."""
    answer = ask(BestLexicalSentence(FakeRetriever(), ARTICLES), Question("q", "何时？"))
    assert answer.abstention is AbstainReason.NOTHING_FOUND


def test_in_fixed_passage_mode_only_the_contexts_are_read():
    """The library is not looked at when the question brings its passages."""
    question = Question(
        "q", "书展的入场人次是多少？", contexts=(Context("c1", "天气晴。"), Context("c2", "书展的入场人次是九千。"))
    )
    answer = ask(BestLexicalSentence(FakeRetriever("a"), ARTICLES), question)
    assert (answer.short_answer, answer.citations[0].article_id) == ("书展的入场人次是九千。", "c2")


def test_only_the_first_five_hits_are_read():
    """The better sentence in the sixth hit is out of reach."""
    articles = FakeArticles({f"n{n}": f"第{n}篇。" for n in range(1, 6)} | {"n6": "书展的入场人次是九千。"})
    best = best_sentence("书展的入场人次？", whole_hits(*(articles.article(f"n{n}") for n in range(1, 7))))
    assert best is not None
    assert best[0].rank <= 5


def _gguf(path):
    gguf = pytest.importorskip("gguf")
    writer = gguf.GGUFWriter(path, "nomic-bert")
    writer.add_block_count(1)
    matrix = np.random.default_rng(0).standard_normal((8, 64)).astype(np.float32)
    kind = gguf.GGMLQuantizationType.Q8_0
    writer.add_tensor("blk.0.ffn_up.weight", gguf.quants.quantize(matrix, kind), raw_dtype=kind)
    writer.add_tensor("token_embd.weight", matrix)
    writer.add_tensor("token_embd_norm.weight", np.arange(64, dtype=np.float32))
    for step in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file, writer.close):
        step()
    return {tensor.name: np.array(tensor.data) for tensor in gguf.GGUFReader(path).tensors}, gguf


def test_a_shuffled_reader_keeps_its_blocks_and_loses_their_order(tmp_path):
    """Matrices hold the same quantised blocks in another order; everything else is byte for byte the same."""
    before, gguf = _gguf(tmp_path / "reader.gguf")
    assert shuffle_reader(tmp_path / "reader.gguf", tmp_path / "noise.gguf") == 2
    after = {tensor.name: np.array(tensor.data) for tensor in gguf.GGUFReader(tmp_path / "noise.gguf").tensors}
    for name, size in (("blk.0.ffn_up.weight", 34), ("token_embd.weight", 4)):
        old, new = (data[name].view(np.uint8).reshape(-1, size) for data in (before, after))
        assert sorted(map(bytes, old)) == sorted(map(bytes, new))
        assert not np.array_equal(old, new)
    assert np.array_equal(before["token_embd_norm.weight"], after["token_embd_norm.weight"])
    shuffle_reader(tmp_path / "reader.gguf", tmp_path / "again.gguf")
    assert (tmp_path / "again.gguf").read_bytes() == (tmp_path / "noise.gguf").read_bytes()


def test_shuffling_needs_a_gguf(tmp_path):
    """Anything but a GGUF is refused in one line."""
    (tmp_path / "x.gguf").write_bytes(b"not a model, whatever the name says")
    with pytest.raises(BadInputError, match="cannot be read as GGUF"):
        shuffle_reader(tmp_path / "x.gguf", tmp_path / "y.gguf")


def test_the_table_has_a_line_a_system_and_says_how_many(tmp_path):
    """Every mean is shown with the number of questions behind it, and a missing one as a dash."""
    questions = [Question("q", "何时？", answerable=False)]
    outcome: Outcome = run(ScriptedAnswerer({}), questions, tmp_path / "out", manifest={}, progress=False)
    figures = report({"product": outcome})
    lines = table(figures).splitlines()
    assert lines[0].count("|") == lines[1].count("|") == lines[2].count("|") == len(COLUMNS) + 3
    assert "100.0 (n=1)" in lines[2]
    assert "–" in lines[2]
    assert figures["product"]["errors"] == 0


class FakeAssembled:
    """What `open_answerer` returns, without models."""

    def __init__(self, models):
        self.answerer = ScriptedAnswerer({})
        self.retriever = FakeRetriever("a")
        self.library = None
        self.articles = ARTICLES
        self.models = models

    def close(self):
        """Free nothing."""


def test_the_experiment_runs_all_three_and_ends_with_one_json_line(tmp_path, monkeypatch, capsys):
    """Each system gets a run folder of its own; programs read the last line of standard output."""
    reader = tmp_path / "reader.gguf"
    _gguf(reader)
    models = SimpleNamespace(names={"embedder": "e", "reader": "r"}, embedder=SimpleNamespace(name="e"))
    opened = []
    monkeypatch.setattr("models.store.bundled", lambda _: SimpleNamespace(location=reader))
    monkeypatch.setattr("rag.assemble.open_models", lambda *_, **options: opened.append(options) or models)
    monkeypatch.setattr("rag.assemble.open_answerer", lambda *_, **__: FakeAssembled(models))
    questions = tmp_path / "set.jsonl"
    questions.write_text('{"question": "人次？", "answers": ["3.5万"]}\n', encoding="utf-8")
    command = [str(questions), "--library", str(tmp_path), "--out", str(tmp_path / "out")]
    assert main(command) == 0
    *lines, last = capsys.readouterr().out.strip().splitlines()
    systems = json.loads(last)["systems"]
    assert list(systems) == ["product", "best-lexical-sentence", "shuffled-reader"]
    assert systems["best-lexical-sentence"]["acc"] == {"mean": 1.0, "n": 1, "missing": 0}
    assert systems["product"]["acc"]["mean"] == 0.0
    assert lines[0].startswith("| |")
    assert opened[0]["calibrated"] is False
    assert opened[0]["reader_path"] != reader
    assert (tmp_path / "out" / "shuffled-reader" / "summary.json").exists()
    assert main(command) == 5
    assert main([*command, "--resume"]) == 0
