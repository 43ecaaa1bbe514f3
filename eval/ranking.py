"""Fits what the legs and the reader count against each other: the fusion's weight, and `rag/answering/ranking.json`.

    python -m eval.ranking --data DIR --news DIR --work DIR [--questions FILE…] [--split dev] [--limit N] [--dry-run]
    python -m eval.ranking --library DIR --questions FILE… [--split dev] [--limit N] [--dry-run]

The first asks held-out questions about their passages among the news, which it brings into a library in the work
folder; the second whatever a library and question sets hold.

Passages that hold a gold answer in a gold article are right (`eval.finding.gold`). A conditional logit (McFadden 1974:
the chance that the right passage is chosen among those found) is fitted on linear sums of the signals; figures are
those of five-fold cross-validation, folds by article. Reciprocal-rank fusion stands beside it at several weights.
"""

import argparse
import json
import sys
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from eval.benchmarks.sets import write_sets
from eval.finding.gold import Gold, Wanted
from eval.finding.measuring import questions_of
from eval.finding.system import Found
from eval.folder import write_json
from eval.questions import Question
from eval.statistics import article_cluster
from models.errors import BadInputError, YijuError
from models.protocols import Reader
from rag.answering.ranking import FILE, SIGNALS, signals
from rag.library import Library
from rag.retrieval.fuse import reciprocal_ranks, relative
from rag.retrieval.retriever import Leg
from rag.settings import Settings

FOLDS = 5
_READ = 20
_RIDGE = 1e-3
_RRF_WEIGHTS = (0.02, 0.05, 0.1, 0.25, 0.5, 1.0)

Floats = npt.NDArray[np.float64]
LEGS = ("lexical", "dense")
COLUMNS = (*LEGS, *SIGNALS)


@dataclass(frozen=True, slots=True)
class Case:
    """One question's candidates: what each signal says of them, and which are right."""

    cluster: Hashable  # the article it asks about
    signals: Floats  # shape (candidates, len(COLUMNS)); the reader's are NaN where it did not read
    ranks: npt.NDArray[np.int64]  # shape (candidates, len(LEGS)): each leg's own rank, 0 where it did not find it
    right: npt.NDArray[np.bool_]  # shape (candidates,)

    @property
    def read(self) -> npt.NDArray[np.bool_]:
        """Which candidates the reader read."""
        return ~np.isnan(self.signals[:, len(LEGS)])


def collect(
    question: Question, wanted: Wanted, library: Library, legs: Sequence[Leg], reader: Reader, dense_weight: float
) -> Case:
    """Return what the legs find for a question, and what the reader says of the first twenty."""
    runs = [leg.search(question.question, Settings().leg_depth) for leg in legs]
    shares = [dict(relative(runs[0])), dict(runs[1])]
    places = [{row: rank for rank, (row, _) in enumerate(run, start=1)} for run in runs]
    rows = list(dict.fromkeys(row for run in runs for row, _ in run))
    stored = library.passages(rows)
    values = np.full((len(rows), len(COLUMNS)), np.nan)
    values[:, : len(LEGS)] = [[share.get(row, 0.0) for share in shares] for row in rows]
    first = np.argsort(-(values[:, 0] + dense_weight * values[:, 1]), kind="stable")[:_READ]
    readings = reader.read(question.question, [stored[rows[at]].passage.text for at in first])
    for at, reading in zip(first, readings, strict=True):
        values[at, len(LEGS) :] = signals(reading)
    passages = [stored[row].passage for row in rows]
    right = [bool(wanted.meets(Found((passage.article_id,), passage.text))) for passage in passages]
    ranks = np.array([[place.get(row, 0) for place in places] for row in rows], dtype=np.int64)
    return Case(article_cluster(question), values, ranks.reshape(-1, len(LEGS)), np.array(right, dtype=bool))


def fit(cases: Sequence[Case], columns: Sequence[int]) -> Floats:
    """Return the weights of some signals under which right passages are likeliest to be chosen; shape (columns,).

    Only cases count in which something right is among the candidates, and something else as well. No weight is below
    zero: every signal is one that speaks for a passage, and two that say nearly the same would else share a difference.
    """
    from scipy.optimize import minimize

    chosen = [(values, right) for values, right in _candidates(cases, columns) if right.any() and not right.all()]
    if not chosen:
        msg = "nothing to fit on: no question has both right and wrong passages among those found"
        raise BadInputError(msg)

    def loss(weights: Floats) -> tuple[float, Floats]:
        total, gradient = 0.0, np.zeros(len(columns))
        for values, right in chosen:
            scores = values @ weights
            scores -= scores.max()
            share = np.exp(scores)
            among, all_of = share * right, share
            total += float(np.log(all_of.sum()) - np.log(among.sum()))
            gradient += values.T @ (all_of / all_of.sum() - among / among.sum())
        ridge = _RIDGE * len(chosen)
        return total + ridge * float(weights @ weights), gradient + 2 * ridge * weights

    bounds = [(0.0, None)] * len(columns)
    found: Floats = minimize(loss, np.zeros(len(columns)), jac=True, method="L-BFGS-B", bounds=bounds).x
    return found


def _candidates(cases: Sequence[Case], columns: Sequence[int]) -> Iterator[tuple[Floats, npt.NDArray[np.bool_]]]:
    """Yield each case's candidates that have all of the signals: their values, and which are right."""
    for case in cases:
        kept = case.read if max(columns) >= len(LEGS) else np.ones(len(case.right), dtype=bool)
        yield case.signals[kept][:, columns], case.right[kept]


def folds(cases: Sequence[Case]) -> npt.NDArray[np.int64]:
    """Return each case's fold; those about one article share one."""
    clusters = {cluster: at for at, cluster in enumerate(dict.fromkeys(case.cluster for case in cases))}
    return np.array([clusters[case.cluster] % FOLDS for case in cases], dtype=np.int64)


def success(orders: Sequence[npt.NDArray[np.bool_]]) -> dict[str, float]:
    """Return in how many per cent of the cases something right is among the first k."""
    shares = {f"success@{k}": np.mean([order[:k].any() for order in orders]) for k in (1, 5, 20)}
    return {name: round(100 * float(share), 1) for name, share in shares.items()}


def cross_validated(cases: Sequence[Case], columns: Sequence[int]) -> dict[str, float]:
    """Return the figures of weights fitted on the other folds."""
    fold = folds(cases)
    orders: list[npt.NDArray[np.bool_]] = []
    for number in range(FOLDS):
        others = [case for case, own in zip(cases, fold, strict=True) if own != number]
        own = [case for case, of in zip(cases, fold, strict=True) if of == number]
        if not own:
            continue
        weights = fit(others, columns)
        orders += [right[np.argsort(-(values @ weights), kind="stable")] for values, right in _candidates(own, columns)]
    return success(orders)


def by_ranks(cases: Sequence[Case], weight: float) -> dict[str, float]:
    """Return the figures of reciprocal-rank fusion, the dense leg counting so much."""
    orders = []
    for case in cases:
        runs = {
            name: [int(at) for at in np.argsort(case.ranks[:, leg], kind="stable") if case.ranks[at, leg]]
            for leg, name in enumerate(LEGS)
        }
        orders.append(case.right[[at for at, _ in reciprocal_ranks(runs, {"lexical": 1.0, "dense": weight})]])
    return success(orders)


def table(cases: Sequence[Case]) -> Iterator[tuple[str, dict[str, float], Floats | None]]:
    """Yield what was tried: its name, its figures, and the weights fitted on all cases."""
    yield "lexical alone", by_ranks(cases, 0.0), None
    for weight in _RRF_WEIGHTS:
        yield f"reciprocal ranks, dense {weight}", by_ranks(cases, weight), None
    tried: Mapping[str, Sequence[int]] = {
        "dense alone": [1],
        "linear: both legs": [0, 1],
        "linear: reader alone": [2, 3, 4],
        "linear: lexical and reader": [0, 2, 3, 4],
        "linear: all": [0, 1, 2, 3, 4],
    }
    for name, columns in tried.items():
        yield name, cross_validated(cases, columns), fit(cases, columns)


def fused(cases: Sequence[Case], dense_weight: float) -> list[Case]:
    """Return cases of which the first signal is the fused score, as a share of the best."""
    made = []
    for case in cases:
        scores = case.signals[:, 0] + dense_weight * case.signals[:, 1]
        share = scores / scores.max() if len(scores) and scores.max() > 0 else scores
        made.append(Case(case.cluster, np.column_stack([share, case.signals[:, 1:]]), case.ranks, case.right))
    return made


AFTER_FUSION = (0, *range(len(LEGS), len(COLUMNS)))
"""The signals that the product's order is made of, of cases as `fused` makes them."""


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval.ranking", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, help="folder that holds rc/; with --news and --work")
    parser.add_argument("--news", type=Path, help="folder of the news files")
    parser.add_argument("--work", type=Path, help="folder for question sets and a library of all that")
    parser.add_argument("--library", type=Path, help="instead: folder of an index")
    parser.add_argument("--questions", type=Path, nargs="+", default=[], help="question sets asked of the library")
    parser.add_argument("--split", help="only questions of this split, in sets that have splits")
    parser.add_argument("--limit", type=int, help="ask a stratified N questions of each set")
    parser.add_argument("--dry-run", action="store_true", help="only print")
    arguments = parser.parse_args(argv)
    whole = (arguments.data, arguments.news, arguments.work)
    if arguments.library is None and None in whole:
        parser.error("name --data, --news and --work, or --library")
    if arguments.library is not None and not arguments.questions:
        parser.error("--library needs --questions")
    return arguments


def _prepared(arguments: argparse.Namespace) -> tuple[Path, list[Path]]:
    """Return the library and the question sets, made in the work folder where no library is given.

    Raises:
        BadInputError: data is missing or damaged.
        IndexUnusableError: the library there cannot be brought in step.

    """
    if arguments.library is not None:
        return arguments.library, arguments.questions
    from rag.assemble import open_indexer

    sets, library = arguments.work / "sets", arguments.work / "library"
    write_sets(arguments.data, sets, 0)
    open_indexer(library).run([arguments.news, sets / "open.articles.jsonl"])
    return library, [sets / "open.jsonl", *arguments.questions]


def _of_split(questions: Sequence[Question], split: str | None) -> list[Question]:
    return [one for one in questions if split is None or one.fields.get("split") in (None, split)]


def _collected(arguments: argparse.Namespace, say: Callable[[str], object]) -> tuple[list[Case], str, str]:
    """Return the cases, and the fingerprints of reader and embedder."""
    from tqdm import tqdm

    from models.reader import open_bundled_reader
    from rag.assemble import open_embedder, open_legs

    root, sets = _prepared(arguments)
    embedder, reader = open_embedder(root), open_bundled_reader()
    cases: list[Case] = []
    with closing(Library.open(root)) as library:
        legs, gold = open_legs(library, root, embedder), Gold(library)
        for path in sets:
            asked = _of_split(questions_of(path, arguments.limit), arguments.split)
            pairs = [(one, wanted) for one in asked if (wanted := gold.wanted(one))]
            say(f"{path.name}: {len(pairs)} of {len(asked)} questions are about articles of this library")
            for question, wanted in tqdm(pairs, desc="reading", file=sys.stderr, disable=None):
                cases.append(collect(question, wanted, library, legs, reader, Settings().dense_weight))
    return cases, reader.fingerprint, embedder.fingerprint


def main(argv: Sequence[str] | None = None) -> int:
    """Fit, print the figures, and write the ranking."""
    arguments = _arguments(argv)

    def say(line: str) -> None:
        sys.stdout.write(line + "\n")

    try:
        cases, reader, embedder = _collected(arguments, say)
        for name, figures, fitted_to_all in table(cases):
            shown = "" if fitted_to_all is None else "  weights " + " ".join(f"{each:.3g}" for each in fitted_to_all)
            say(f"{name}: {figures}{shown}")
        both = fit(cases, [0, 1])
        say(f"fitted weight of the cosine against 1 for the lexical score: {both[1] / both[0]:.2f}")
        after = fused(cases, Settings().dense_weight)
        figures, found = cross_validated(after, AFTER_FUSION), fit(after, AFTER_FUSION)
        say(f"as shipped, fused score and reader: {figures}")
        weights = {name: round(float(found[at] / found[0]), 4) for at, name in enumerate(SIGNALS, start=1)}
        say(json.dumps(weights))
        if not arguments.dry_run:
            fitted = {
                "reader": reader,
                "embedder": embedder,
                "dense_weight": Settings().dense_weight,
                "questions": len(cases),
                "cross_validated": figures,
            }
            write_json(FILE, {"weights": weights, "fitted": fitted})
    except YijuError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
