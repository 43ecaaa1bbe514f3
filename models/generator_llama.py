"""A chat model through llama.cpp's low-level binding; only the worker process imports this.

Not the binding's high-level class: prompts are token lists here, their processing can be stopped, and what is in the
context's memory is known to the token, so that a prompt that begins like the one before continues from there.

Sampling is greedy. Answers are to say what the passages say, the same question must get the same answer, and figures of
an evaluation must be repeatable. A writer that gets caught in a circle is stopped (`LoopGuard`), not shaken.
"""

import ctypes
import os
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

import llama_cpp

from models.chat_template import CHATML, Part, chat_parts, opens_thinking, prompt_tokens
from models.errors import ModelError, one_line
from models.generator_text import LoopGuard, ThinkingSplitter, Utf8Stream
from models.protocols import FinishReason, Generated, GeneratorEvent, Message, Piece, PromptProgress

_BATCH = 128  # tokens of the prompt at a time: 512 are no faster on a CPU and show progress every few seconds only
_ABORTED = 2  # llama_decode's status
_LOG_WARNING, _LOG_ERROR, _LOG_CONTINUES = 3, 4, 5
_PIECE_BYTES = 64  # for a start; longer pieces say how long they are
_LIVING_CALLBACKS: list[object] = []  # llama.cpp keeps pointers to them


class StopFlag:
    """Set from any thread, it ends the computation in progress within one operation of the graph.

    llama.cpp asks after every operation, some 540 times a token with 28 layers. That it asks Python costs nothing that
    could be measured: 46 tokens a second of a 0.6B model on two cores, with and without.
    """

    def __init__(self) -> None:
        self.stopped = False

        @llama_cpp.ggml_abort_callback  # type: ignore[untyped-decorator]
        def ask(_data: ctypes.c_void_p) -> bool:
            return self.stopped

        self.callback = ask


class Stopped(Exception):  # noqa: N818 - not an error
    """The caller wants no more."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a model is opened with."""

    path: str
    context_length: int  # tokens
    threads: int
    loop_guard: bool = True


class _Complaints:
    """llama.cpp's own words about what goes wrong, kept to tell the user why."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, str]] = []

        @llama_cpp.llama_log_callback  # type: ignore[untyped-decorator]
        def note(level: int, text: bytes, _data: ctypes.c_void_p) -> None:
            if _LOG_WARNING <= level < _LOG_CONTINUES and (line := text.decode(errors="replace").strip()):
                self.lines.append((level, line))
                del self.lines[:-100]

        _LIVING_CALLBACKS.append(note)
        llama_cpp.llama_log_set(note, None)

    def reason(self) -> str:
        """Return the most telling line, without the name of the function that wrote it."""
        errors = [line for level, line in self.lines if level == _LOG_ERROR]
        lines = errors or [line for _, line in self.lines] or ["it gives no reason"]
        line = next((line for line in lines if "error loading model: " in line), lines[0])
        return one_line(line.rpartition("error loading model: ")[2])[:300]


class LlamaWriter:
    """One model with one context. Tokenising may happen in any thread, writing in one."""

    def __init__(self, opening: Opening, stop: StopFlag) -> None:
        """Load the model.

        Raises:
            ModelError: llama.cpp refuses it, with its reason; or it is no chat model.

        """
        self._stop = stop
        self._loop_guard = opening.loop_guard
        complaints = _Complaints()
        llama_cpp.llama_backend_init()
        parameters = llama_cpp.llama_model_default_params()
        parameters.load_mode = llama_cpp.LLAMA_LOAD_MODE_MMAP
        self._model = llama_cpp.llama_model_load_from_file(os.fsencode(opening.path), parameters)
        if not self._model:
            raise ModelError(f"llama.cpp refuses it ({complaints.reason()}): take another GGUF")
        if not llama_cpp.llama_model_has_decoder(self._model) or llama_cpp.llama_model_has_encoder(self._model):
            raise ModelError("it is not a writer but an encoder: take a chat model")
        self._vocabulary = llama_cpp.llama_model_get_vocab(self._model)
        self._template = self._find_template()
        context = llama_cpp.llama_context_default_params()
        context.n_ctx = opening.context_length
        context.n_batch = context.n_ubatch = _BATCH
        context.n_seq_max = 1
        context.n_outputs_max = 1  # logits of one token; of all, a large vocabulary takes hundreds of megabytes
        context.n_threads = context.n_threads_batch = opening.threads
        context.swa_full = True  # else what has left a sliding window cannot be gone back to
        context.no_perf = True
        context.abort_callback = stop.callback
        self._context = llama_cpp.llama_init_from_model(self._model, context)
        if not self._context:
            raise ModelError(f"llama.cpp cannot make a context for it ({complaints.reason()}): free some memory")
        self.context_length = min(opening.context_length, int(llama_cpp.llama_n_ctx(self._context)))
        self._complaints = complaints
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._batch = llama_cpp.llama_batch_init(_BATCH, 0, 1)
        self._sampler = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
        llama_cpp.llama_sampler_chain_add(self._sampler, llama_cpp.llama_sampler_init_greedy())
        self._known: list[int] = []  # the tokens in the context's memory
        self._steady = 0  # so many of them were processed as a prompt, in steps
        tags = (self._tokenise(tag, special=True) for tag in ("<think>", "</think>"))
        self._tags = {tokens[0] for tokens in tags if len(tokens) == 1}

    # The vocabulary

    def _tokenise(self, text: str, special: bool) -> list[int]:
        # Lone surrogates, which no text should hold, have no bytes.
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        while True:
            tokens = (llama_cpp.llama_token * room)()
            count = int(llama_cpp.llama_tokenize(self._vocabulary, data, len(data), tokens, room, False, special))
            if count >= 0:
                return list(tokens[:count])
            if -count <= room:
                raise ModelError("its tokenizer cannot read the prompt: take another GGUF of this model")
            room = -count

    def tokenise(self, text: str, special: bool) -> list[int]:
        """Return a text's tokens; without `special`, none that a model could take for a mark of its template.

        llama.cpp leaves control tokens alone then, but "user defined" ones it reads all the same, and `<think>` and in
        some files even `<|im_start|>` are of that kind. They are cut in two.
        """
        tokens = self._tokenise(text, special)
        if special:
            return tokens
        plain: list[int] = []
        for token in tokens:
            attributes = int(llama_cpp.llama_vocab_get_attr(self._vocabulary, token))
            if attributes & llama_cpp.LLAMA_TOKEN_ATTR_USER_DEFINED:
                written = self.piece(token, special=True).decode("utf-8", "ignore")
                if len(written) > 2 and written[0] + written[-1] in ("<>", "[]"):
                    plain += self.tokenise(written[0], special=False) + self.tokenise(written[1:], special=False)
                    continue
            plain.append(token)
        return plain

    def piece(self, token: int, *, special: bool) -> bytes:
        """Return the bytes of a token; control tokens have none unless `special`."""
        room = _PIECE_BYTES
        while True:
            buffer = ctypes.create_string_buffer(room)
            length = int(llama_cpp.llama_token_to_piece(self._vocabulary, token, buffer, room, 0, special))
            if length >= 0:
                return buffer.raw[:length]
            room = -length

    def is_control(self, token: int) -> bool:
        """Tell whether a token is a control token."""
        return bool(llama_cpp.llama_vocab_is_control(self._vocabulary, token))

    def _find_template(self) -> str:
        template = llama_cpp.llama_model_chat_template(self._model, None)
        if template:
            return str(template.decode("utf-8", "replace"))
        marks = [self._tokenise(mark, special=True) for mark in ("<|im_start|>", "<|im_end|>")]
        if all(len(tokens) == 1 and self.is_control(tokens[0]) for tokens in marks):
            return CHATML
        raise ModelError("it is a base model without a chat template: take the chat or instruct version")

    def _text_of(self, token: int) -> str:
        return self.piece(token, special=True).decode("utf-8", "replace") if token >= 0 else ""

    # The prompt

    def parts(self, messages: Sequence[Message]) -> list[Part]:
        """Return the prompt in parts. Raises ModelError."""
        vocabulary = self._vocabulary
        special = {
            "bos_token": self._text_of(llama_cpp.llama_vocab_bos(vocabulary)),
            "eos_token": self._text_of(llama_cpp.llama_vocab_eos(vocabulary)),
        }
        return chat_parts(self._template, messages, special)

    def tokens(self, parts: Sequence[Part]) -> list[int]:
        """Return the prompt's tokens."""
        vocabulary = self._vocabulary
        bos = int(llama_cpp.llama_vocab_bos(vocabulary)) if llama_cpp.llama_vocab_get_add_bos(vocabulary) else -1
        return prompt_tokens(parts, self.tokenise, bos if bos >= 0 else None)

    def _keep_common(self, tokens: Sequence[int]) -> int:
        """Cut the memory back to what the prompt has in common with it; return how many tokens that is.

        Only whole steps are kept. How tokens are grouped for computing changes the last digits, and where two words are
        nearly equal, the text; in whole steps every prompt is computed as if it were the first, so that an answer does
        not depend on what was asked before. It costs half a step a question.
        """
        # The last token is always processed: its logits are what the first word is chosen from.
        limit = min(self._steady, len(self._known), len(tokens) - 1)
        common = next((i for i in range(limit) if self._known[i] != tokens[i]), limit)
        self._cut(common // _BATCH * _BATCH)
        return len(self._known)

    def _cut(self, length: int) -> None:
        """Forget everything after `length` tokens; all of it where memory cannot be cut (recurrent models)."""
        if not llama_cpp.llama_memory_seq_rm(self._memory, 0, length, -1):
            llama_cpp.llama_memory_clear(self._memory, True)
            length = 0
        del self._known[length:]

    def _decode(self, tokens: Sequence[int], *, wants_logits: bool) -> None:
        batch, start = self._batch, len(self._known)
        count = batch.n_tokens = len(tokens)
        for place, token in enumerate(tokens):
            batch.token[place] = token
            batch.pos[place] = start + place
            batch.n_seq_id[place] = 1
            batch.seq_id[place][0] = 0
            batch.logits[place] = 0
        batch.logits[count - 1] = wants_logits
        status = int(llama_cpp.llama_decode(self._context, batch))
        if status == 0:
            self._known += tokens
            return
        # What a failed or stopped computation leaves behind is unknown.
        self._cut(start)
        if status == _ABORTED:
            raise Stopped
        raise ModelError(
            f"llama.cpp failed to process {count} tokens (status {status}): free some memory and try again"
        )

    # Writing

    def write(self, messages: Sequence[Message], max_tokens: int) -> Iterator[GeneratorEvent]:
        """Yield progress, pieces, and figures last; `first_token_ms` counts from here.

        Raises:
            ModelError: the prompt leaves no room, or llama.cpp failed.
            Stopped: the flag was set; the model may be used again.

        """
        began = time.perf_counter()
        parts = self.parts(messages)
        tokens = self.tokens(parts)
        room = self.context_length - len(tokens)
        if room < 1:
            raise ModelError(
                f"the prompt has {len(tokens)} tokens and the context {self.context_length}: "
                "give it fewer or shorter passages, or a larger context"
            )
        reused = self._keep_common(tokens)
        yield PromptProgress(reused, len(tokens))
        for start in range(reused, len(tokens), _BATCH):
            end = min(start + _BATCH, len(tokens))
            self._check_stop()
            self._decode(tokens[start:end], wants_logits=end == len(tokens))
            self._steady = end
            yield PromptProgress(end, len(tokens))
        prompt_ms = _since(began)
        text = _Text(thinking=opens_thinking(parts))
        written = yield from self._written(text, min(max_tokens, room))
        yield from text.finish()
        first_ms = (written.first_at - began) * 1000 if written.tokens else _since(began)
        write_ms = (written.last_at - written.first_at) * 1000
        yield Generated(written.finish, len(tokens), reused, written.tokens, prompt_ms, first_ms, write_ms)

    def _written(self, text: "_Text", most: int) -> Generator[Piece, None, "_Written"]:
        guard, written = LoopGuard(), _Written()
        while True:
            self._check_stop()
            token = int(llama_cpp.llama_sampler_sample(self._sampler, self._context, -1))
            if llama_cpp.llama_vocab_is_eog(self._vocabulary, token):
                return written
            written.count()
            yield from text.feed(self.piece(token, special=token in self._tags))
            if guard.loops(token) and self._loop_guard:
                written.finish = "loop"
                return written
            if written.tokens >= most:
                written.finish = "length"
                return written
            self._decode([token], wants_logits=True)

    def _check_stop(self) -> None:
        if self._stop.stopped:
            raise Stopped

    def forget(self) -> None:
        """Empty the context's memory."""
        llama_cpp.llama_memory_clear(self._memory, True)
        self._known.clear()


class _Text:
    """Turns the bytes of tokens into pieces."""

    def __init__(self, *, thinking: bool) -> None:
        self._stream, self._splitter = Utf8Stream(), ThinkingSplitter(thinking=thinking)

    def feed(self, part: bytes) -> Iterator[Piece]:
        return (Piece(*found) for found in self._splitter.feed(self._stream.feed(part)))

    def finish(self) -> Iterator[Piece]:
        return (Piece(*found) for found in self._splitter.finish())


@dataclass(slots=True)
class _Written:
    """How much has been written; times in seconds of the performance counter, 0 before the first token."""

    finish: FinishReason = "end"
    tokens: int = 0
    first_at: float = 0.0
    last_at: float = 0.0

    def count(self) -> None:
        self.tokens += 1
        self.last_at = time.perf_counter()
        self.first_at = self.first_at or self.last_at


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000
