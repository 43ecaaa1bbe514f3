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
from tokenizers import Regex, Tokenizer, normalizers
from tokenizers.models import Unigram
from tokenizers.pre_tokenizers import Split

from models.training.examples import best_occurrence
from models.training.lexical import split_passages
from models.training.prepare import MadePassage, Prepared

PIECES = 30_000
UNKNOWN_PIECE = "[UNK]"
_RUNS = r"[㐀-鿿\x{20000}-\x{3ffff}]+|[a-z]+|[0-9]+"
_PIECE = re.compile(r"[㐀-鿿]{1,4}|[a-z]{2,12}|[0-9]{1,4}")
_ALONE = re.compile(r"[㐀-鿿a-z0-9]")
_WINDOW = 230  # characters around an answer
_SENTENCE = 60  # characters, at most
_LEAST_SENTENCES = 3  # of a passage from which one is set against the others
_QUESTIONS_EACH = 4  # made questions of a passage
_MADE_SHARE = 0.55  # of the pairs that are not of human questions; the rest are sentences
Ids = npt.NDArray[np.int32]


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
        self.starts = np.concatenate([[0], np.cumsum(lengths)])

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.starts) - 1

    def __getitem__(self, i: int) -> Ids:
        """Return the ids of one text."""
        return self.ids[self.starts[i] : self.starts[i + 1]]


@dataclass(frozen=True, slots=True)
class PairTexts:
    """What pairs are drawn from; all folded, nothing held out."""

    human: list[tuple[str, str]]  # question, window around its answer
    questions: list[str]  # made ones
    owners: list[int]  # the passage of each made question
    passages: list[list[str]]  # running text, by sentences


def pair_texts(prepared: Prepared) -> PairTexts:
    """Collect the training pairs."""
    rng = random.Random(4)
    human = []
    for asked in prepared.human:
        if asked.development:
            continue
        start = best_occurrence(asked.question, asked.passage, asked.answers[0])
        offset = max(0, start - rng.randint(20, 180))
        human.append((asked.question, asked.passage[offset : offset + _WINDOW]))
    kept: list[MadePassage] = [p for p in prepared.made if not p.held_out]
    questions, owners = [], []
    for i, made in enumerate(kept):
        for question in made.questions[:_QUESTIONS_EACH]:
            questions.append(question.question)
            owners.append(i)
    return PairTexts(human, questions, owners, [split_passages(made.passage, _SENTENCE) for made in kept])


class PairDrawer:
    """Draws batches of (query ids, passage ids) pairs; the batch depends on the step alone."""

    def __init__(self, tokenizer: Tokenizer, texts: PairTexts) -> None:
        """Tokenise everything once."""
        self.human = (Ragged(tokenizer, [q for q, _ in texts.human]), Ragged(tokenizer, [p for _, p in texts.human]))
        self.questions = Ragged(tokenizer, texts.questions)
        self.owners = texts.owners
        self.sentences = Ragged(tokenizer, [sentence for passage in texts.passages for sentence in passage])
        self.firsts = np.concatenate([[0], np.cumsum([len(passage) for passage in texts.passages])])

    def draw(self, rng: np.random.Generator, count: int, human_share: float) -> tuple[list[Ids], list[Ids]]:
        """Return `count` queries and their passages, words of both left out at random."""
        queries: list[Ids] = []
        passages: list[Ids] = []
        for kind in rng.random(count):
            query, passage = self._pair(rng, float(kind), human_share)
            queries.append(_thinned(query, rng, 0.15))
            passages.append(_thinned(passage, rng, 0.4))
        return queries, passages

    def _pair(self, rng: np.random.Generator, kind: float, human_share: float) -> tuple[Ids, Ids]:
        if kind < human_share:
            i = int(rng.integers(len(self.human[0])))
            return self.human[0][i], self.human[1][i]
        made = kind < human_share + _MADE_SHARE * (1 - human_share)
        i = int(rng.integers(len(self.questions)))
        first, last = int(self.firsts[self.owners[i]]), int(self.firsts[self.owners[i] + 1])
        starts, ids = self.sentences.starts, self.sentences.ids
        if made or last - first < _LEAST_SENTENCES:
            return self.questions[i], ids[starts[first] : starts[last]]
        chosen = int(rng.integers(first, last))
        rest = (ids[starts[first] : starts[chosen]], ids[starts[chosen + 1] : starts[last]])
        return self.sentences[chosen], np.concatenate(rest)


def _thinned(ids: Ids, rng: np.random.Generator, most: float) -> Ids:
    """Return ids with a share of them, up to `most`, left out: no pair is seen twice in the same words."""
    if len(ids) < 4:
        return ids
    return ids[rng.random(len(ids)) >= rng.random() * most]
