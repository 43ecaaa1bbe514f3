"""What can be set. Few things can: a setting that nobody should change is a constant beside its use."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that changes answers apart from the models and the articles."""

    passage_length: int = 240  # characters a passage aims at; the reader sees 257 at most
    leg_depth: int = 50  # hits each leg hands to fusion
    dense_weight: float = 0.6  # of the cosine, against 1 for a lexical score's share of the best; fitted (docs/log.md)
    own_dense_weight: float = 1.0  # of reciprocal ranks, for an embedder that the user brought: nothing is fitted
    milvus_dense_weight: float = 30.0  # of the cosine, added to Milvus's BM25; fitted (docs/log.md)
    rerank_passages: int = 20  # passages that a user's own reranker orders
    read_passages: int = 8  # passages the reader reads at first
    write_passages: int = 6  # passages a writer is given at most; fewer where its context is small
    write_passages_when_sure: int = 3  # the same where the reader is sure of one of them
    write_tokens: int = 400  # a written answer's longest, thinking included
    strictness: float = 1.0  # scales the odds needed to answer: above 1 declines more often
    answer_always: bool = False  # for sets in which every question has an answer
