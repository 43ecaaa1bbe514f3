"""How fast a writer of a given size is on this machine, through the real process, with weights of no sense.

    python -m eval.bench_writer --out FOLDER [--shapes 0.6B,1.7B] [--quants Q8_0,Q4_K_M] [--repeats 3]

Random weights take the time and memory of trained ones. The models are kept in the folder and used again. Each repeat
loads the model in a new process and asks: a first question (system text, six passages of 240 characters, question), a
second one with the same beginning, and one that shares the system text only; then it closes the iterator during a
prompt and during writing. Prints a table of medians, and one JSON document as the very last line. The made-up tokenizer
makes a token of nearly every Chinese character, released ones one of about one and a half: prompts are told in tokens.
Loading is from the page cache after the first time.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from models.generator import WriterProcess
from models.protocols import Generated, Message, Piece, PromptProgress
from models.random_gguf import QWEN3_0_6B, QWEN3_1_7B, Quantisation, Shape, random_gguf

_SHAPES: dict[str, Shape] = {"0.6B": QWEN3_0_6B, "1.7B": QWEN3_1_7B}
_QUANTS: dict[str, Quantisation] = {"F16": "F16", "Q8_0": "Q8_0", "Q4_K_M": "Q4_K_M"}
_ARTICLES = Path(__file__).parent / "sets" / "project" / "articles"
_PASSAGES, _LENGTH = 6, 240
_WRITTEN = 64  # tokens
_SYSTEM = (
    "你是一个严谨的中文问答助手。只根据给出的资料回答问题，不使用资料以外的知识。每一句话的末尾用方括号写出它所依据的资料编号，"
    "例如[1]。数字、日期、人名和地名必须与资料完全一致。如果资料没有回答这个问题，就只写：资料中没有答案。回答要简短，不要解释，"
    "不要重复问题。"
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What one repeat measured; the names carry the units."""

    load_s: float
    prompt_tokens: int
    prompt_tokens_per_s: float
    first_token_s: float
    write_tokens_per_s: float
    next_question_reused: int
    next_question_first_token_s: float
    other_passages_reused: int
    other_passages_first_token_s: float
    close_during_prompt_ms: float
    close_during_writing_ms: float
    peak_memory_mib: int


def _passages() -> list[str]:
    """Return twice as many passages as a prompt holds, from the project's own articles."""
    text = "".join("".join(path.read_text(encoding="utf-8").split()) for path in sorted(_ARTICLES.rglob("*.txt")))
    return [text[start : start + _LENGTH] for start in range(0, 2 * _PASSAGES * _LENGTH, _LENGTH)]


def _prompt(passages: Sequence[str], question: str) -> list[Message]:
    numbered = "\n\n".join(f"[{number}] {passage}" for number, passage in enumerate(passages, 1))
    return [Message("system", _SYSTEM), Message("user", f"资料：\n{numbered}\n\n问题：{question}")]


def _run(writer: WriterProcess, messages: Sequence[Message]) -> Generated:
    last = list(writer.generate(messages, max_tokens=_WRITTEN))[-1]
    assert isinstance(last, Generated)
    return last


def _close_ms(writer: WriterProcess, messages: Sequence[Message], *, during_prompt: bool) -> float:
    """Return how long closing takes: it returns when the process is idle."""
    events = writer.generate(messages, max_tokens=2000)
    for event in events:
        if during_prompt and isinstance(event, PromptProgress) and event.total and event.done < event.total:
            time.sleep(0.3)  # into the middle of a step
            break
        if isinstance(event, Piece):
            break
    start = time.perf_counter()
    events.close()  # type: ignore[attr-defined]
    return (time.perf_counter() - start) * 1000


def _peak_memory(pid: int) -> int:
    """Return a process's peak resident memory in MiB, mapped weights included; 0 where the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM:")), 0)


def measure(path: Path) -> Figures:
    """Measure one model once, in a new process."""
    passages = _passages()
    writer = WriterProcess(path, loop_guard=False)
    start = time.perf_counter()
    writer.start()
    load_s = time.perf_counter() - start
    first = _run(writer, _prompt(passages[:_PASSAGES], "这座大桥全长多少米？"))
    following = _run(writer, _prompt(passages[:_PASSAGES], "工程的总投资是多少，由谁承担？"))
    other = _run(writer, _prompt(passages[_PASSAGES:], "新规从什么时候开始施行？"))
    during_prompt = _close_ms(writer, _prompt(passages[:_PASSAGES], "这座大桥全长多少米？"), during_prompt=True)
    during_writing = _close_ms(writer, _prompt(passages[:1], "谁？"), during_prompt=False)
    peak = _peak_memory(writer.pid or 0)
    writer.close()
    return Figures(
        load_s,
        first.prompt_tokens,
        (first.prompt_tokens - first.reused_tokens) / first.prompt_ms * 1000,
        first.first_token_ms / 1000,
        (first.tokens - 1) / first.write_ms * 1000,
        following.reused_tokens,
        following.first_token_ms / 1000,
        other.reused_tokens,
        other.first_token_ms / 1000,
        during_prompt,
        during_writing,
        peak,
    )


def _median(figures: Sequence[Figures]) -> dict[str, float]:
    names = asdict(figures[0])
    return {name: round(statistics.median(getattr(each, name) for each in figures), 2) for name in names}


def _table(results: dict[str, dict[str, float]]) -> str:
    names = list(next(iter(results.values())))
    rows = [["", *results], ["---", *["---:"] * len(results)]]
    for name in names:
        what, _, unit = name.replace("_per_s", "/s").rpartition("_")
        label = f"{what.replace('_', ' ')} ({unit})" if unit in ("s", "ms", "mib") else name.replace("_per_s", "/s")
        rows.append([label.replace("_", " ").replace("mib", "MiB"), *[f"{each[name]:g}" for each in results.values()]])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main() -> int:
    """Make the models that are missing, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder for the models")
    parser.add_argument("--shapes", default="0.6B,1.7B", help=f"of {', '.join(_SHAPES)}")
    parser.add_argument("--quants", default="Q8_0,Q4_K_M", help=f"of {', '.join(_QUANTS)}")
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    shapes, quants = arguments.shapes.split(","), arguments.quants.split(",")
    unknown = [name for name in shapes if name not in _SHAPES] + [name for name in quants if name not in _QUANTS]
    if unknown or arguments.repeats < 1:
        parser.error(f"unknown: {', '.join(unknown)}" if unknown else "--repeats must be 1 at least")
    arguments.out.mkdir(parents=True, exist_ok=True)
    results: dict[str, dict[str, float]] = {}
    for shape in shapes:
        for quant in quants:
            path = arguments.out / f"random-{shape}-{quant}.gguf"
            if not path.exists():
                sys.stderr.write(f"making {path.name}\n")
                part = path.with_suffix(".part")
                random_gguf(part, _SHAPES[shape], _QUANTS[quant])
                part.rename(path)
            figures = []
            for number in range(arguments.repeats):
                sys.stderr.write(f"{path.name}: repeat {number + 1} of {arguments.repeats}\n")
                figures.append(measure(path))
            size = round(path.stat().st_size / (1 << 20))
            results[f"{shape} {quant}"] = {"file_mib": size, **_median(figures)}
    sys.stdout.write(_table(results) + "\n" + json.dumps(results) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
