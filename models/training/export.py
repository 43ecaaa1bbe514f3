"""Step 4: write the trained reader as GGUF, in the form that llama.cpp runs, and the pairs that test it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import gguf
import numpy as np
import numpy.typing as npt
import torch
from gguf import GGMLQuantizationType, GGUFWriter
from torch import Tensor

from models.fold import fold_text
from models.reader_input import MAX_TOKENS, SPECIAL_TOKENS, STATES, encode, vocabulary_index
from models.training.files import write_atomically, write_text
from models.training.network import NORM_EPSILON, ReaderNetwork

ARCHITECTURE = "nomic-bert"
LICENCE = "CC BY-SA 4.0"
DESCRIPTION = (
    "Extractive reader for Chinese: characters with overlap states in; multiplying the embeddings by yiju.reader.head "
    "gives start, end, relevance, answerable (the last two at [CLS]) and two vectors a position; their product joins "
    "the edges of a span."
)
_BLOCK_NAMES = {
    "attn_qkv.weight": "qkv.weight",
    "attn_qkv.bias": "qkv.bias",
    "attn_output.weight": "out.weight",
    "attn_output.bias": "out.bias",
    "attn_output_norm.weight": "attention_norm.weight",
    "attn_output_norm.bias": "attention_norm.bias",
    "ffn_down.weight": "down.weight",
    "layer_output_norm.weight": "feed_forward_norm.weight",
    "layer_output_norm.bias": "feed_forward_norm.bias",
}

# Our own words: question and passage pairs on which the shipped file is compared with the network it came from.
PARITY_PAIRS: tuple[tuple[str, str], ...] = (
    (
        "青石桥是哪一年建成的？",
        (
            "青石桥横跨柳溪,是本县最老的一座石拱桥。据碑文记载,桥由石匠何守义带人修建,1786年动工,17"
            "89年建成,全长四十二米。2015年大修时换下的旧石料,如今陈列在桥头的小亭里。"
        ),
    ),
    (
        "图书馆周一几点闭馆？",
        "市图书馆从下月起调整开放时间:周二至周日上午九点开馆,晚上八点闭馆,周一全天不开放。",
    ),
    (
        "谁获得了男子组冠军？",
        "第三届环湖长跑昨天举行,共有一千二百人参加。女子组冠军是来自教师队的林小满,成绩为1小时21分。",
    ),
    (
        "新工厂计划投资多少钱?",
        (
            "蓝禾电池公司宣布,将在东港新区建设第二座工厂,计划投资36亿元,占地420亩,预计2027年投产"
            ",届时年产能可达12吉瓦时。"
        ),
    ),
    (
        "为什么音樂節延期?",
        "受連日暴雨影響,原定週六開幕的海邊音樂節延期兩週舉行,已售出的門票繼續有效,也可以全額退款。",
    ),
    (
        "GPU 驅動的最新版本号是什么",
        ("開發團隊在公告中說,驅動程式ＯｐｅｎＲａｙ 的穩定版為 v4.2.1,測試版為 v5.0-beta,建議普通用戶暫緩升級。"),
    ),
    (
        "小镇有多少人口?",
        "短句。",
    ),
    (
        "梧桐镇的养老服务中心由哪个单位运营?",
        (
            "为了方便老人就近吃饭、看病和活动,梧桐镇把闲置的粮站改成了养老服务中心,设有食堂、康复室和棋牌室"
            "。中心由县福利院负责运营,每天为一百多位老人提供午餐,六十岁以上每餐只收八元,八十岁以上免费。镇"
            "里还请来退休医生坐诊,每周三上午量血压、测血糖。负责人说,下一步要在三个村设送餐点,让走不远的老"
            "人也能吃上热饭;所需的电动车由一家本地企业捐赠,志愿者已经报名四十多人。不少老人说,如今到中心坐"
            "一坐,成了每天最盼的事,孩子们在外打工也放心了许多,逢年过节还会寄来感谢信。"
        ),
    ),
)


def tensors_of(network: ReaderNetwork) -> dict[str, Tensor]:
    """Return the tensors by their GGUF names; the character and state tables are written out as one."""
    weights: Mapping[str, Tensor] = network.state_dict()
    table = torch.cat([weights["characters.weight"] + weights["states.weight"][s] for s in range(STATES)])
    named = {
        "token_embd.weight": table,
        "token_embd_norm.weight": weights["norm.weight"],
        "token_embd_norm.bias": weights["norm.bias"],
    }
    for i in range(network.shape.layers):
        for ours, theirs in _BLOCK_NAMES.items():
            named[f"blk.{i}.{ours}"] = weights[f"blocks.{i}.{theirs}"]
        gate, up = weights[f"blocks.{i}.gate_up.weight"].chunk(2, 0)
        named[f"blk.{i}.ffn_gate.weight"] = gate
        named[f"blk.{i}.ffn_up.weight"] = up
    return named


def export_gguf(
    network: ReaderNetwork, characters: Sequence[str], path: Path, version: str, *, quantised: bool = True
) -> None:
    """Write the network: matrices as Q8_0 (or float32), the rest as float32, head and vocabulary as metadata."""

    def write(target: Path) -> None:
        writer = GGUFWriter(target, ARCHITECTURE)
        _add_metadata(writer, network, characters, version)
        kind = GGMLQuantizationType.Q8_0
        for name, tensor in tensors_of(network).items():
            values = np.ascontiguousarray(tensor.detach().float().numpy())
            if quantised and values.ndim == 2:
                writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)
            else:
                writer.add_tensor(name, values)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()

    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, write)


def _add_metadata(writer: GGUFWriter, network: ReaderNetwork, characters: Sequence[str], version: str) -> None:
    shape = network.shape
    writer.add_name(f"yiju-reader-{version}")
    writer.add_description(DESCRIPTION)
    writer.add_license(LICENCE)
    writer.add_context_length(MAX_TOKENS)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.inner)
    writer.add_head_count(shape.heads)
    writer.add_layer_norm_eps(NORM_EPSILON)
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.NONE)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_vocab_size(STATES * shape.vocabulary)
    writer.add_token_type_count(1)
    writer.add_tokenizer_model("no_vocab")
    writer.add_array("yiju.reader.head", network.head.weight.detach().flatten().tolist())
    writer.add_array("yiju.reader.head_bias", network.head.bias.detach().tolist())
    writer.add_array("yiju.reader.lengths", network.lengths.detach().tolist())
    writer.add_array("yiju.reader.vocabulary", list(characters))
    writer.add_string("yiju.reader.version", version)


@torch.no_grad()
def logits_of(
    network: ReaderNetwork, characters: Sequence[str], pairs: Sequence[tuple[str, str]]
) -> list[npt.NDArray[np.float32]]:
    """Return the float32 logits of each (question, passage) pair as written, shape (tokens, 4 + 2 × rank)."""
    index = vocabulary_index(characters)
    network.eval()
    result = []
    for question, passage in pairs:
        fed = encode(fold_text(question), fold_text(passage), index)
        logits = network(torch.from_numpy(fed.characters)[None], torch.from_numpy(fed.states)[None])
        result.append(logits[0].numpy().astype(np.float32))
    return result


def export_parity(network: ReaderNetwork, characters: Sequence[str], folder: Path, version: str) -> None:
    """Write `reader_parity.json` (the pairs) and `reader_parity.npz` (the network's logits for them).

    The arrays are named `logits_0`, `logits_1`, … in the order of the pairs, each of shape (tokens, 4 + 2 × rank).
    """
    folder.mkdir(parents=True, exist_ok=True)
    logits = logits_of(network, characters, PARITY_PAIRS)
    arrays = {f"logits_{i}": values for i, values in enumerate(logits)}

    def write(target: Path) -> None:
        with target.open("wb") as file:  # savez would add a suffix to a name
            np.savez_compressed(file, allow_pickle=False, **arrays)

    write_atomically(folder / "reader_parity.npz", write)
    pairs = [{"question": question, "passage": passage} for question, passage in PARITY_PAIRS]
    content = {"version": version, "vocabulary": len(characters) + SPECIAL_TOKENS, "pairs": pairs}
    write_text(folder / "reader_parity.json", json.dumps(content, ensure_ascii=False, indent=1) + "\n")
