"""The writer's process: real child processes, real (tiny) GGUF files, and what happens when things go wrong."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from models import generator
from models.errors import ModelError
from models.generator import WriterProcess
from models.generator_memory import Available
from models.protocols import Generated, Message, Piece, PromptProgress
from models.random_gguf import TINY, Shape, random_gguf, scripted_gguf

ROOT = Path(__file__).resolve().parent.parent
ANSWER = "澜江大桥全长1200米[1]。大桥于五月一日通车，总投资三亿元[2]。"
CHAT = [Message("system", "你根据资料回答。"), Message("user", "大桥多长？")]
# Slow enough to be stopped half-way: a prompt of 1,900 tokens takes a second, and so does writing to the end.
SLOW = Shape(8, 512, 8, 4, 64, 1536, 1024, 4096)
LONG = [Message("user", "大桥" * 480)]
SOON = 1.0  # seconds: generous, for machines with other things to do


def text_of(events, *, thinking=False):
    return "".join(event.text for event in events if isinstance(event, Piece) and event.thinking is thinking)


def exists(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("writers")
    scripted_gguf(made / "says.gguf", ANSWER)
    random_gguf(made / "slow.gguf", SLOW, "Q8_0")
    return made


@pytest.fixture(scope="module")
def says(folder):
    with_process = WriterProcess(folder / "says.gguf")
    yield with_process
    with_process.close()


@pytest.fixture(scope="module")
def slow(folder):
    with_process = WriterProcess(folder / "slow.gguf", loop_guard=False)
    yield with_process
    with_process.close()


@pytest.fixture
def scripted(tmp_path):
    """A writer that says the given text or pieces."""
    opened = []

    def make(pieces, **options):
        path = tmp_path / f"script{len(opened)}.gguf"
        scripted_gguf(path, pieces, **options)
        opened.append(WriterProcess(path))
        return opened[-1]

    yield make
    for writer in opened:
        writer.close()


def test_it_writes_and_tells_figures(says):
    """Pieces make up the text, the figures come last, and the same question gets the same answer."""
    events = list(says.generate(CHAT, max_tokens=200))
    assert text_of(events) == ANSWER
    figures = events[-1]
    assert isinstance(figures, Generated)
    assert figures.finish == "end"
    assert figures.prompt_tokens == says.count(CHAT) > 20
    assert 0 < figures.tokens <= len(ANSWER)
    assert 0 < figures.prompt_ms <= figures.first_token_ms
    assert figures.write_ms > 0
    assert text_of(says.generate(CHAT, max_tokens=200)) == ANSWER


def test_it_has_a_name_and_a_fingerprint_of_its_weights(folder, says, tmp_path):
    """The name is the file's; another content has another fingerprint, a copy has the same."""
    assert says.name == "says"
    assert says.context_length == 4096
    content = (folder / "says.gguf").read_bytes()
    (tmp_path / "copy.gguf").write_bytes(content)
    assert WriterProcess(tmp_path / "copy.gguf").fingerprint == says.fingerprint
    (tmp_path / "other.gguf").write_bytes(content[:-500] + bytes([content[-500] ^ 1]) + content[-499:])
    assert WriterProcess(tmp_path / "other.gguf").fingerprint != says.fingerprint


def test_the_beginning_of_a_prompt_is_kept(says):
    """What a prompt has in common with the one before is not processed again, in whole steps of 128 tokens."""
    rules = Message("system", "你根据资料回答。" * 20)
    shared = says.count([rules])
    assert shared > 256
    first = list(says.generate([rules, *CHAT[1:]], max_tokens=200))[-1]
    second = list(says.generate([rules, Message("user", "何时通车？" * 30)], max_tokens=200))
    assert second[-1].reused_tokens == shared // 128 * 128 < first.prompt_tokens
    assert text_of(second) == ANSWER
    longer = [rules, Message("user", "何时通车？" * 30), Message("assistant", ANSWER), Message("user", "多少钱？")]
    third = list(says.generate(longer, max_tokens=200))[-1]
    assert second[-1].prompt_tokens - 140 < third.reused_tokens <= second[-1].prompt_tokens
    again = list(says.generate(longer, max_tokens=200))[-1]
    assert third.prompt_tokens - 128 <= again.reused_tokens < third.prompt_tokens
    other = [Message("system", "别的。" + rules.text), *longer[1:]]
    assert list(says.generate(other, max_tokens=200))[-1].reused_tokens == 0


def test_an_answer_does_not_depend_on_what_was_asked_before(slow):
    """Kept steps are computed as new ones are: the texts of random weights, where words are nearly equal, stay the same."""
    questions = [
        [Message("system", "规则" * n), Message("user", "大桥多长？" * m)] for n, m in ((90, 1), (90, 30), (60, 9))
    ]
    alone = []
    for question in questions:
        slow.close()
        alone.append(text_of(slow.generate(question, max_tokens=15)))
    kept = 0
    for first, second in [(0, 1), (1, 0), (2, 1), (0, 2), (1, 1)]:
        list(slow.generate(questions[first], max_tokens=15))
        events = list(slow.generate(questions[second], max_tokens=15))
        assert text_of(events) == alone[second]
        kept += events[-1].reused_tokens
    assert kept > 500


def test_progress_is_told_in_steps(slow):
    """A long prompt is processed in steps, each told; the last says that all of it is done."""
    events = list(slow.generate(LONG, max_tokens=1))
    steps = [event for event in events if isinstance(event, PromptProgress) and event.total]
    assert len(steps) > 12
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert steps[-1].done == steps[-1].total == events[-1].prompt_tokens


def test_characters_cut_into_tokens_come_whole(scripted):
    """A character whose bytes are three tokens is one piece; 𠮷 has four."""
    writer = scripted([b"\xe6", b"\xa1", b"\xa5", "，".encode() + b"\xf0\xa0", b"\xae\xb7", b"!"])
    pieces = [event.text for event in writer.generate(CHAT, max_tokens=50) if isinstance(event, Piece)]
    assert pieces == ["桥", "，", "𠮷", "!"]


def test_a_character_cut_at_the_end_is_dropped(scripted):
    """Ending inside a character gives no replacement mark, whoever ends it: the model or the number of tokens."""
    writer = scripted(["桥".encode(), b"\xe6", b"\xa1", b"\xa5"])
    events = list(writer.generate(CHAT, max_tokens=3))
    assert (text_of(events), events[-1].finish, events[-1].tokens) == ("桥", "length", 3)
    cut = scripted(["桥".encode(), b"\xe6", b"\xa1"])
    events = list(cut.generate(CHAT, max_tokens=30))
    assert (text_of(events), events[-1].finish) == ("桥", "end")


def test_thinking_is_not_part_of_the_answer(scripted):
    """A thinking block is told apart, its tags as one token or in letters, white space after it dropped."""
    writer = scripted([b"<think>", "先想".encode(), "一想".encode(), b"</think>", b"\n\n", "答案".encode()])
    events = list(writer.generate(CHAT, max_tokens=50))
    assert (text_of(events), text_of(events, thinking=True)) == ("答案", "先想一想")
    letters = scripted([b"<th", b"ink>", "想".encode(), b"</", b"think>\n", "答".encode()])
    events = list(letters.generate(CHAT, max_tokens=50))
    assert (text_of(events), text_of(events, thinking=True)) == ("答", "想")
    endless = scripted([b"<think>", "想".encode()])
    assert text_of(endless.generate(CHAT, max_tokens=50)) == ""


def test_a_prompt_that_opens_the_thinking_block_is_noticed(scripted):
    """Some templates write `<think>` themselves: the model's first words are thoughts then."""
    template = "{% for m in messages %}{{ m.content }}{% endfor %}<think>{{ '\\n' }}"
    writer = scripted(["想".encode(), b"</think>", b"\n\n", "答".encode()], template=template)
    events = list(writer.generate(CHAT, max_tokens=50))
    assert (text_of(events), text_of(events, thinking=True)) == ("答", "想")


def test_a_writer_in_a_circle_is_stopped(scripted):
    """Repeating itself ends it, long before the number of tokens does."""
    events = list(scripted("今天天气很好大家都在散步。", loop=True).generate(CHAT, max_tokens=2000))
    assert events[-1].finish == "loop"
    assert events[-1].tokens == 3 * 12
    stutter = list(scripted("哈", loop=True).generate(CHAT, max_tokens=2000))
    assert (stutter[-1].finish, stutter[-1].tokens) == ("loop", 25)


def test_saying_nothing_is_an_end(scripted):
    """A model that ends at once gives no piece and no error."""
    events = list(scripted("").generate(CHAT, max_tokens=50))
    assert text_of(events) == ""
    assert (events[-1].finish, events[-1].tokens, events[-1].write_ms) == ("end", 0, 0)


def test_the_number_of_tokens_is_kept(says):
    """`max_tokens` is a limit, and less than one is a mistake."""
    events = list(says.generate(CHAT, max_tokens=4))
    assert (events[-1].finish, events[-1].tokens) == ("length", 4)
    with pytest.raises(ValueError, match="max_tokens"):
        says.generate(CHAT, max_tokens=0)


def test_a_prompt_beyond_the_context_is_an_error_with_both_figures(folder):
    """The message names the tokens of prompt and context; a shorter prompt works afterwards; the context is a limit."""
    writer = WriterProcess(folder / "says.gguf", context=100)
    long = [Message("user", "大桥" * 200)]
    with pytest.raises(ModelError, match=f"{writer.count(long)} tokens and the context 100"):
        list(writer.generate(long, max_tokens=10))
    short = [Message("user", "桥" * 10)]
    events = list(writer.generate(short, max_tokens=1000))
    assert text_of(events) == ANSWER
    tight = [Message("user", "!" * (95 - writer.count([Message("user", "")])))]
    events = list(writer.generate(tight, max_tokens=1000))
    assert events[-1].finish == "length"
    assert (events[-1].prompt_tokens, events[-1].tokens) == (95, 5)
    writer.close()


def test_closing_while_it_writes_stops_it(slow):
    """Closing returns soon, the process stays, and the next text is what it would have been."""
    alone = text_of(slow.generate(CHAT, max_tokens=20))
    pid = slow.pid
    events = slow.generate(CHAT, max_tokens=3000)
    while not isinstance(next(events), Piece):
        pass
    start = time.monotonic()
    events.close()
    assert time.monotonic() - start < SOON
    assert text_of(slow.generate(CHAT, max_tokens=20)) == alone
    assert slow.pid == pid


def test_closing_while_the_prompt_is_processed_stops_it(slow):
    """The computation is broken off inside a step, and what was processed before is known exactly."""
    alone = text_of(slow.generate(CHAT, max_tokens=20))
    pid = slow.pid
    events = slow.generate(LONG, max_tokens=10)
    while True:
        event = next(events)
        if isinstance(event, PromptProgress) and 0 < event.done < event.total:
            break
    time.sleep(0.02)  # into the next step
    start = time.monotonic()
    events.close()
    assert time.monotonic() - start < SOON
    assert slow.pid == pid
    assert text_of(slow.generate(CHAT, max_tokens=20)) == alone
    resumed = list(slow.generate(LONG, max_tokens=5))
    assert text_of(resumed) == text_of(slow.generate(LONG, max_tokens=5))


def test_an_iterator_never_asked_costs_nothing(says):
    """It holds no lock and starts nothing."""
    says.generate(CHAT, max_tokens=5)
    says.generate(CHAT, max_tokens=5).close()
    assert text_of(says.generate(CHAT, max_tokens=200)) == ANSWER


def test_threads_take_turns_and_see_signs_of_life(slow):
    """Who comes second waits, hears something at least every quarter of a second, and gets the right text."""
    alone = text_of(slow.generate(CHAT, max_tokens=20))
    first = slow.generate(LONG, max_tokens=600)
    next(first)
    gaps, texts = [], []

    def second():
        last, events = time.monotonic(), []
        for event in slow.generate(CHAT, max_tokens=20):
            gaps.append(time.monotonic() - last)
            last = time.monotonic()
            events.append(event)
        texts.append((text_of(events), events[0]))

    thread = threading.Thread(target=second)
    thread.start()
    for _ in range(40):
        next(first)
    # Counting does not wait for the writing.
    start = time.monotonic()
    assert slow.count(CHAT) > 10
    assert time.monotonic() - start < SOON
    assert thread.is_alive()
    time.sleep(0.5)
    first.close()
    thread.join(20)
    assert texts == [(alone, PromptProgress(0, 0))]
    assert max(gaps) < 0.25 + 0.35  # a busy machine's pauses allowed for


def test_one_who_waits_may_give_up(slow):
    """Closing a waiting iterator does not disturb the one at work."""
    first = slow.generate(LONG, max_tokens=50)
    next(first)
    waiting = slow.generate(CHAT, max_tokens=5)
    assert next(waiting) == PromptProgress(0, 0)
    waiting.close()
    assert isinstance(list(first)[-1], Generated)


@pytest.mark.parametrize(
    ("number", "words"),
    [(signal.SIGKILL, "memory"), (signal.SIGSEGV, "GGUF"), (signal.SIGILL, "make setup"), (signal.SIGABRT, "GGUF")],
)
def test_a_dead_process_is_an_error_and_the_next_call_starts_another(folder, number, words):
    """Whatever ends the process, the caller gets one line with the signal and a remedy, and can go on."""
    writer = WriterProcess(folder / "slow.gguf", loop_guard=False)
    events = writer.generate(CHAT, max_tokens=3000)
    while not isinstance(next(events), Piece):
        pass
    pid = writer.pid
    os.kill(pid, number)
    with pytest.raises(ModelError, match=words) as caught:
        list(events)
    assert number.name in str(caught.value)
    assert "slow" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert isinstance(list(writer.generate(CHAT, max_tokens=3))[-1], Generated)
    assert writer.pid not in (pid, None)
    writer.close()


def test_a_process_that_died_between_calls_is_replaced(folder):
    """Nobody notices: the next call starts another."""
    writer = WriterProcess(folder / "says.gguf")
    writer.start()
    pid = writer.pid
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: writer.pid is None)
    assert text_of(writer.generate(CHAT, max_tokens=200)) == ANSWER
    assert writer.count(CHAT) > 10
    writer.close()


def test_a_process_that_does_not_stop_is_ended(folder, monkeypatch):
    """A process that hangs (here: is halted) is killed after a while, and the next call starts another."""
    monkeypatch.setattr(generator, "_STOP_SECONDS", 0.3)
    writer = WriterProcess(folder / "slow.gguf", loop_guard=False)
    events = writer.generate(CHAT, max_tokens=3000)
    while not isinstance(next(events), Piece):
        pass
    pid = writer.pid
    os.kill(pid, signal.SIGSTOP)
    events.close()
    assert not exists(pid)
    assert isinstance(list(writer.generate(CHAT, max_tokens=3))[-1], Generated)
    writer.close()


def test_a_process_that_falls_silent_is_ended(folder, monkeypatch):
    """Signs of life go on while it is silent, then the caller gets an error instead of waiting for ever."""
    monkeypatch.setattr(generator, "_SILENCE_SECONDS", 0.5)
    writer = WriterProcess(folder / "slow.gguf", loop_guard=False)
    events = writer.generate(CHAT, max_tokens=3000)
    while not isinstance(next(events), Piece):
        pass
    os.kill(writer.pid, signal.SIGSTOP)
    beats = 0
    with pytest.raises(ModelError, match="says nothing any more"):
        for event in events:
            beats += isinstance(event, PromptProgress)
    assert beats >= 2
    writer.close()


def test_closing_the_writer_ends_its_process(folder):
    """Memory is freed; one who is being written for is told; it may be used again."""
    writer = WriterProcess(folder / "slow.gguf", loop_guard=False)
    events = writer.generate(CHAT, max_tokens=3000)
    while not isinstance(next(events), Piece):
        pass
    pid = writer.pid
    writer.close()
    assert writer.pid is None
    assert not exists(pid)
    with pytest.raises(ModelError, match="was closed"):
        list(events)
    writer.close()
    assert isinstance(list(writer.generate(CHAT, max_tokens=3))[-1], Generated)
    writer.close()


def test_the_process_ends_with_its_parent(folder):
    """Even if the parent is killed while the model writes."""
    program = (
        "import sys; from pathlib import Path; from models.generator import WriterProcess; "
        "from models.protocols import Message, Piece\n"
        f"w = WriterProcess(Path({str(folder / 'slow.gguf')!r}), loop_guard=False)\n"
        "for event in w.generate([Message('user', '问')], max_tokens=4000):\n"
        "    if isinstance(event, Piece): print(w.pid, 'llama_cpp' in sys.modules, flush=True)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    pid, imported = parent.stdout.readline().split()
    assert imported == "False", "the parent must never load llama.cpp for the writer"
    assert exists(pid)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not exists(pid), 3.0)


def test_what_libraries_print_cannot_reach_the_replies(says):
    """The child's standard output is its standard error."""
    says.start()
    files = Path(f"/proc/{says.pid}/fd")
    if not files.exists():
        pytest.skip("no /proc here")
    assert (files / "1").readlink() == (files / "2").readlink() != (files / "0").readlink()


def test_a_folder_named_models_where_the_user_stands_is_not_taken_for_ours(folder, tmp_path):
    """The child runs our package wherever the parent was started."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "__init__.py").write_text("raise SystemExit(7)")
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from pathlib import Path; "
        f"from models.generator import WriterProcess; w = WriterProcess(Path({str(folder / 'says.gguf')!r})); "
        "w.start(); print(w.pid); w.close()"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def with_metadata(source, target, old, new):
    """Copy a GGUF with one string in it replaced by another of the same length."""
    content = source.read_bytes()
    assert len(old) == len(new)
    assert content.count(old) >= 1
    target.write_bytes(content.replace(old, new, 1))


def refused(path, words):
    with pytest.raises(ModelError, match=words) as caught:
        WriterProcess(path).start()
    assert "\n" not in str(caught.value)
    assert path.stem in str(caught.value)
    assert len(str(caught.value)) < 600


def test_files_that_are_no_writers_are_refused_in_one_line(folder, tmp_path):
    """Missing, empty, random, a web page, cut anywhere: told before a process is started."""
    content = (folder / "says.gguf").read_bytes()
    for name, data, words in [
        ("empty", b"", "empty"),
        ("random", os.urandom(5000), "not a GGUF"),
        ("page", b"<!DOCTYPE html><html><body>404", "web page"),
        ("header", content[:300], "ends inside its header"),
        ("words", content[:5000], "ends inside its header"),
        ("weights", content[:-5000], "is cut"),
        ("last", content[:-1], "is cut"),
    ]:
        (tmp_path / f"{name}.gguf").write_bytes(data)
        refused(tmp_path / f"{name}.gguf", words)
    refused(tmp_path / "missing.gguf", "cannot be read")
    refused(ROOT / "models" / "weights" / "reader.gguf", "cannot write")


def test_models_that_llama_cpp_refuses_are_refused_with_its_reason(folder, tmp_path):
    """Unknown architectures and tokenizers, and a missing tensor."""
    says = folder / "says.gguf"
    with_metadata(says, tmp_path / "arch.gguf", b"\x05\0\0\0\0\0\0\0qwen3", b"\x05\0\0\0\0\0\0\0qwenX")
    refused(tmp_path / "arch.gguf", "unknown model architecture: 'qwenX'")
    with_metadata(says, tmp_path / "pre.gguf", b"\x05\0\0\0\0\0\0\0qwen2", b"\x05\0\0\0\0\0\0\0qwenX")
    refused(tmp_path / "pre.gguf", "qwenX")
    with_metadata(says, tmp_path / "tensor.gguf", b"output_norm.weight", b"output_nope.weight")
    refused(tmp_path / "tensor.gguf", "output_norm")


def test_a_model_that_kills_llama_cpp_is_an_error(folder, tmp_path):
    """Twice the same word in the vocabulary ends llama.cpp's process with an assertion; its words are passed on."""
    bang, quote = (b"\x01\0\0\0\0\0\0\0" + sign for sign in (b"!", b'"'))
    with_metadata(folder / "says.gguf", tmp_path / "twice.gguf", bang + quote, bang + bang)
    refused(tmp_path / "twice.gguf", "SIGABRT.*GGML_ASSERT")


def test_a_template_that_fails_is_an_error_and_the_process_lives(scripted):
    """The message gives the template's own words."""
    writer = scripted("好", template="{{ raise_exception('no chats on Sundays') }}")
    with pytest.raises(ModelError, match="no chats on Sundays"):
        list(writer.generate(CHAT, max_tokens=5))
    with pytest.raises(ModelError, match="no chats on Sundays"):
        writer.count(CHAT)
    assert writer.pid is not None


def test_chatml_is_used_where_the_vocabulary_has_its_marks(scripted):
    """A GGUF without a template but with ChatML's control tokens is a chat model all the same."""
    writer = scripted("好的", template=None)
    assert text_of(writer.generate(CHAT, max_tokens=5)) == "好的"


def test_a_model_too_big_for_memory_is_not_loaded(folder, monkeypatch):
    """Both figures are told and no process is started; once there is room it works."""
    monkeypatch.setattr(generator, "available_memory", lambda: Available(50 << 20, "in this container"))
    writer = WriterProcess(folder / "says.gguf")
    with pytest.raises(ModelError, match=r"about 0\.\d GiB of memory and 0\.0 GiB are free in this container"):
        writer.start()
    with pytest.raises(ModelError, match="GiB"):
        list(writer.generate(CHAT, max_tokens=5))
    assert writer.pid is None
    monkeypatch.undo()
    assert text_of(writer.generate(CHAT, max_tokens=200)) == ANSWER
    writer.close()


def test_loading_too_long_is_an_error(folder, monkeypatch):
    """The time grows with the file, and is not endless."""
    monkeypatch.setattr("models.generator_child._START_SECONDS", -100.0)
    writer = WriterProcess(folder / "says.gguf")
    monkeypatch.setattr(generator, "_BEAT", 0.001)
    with pytest.raises(ModelError, match="too long to load"):
        writer.start()
    assert writer.pid is None


def test_the_model_is_tiny_random_weights_too(tmp_path):
    """Weights of no sense run through the whole of the graph: attention, gates, norms."""
    random_gguf(tmp_path / "tiny.gguf", TINY, "F16")
    writer = WriterProcess(tmp_path / "tiny.gguf")
    assert writer.context_length == TINY.context
    assert list(writer.generate(CHAT, max_tokens=12))[-1].tokens >= 1
    writer.close()


def test_odd_texts_are_carried_over(says):
    """NUL, lone surrogates and every kind of line end reach the model or are dropped, and break nothing."""
    odd = [Message("user", "a\0b\ud800c\u2028d\r\ne\x1bf" + json.dumps({"id": 1}))]
    assert says.count(odd) > 10
    assert text_of(says.generate(odd, max_tokens=200)) == ANSWER
    assert text_of(says.generate([Message("user", "")], max_tokens=200)) == ANSWER
