"""Chat models without training, as GGUF files: random weights for timing, scripted ones for tests.

No weights can be downloaded where this project is built, so whoever needs a real chat GGUF makes one here.
`random_gguf` writes one of any size: same architecture, tensor shapes and file types as a released model, therefore
the same speed and memory, and nonsense for text. `scripted_gguf` writes a tiny model that says one given text, token
by token, whatever it is asked. Both have a byte-level BPE tokenizer of their own and a chat template like Qwen3's.

    python -m models.random_gguf --quantise SOURCE TARGET    to Q4_K_M, by llama.cpp, in a process of its own
"""

import ctypes
import hashlib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

_ROOT = Path(__file__).resolve().parent.parent
Quantisation: TypeAlias = Literal["F16", "Q8_0", "Q4_K_M"]
_Tensor: TypeAlias = tuple[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a qwen3 model; `tied` shares the embedding with the output layer."""

    layers: int
    width: int
    heads: int
    kv_heads: int
    head_width: int
    feed_forward: int
    vocabulary: int
    context: int
    tied: bool = True
    rope_base: float = 1e6


TINY = Shape(2, 64, 4, 2, 16, 128, 1024, 2048)
QWEN3_0_6B = Shape(28, 1024, 16, 8, 128, 3072, 151936, 40960)
QWEN3_1_7B = Shape(28, 2048, 16, 8, 128, 6144, 151936, 40960)

CONTROL_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
_TAG_TOKENS = ("<think>", "</think>")  # as in Qwen3: whole tokens, but not control tokens
# What Qwen3's template does for plain chats: blocks of roles, thoughts of earlier turns left out, an empty thinking
# block when thinking is off.
CHAT_TEMPLATE = """\
{%- for message in messages %}
    {%- if message.role == 'assistant' and '</think>' in message.content %}
        {%- set content = message.content.split('</think>')[-1].lstrip('\\n') %}
    {%- else %}
        {%- set content = message.content %}
    {%- endif %}
    {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>' + '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}"""


def byte_alphabet() -> tuple[str, ...]:
    """Return GPT-2's printable character for each of the 256 bytes, in which byte-level tokens are written."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in plain]
    table = {byte: chr(byte) for byte in plain} | {byte: chr(256 + place) for place, byte in enumerate(others)}
    return tuple(table[byte] for byte in range(256))


_ALPHABET = byte_alphabet()
# Ideographs, punctuation, full-width signs, curly quotation marks.
_CHINESE = (range(0x4E00, 0xA000), range(0x3000, 0x3030), range(0xFF00, 0xFF60), range(0x2010, 0x2030))


def _written(text: bytes) -> str:
    return "".join(_ALPHABET[byte] for byte in text)


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """Tokens as GGUF stores them: strings in the byte alphabet, types (1 normal, 3 control, 4 tag), merges."""

    tokens: tuple[str, ...]
    types: tuple[int, ...]
    merges: tuple[str, ...]


def tokenizer(size: int, extra: Sequence[bytes] = ()) -> Tokenizer:
    """Return a byte-level BPE tokenizer of `size` tokens: bytes, Chinese characters as far as there is room, fillers.

    The fillers, and `extra`, are in the vocabulary but no text is ever tokenised to them: they have no merges.

    Raises:
        ValueError: the size leaves no room for the bytes and the special tokens.

    """
    special = len(CONTROL_TOKENS) + len(_TAG_TOKENS)
    room = size - 256 - special - len(extra)
    if room < 0:
        raise ValueError(f"a vocabulary of {size} is too small: {size - room} tokens are needed at least")
    tokens = dict.fromkeys(_ALPHABET)
    merges: list[str] = []
    characters = [chr(code).encode() for block in _CHINESE for code in block]
    pairs = sorted({character[:2] for character in characters})
    steps = [(pair[:1], pair[1:]) for pair in pairs] + [(character[:2], character[2:]) for character in characters]
    for left, right in steps[: room if room >= len(pairs) else 0]:
        tokens[_written(left + right)] = None
        merges.append(f"{_written(left)} {_written(right)}")
    for piece in extra:
        tokens[_written(piece)] = None
    # Fillers are pairs of characters, so that what random weights write looks like text.
    fillers = (_written(one + other) for one in characters[:20000:19] for other in characters[:20000:19])
    while len(tokens) < size - special:
        tokens[next(fillers)] = None
    normal = len(tokens)
    return Tokenizer(
        (*tokens, *CONTROL_TOKENS, *_TAG_TOKENS),
        (1,) * normal + (3,) * len(CONTROL_TOKENS) + (4,) * len(_TAG_TOKENS),
        tuple(merges),
    )


def _layer_tensors(shape: Shape, layer: int) -> list[_Tensor]:
    """Return names and shapes (rows, columns) of a layer's tensors."""
    query, key = shape.heads * shape.head_width, shape.kv_heads * shape.head_width
    return [
        (f"blk.{layer}.{name}.weight", size)
        for name, size in (
            ("attn_norm", (shape.width,)),
            ("attn_q", (query, shape.width)),
            ("attn_k", (key, shape.width)),
            ("attn_v", (key, shape.width)),
            ("attn_output", (shape.width, query)),
            ("attn_q_norm", (shape.head_width,)),
            ("attn_k_norm", (shape.head_width,)),
            ("ffn_norm", (shape.width,)),
            ("ffn_gate", (shape.feed_forward, shape.width)),
            ("ffn_up", (shape.feed_forward, shape.width)),
            ("ffn_down", (shape.width, shape.feed_forward)),
        )
    ]


def _tensors(shape: Shape) -> list[_Tensor]:
    """Return names and shapes of all tensors, in file order."""
    found: list[_Tensor] = [
        ("token_embd.weight", (shape.vocabulary, shape.width)),
        ("output_norm.weight", (shape.width,)),
    ]
    if not shape.tied:
        found.append(("output.weight", (shape.vocabulary, shape.width)))
    for layer in range(shape.layers):
        found += _layer_tensors(shape, layer)
    return found


def _header(path: Path, shape: Shape, words: Tokenizer, template: str | None) -> Any:
    import gguf

    writer = gguf.GGUFWriter(path, "qwen3")
    writer.add_name(path.stem)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_key_length(shape.head_width)
    writer.add_value_length(shape.head_width)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(list(words.tokens))
    writer.add_token_types(list(words.types))
    writer.add_token_merges(list(words.merges))
    writer.add_eos_token_id(words.tokens.index("<|im_end|>"))
    writer.add_pad_token_id(words.tokens.index("<|endoftext|>"))
    writer.add_bos_token_id(words.tokens.index("<|endoftext|>"))
    writer.add_add_bos_token(False)
    if template is not None:
        writer.add_chat_template(template)
    return writer


_CHUNK = 1 << 22  # weights made at a time
_SPREAD = 0.02  # standard deviation of the weights, as initialised models have it
_Q8_BLOCK = 32


def _f16(random: np.random.Generator, count: int) -> bytes:
    return (random.standard_normal(count, dtype=np.float32) * _SPREAD).astype(np.float16).tobytes()


def _q8_0(random: np.random.Generator, count: int) -> bytes:
    """Return random blocks as they lie in the file: a scale and 32 signed bytes. Nothing needs to be quantised."""
    blocks = np.empty((count // _Q8_BLOCK, 2 + _Q8_BLOCK), dtype=np.uint8)
    blocks[:, :2] = np.frombuffer(np.float16(_SPREAD / 73.6).tobytes(), dtype=np.uint8)  # 73.6: spread of -127 … 127
    blocks[:, 2:] = random.integers(-127, 128, (len(blocks), _Q8_BLOCK), dtype=np.int8).view(np.uint8)
    return blocks.tobytes()


def _chunks(random: np.random.Generator, count: int, quantisation: str) -> Iterator[bytes]:
    make = _f16 if quantisation == "F16" else _q8_0
    for start in range(0, count, _CHUNK):
        yield make(random, min(_CHUNK, count - start))


def random_gguf(
    path: Path,
    shape: Shape = TINY,
    quantisation: Quantisation = "F16",
    *,
    seed: int = 0,
    template: str | None = CHAT_TEMPLATE,
) -> None:
    """Write a chat GGUF of random weights; every layer has the same ones. Equal arguments give equal files.

    Memory stays below 100 MB beyond the vocabulary for F16 and Q8_0. Q4_K_M is made from Q8_0 by llama.cpp in a child
    process and takes about a minute for each thousand million weights on two cores.

    Raises:
        ValueError: sizes that the quantisation or the vocabulary cannot have.
        RuntimeError: llama.cpp failed to quantise.

    """
    if quantisation == "Q4_K_M":
        between = path.with_suffix(".q8_0.part")
        random_gguf(between, shape, "Q8_0", seed=seed, template=template)
        files = [str(between.absolute()), str(path.absolute())]
        command = [sys.executable, "-m", "models.random_gguf", "--quantise", *files]
        done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
        between.unlink()
        if done.returncode:
            path.unlink(missing_ok=True)
            raise RuntimeError(f"llama.cpp could not quantise {path.name}: {done.stderr.strip()[-300:]}")
        return
    if quantisation == "Q8_0" and (shape.width % _Q8_BLOCK or shape.feed_forward % _Q8_BLOCK):
        raise ValueError(f"Q8_0 needs widths that are multiples of {_Q8_BLOCK}")
    writer = _header(path, shape, tokenizer(shape.vocabulary), template)
    import gguf

    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16 if quantisation == "F16" else gguf.LlamaFileType.MOSTLY_Q8_0)
    kind = gguf.GGMLQuantizationType[quantisation]
    block, size = gguf.GGML_QUANT_SIZES[kind]
    tensors = _tensors(shape)
    for name, rows in tensors:
        count = int(np.prod(rows))
        if len(rows) == 1:
            writer.add_tensor_info(name, rows, np.dtype(np.float32), count * 4)
        else:
            writer.add_tensor_info(name, rows, np.dtype(np.float16), count // block * size, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    stream = writer.fout[0]
    writer.write_padding(stream, stream.tell())
    for name, rows in tensors:
        # The seed comes from the tensor's place in its layer, not from the layer.
        own = int.from_bytes(hashlib.sha256(f"{seed} {name.split('.')[-2]}".encode()).digest()[:8], "little")
        random = np.random.default_rng(own)
        start = stream.tell()
        if len(rows) == 1:
            stream.write(np.ones(rows, dtype=np.float32).tobytes())
        else:
            for chunk in _chunks(random, int(np.prod(rows)), quantisation):
                stream.write(chunk)
        writer.write_padding(stream, stream.tell() - start)
    writer.close()


_SCRIPTED_VOCABULARY = 768  # beside the steps; llama.cpp wants merges in every tokenizer


def scripted_pieces(text: str) -> tuple[bytes, ...]:
    """Cut a text into pieces that all differ, as short as may be: each step of a scripted model needs its own token.

    Raises:
        ValueError: an empty text, a line break alone, or a text so repetitive that its pieces cannot differ.

    """
    pieces: list[bytes] = []
    start = 0
    while start < len(text):
        end = start + 1
        # A line break ends the prompt, so that no piece may be one.
        while (piece := text[start:end].encode()) in pieces or not piece.strip(b"\n"):
            end += 1
            if end > len(text):
                break
        if end > len(text):
            # The rest repeats a piece: it goes to the last piece, which is then longer than all that begin so.
            pieces[-1:] = [(pieces[-1] if pieces else b"") + text[start:].encode()]
            break
        pieces.append(piece)
        start = end
    if not pieces or b"\n" in pieces or len(set(pieces)) < len(pieces):
        raise ValueError("this text cannot be scripted: give its pieces yourself, all different")
    return tuple(pieces)


def scripted_gguf(
    path: Path,
    says: str | Sequence[bytes],
    *,
    loop: bool = False,
    layers: int = 1,
    context: int = 4096,
    template: str | None = CHAT_TEMPLATE,
) -> None:
    """Write a chat GGUF that says one text, whatever it is asked, and then ends, or begins anew if it loops.

    Its layers add nothing, each token's embedding is a random code, and a token's output row is the code of the token
    before it: a chain. `says` is a text, or its pieces as bytes, which need not be whole characters and must differ
    from each other and from a line break (the prompt's last token, which starts the chain). Nothing at all may be said.
    `<think>` and `</think>` are tokens of their own if given as pieces. More layers make it slower.

    Raises:
        ValueError: pieces that are not all different, or empty.

    """
    pieces = (scripted_pieces(says) if says else ()) if isinstance(says, str) else tuple(says)
    if len(set(pieces)) < len(pieces) or b"" in pieces or b"\n" in pieces:
        raise ValueError("the pieces must all be different, and neither empty nor a line break")
    tags = {tag.encode() for tag in _TAG_TOKENS}
    own = [piece for piece in pieces if len(piece) > 1 and piece not in tags]
    words = tokenizer(_SCRIPTED_VOCABULARY + len(own), own)
    chain = [words.tokens.index(piece.decode() if piece in tags else _written(piece)) for piece in pieces]
    start, end = words.tokens.index(_written(b"\n")), words.tokens.index("<|im_end|>")
    shape = Shape(layers, 128, 2, 1, 64, 64, len(words.tokens), context, tied=False)
    codes = np.random.default_rng(7).choice(np.array([-1, 1], dtype=np.float16), (shape.vocabulary, shape.width))
    output: npt.NDArray[np.float16] = np.zeros_like(codes)
    for before, token in zip([start, *chain], [*chain, chain[0] if loop else end], strict=True):
        output[token] += codes[before]
    writer = _header(path, shape, words, template)
    import gguf

    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    given = {"token_embd.weight": codes, "output.weight": output}
    for name, rows in _tensors(shape):
        blank = np.zeros(rows, dtype=np.float16) if len(rows) > 1 else np.ones(rows, dtype=np.float32)
        writer.add_tensor(name, given.get(name, blank))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _quantise(source: str, target: str) -> int:
    """Quantise to Q4_K_M with llama.cpp; returns its status."""
    import llama_cpp

    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_K_M
    parameters.allow_requantize = True
    return int(llama_cpp.llama_model_quantize(source.encode(), target.encode(), ctypes.byref(parameters)))


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] != "--quantise":
        sys.exit("usage: python -m models.random_gguf --quantise SOURCE TARGET")
    sys.exit(_quantise(sys.argv[2], sys.argv[3]))
