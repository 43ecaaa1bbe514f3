"""The measuring of writers, with a model small enough to be measured in a moment."""

from eval.bench_writer import measure
from models.random_gguf import Shape, random_gguf


def test_a_writer_is_measured_through_its_process(tmp_path):
    """Every figure is there, and those that must differ do: what was kept of the prompt, and what was not."""
    shape = Shape(4, 256, 4, 2, 64, 512, 24_000, 4096)
    random_gguf(tmp_path / "m.gguf", shape, "Q8_0")
    figures = measure(tmp_path / "m.gguf")
    assert 1500 < figures.prompt_tokens < 2500
    assert 100 < figures.other_passages_reused < 300
    assert figures.next_question_reused > figures.prompt_tokens - 188
    assert figures.next_question_first_token_s < figures.first_token_s
    assert figures.prompt_tokens_per_s > 0
    assert figures.write_tokens_per_s > 0
    assert figures.load_s > 0
    assert 0 < figures.close_during_writing_ms < 1000
    assert 0 < figures.close_during_prompt_ms < 1000
    assert figures.peak_memory_mib > 20
