"""Step 6: the model cards, written from the records of the run; no figure in them is typed by hand."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from models.errors import ModelError
from models.training import embedder, record
from models.training.checkpoint import Checkpoint
from models.training.choose import CHOICE
from models.training.embedder_articles import RECORD_FILE as ARTICLES_RECORD
from models.training.embedder_figures import harmless_weight
from models.training.examples import NO_ANSWER_SHARE, OTHER_YEAR_SHARE
from models.training.export import LICENCE
from models.training.figures import FIGURES, shipped_checkpoint
from models.training.prepare import RECORD_FILE, REPORTS_FILE, REPORTS_RECORD
from models.training.reader_training import CHECKPOINT
from models.training.reader_training import SEED as READER_SEED
from models.training.sources import sha256_of

_PHASES = {
    "spans": "single passages",
    "groups": "in two steps of five one right passage among wrong ones that BM25 found, with a normalisation shared by "
    "the group (Clark & Gardner 2018), and groups in which nothing answers; in the others single passages",
}
_SPAN_SETS = ("cmrc2018_train", "drcd_dev", "xquad_zh")


def _table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [" | ".join(header), " | ".join("---" for _ in header), *(" | ".join(map(str, row)) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)


def _data_section(prepared: Mapping[str, Any]) -> str:
    rows = [(f["what"], f["file"], f["rows"], f["licence"], f"`{f['sha256']}`") for f in prepared["files"]]
    held = ", ".join(f"{count} of {source}" for source, count in prepared["development_questions"].items())
    return f"""## Data

{_table(("what", "file", "rows", "licence", "SHA-256"), rows)}

Used of it: {prepared["human_questions"]} questions asked by people,
and {prepared["made_questions"]} made from running text
({prepared["made_questions_held_out"]} of these are held out). Held out of all training, by a hash of the passage:
{prepared["development_passages"]} passages with their questions ({held}), and every news article
whose id hashes below 100 of 1000.
{prepared["dropped_for_overlap"]} training questions were dropped because their passage shares
40 characters in a row with a held-out one.

The weights are derived from share-alike data and are published under {LICENCE}, with thanks to the authors
named above and to the contributors of Wikipedia. None of the text is part of the weights' files.
"""


def _made_section(seed: int) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in record.packages().items())
    return f"""Date {record.today()}; code: commit {record.commit()}; machine: {record.machine()}; seed {seed};
{versions}.
Threads and bfloat16 make a second run close to this one, not equal to it.
"""


def _load(work: Path, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        prepared = json.loads((work / "prepared" / RECORD_FILE).read_text("utf-8"))
        figures = json.loads((work / FIGURES).read_text("utf-8"))[name]
    except (OSError, ValueError, KeyError) as error:
        msg = f"{work}: the run's records are not complete ({error}); run prepare and figures first"
        raise ModelError(msg) from error
    return prepared, figures


def _looks_table(history: Sequence[Mapping[str, Any]]) -> str:
    names = ("phase", "minutes", "step", "examples", "em", "f1", "rerank_success@1", "unanswerable_caught")
    header = ("phase", "minutes", "steps", "examples", "EM", "F1", "rerank success@1", "caught")
    return _table(header, [[look.get(name, "") for name in names] for look in history])


def _last_looks(history: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the last look of each phase, in the order of training."""
    return list({look["phase"]: look for look in history}.values())


def _phases(history: Sequence[Mapping[str, Any]]) -> str:
    lines = [
        f"- `{look['phase']}`, {look['minutes']} minutes, {look['step']} steps, {look['examples']} examples, "
        f"on {'a GPU' if look.get('device') == 'cuda' else 'a CPU'}: {_PHASES[look['phase']]}."
        for look in _last_looks(history)
    ]
    return "\n".join(lines)


def _hours(history: Sequence[Mapping[str, Any]]) -> str:
    minutes = sum(look["minutes"] for look in _last_looks(history))
    return f"{minutes:.0f} minutes" if minutes < 90 else f"{minutes / 60:.1f} hours"


def _reliability(figures: Mapping[str, Any]) -> str:
    """Return the table of confidence against truth, where it was measured (see `measure.reliability`)."""
    rows = figures.get("reliability")
    if not rows:
        return ""
    shown = [(f"{low:.1f} to {low + 0.1:.1f}", n, f"{mean:.2f}", f"{right:.2f}") for low, n, mean, right in rows]
    error = sum(n * abs(mean - right) for _, n, mean, right in rows) / sum(n for _, n, _, _ in rows)
    return f"""
How far a confidence made of its scores can be believed: a logistic regression over the best span's margin, its
passage's "answerable" and relevance, fitted on half of these questions and told of the other half, both ways. It is
told once for a right passage among three wrong ones and once for wrong ones alone; an answer is right if its passage is
and its F1 is at least a half. The mean distance between confidence and share right is {100 * error:.1f} points:

{_table(("confidence", "answers", "mean confidence", "share right"), shown)}
"""


def _choice_section(work: Path) -> str:
    path = work / CHOICE
    if not path.exists():
        return ""
    choice = json.loads(path.read_text("utf-8"))
    names = ("em", "f1", "rerank_success@1", "mixed_success@1", "unanswerable_caught", "score")
    header = ("weights", "EM", "F1", "relevance success@1", "mixed success@1", "caught", "score")
    rows = [(name, *(figures.get(n, "") for n in names)) for name, figures in choice["candidates"].items()]
    return f"""Shipped are the weights of "{choice["chosen"]}"
(a mean of weights where there are several), chosen by these figures on a part of
the held-out CMRC questions, so that the figures at the top flatter a little:

{_table(header, rows)}
"""


def _reports_section(work: Path) -> str:
    """Return what the step reports made.

    Raises:
        ModelError: its questions are there without their record, or it is broken.

    """
    path = work / "prepared" / REPORTS_RECORD
    if not path.exists() and not path.with_name(REPORTS_FILE).exists():
        return "No questions that one report asks of another were made."
    try:
        counts = json.loads(path.read_text("utf-8"))
        pairs, passages, questions = (int(counts[name]) for name in ("pairs", "passages", "questions"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = f"{path}: missing or broken ({error}); run the step reports again with the same --work"
        raise ModelError(msg) from error
    return f"""Of these news, {pairs} pairs of articles report one event in words of their own (as the embedder's
card tells): {questions} more questions, about {passages} passages, are clauses of one report whose answer the other
tells amid what is asked about."""


def _notes(work: Path) -> str:
    """Return what the one who ran it wrote into `notes.md` of the work folder: where the run left the code."""
    path = work / "notes.md"
    return "\n" + path.read_text("utf-8") if path.exists() else ""


def reader_card(work: Path, out: Path, version: str) -> str:
    """Return the reader's card.

    Raises:
        ModelError: the run's records are not complete.

    """
    prepared, figures = _load(work, "reader")
    path = out / "reader.gguf"
    checkpoint = Checkpoint.load(shipped_checkpoint(work))
    history = Checkpoint.load(work / CHECKPOINT).history
    shape, competition, parity = checkpoint.shape, figures["competition"], figures["parity"]
    spans = [(s, *(figures[s][k] for k in ("questions", "em", "f1"))) for s in _SPAN_SETS if s in figures]
    ranked = [
        ("BM25 alone", competition["lexical_success@1"]),
        ("the reader's relevance", competition["rerank_success@1"]),
        ("relevance + 3 / lexical rank", competition["mixed_success@1"]),
        ("the best span's margin over no answer", competition["margin_success@1"]),
    ]
    return f"""# yiju-reader-{version}

An extractive reader for Chinese: given a question and a passage it points at the span that answers, and says how
relevant the passage is and whether it answers at all. Licence of the weights: {LICENCE}.

`{path.name}`: {path.stat().st_size} bytes, matrices in Q8_0, SHA-256 `{sha256_of(path)}`.

{shape.layers} layers, width {shape.width}, {shape.heads} heads, SwiGLU {shape.inner},
{len(checkpoint.characters)} characters:
llama.cpp's `nomic-bert`. The input is made by `models/reader_input.py` (characters, each with an overlap state). The
head is in the file's metadata (`yiju.reader.head`, `…head_bias`, `…lengths`) and told in `models/reader_head.py`:
start, end, relevance, answerable (the last two at `[CLS]`), and two vectors of {shape.rank} numbers whose product joins
the edges of a span.

## Figures

Spans, on questions whose passages were held out of training; always answering, windows that overlap by half, scored as
CMRC 2018 does, on folded text, in per cent:

{_table(("held-out part of", "questions", "EM", "F1"), spans)}

Choosing among the best 20 that BM25 (character bigrams) finds in {competition["passages"]} passages, for
{competition["questions"]} held-out CMRC questions, success@1 in per cent:

{_table(("ranked by", "success@1"), ranked)}

Seeing that nothing answers: of the same questions with their right passage taken away and the four nearest wrong ones
shown, {competition["unanswerable_caught"]} %
are caught by "answerable" at a cut that refuses 5 % of the questions shown with
a right passage among four ({competition["unanswerable_caught_by_margin"]} % by the span's margin).

The file read through llama.cpp against the float32 network, on {parity["pairs"]} pairs:
the largest difference of a score is {parity["largest_difference"]:.3f};
the same span is the best {"in all" if parity["same_choice"] else "not in all"}.
{_reliability(figures)}
## Training

{_phases(history)}

Questions by people are varied: other figures and names in the passage, foreign sentences in it, characters left out of
the question or made unknown in the passage. Near-misses are made by asking about another year than the passage tells
of: {OTHER_YEAR_SHARE:.0%} of the single passages that do not answer ({NO_ANSWER_SHARE:.0%} of all) and of the groups,
where the question names a year. The loss is over all spans at once, a span's score being that of its start, its end,
both together and its length. Dropout of {shape.dropout:.0%} with one draw for a whole sequence; Muon for the blocks'
matrices, AdamW for the rest, bfloat16; weights are averaged over some 500 steps. Measured on the way, on 300 held-out
CMRC questions (100, over a smaller pool, for ranking and catching); minutes and examples count from each phase's start:

{_looks_table(history)}

{_choice_section(work)}{_notes(work)}
{_made_section(READER_SEED)}
{_data_section(prepared)}
{_reports_section(work)}

## Limits

It is small and was trained for {_hours(history)}: it is often wrong, and does not reason, count or compare. It answers
from one passage at a time, with a span of it. "Why" and "how" suit it less than who, when, where and how many. The
questions by people are nearly all about encyclopedic text, and the made ones over news are not natural. It knows only
Chinese.
"""


def embedder_card(work: Path, out: Path, version: str) -> str:
    """Return the embedder's card.

    Raises:
        ModelError: the run's records are not complete.

    """
    prepared, figures = _load(work, "embedder")
    run = embedder.load_checkpoint(work / embedder.CHECKPOINT)["record"]
    articles = json.loads((work / "prepared" / ARTICLES_RECORD).read_text("utf-8"))
    sets = "\n".join(f"- `{each['file']}`, SHA-256 `{each['sha256']}`" for each in articles["question_sets"])
    recipe, shares = run["recipe"], run["recipe"]["shares"]
    rest = 1 - sum(shares.values())
    weights = out / "embedder" / "model.safetensors"
    rows = [
        (name, system, *(values[k] for k in ("success@1", "success@5", "success@10", "mrr@10")))
        for name in ("cmrc_dev", "held_out_news")
        for system, values in figures[name].items()
        if system != "questions"
    ]
    losses = ", ".join(map(str, run["losses"][:: max(1, len(run["losses"]) // 8)]))
    first, later = (harmless_weight(figures, names) for names in (("success@1",), ("success@5", "success@10")))
    return f"""---
license: cc-by-sa-4.0
language: zh
library_name: sentence-transformers
pipeline_tag: sentence-similarity
---

# yiju-embedder-{version}

A static embedding for Chinese (the mean of learnt word vectors), as a plain sentence-transformers folder. Texts should
be in Simplified script (`models.fold.simplify`). Vectors are not of unit length: normalise them before comparing.
Licence of the weights: {LICENCE}.

`{weights.name}`: {weights.stat().st_size} bytes in half precision, {recipe["dimensions"]} dimensions,
SHA-256 `{sha256_of(weights)}`.

## Figures

Over {figures["passages"]} passages (CMRC's held-out ones, and news, held-out articles first):
{figures["cmrc_dev"]["questions"]} questions that people asked about the held-out CMRC passages, and
{figures["held_out_news"]["questions"]} made from held-out news.
BM25 is over character bigrams. Where both are used, the candidates are the best 100 of each, and
what ranks them is the BM25 score, relative to the question's best, plus the weight shown times the cosine. In per cent,
except MRR:

{_table(("questions", "system", "success@1", "success@5", "success@10", "MRR@10"), rows)}

The largest weight tried with which neither set falls below BM25 alone: {first or "none"} at success@1,
{later or "none"} at success@5 and success@10.

## Training

{run["step"]} steps of {recipe["batch"]} pairs in {run["seconds"] / 60:.1f} minutes by {recipe["workers"]} processes
that share one table: in-batch negatives, both ways, cosine times {recipe["scale"]:g}; Adam, rate {recipe["rate"]:g}.
To the logits the share of the query's words that the passage has is added (beginning with weight
{recipe["residual"]:g}, learned), so that the vectors learn what words in common do not tell (after Gao et al. 2021,
"Complementing lexical retrieval with semantic residual embedding"). A word's vector is the sum of its own and the mean
of its characters', written out as one table.

Pairs, words of both sides left out at random, and of the words in common a share that differs from pair to pair:
{shares["human"]:.0%} questions by people and a window around the answer; {shares["made"]:.0%} made questions and their
passage; {shares["reports"]:.0%} a sentence of one report and a stretch of another report of the same event
({run["reports"]} pairs of articles: at most two days apart, rare words in common, long runs of words not);
{shares["lead"]:.0%} a first sentence and a later stretch of its article;
{rest:.0%} a sentence and what stands around it.
Mean loss on the way: {losses}.

{_made_section(embedder.SEED)}
{_data_section(prepared)}
Of the news, {articles["kept"]} articles were trained on. Kept apart were, besides the held-out ones,
{articles["apart"]} that are evidence in these question sets or share 40 characters in a row with such a one:

{sets}

## Limits

It knows no word order, and knows words only from the texts above. Made questions share words with their passages, so
that the second set flatters BM25. Long passages blur.
"""
