"""Models whose memory cannot be cut back: recurrent ones begin anew, and never go on from a wrong state."""

import gguf
import numpy as np
import pytest

from models.generator import WriterProcess
from models.protocols import Message, Piece, PromptProgress
from models.random_gguf import CHAT_TEMPLATE, tokenizer

WIDTH, INNER, STATE, RANK, CONVOLUTION, LAYERS = 64, 128, 16, 4, 4, 2


def mamba(path):
    """Write a small Mamba of random weights that forgets slowly, so that its text depends on the whole prompt."""
    words, random = tokenizer(1024), np.random.default_rng(1)
    writer = gguf.GGUFWriter(path, "mamba")
    writer.add_context_length(4096)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(0)
    writer.add_head_count(0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_ssm_conv_kernel(CONVOLUTION)
    writer.add_ssm_inner_size(INNER)
    writer.add_ssm_state_size(STATE)
    writer.add_ssm_time_step_rank(RANK)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(list(words.tokens))
    writer.add_token_types(list(words.types))
    writer.add_token_merges(list(words.merges))
    writer.add_eos_token_id(words.tokens.index("<|im_end|>"))
    writer.add_chat_template(CHAT_TEMPLATE)

    def add(name, *shape, scale=0.1):
        writer.add_tensor(name, (random.standard_normal(shape) * scale).astype(np.float32))

    add("token_embd.weight", 1024, WIDTH, scale=1)
    add("output_norm.weight", WIDTH, scale=1)
    add("output.weight", 1024, WIDTH, scale=1)
    for layer in range(LAYERS):
        block = f"blk.{layer}."
        writer.add_tensor(block + "attn_norm.weight", np.ones(WIDTH, np.float32))
        add(block + "ssm_in.weight", 2 * INNER, WIDTH, scale=0.4)
        add(block + "ssm_conv1d.weight", INNER, CONVOLUTION)
        add(block + "ssm_conv1d.bias", INNER)
        add(block + "ssm_x.weight", RANK + 2 * STATE, INNER)
        add(block + "ssm_dt.weight", INNER, RANK)
        add(block + "ssm_dt.bias", INNER)
        decay = -0.01 * np.exp(random.standard_normal((INNER, STATE)) * 0.1)
        writer.add_tensor(block + "ssm_a", decay.astype(np.float32))
        add(block + "ssm_d", INNER)
        add(block + "ssm_out.weight", WIDTH, INNER, scale=2)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@pytest.fixture
def writer(tmp_path):
    mamba(tmp_path / "mamba.gguf")
    made = WriterProcess(tmp_path / "mamba.gguf", loop_guard=False)
    yield made
    made.close()


def test_a_recurrent_model_begins_anew(writer):
    """After another question, after itself, and after being stopped in its prompt, the text is what it was at first."""

    def said(text, tokens=20):
        events = list(writer.generate([Message("user", text)], max_tokens=tokens))
        assert events[-1].reused_tokens == 0
        return "".join(event.text for event in events if isinstance(event, Piece))

    first = said("大桥多长？")
    assert said("大桥") != first, "the test's model must depend on its prompt"
    assert said("大桥多长？") == first
    assert said("大桥多长？") == first
    stopped = writer.generate([Message("user", "大桥" * 700)], max_tokens=5)
    for event in stopped:
        if isinstance(event, PromptProgress) and 0 < event.done < event.total:
            break
    stopped.close()
    assert said("大桥多长？") == first
