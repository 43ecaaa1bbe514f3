"""The reader's network: a small bidirectional encoder that points at spans.

It is llama.cpp's `nomic-bert` layer for layer (normalisation after each block, SwiGLU, rotary positions, fused
query-key-value with bias), so that the export is a renaming. The head is that of `models/reader_head.py`.
"""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.reader_head import END, SINGLE, START, Head
from models.reader_input import MAX_TOKENS, PAD, STATES

NORM_EPSILON = 1e-5
MASKED = -1e4  # far below any logit, yet safe in bfloat16


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a reader network."""

    vocabulary: int  # characters and special tokens
    width: int = 256
    layers: int = 6
    heads: int = 4
    inner: int = 704
    rope_base: float = 1000.0
    rank: int = 48  # of the vectors of a span's edges
    longest: int = 60  # characters of a span
    dropout: float = 0.1  # in training alone

    def as_dict(self) -> dict[str, float]:
        """Return the sizes by name, for checkpoints and model cards."""
        return asdict(self)


def attend(query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> Tensor:
    """Return attention's mixture of `value`, shape (batch, heads, tokens, size of a head).

    Written out: on CPUs at these lengths it trains a third faster than torch's fused kernel, and the softmax is
    kept out of autocast, which would copy all of it to float32 and back.
    """
    scores = torch.matmul(query * query.shape[-1] ** -0.5, key.transpose(-1, -2))
    with torch.autocast(scores.device.type, enabled=False):
        weights = torch.softmax(scores + bias.to(scores.dtype), -1)
    return torch.matmul(weights, value)


def dropped(states: Tensor, share: float) -> Tensor:
    """Return states (batch, tokens, width) with a share of each example's channels left out at all its tokens.

    One draw for a whole sequence is the dropout of Gal & Ghahramani (2016); a draw for every token would cost a fifth
    of the time of a step on a CPU.
    """
    if not share:
        return states
    kept = torch.rand(len(states), 1, states.shape[-1], device=states.device) >= share
    return states * (kept.to(states.dtype) / (1 - share))


class Block(nn.Module):
    """Self-attention and SwiGLU, each followed by a residual sum and a layer normalisation."""

    def __init__(self, shape: Shape) -> None:
        """Make an untrained block."""
        super().__init__()
        self.heads, self.dropout = shape.heads, shape.dropout
        self.qkv = nn.Linear(shape.width, 3 * shape.width)
        self.out = nn.Linear(shape.width, shape.width)
        self.gate_up = nn.Linear(shape.width, 2 * shape.inner, bias=False)
        self.down = nn.Linear(shape.inner, shape.width, bias=False)
        self.attention_norm = nn.LayerNorm(shape.width, eps=NORM_EPSILON)
        self.feed_forward_norm = nn.LayerNorm(shape.width, eps=NORM_EPSILON)

    def forward(self, hidden: Tensor, bias: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """Return the next hidden states, shape (batch, tokens, width); `bias` closes attention to padding."""
        batch, tokens, width = hidden.shape
        qkv = self.qkv(hidden).view(batch, tokens, 3, self.heads, width // self.heads)
        query_key = _rotate(qkv[:, :, :2].permute(2, 0, 3, 1, 4), cos, sin)
        value = qkv[:, :, 2].transpose(1, 2)
        mixed = attend(query_key[0], query_key[1], value, bias)
        attended = self.out(mixed.transpose(1, 2).reshape(batch, tokens, width))
        hidden = self.attention_norm(hidden + self._dropped(attended))
        gate, up = self.gate_up(hidden).chunk(2, -1)
        normed: Tensor = self.feed_forward_norm(hidden + self._dropped(self.down(functional.silu(gate) * up)))
        return normed

    def _dropped(self, states: Tensor) -> Tensor:
        return dropped(states, self.dropout) if self.training else states


def _rotate(states: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn halves against each other by position (the "neox" order that llama.cpp uses for this layer)."""
    cos, sin = cos.to(states.dtype), sin.to(states.dtype)
    first, second = states.chunk(2, -1)
    return torch.cat([first * cos - second * sin, first * sin + second * cos], -1)


class ReaderNetwork(nn.Module):
    """Characters and their overlap states to the head's outputs at every position."""

    cos: Tensor
    sin: Tensor

    def __init__(self, shape: Shape) -> None:
        """Make an untrained network."""
        super().__init__()
        self.shape = shape
        self.characters = nn.Embedding(shape.vocabulary, shape.width)
        self.states = nn.Embedding(STATES, shape.width)
        self.norm = nn.LayerNorm(shape.width, eps=NORM_EPSILON)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.head = nn.Linear(shape.width, SINGLE + 2 * shape.rank)
        self.lengths = nn.Parameter(torch.zeros(shape.longest))
        for parameter in self.parameters():
            if parameter.dim() == 2:
                nn.init.normal_(parameter, std=0.02)
        # Overlap is the strongest cue there is: let it be heard from the first step.
        nn.init.normal_(self.states.weight, std=0.05)
        with torch.no_grad():
            self.head.weight[SINGLE + shape.rank :] = 0  # the product of the edges' vectors begins at nothing
        half = shape.width // shape.heads // 2
        frequency = shape.rope_base ** (-torch.arange(half) / half)
        angle = torch.arange(MAX_TOKENS)[:, None] * frequency
        self.register_buffer("cos", angle.cos(), persistent=False)
        self.register_buffer("sin", angle.sin(), persistent=False)

    def forward(self, characters: Tensor, states: Tensor) -> Tensor:
        """Return logits of shape (batch, tokens, 4 + 2 × rank) for ids and states of shape (batch, tokens)."""
        tokens = characters.shape[1]
        bias = torch.where(characters == PAD, MASKED, 0.0)[:, None, None, :]
        hidden = self.norm(self.characters(characters) + self.states(states))
        if self.training:
            hidden = dropped(hidden, self.shape.dropout)
        for block in self.blocks:
            hidden = block(hidden, bias, self.cos[:tokens], self.sin[:tokens])
        logits: Tensor = self.head(hidden)
        return logits.float()

    def span_scores(self, logits: Tensor, allowed: Tensor) -> Tensor:
        """Return the scores of spans by first and last token, shape (batch, tokens, tokens).

        At (0, 0), `[CLS]` with itself, stands "no answer"; all that is no span is `MASKED`. `allowed` says where a span
        may begin or end (and, at `[CLS]`, that there may be no answer), shape (batch, tokens).
        """
        rank, tokens = self.shape.rank, logits.shape[1]
        left, right = logits[..., SINGLE : SINGLE + rank], logits[..., SINGLE + rank :]
        together = torch.matmul(left, right.transpose(1, 2)) * max(rank, 1) ** -0.5
        place = torch.arange(tokens, device=logits.device)
        beyond = place[None, :] - place[:, None]
        lengths = self.lengths[beyond.clamp(0, self.shape.longest - 1)]
        scores: Tensor = together + lengths + logits[..., START, None] + logits[:, None, :, END]
        span = (beyond >= 0) & (beyond < self.shape.longest)
        span[0, 1:] = False  # an answer does not begin at [CLS]
        return scores.masked_fill(~(span & allowed[:, :, None] & allowed[:, None, :]), MASKED)

    def head_weights(self) -> Head:
        """Return the head as the product reads it, for use on a CPU."""
        weight, bias, lengths = (
            part.detach().float().cpu().numpy() for part in (self.head.weight, self.head.bias, self.lengths)
        )
        return Head(weight, bias, lengths)
