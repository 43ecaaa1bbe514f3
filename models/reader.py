"""The reader: the bundled GGUF encoder, run by llama.cpp, with its output layer in numpy.

llama.cpp gives the encoder's last hidden state for every token; the output layer reads from it where an answer starts
and ends (the first token stands for "no answer here"), how relevant the passage is, and whether it answers at all.
One sequence a call: several in one batch attend, masked, over the whole batch and are slower.
"""

import ctypes
import os
import threading
from collections.abc import MutableMapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from models.errors import ModelError
from models.fold import fold
from models.machine import Machine
from models.protocols import Reading, ScoredSpan
from models.reader_head import ANSWERABLE, RELEVANCE, Head, combined
from models.reader_input import (
    MAX_PASSAGE,
    MAX_TOKENS,
    SPECIAL_TOKENS,
    ReaderInput,
    encode,
    vocabulary_index,
    window_starts,
)
from models.store import CatalogEntry, bundled, verify

_SPANS = 12  # enough that a figure or date the reader only half believes in is among them


def set_thread_waiting(environment: MutableMapping[str, str]) -> None:
    """Set how llama.cpp's threads wait for each other; it counts only before the library is loaded.

    They wait some thousand times a token. Threads that spin collapse when anything else uses the cores: a reading of
    0.2 s was seen to take 15. Threads that sleep at once are never fast. Spinning for a moment has both (docs/log.md).
    What the user has set stays.
    """
    environment.setdefault("OMP_WAIT_POLICY", "passive")
    environment.setdefault("GOMP_SPINCOUNT", "300")


class LlamaEncoder:
    """A GGUF encoder through llama.cpp's low-level binding: token ids in, hidden states out."""

    def __init__(self, path: Path) -> None:
        """Load the model.

        Raises:
            ModelError: llama.cpp refuses it; the message gives llama.cpp's reason.

        """
        set_thread_waiting(os.environ)
        import llama_cpp

        self._api: Any = llama_cpp
        complaints: list[str] = []

        @llama_cpp.llama_log_callback  # type: ignore[untyped-decorator]
        def note(level: int, text: bytes, _data: ctypes.c_void_p) -> None:
            if _LOG_WARNING <= level < _LOG_CONTINUES and (line := text.decode(errors="replace").strip()):
                complaints.append(line)

        self._note = note  # llama.cpp keeps the pointer: it must live as long as the process may log
        _LIVING_CALLBACKS.append(note)
        llama_cpp.llama_log_set(note, None)
        llama_cpp.llama_backend_init()
        parameters = llama_cpp.llama_model_default_params()
        self._model = llama_cpp.llama_model_load_from_file(str(path).encode(), parameters)
        if not self._model:
            reason = complaints[0] if complaints else "no reason given"
            msg = f"the reader {path} cannot be loaded ({reason}): restore it with `git checkout` or name another"
            raise ModelError(msg)
        context = llama_cpp.llama_context_default_params()
        context.n_ctx = context.n_batch = context.n_ubatch = MAX_TOKENS
        context.n_seq_max = 1
        context.embeddings = True
        context.pooling_type = llama_cpp.LLAMA_POOLING_TYPE_NONE
        context.n_threads = context.n_threads_batch = Machine().usable_cores()
        self._context = llama_cpp.llama_init_from_model(self._model, context)
        if not self._context:
            llama_cpp.llama_model_free(self._model)
            msg = f"llama.cpp cannot make a context for the reader {path}: free some memory and try again"
            raise ModelError(msg)
        self.width = int(llama_cpp.llama_model_n_embd(self._model))
        self._batch = llama_cpp.llama_batch_init(MAX_TOKENS, 0, 1)

    def hidden_states(self, tokens: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Return the last hidden state of each token, shape (len(tokens), width)."""
        batch = self._batch
        count = batch.n_tokens = len(tokens)
        for place, token in enumerate(tokens.tolist()):
            batch.token[place] = token
            batch.pos[place] = place
            batch.n_seq_id[place] = 1
            batch.seq_id[place][0] = 0
            batch.logits[place] = 1
        status = self._api.llama_encode(self._context, batch)
        if status:
            msg = f"llama.cpp failed to encode {count} tokens (status {status}): free some memory and try again"
            raise ModelError(msg)
        pointer = self._api.llama_get_embeddings(self._context)
        return np.ctypeslib.as_array(pointer, (count, self.width)).copy()

    def close(self) -> None:
        """Free the model."""
        self._api.llama_batch_free(self._batch)
        self._api.llama_free(self._context)
        self._api.llama_model_free(self._model)


_LOG_WARNING, _LOG_CONTINUES = 3, 5  # a line that only goes on has no reason in it
_LIVING_CALLBACKS: list[object] = []


class LlamaReader:
    """Reads passages for a question. Safe to use from several threads: one reads at a time."""

    def __init__(self, path: Path, *, name: str | None = None, fingerprint: str | None = None) -> None:
        """Load a reader's GGUF.

        Raises:
            ModelError: the file is missing, cut, or not a reader.

        """
        if not path.is_file():
            msg = f"the reader {path} is missing: restore it with `git checkout` or name another"
            raise ModelError(msg)
        self._path = path
        self._lock = threading.Lock()
        self._numpy_threads = ThreadpoolController()
        metadata = _metadata(path)
        self.name = name or metadata.name
        self._given_fingerprint = fingerprint
        self.index = vocabulary_index(metadata.vocabulary)
        self._rows = len(metadata.vocabulary) + SPECIAL_TOKENS
        self.head = metadata.head
        self._encoder = LlamaEncoder(path)
        if self.head.width != self._encoder.width:
            msg = f"the reader {path} has a head of width {self.head.width}, it needs {self._encoder.width}"
            raise ModelError(msg)

    @cached_property
    def fingerprint(self) -> str:
        """Identity of the weights: the start of the file's SHA-256."""
        import hashlib

        if self._given_fingerprint:
            return self._given_fingerprint
        with self._path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()[:16]

    def close(self) -> None:
        """Free the model."""
        self._encoder.close()

    def logits(self, pair: ReaderInput) -> npt.NDArray[np.float32]:
        """Return the head's outputs at every token, shape (tokens, 4 + 2 × rank)."""
        return self.head.outputs(self._encoder.hidden_states(pair.tokens(self._rows)))

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """Return a reading for each passage; one beyond the reader's window is read in overlapping windows."""
        folded = fold(question).text
        # numpy's threads go on spinning for a while after the head's products, on the cores that llama.cpp needs for
        # the next passage: reading took 1.9 times as long.
        with self._lock, self._numpy_threads.limit(limits=1, user_api="blas"):
            return [self._read(folded, passage) for passage in passages]

    def _read(self, question: str, passage: str) -> Reading:
        folded = fold(passage)
        windows: list[tuple[int, npt.NDArray[np.float32]]] = []
        relevance = answerable = -np.inf
        for start in window_starts(len(folded.text)):
            pair = encode(question, folded.text[start : start + MAX_PASSAGE], self.index)
            outputs = self.logits(pair)
            relevance = max(relevance, float(outputs[0, RELEVANCE]))
            answerable = max(answerable, float(outputs[0, ANSWERABLE]))
            if pair.passage_length:
                windows.append((start, self.head.span_scores(outputs, pair.passage_start, pair.passage_length)))
        found = best_spans(combined(windows, len(folded.text))) if windows else []
        spans = [
            ScoredSpan(*folded.original_span(first, last + 1), score, share) for first, last, score, share in found
        ]
        return Reading(tuple(spans), relevance, answerable)


def best_spans(scores: npt.NDArray[np.float32]) -> list[tuple[int, int, float, float]]:
    """Return the best non-overlapping spans of a passage as (first, last, score, probability), best first.

    `scores`, shape (length, reach), are the spans' less that of "no answer" and are used up. `first` and `last`
    (inclusive) count from the passage's first character. The probability is a span's share among all spans up to the
    longest and "no answer".
    """
    length, reach = scores.shape
    lasts = np.arange(length)[:, None] + np.arange(reach)[None, :]
    peak = max(float(scores.max()), 0.0)
    total = float(np.exp(scores - peak).sum() + np.exp(-peak))
    found: list[tuple[int, int, float, float]] = []
    for _ in range(_SPANS):
        first, width = divmod(int(scores.argmax()), reach)
        last, score = first + width, float(scores[first, width])
        if not np.isfinite(score):
            break
        found.append((first, last, score, float(np.exp(score - peak)) / total))
        low = max(0, first - reach + 1)
        rows = scores[low : last + 1]
        rows[lasts[low : last + 1] >= first] = -np.inf
    return found


class _Metadata:
    """What a reader's GGUF says beside its tensors."""

    def __init__(self, fields: dict[str, Any]) -> None:
        def values(key: str) -> list[Any]:
            field = fields[key]
            return [field.parts[place] for place in field.data]

        self.name = bytes(values("general.name")[0]).decode()
        self.vocabulary = [bytes(part).decode() for part in values("yiju.reader.vocabulary")]

        def numbers(key: str) -> npt.NDArray[np.float32]:
            return np.array([float(part[0]) for part in values(key)], dtype=np.float32)

        bias = numbers("yiju.reader.head_bias")
        weight = numbers("yiju.reader.head").reshape(len(bias), -1)
        self.head = Head(weight, bias, numbers("yiju.reader.lengths"))


def _metadata(path: Path) -> _Metadata:
    import gguf

    try:
        return _Metadata(dict(gguf.GGUFReader(path).fields))
    except (ValueError, KeyError, IndexError, OSError, UnicodeDecodeError) as error:
        reason = str(error).replace("\n", " ") or type(error).__name__
        msg = f"the reader {path} is not a whole reader GGUF ({reason}): restore it with `git checkout` or name another"
        raise ModelError(msg) from error


def open_bundled_reader(entry: CatalogEntry | None = None) -> LlamaReader:
    """Return the bundled reader after comparing its file with the catalogue. Raises ModelError."""
    entry = entry or bundled("reader")
    verify(entry)
    return LlamaReader(entry.location, name=entry.name, fingerprint=entry.files[0].sha256[:16])
