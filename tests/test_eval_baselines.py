"""Answers without a model: what they say and cite, that they score as they should, and the experiment around them."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from eval.ablation import COLUMNS, main, report, table
from eval.baselines import BASELINES, MEASURED, baseline_predictions, baseline_scores, ranked_sentences
from eval.fakes import FakeArticles, ScriptedAnswerer, declined, whole_hits
from eval.prediction import context_lookup, library_lookup, prediction_of
from eval.questions import Evidence, Question, parse_question
from eval.runner import run
from eval.shuffled import shuffle_reader
from models.errors import BadInputError
from rag.types import Context

TEXTS = {
    "a": "书展八月开幕。今年书展的入场人次为3.5万。天气晴。",
    "b": "音乐节在公园举行。门票售罄。",
}
ARTICLES = FakeArticles(TEXTS)
LOOKUP = library_lookup(ARTICLES)
ASKED = "书展的入场人次是多少？"


def prediction(question, *names, articles=ARTICLES):
    """Return the prediction of a run that found these articles whole, in order, and declined."""
    return prediction_of(declined(question, hits=whole_hits(*(articles.article(name) for name in names))))


def said(question, *names, articles=ARTICLES):
    """Return what each baseline says."""
    return baseline_predictions(prediction(question, *names, articles=articles), library_lookup(articles))


def exact(found):
    """Tell whether all citations quote the characters at their offsets."""
    return all(TEXTS[c["article_id"]][c["start"] : c["end"]] == c["quote"] for c in found["citations"])


def test_the_sentence_that_shares_most_is_quoted_exactly():
    """The answer is one sentence of the article, cited at its characters."""
    found = said(ASKED, "b", "a")["best_sentence"]
    (citation,) = found["citations"]
    assert citation["quote"] == found["short_answer"] == "今年书展的入场人次为3.5万。"
    assert citation["article_id"] == "a"
    assert found["answer"] == f"{citation['quote']}[1]"
    assert exact(found)
    assert (found["abstained"], found["confidence"]) == (False, 0.0)


def test_three_sentences_stand_in_the_order_of_the_text():
    """The best three, as a reader of the hits meets them; what shares nothing comes only where little shares."""
    found = said("门票和书展的入场人次？", "b", "a")["top_three"]
    assert found["answer"] == "门票售罄。[1]书展八月开幕。[2]今年书展的入场人次为3.5万。[3]"
    assert [c["marker"] for c in found["citations"]] == [1, 2, 3]
    assert exact(found)
    assert found["short_answer"] is None


def test_all_hits_are_copied():
    """Every hit whole, each with its citation."""
    found = said(ASKED, "b", "a")["copy_all"]
    assert found["answer"] == f"{TEXTS['b']}[1]\n{TEXTS['a']}[2]"
    assert exact(found)


def test_one_declines_everything_and_the_others_nothing_but_empty_hands():
    """A question that shares nothing gets the first sentence of the best hit; without hits there is no answer."""
    found = said("量子？", "b")
    assert found["best_sentence"]["short_answer"] == "音乐节在公园举行。"
    assert [name for name, each in found.items() if each["abstained"]] == ["always_decline"]
    assert list(found) == list(BASELINES)
    assert all(each["abstained"] and each["reason"] for each in said("量子？").values())


def test_only_the_first_five_hits_are_read():
    """The better sentence in the sixth hit is out of reach, but for copying."""
    articles = FakeArticles({f"n{n}": f"第{n}篇。" for n in range(1, 6)} | {"n6": "书展的入场人次是九千。"})
    found = said("书展的入场人次？", *(f"n{n}" for n in range(1, 7)), articles=articles)
    assert "九千" not in found["best_sentence"]["answer"] + found["top_three"]["answer"]
    assert "九千" in found["copy_all"]["answer"]


def test_a_sentence_that_passages_share_is_one():
    """Passages overlap by a sentence, which is not said twice."""
    hits = [{**hit, "text": TEXTS["a"]} for hit in prediction(ASKED, "a", "a")["hits"]]
    assert len(ranked_sentences(ASKED, hits)) == 3


def test_rare_terms_count_more():
    """A term that every sentence has says little about which of them answers."""
    articles = FakeArticles({"a": "书展书展书展。书展开幕。书展晴。书展票价。"})
    hits = prediction("书展票价", "a", articles=articles)["hits"]
    assert ranked_sentences("书展票价", hits)[0].text == "书展票价。"


def test_what_is_not_there_any_more_is_not_cited():
    """A hit whose article is gone, or reads otherwise, is said without a citation."""
    hits = prediction(ASKED, "a")
    for lookup in (library_lookup(None), library_lookup(FakeArticles({"a": "另一篇。"}))):
        found = baseline_predictions(hits, lookup)["best_sentence"]
        assert (found["answer"], found["citations"]) == ("今年书展的入场人次为3.5万。", [])


def test_a_passage_that_is_no_whole_article_is_cited_where_it_stands():
    """Offsets are those of the article, not of the hit."""
    hit = {**prediction(ASKED, "a")["hits"][0], "text": TEXTS["a"][7:]}
    found = baseline_predictions({**prediction(ASKED, "a"), "hits": [hit]}, LOOKUP)
    assert found["best_sentence"]["citations"][0]["start"] == 7
    assert all(map(exact, found.values()))


def test_follow_ups_are_read_as_made_standalone():
    """What was asked is the standalone question, as it was searched."""
    asked = {**prediction("那门票呢？", "a", "b"), "standalone_question": ASKED}
    assert "人次" in baseline_predictions(asked, LOOKUP)["best_sentence"]["answer"]


def test_scores_tell_the_baselines_apart():
    """Copying contains the answer but is long; the sentence is short and cited; declining is right only where it is."""
    question = Question(
        "q", ASKED, answers=(("3.5万",),), answerable=True, evidence=(Evidence("a", "入场人次为3.5万"),)
    )
    long = FakeArticles({**TEXTS, "c": "别的事情。" * 30})
    found = prediction(ASKED, "a", "b", "c", articles=long)
    scores = baseline_scores(question, found, library_lookup(long))
    assert [scores[name]["acc"] for name in BASELINES] == [1, 1, 1, 0]
    assert [scores[name]["acc_80"] for name in BASELINES] == [0, 1, 1, 0]
    assert [scores[name]["evidence_cited"] for name in BASELINES] == [1, 1, 1, 0]
    assert [scores[name]["citations_valid"] for name in BASELINES] == [1, 1, 1, None]
    assert [scores[name]["false_refusal"] for name in BASELINES] == [0, 0, 0, 1]
    assert scores["best_sentence"]["f1"] > scores["top_three"]["f1"] == 0
    unanswerable = baseline_scores(Question("q", ASKED, answerable=False), found, library_lookup(long))
    assert [unanswerable[name]["rejected_right"] for name in BASELINES] == [0, 0, 0, 1]
    assert {metric.family for metric in MEASURED} == {"answer", "refusal", "citation"}


def test_given_passages_are_cited_as_their_own_articles():
    """In fixed-passage mode the passages are the articles."""
    contexts = (Context("c1", "天气晴。"), Context("c2", "书展的入场人次是九千。"))
    articles = FakeArticles({context.id: context.text for context in contexts})
    found = prediction(ASKED, "c1", "c2", articles=articles)
    question = Question("q", ASKED, answers=(("九千",),), answerable=True, contexts=contexts)
    scores = baseline_scores(question, found, context_lookup(contexts))
    assert (scores["best_sentence"]["acc"], scores["best_sentence"]["citations_valid"]) == (1, 1)


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
    question, _ = parse_question({"question": "何时？", "answerable": False}, "q")
    outcome = run(ScriptedAnswerer({}), [question], tmp_path / "out", manifest={}, progress=False)
    figures = report({"product": outcome})
    assert list(figures) == ["product", "always_decline"]  # there was not one hit to read
    lines = table(figures).splitlines()
    assert lines[0].count("|") == lines[1].count("|") == lines[2].count("|") == len(COLUMNS) + 3
    assert "100.0 (n=1)" in lines[2]
    assert "–" in lines[2]
    assert figures["product"]["errors"] == 0


class FakeAssembled:
    """What `open_answerer` returns, without models."""

    def __init__(self, models):
        hits = whole_hits(ARTICLES.article("a"))
        self.answerer = ScriptedAnswerer({"人次？": declined("人次？", hits=hits)})
        self.library = None
        self.articles = ARTICLES
        self.models = models

    def close(self):
        """Free nothing."""


def test_the_experiment_runs_both_and_ends_with_one_json_line(tmp_path, monkeypatch, capsys):
    """Each system gets a run folder of its own, the product's carries the baselines; the last line is for programs."""
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
    assert list(systems) == ["product", *BASELINES, "shuffled-reader"]
    assert systems["best_sentence"]["acc"] == {"mean": 1.0, "low": 0.0, "high": 1.0, "n": 1, "missing": 0}
    assert systems["product"]["acc"]["mean"] == systems["always_decline"]["acc"]["mean"] == 0.0
    assert lines[0].startswith("| |")
    assert opened[0]["calibrated"] is False
    assert opened[0]["reader_path"] != reader
    assert (tmp_path / "out" / "shuffled-reader" / "summary.json").exists()
    assert main(command) == 5
    assert main([*command, "--resume"]) == 0
