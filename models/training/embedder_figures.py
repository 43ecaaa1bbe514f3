"""What the embedder finds, alone and added to BM25, on questions and passages it was not trained on."""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.training.lexical import Bm25, split_passages
from models.training.prepare import MadePassage, Prepared

DENSE_WEIGHTS = (2.0, 1.5, 1.0, 0.5, 0.25)  # of the cosine, against the lexical score relative to the best one
DEPTH = 100
POOL_NEWS = 20_000
_SIZE = 256  # characters of a passage
_CONTEXT = 6  # characters beside a made question's answer that its passage must share


@dataclass(frozen=True, slots=True)
class Search:
    """Questions over a pool, and which passages count as found for each."""

    questions: list[str]
    right: list[frozenset[int]]


def make_pool(prepared: Prepared, news: int = POOL_NEWS) -> list[str]:
    """Return CMRC development passages and `news` passages of news, held-out ones first, each cut at 256 characters."""
    wholes = dict.fromkeys(q.passage for q in prepared.human if q.development and q.source == "cmrc2018_train")
    ordered = [p for p in prepared.made if p.source == "news"]
    ordered.sort(key=lambda p: not p.held_out)  # stable: the order of the files otherwise
    pieces: dict[str, None] = {}
    for made in ordered:
        if len(pieces) >= news:
            break
        pieces.update(dict.fromkeys(split_passages(made.passage, _SIZE)))
    return list(dict.fromkeys([*(s for p in wholes for s in split_passages(p, _SIZE)), *list(pieces)[:news]]))


def human_search(prepared: Prepared, pool: Sequence[str], limit: int | None = None) -> Search:
    """Return CMRC development questions; right is a piece of the question's passage that holds an answer."""
    asked = [q for q in prepared.human if q.development and q.source == "cmrc2018_train"]
    if limit is not None and limit < len(asked):
        asked = random.Random(8).sample(asked, limit)
    places = {piece: i for i, piece in enumerate(pool)}
    right = [
        frozenset(places[s] for s in split_passages(q.passage, _SIZE) if any(answer in s for answer in q.answers))
        for q in asked
    ]
    return Search([q.question for q in asked], right)


def made_search(prepared: Prepared, pool: Sequence[str], limit: int = 1000) -> Search:
    """Return questions made from held-out news; right is a piece with the answer and what stands beside it."""
    held: list[MadePassage] = [p for p in prepared.made if p.held_out]
    chosen = random.Random(9).sample(held, min(limit, len(held)))
    pieces: dict[str, list[int]] = defaultdict(list)
    for i, piece in enumerate(pool):
        for at in range(len(piece) - 3):
            pieces[piece[at : at + 4]].append(i)
    questions, right = [], []
    for made in chosen:
        question = random.Random(made.passage).choice(made.questions)
        end = question.start + len(question.answer)
        beside = (made.passage[max(0, question.start - _CONTEXT) : end], made.passage[question.start : end + _CONTEXT])
        found = {i for text in beside for i in pieces.get(text[:4], []) if text in pool[i]}
        if found:
            questions.append(question.question)
            right.append(frozenset(found))
    return Search(questions, right)


def fuse(
    lexical: Sequence[tuple[int, float]], cosines: npt.NDArray[np.float32], dense: Sequence[int], weight: float
) -> list[int]:
    """Return the candidates of both legs by lexical score, relative to the best one, plus `weight` × cosine.

    `lexical` holds places and scores, best first, `cosines` those of all passages; ties by position.
    """
    top = lexical[0][1] if lexical else 1.0
    scores = {i: weight * float(cosines[i]) for i in dense}
    scores.update({i: score / top + weight * float(cosines[i]) for i, score in lexical})
    return sorted(scores, key=lambda i: (-scores[i], i))


def success(rankings: Sequence[Sequence[int]], right: Sequence[frozenset[int]]) -> dict[str, float]:
    """Return success at 1, 5 and 10 in per cent, and MRR at 10."""
    places = [
        next((rank for rank, i in enumerate(ranking[:10], 1) if i in wanted), 0)
        for ranking, wanted in zip(rankings, right, strict=True)
    ]
    found = {f"success@{k}": round(100 * float(np.mean([0 < p <= k for p in places])), 1) for k in (1, 5, 10)}
    return {**found, "mrr@10": round(float(np.mean([1 / p if p else 0.0 for p in places])), 3)}


def nearest(cosines: npt.NDArray[np.float32], depth: int = DEPTH) -> list[int]:
    """Return the nearest passages, best first."""
    best = np.argpartition(-cosines, min(depth, len(cosines)) - 1)[:depth]
    return [int(i) for i in best[np.argsort(-cosines[best], kind="stable")]]


def harmless_weight(figures: Mapping[str, Any], measures: Sequence[str]) -> float | None:
    """Return the largest dense weight with which fusion is nowhere below BM25 alone in the measures given."""
    sets = [values for values in figures.values() if isinstance(values, dict)]
    for weight in DENSE_WEIGHTS:
        fused = f"bm25 + {weight} cosine"
        if all(found[fused][k] >= found["bm25"][k] for found in sets for k in measures):
            return weight
    return None


def measure_embedder(prepared: Prepared, folder: Path, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Return the figures of the sentence-transformers folder, by question set and system."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    pool = make_pool(prepared)
    lexical = Bm25(pool)
    model.float()  # the folder is in half precision
    vectors = np.asarray(model.encode_document(pool, normalize_embeddings=True, show_progress_bar=False))
    figures: dict[str, Any] = {"passages": len(pool)}
    for name, search in (("cmrc_dev", human_search(prepared, pool)), ("held_out_news", made_search(prepared, pool))):
        asked = np.asarray(model.encode_query(search.questions, normalize_embeddings=True, show_progress_bar=False))
        cosines = asked @ vectors.T
        dense = [nearest(row) for row in cosines]
        sparse = [lexical.scored(question, DEPTH) for question in search.questions]
        systems = {"bm25": [[i for i, _ in found] for found in sparse], "dense": dense}
        for weight in DENSE_WEIGHTS:
            parts = zip(sparse, cosines, dense, strict=True)
            systems[f"bm25 + {weight} cosine"] = [fuse(found, row, near, weight) for found, row, near in parts]
        figures[name] = {"questions": len(search.questions)}
        for system, rankings in systems.items():
            figures[name][system] = success(rankings, search.right)
            say(f"{name} {system}: {figures[name][system]}")
    return figures
