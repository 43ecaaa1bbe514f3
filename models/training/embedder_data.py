"""The embedder's tokenizer and its training pairs."""

import math
import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import rjieba
from scipy import sparse
from tokenizers import Regex, Tokenizer, normalizers
from tokenizers.models import Unigram
from tokenizers.pre_tokenizers import Split

from models.training.embedder_articles import NewsArticle
from models.training.examples import best_occurrence
from models.training.prepare import REPORTS_SOURCE, Prepared

PIECES = 40_000
UNKNOWN_PIECE = "[UNK]"
_RUNS = r"[㐀-鿿\x{20000}-\x{3ffff}]+|[a-z]+|[0-9]+"
_PIECE = re.compile(r"[㐀-鿿]{1,4}|[a-z]{2,12}|[0-9]{1,4}")
_ALONE = re.compile(r"[㐀-鿿a-z0-9]")
_WINDOW = 230  # characters around an answer
_QUESTIONS_EACH = 4  # made questions of a passage
_REACH = 8  # sentences before and after the one asked with, in which its passage begins
_PASSAGE = (40, 200)  # tokens of a passage drawn from an article
_LEAD = 3  # sentences
_LEAST_WORDS = (2, 4)  # of a query and of a passage; pairs with less left are dropped
Ids = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]


def count_pieces(texts: Iterable[str]) -> Counter[str]:
    """Count the words of folded texts that may become pieces: up to four Chinese characters, Latin words, numbers."""
    counts: Counter[str] = Counter()
    for text in texts:
        for word in rjieba.cut(text):
            if _PIECE.fullmatch(word):
                counts[word] += 1
            else:
                counts.update(_PIECE.findall(word))
    return counts


def make_tokenizer(counts: Counter[str], pieces: int = PIECES) -> Tokenizer:
    """Return a unigram tokenizer over the most frequent pieces and all single characters met at least twice.

    White space and punctuation are dropped, and Chinese runs, Latin words and numbers never join in one piece.
    """
    single = {char: 1 for word in counts for char in word if _ALONE.fullmatch(char)}
    for word, count in counts.items():
        if len(word) == 1:
            single[word] = max(count, 1)
    ranked = sorted(((w, c) for w, c in counts.items() if len(w) > 1), key=lambda item: (-item[1], item[0]))
    room = max(0, pieces - 1 - len(single))
    chosen = [*single.items(), *ranked[:room]][: pieces - 1]
    total = sum(count for _, count in chosen) or 1
    scored = [(word, math.log(count / total)) for word, count in sorted(chosen, key=lambda item: (-item[1], item[0]))]
    lowest = min((score for _, score in scored), default=-1.0)
    tokenizer = Tokenizer(Unigram([(UNKNOWN_PIECE, lowest - 10), *scored], unk_id=0, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = Split(Regex(_RUNS), behavior="removed", invert=True)
    return tokenizer


class Ragged:
    """Texts as token ids, one after another."""

    def __init__(self, tokenizer: Tokenizer, texts: Sequence[str]) -> None:
        """Tokenise `texts`."""
        lengths = np.zeros(len(texts), dtype=np.int64)
        parts: list[Ids] = []
        for at in range(0, len(texts), 4096):
            encoded = tokenizer.encode_batch_fast(list(texts[at : at + 4096]), add_special_tokens=False)
            for i, encoding in enumerate(encoded, at):
                ids = np.array(encoding.ids, dtype=np.int32)
                lengths[i] = len(ids)
                parts.append(ids)
        self.ids: Ids = np.concatenate(parts) if parts else np.zeros(0, dtype=np.int32)
        self.starts: Places = np.concatenate([[0], np.cumsum(lengths)])

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.starts) - 1


class TokenisedArticles(Ragged):
    """Articles as token ids, sentence after sentence."""

    def __init__(self, tokenizer: Tokenizer, articles: Sequence[NewsArticle]) -> None:
        """Tokenise the articles' sentences."""
        super().__init__(tokenizer, [sentence for article in articles for sentence in article.sentences])
        self.first: Places = np.concatenate([[0], np.cumsum([len(a.sentences) for a in articles], dtype=np.int64)])
        self.days: Places = np.array([article.day for article in articles], dtype=np.int64)
        self.pieces: int = tokenizer.get_vocab_size()

    def same_event(self) -> Places:
        """Return pairs of articles that report one event, shape (pairs, 2); see `same_event_pairs`."""
        return same_event_pairs(self.ids, self.starts[self.first], self.days, self.pieces)


@dataclass(frozen=True, slots=True)
class PairTexts:
    """What pairs are drawn from; nothing held out."""

    human: list[tuple[str, str]]  # question, window around its answer
    questions: list[str]  # made ones
    owners: list[int]  # the passage of each made question
    passages: list[str]
    articles: list[NewsArticle]


def pair_texts(prepared: Prepared, articles: list[NewsArticle]) -> PairTexts:
    """Collect the training texts."""
    rng = random.Random(4)
    human = []
    for asked in prepared.human:
        if asked.development:
            continue
        start = best_occurrence(asked.question, asked.passage, asked.answers[0])
        offset = max(0, start - rng.randint(20, 180))
        human.append((asked.question, asked.passage[offset : offset + _WINDOW]))
    questions: list[str] = []
    owners: list[int] = []
    passages: list[str] = []
    for made in prepared.made:
        # Questions of reports are found with the embedder's tokenizer: it must not depend on their being there.
        if made.held_out or made.source == REPORTS_SOURCE:
            continue
        for question in made.questions[:_QUESTIONS_EACH]:
            questions.append(question.question)
            owners.append(len(passages))
        passages.append(made.passage)
    return PairTexts(human, questions, owners, passages, articles)


@dataclass(frozen=True, slots=True)
class Shares:
    """How much of a batch is of which kind of pair; `reports` are of two articles, the rest is of one."""

    human: float = 0.12
    made: float = 0.2
    reports: float = 0.1
    lead: float = 0.1

    def counts(self, batch: int) -> tuple[int, int, int, int, int]:
        """Return how many pairs of each kind a batch has; the last are a sentence and what stands around it."""
        first = [round(share * batch) for share in (self.human, self.made, self.reports, self.lead)]
        return first[0], first[1], first[2], first[3], batch - sum(first)


@dataclass(frozen=True, slots=True)
class Batch:
    """How often each piece occurs in the queries and in their passages, both of shape (pairs, pieces)."""

    asked: sparse.csr_matrix
    there: sparse.csr_matrix


class PairDrawer:
    """Draws batches of pairs; the batch depends on the generator alone."""

    def __init__(self, tokenizer: Tokenizer, texts: PairTexts) -> None:
        """Tokenise everything once, and find reports of the same event."""
        articles = TokenisedArticles(tokenizer, texts.articles)
        parts = [
            Ragged(tokenizer, [q for q, _ in texts.human]),
            Ragged(tokenizer, [p for _, p in texts.human]),
            Ragged(tokenizer, texts.questions),
            Ragged(tokenizer, texts.passages),
            articles,
        ]
        offsets = np.concatenate([[0], np.cumsum([len(part.ids) for part in parts])])
        self.ids: Ids = np.concatenate([part.ids for part in parts])
        starts = [part.starts + offset for part, offset in zip(parts, offsets, strict=False)]
        self._human_q, self._human_p, self._made_q, self._made_p, self.sentences = starts
        self._owners = np.array(texts.owners, dtype=np.int64)
        self.first, self.pieces = articles.first, articles.pieces
        self.reports = articles.same_event()

    def draw(self, rng: np.random.Generator, batch: int, shares: Shares) -> Batch:
        """Return a batch of pairs, words of both sides left out at random, shared ones above all."""
        human, made, reports, lead, near = shares.counts(batch)
        spans = [
            _of_texts(self._human_q, self._human_p, rng.integers(len(self._human_q) - 1, size=human), None),
            _of_texts(self._made_q, self._made_p, rng.integers(len(self._made_q) - 1, size=made), self._owners),
            self._near(rng, near),
            self._lead(rng, lead),
            self._reports(rng, reports),
        ]
        q0, q1, p0, p1, c0, c1 = np.concatenate([s for s in spans if s.size], axis=1)
        query_places, query_rows = _flat(q0, q1)
        passage_places, passage_rows = _flat(p0, p1)
        inside = (passage_places >= c0[passage_rows]) & (passage_places < c1[passage_rows])
        passage_places, passage_rows = passage_places[~inside], passage_rows[~inside]
        asked = _counted(self.ids, query_places, query_rows, (batch, self.pieces), rng.random(batch) * 0.3, rng)
        there = _counted(self.ids, passage_places, passage_rows, (batch, self.pieces), rng.random(batch) * 0.4, rng)
        # Of the words that both sides have, a share that differs from pair to pair goes from the query or the passage:
        # what the lexical leg sees anyhow must not be all that is learned.
        shared = sparse.coo_matrix(asked.multiply(there))
        going = rng.random(batch) * (rng.random(batch) < 0.7)
        fate = rng.random(shared.nnz)
        gone = fate < going[shared.row]
        first = fate < going[shared.row] / 2
        asked = _without(asked, shared, gone & first)
        there = _without(there, shared, gone & ~first)
        enough = (np.diff(asked.indptr) >= _LEAST_WORDS[0]) & (np.diff(there.indptr) >= _LEAST_WORDS[1])
        return Batch(asked[enough], there[enough])

    def _window(self, rng: np.random.Generator, low: Places, high: Places, begin: Places) -> tuple[Places, Places]:
        """Return token spans that begin with sentence `begin` and stay in sentences `[low, high)`."""
        start = self.sentences[np.clip(begin, low, high - 1)]
        length = rng.integers(_PASSAGE[0], _PASSAGE[1], size=len(low))
        return start, np.minimum(start + length, self.sentences[high])

    def _near(self, rng: np.random.Generator, count: int) -> Places:
        """Return spans of a sentence and of a stretch of its article near it, without the sentence itself."""
        article = rng.integers(len(self.first) - 1, size=count)
        low, high = self.first[article], self.first[article + 1]
        chosen = low + (rng.random(count) * (high - low)).astype(np.int64)
        more = np.minimum(chosen + 1 + (rng.random(count) < 0.3), high)
        p0, p1 = self._window(rng, low, high, chosen + rng.integers(-_REACH, _REACH // 2, size=count))
        q0, q1 = self.sentences[chosen], self.sentences[more]
        return np.stack([q0, q1, p0, p1, q0, q1])

    def _lead(self, rng: np.random.Generator, count: int) -> Places:
        """Return spans of an article's first sentence and of a later stretch of it."""
        article = rng.integers(len(self.first) - 1, size=count)
        low, high = self.first[article], self.first[article + 1]
        begin = low + 1 + (rng.random(count) * np.maximum(high - low - 1, 1)).astype(np.int64)
        p0, p1 = self._window(rng, low, high, begin)
        return np.stack(
            [self.sentences[low], self.sentences[low + 1], p0, p1, self.sentences[low], self.sentences[low + 1]]
        )

    def _reports(self, rng: np.random.Generator, count: int) -> Places:
        """Return spans of a sentence near the beginning of one report and of a stretch of another."""
        if not len(self.reports):
            return np.zeros((6, 0), dtype=np.int64)
        pair = self.reports[rng.integers(len(self.reports), size=count)]
        swap = rng.random(count) < 0.5
        one, other = np.where(swap, pair[:, 1], pair[:, 0]), np.where(swap, pair[:, 0], pair[:, 1])
        chosen = np.minimum(self.first[one] + rng.integers(_LEAD, size=count), self.first[one + 1] - 1)
        low, high = self.first[other], self.first[other + 1]
        p0, p1 = self._window(rng, low, high, low + rng.integers(_LEAD, size=count))
        return np.stack([self.sentences[chosen], self.sentences[chosen + 1], p0, p1, p1, p1])


def _of_texts(queries: Places, passages: Places, chosen: Places, owners: Places | None) -> Places:
    own = chosen if owners is None else owners[chosen]
    end = passages[own + 1]
    return np.stack([queries[chosen], queries[chosen + 1], passages[own], end, end, end])


def _flat(start: Places, end: Places) -> tuple[Places, Places]:
    """Return the places in all spans `[start, end)`, one after another, and the span of each."""
    lengths = np.maximum(end - start, 0)
    rows = np.repeat(np.arange(len(start)), lengths)
    before = np.cumsum(lengths) - lengths
    return np.arange(len(rows)) - before[rows] + start[rows], rows


def _counted(
    ids: Ids,
    places: Places,
    rows: Places,
    shape: tuple[int, int],
    lost: npt.NDArray[np.float64],
    rng: np.random.Generator,
) -> sparse.csr_matrix:
    """Return how often each piece occurs in each row, when the share `lost` of the row's words is left out."""
    kept = rng.random(len(rows), dtype=np.float32) >= lost[rows]
    places, rows = places[kept], rows[kept]
    ends = np.searchsorted(rows, np.arange(shape[0] + 1))
    matrix = sparse.csr_matrix((np.ones(len(places), dtype=np.float32), ids[places], ends), shape=shape)
    matrix.sum_duplicates()
    return matrix


def _without(matrix: sparse.csr_matrix, shared: sparse.coo_matrix, gone: npt.NDArray[np.bool_]) -> sparse.csr_matrix:
    """Return the matrix without the entries of `shared` that are gone."""
    marks = sparse.csr_matrix(
        (np.full(gone.sum(), 1e6, dtype=np.float32), (shared.row[gone], shared.col[gone])), matrix.shape
    )
    left = matrix - marks
    left.data[left.data < 0] = 0
    left.eliminate_zeros()
    return left


def same_event_pairs(ids: Ids, starts: Places, days: Places, size: int) -> Places:
    """Return pairs of articles that seem to report one event in words of their own, shape (pairs, 2).

    They lie at most two days apart, their rarest words agree, and few of their runs of six words do (copies go).
    """
    count = len(starts) - 1
    if count < 2:
        return np.zeros((0, 2), dtype=np.int64)
    limit = np.minimum(starts[1:], starts[:-1] + 300)  # of a long article the beginning tells what it is about
    places, rows = _flat(starts[:-1], limit)
    table = sparse.csr_matrix((np.ones(len(places), dtype=np.float32), (rows, ids[places])), shape=(count, size))
    table.sum_duplicates()
    frequency = np.bincount(table.indices, minlength=size)
    weight = np.log(count / np.maximum(frequency, 1)).astype(np.float32)
    weight[(frequency < 2) | (frequency > count / 50)] = 0
    table.data = np.log1p(table.data) * weight[table.indices]
    table.eliminate_zeros()
    norms = np.sqrt(np.asarray(table.multiply(table).sum(axis=1)).ravel())
    table = sparse.diags(1 / np.maximum(norms, 1e-6)) @ table
    order = np.argsort(days, kind="stable")
    found = []
    for day in np.unique(days[days > 0]):
        own, near = (
            order[np.searchsorted(days[order], day) : np.searchsorted(days[order], day + width)] for width in (1, 3)
        )
        scores = sparse.triu(table[own] @ table[near].T, k=1).tocoo()
        good = (scores.data > 0.35) & (scores.data < 0.9)
        found.append(np.stack([own[scores.row[good]], near[scores.col[good]]], axis=1))
    pairs = np.concatenate(found) if found else np.zeros((0, 2), dtype=np.int64)
    return pairs[_runs_in_common(ids, starts[:-1], limit, pairs) < 0.3]


def _runs_in_common(ids: Ids, start: Places, end: Places, pairs: Places) -> npt.NDArray[np.float64]:
    """Return the share of the runs of six words of each pair's shorter article that stand in the other."""
    wide = ids.astype(np.uint64)
    hashes = np.zeros(max(len(ids) - 5, 1), dtype=np.uint64)
    for i in range(6):
        hashes = hashes * np.uint64(1_000_003) + wide[i : len(hashes) + i]
    known = {int(a): np.unique(hashes[start[a] : max(end[a] - 5, start[a] + 1)]) for a in np.unique(pairs)}
    common = [
        len(np.intersect1d(known[a], known[b], assume_unique=True)) / min(len(known[a]), len(known[b]))
        for a, b in pairs.tolist()
    ]
    return np.array(common)
