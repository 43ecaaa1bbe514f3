"""What is measured: each row a question set, how it is asked, and which metrics tell something of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.benchmarks import published
from eval.benchmarks.published import Table
from eval.questions import PROJECT_SET
from models.errors import UsageError

_SPANS = ("em", "f1", "acc", "acc_80")
_PRODUCT = ("acc", "acc_80", "em", "f1", "evidence_cited", "rejected_right", "false_refusal")
_SEARCH = ("success@1", "success@5", "success@10", "mrr@10", "acc", "acc_80", "f1")
_HELD_OUT = ("cmrc2018_train", "drcd_dev", "xquad_zh")
_MIXED = ", among news"
_NEWS_TOO = " Three thousand news articles that training never saw are in the library as well."
_SPLIT = "Split by passage, by training's own function; no passage of the set was trained on."


@dataclass(frozen=True, slots=True)
class Row:
    """One benchmark."""

    name: str  # of the run's folder, and for --only
    title: str
    protocol: str
    seen: str  # what training saw of it, in words
    metrics: tuple[str, ...]
    data: tuple[str, ...] = ()  # the sources below --data that it is made of
    held_out: bool = True  # False: trained on, so that it shows memory, not skill
    questions: str | None = None  # file below WORK/sets; None: the project's set
    articles: str | None = None  # what is indexed for it: a file below WORK/sets, or "project"
    news: bool = False  # whether its articles hold news, for which --news is needed
    answer_always: bool = False
    compared: Table | None = None

    def question_file(self, work: Path) -> Path:
        """Return the question set."""
        return work / "sets" / self.questions if self.questions else PROJECT_SET / "questions.jsonl"

    def article_path(self, work: Path) -> Path | None:
        """Return what is indexed, or None for a set that brings its passages."""
        if self.articles == "project":
            return PROJECT_SET / "articles"
        return work / "sets" / self.articles if self.articles else None

    def library(self, work: Path) -> Path | None:
        """Return the folder of the index, or None for a set that brings its passages."""
        return work / "libraries" / self.articles.partition(".")[0] if self.articles else None

    def run_folder(self, work: Path, limit: int | None) -> Path:
        """Return the run's folder: smoke runs have their own."""
        return work / "runs" / (self.name if limit is None else f"{self.name}-{limit}")

    def commands(self, work: Path, limit: int | None) -> list[str]:
        """Return what makes the run by hand, into a folder of its own, from the sets that this script has written."""
        articles, library = self.article_path(work), self.library(work)
        run = ["yiju eval run", _shown(self.question_file(work)), "--out", f"runs/{self.name}"]
        run += ["--library", str(library)] if library else []
        run += ["--answer-always"] if self.answer_always else []
        run += ["--smoke", str(limit)] if limit is not None else []
        index = [f"yiju index {_shown(articles)} --library {library}"] if articles else []
        return [*index, " ".join(run)]


def _shown(path: Path) -> str:
    """Return a path as it is typed in a checkout."""
    root = PROJECT_SET.parent.parent.parent
    return str(path.relative_to(root) if path.is_relative_to(root) else path)


def _spans(name: str, title: str, source: str, seen: str, compared: Table | None, *, held_out: bool = True) -> Row:
    return Row(
        name=name,
        title=title,
        protocol="Each question over its own passage, always answering. EM and F1 as CMRC2018's script computes them,"
        " on the short answer; acc is containment in the whole answer.",
        seen=seen,
        metrics=_SPANS,
        data=(source, "drcd_dev") if source == "drcd_dev_s" else (source,),
        held_out=held_out,
        questions=f"{source}.jsonl",
        answer_always=True,
        compared=compared,
    )


def _unanswerable(*, news: bool) -> Row:
    return Row(
        name="unanswerable-news" if news else "unanswerable",
        title=f"Questions whose article is missing, as shipped{_MIXED * news}",
        protocol="Held-out questions of CMRC, DRCD and XQuAD, asked of a library that holds the articles of one half of"
        " them: the others have no answer there, and what is found for them are real near-misses. An article is in or"
        f" out with all its passages.{_NEWS_TOO * news}",
        seen=f"{_SPLIT} Questions on which the confidence was fitted are left out.",
        metrics=("rejected_right", "false_refusal", "acc", "acc_80", "f1"),
        data=_HELD_OUT,
        questions="removed.jsonl",
        articles="removed-news.articles.jsonl" if news else "removed.articles.jsonl",
        news=news,
        compared=None if news else published.REFUSAL,
    )


def _open(*, news: bool) -> Row:
    return Row(
        name="open-news" if news else "open",
        title=f"Open retrieval over all held-out passages, always answering{_MIXED * news}",
        protocol="Held-out questions of CMRC, DRCD and XQuAD, asked of one library of all their passages."
        f"{_NEWS_TOO * news}",
        seen=f"{_SPLIT} The weight of the dense leg and the confidence were fitted on some of these questions.",
        metrics=_SEARCH,
        data=_HELD_OUT,
        questions="open.jsonl",
        articles="open-news.articles.jsonl" if news else "open.articles.jsonl",
        news=news,
        answer_always=True,
        compared=None if news else published.RETRIEVAL,
    )


_PROJECT_SEEN = (
    "Neither its articles nor its questions were trained on. Its development half took part in fitting the confidence;"
    " on its test half nothing was fitted."
)
_PROJECT = (
    "Asked of a library of the project's sample articles; the questions are worded unlike the articles, on purpose."
)

ROWS: tuple[Row, ...] = (
    Row("project", "The project's own set, as shipped", _PROJECT, _PROJECT_SEEN, _PRODUCT, articles="project"),
    Row(
        "project-always",
        "The project's own set, always answering",
        f"{_PROJECT} Declining is turned off.",
        _PROJECT_SEEN,
        _PRODUCT[:5],
        articles="project",
        answer_always=True,
    ),
    Row(
        "project-test",
        "The project's own set, test half, as shipped",
        _PROJECT,
        "Nothing was fitted on it.",
        _PRODUCT,
        questions="project-test.jsonl",
        articles="project",
    ),
    _spans(
        "cmrc-held-out",
        "CMRC2018, held-out part of the training set",
        "cmrc2018_train",
        f"{_SPLIT} Checkpoints were chosen on part of it, which flatters a little.",
        published.CMRC,
    ),
    _spans(
        "cmrc-trial",
        "CMRC2018, trial set (trained on)",
        "cmrc2018_trial",
        "All of it was trained on. The row shows how well the training data is remembered, and nothing else.",
        None,
        held_out=False,
    ),
    _spans(
        "drcd-held-out",
        "DRCD, held-out part of the development set, Traditional",
        "drcd_dev",
        f"{_SPLIT} The rest of the file was trained on.",
        published.DRCD,
    ),
    _spans(
        "drcd-held-out-simplified",
        "DRCD, the same questions, Simplified",
        "drcd_dev_s",
        "The same questions as the row above: held out where their Traditional originals are. The file itself was not"
        " trained on, but its text is that of drcd_dev.",
        published.DRCD,
    ),
    _spans(
        "xquad-held-out",
        "XQuAD, Chinese, held-out part",
        "xquad_zh",
        f"{_SPLIT} The rest of the file was trained on.",
        None,
    ),
    *(_unanswerable(news=news) for news in (False, True)),
    *(_open(news=news) for news in (False, True)),
)
"""Every row, in the order of the page."""


def chosen(only: Sequence[str], *, news: bool) -> list[Row]:
    """Return the rows of these names in the order of the page; without any, all for which there is data.

    Raises:
        UsageError: there is no such row, or it needs news.

    """
    known = {row.name: row for row in ROWS}
    for name in only:
        if name not in known:
            msg = f"--only: {name!r} is no row; there are: {', '.join(known)}"
            raise UsageError(msg)
        if known[name].news and not news:
            msg = f"--only: {name} needs the news; give their folder with --news"
            raise UsageError(msg)
    return [row for row in ROWS if (row.name in only if only else news or not row.news)]
