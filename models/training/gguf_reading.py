"""Reads an exported reader through llama.cpp, to compare it with the network it was made from."""

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import gguf
import llama_cpp
import numpy as np
import numpy.typing as npt

from models.errors import ModelError
from models.fold import fold_text
from models.reader_input import MAX_TOKENS, encode, vocabulary_index
from models.training.network import OUTPUTS


@dataclass(frozen=True, slots=True)
class Header:
    """What the file says besides its tensors."""

    characters: list[str]
    head: npt.NDArray[np.float32]  # shape (4, width)
    head_bias: npt.NDArray[np.float32]  # shape (4,)


def read_header(path: Path) -> Header:
    """Return vocabulary and head of an exported reader.

    Raises:
        ModelError: the file is not one.

    """
    try:
        fields = gguf.GGUFReader(path).fields
        head, bias = fields["yiju.reader.head"].contents(), fields["yiju.reader.head_bias"].contents()
        characters = fields["yiju.reader.vocabulary"].contents()
    except (ValueError, KeyError, OSError) as error:
        msg = f"{path}: not an exported reader ({error}); run the step export again"
        raise ModelError(msg) from error
    weights = np.array(head, dtype=np.float32).reshape(OUTPUTS, -1)
    return Header(cast("list[str]", characters), weights, np.array(bias, dtype=np.float32))


@llama_cpp.llama_log_callback  # type: ignore[untyped-decorator, unused-ignore]
def _quiet(_level: int, _text: bytes, _data: object) -> None:
    """Drop llama.cpp's log: what matters comes back as a return value."""


@contextmanager
def _loaded(path: Path) -> Iterator[tuple[Any, int]]:
    """Yield a llama.cpp context for the file and the width of its embeddings."""
    llama_cpp.llama_backend_init()
    llama_cpp.llama_log_set(_quiet, ctypes.c_void_p(0))
    loading = llama_cpp.llama_model_default_params()
    loading.use_extra_bufts = False  # its repacked kernels crash on some processors with AMX (gcc 12 builds)
    model = llama_cpp.llama_model_load_from_file(str(path).encode(), loading)
    if not model:
        msg = f"{path}: llama.cpp cannot load it; run the step export again"
        raise ModelError(msg)
    settings = llama_cpp.llama_context_default_params()
    settings.n_ctx = settings.n_batch = settings.n_ubatch = 512
    settings.n_seq_max = 1
    settings.embeddings = True
    settings.pooling_type = llama_cpp.LLAMA_POOLING_TYPE_NONE
    settings.n_threads = settings.n_threads_batch = 2
    context = llama_cpp.llama_init_from_model(model, settings)
    try:
        yield context, int(llama_cpp.llama_model_n_embd(model))
    finally:
        llama_cpp.llama_free(context)
        llama_cpp.llama_model_free(model)


def gguf_logits(path: Path, pairs: Sequence[tuple[str, str]]) -> list[npt.NDArray[np.float32]]:
    """Return the logits of each (question, passage) pair as written, shape (tokens, 4), one sequence a call.

    Raises:
        ModelError: the file cannot be loaded or run.

    """
    header = read_header(path)
    index = vocabulary_index(header.characters)
    size = len(index) + 4
    result = []
    with _loaded(path) as (context, width):
        batch = llama_cpp.llama_batch_init(MAX_TOKENS, 0, 1)
        try:
            for question, passage in pairs:
                tokens = encode(fold_text(question), fold_text(passage), index).tokens(size)
                for i, token in enumerate(tokens):
                    batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.logits[i] = int(token), i, 1, 1
                    batch.seq_id[i][0] = 0
                batch.n_tokens = len(tokens)
                if llama_cpp.llama_encode(context, batch) != 0:
                    msg = f"{path}: llama.cpp could not run it"
                    raise ModelError(msg)
                pointer = ctypes.cast(llama_cpp.llama_get_embeddings(context), ctypes.POINTER(ctypes.c_float))
                hidden = np.ctypeslib.as_array(pointer, (len(tokens), width)).copy()
                result.append((hidden @ header.head.T + header.head_bias).astype(np.float32))
        finally:
            llama_cpp.llama_batch_free(batch)
    return result


@dataclass(frozen=True, slots=True)
class Parity:
    """How far the exported file is from its network."""

    pairs: int
    largest_difference: float  # of any logit
    same_choice: bool  # the highest start and end are at the same characters

    @classmethod
    def between(cls, ours: Sequence[npt.NDArray[np.float32]], theirs: Sequence[npt.NDArray[np.float32]]) -> "Parity":
        """Compare logits of the same pairs."""
        differences = [float(np.abs(a - b).max()) for a, b in zip(ours, theirs, strict=True)]
        same = all((a[:, :2].argmax(0) == b[:, :2].argmax(0)).all() for a, b in zip(ours, theirs, strict=True))
        return cls(len(differences), max(differences), same)
