"""What is around the product, and `yiju doctor` as people run it: never a traceback, whatever is broken."""

import io
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from models import check, doctor
from tests.checks import empty_machine, only, set_memory, small_library
from ui import doctor as command
from ui import surroundings

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def no_writers(tmp_path, monkeypatch):
    """Whatever models this machine's user has are not the tests' business."""
    monkeypatch.setenv("YIJU_MODELS", str(tmp_path / "no-models"))


@pytest.fixture
def machine(tmp_path):
    return empty_machine(tmp_path)


@pytest.fixture
def library(tmp_path):
    return small_library(tmp_path)


@pytest.mark.parametrize(
    ("available", "vectors", "expected"), [(4096, 0, "ok"), (400, 0, "warn"), (100, 0, "fail"), (400, 300, "fail")]
)
def test_memory_is_compared_with_what_is_needed(machine, available, vectors, expected):
    """Answering needs the vectors too; less than indexing needs is only to know about."""
    set_memory(machine, available)
    assert surroundings.memory(machine, vectors * 2**20).state == expected


def test_disk_space_and_permission_are_told(tmp_path):
    """Room for the next generation, and a real attempt to write; the library's folder is not made."""
    root = tmp_path / "a" / "b"
    assert surroundings.disk(root, 0).state == "ok"
    assert surroundings.disk(root, 0, free=2**20).state == "warn"
    assert surroundings.disk(root, 2**30, free=2**30).state == "warn"
    refused = surroundings.disk(Path("/proc/library"), 0)
    assert (refused.state, refused.exit_code) == ("warn", 4)
    assert list(tmp_path.iterdir()) == []


def test_the_temporary_folder_is_tried(tmp_path, monkeypatch):
    """There is one, it can be written, it has room."""
    assert surroundings.temporary_folder().state == "ok"
    assert surroundings.temporary_folder(free=5).state == "warn"
    monkeypatch.setattr(surroundings.tempfile, "tempdir", "/proc")
    assert surroundings.temporary_folder().state == "fail"


def test_fonts_are_asked_of_fc_list(tmp_path):
    """Some, none, or unknown without fc-list."""
    program = tmp_path / "fc-list"
    assert "unknown" in surroundings.fonts(str(tmp_path)).finding
    program.write_text("#!/bin/sh\necho 'Noto Sans CJK SC,思源黑体'\n")
    program.chmod(0o755)
    assert "1 with Chinese characters, such as Noto Sans CJK SC" in surroundings.fonts(str(tmp_path)).finding
    program.write_text("#!/bin/sh\n")
    assert surroundings.fonts(str(tmp_path)).state == "warn"


def test_a_browser_is_only_for_the_tests(tmp_path):
    """Its absence is no fault."""
    assert "none here" in surroundings.browser(str(tmp_path)).finding
    (tmp_path / "chromium").write_text("")
    (tmp_path / "chromium").chmod(0o755)
    assert "chromium" in surroundings.browser(str(tmp_path)).finding


def test_a_taken_port_names_the_next(tmp_path):
    """The page looks for another by itself."""
    with socket.create_server(("127.0.0.1", 0)) as busy:
        found = surroundings.port(busy.getsockname()[1])
    assert (found.state, "is taken" in found.finding) == ("ok", True)


def test_proxies_are_named_without_their_values():
    """A proxy's address may hold a password."""
    found = surroundings.proxies({"HTTP_PROXY": "http://user:secret@host", "https_proxy": "", "PATH": "x"})
    assert "HTTP_PROXY" in found.finding
    assert "secret" not in found.finding
    assert "https_proxy" not in found.finding


def yiju(*arguments, blocked=(), cwd=ROOT, tmp_path=None):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if blocked:
        hook = (
            "import sys\nclass Blocker:\n    def find_spec(self, name, path=None, target=None):\n"
            f"        if name.partition('.')[0] in {set(blocked)!r}:\n"
            "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
            "sys.meta_path.insert(0, Blocker())\n"
        )
        (tmp_path / "hook").mkdir(exist_ok=True)
        (tmp_path / "hook" / "sitecustomize.py").write_text(hook)
        environment["PYTHONPATH"] = f"{tmp_path / 'hook'}{os.pathsep}{ROOT}"
    done = subprocess.run(
        [sys.executable, "-m", "ui.cli", "doctor", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment,
        check=False,
    )
    assert "Traceback" not in done.stderr + done.stdout
    return done


@pytest.mark.models
def test_the_command_tells_everything_in_seconds(library):
    """Aligned lines for people, one object for programs; a relative library is the caller's, not the checkout's."""
    began = os.times()
    done = yiju("--library", library.name, "--json", cwd=library.parent)
    ended = os.times()
    worked = ended.children_user + ended.children_system - began.children_user - began.children_system
    assert worked < 15  # seconds of work, whatever else the machine does
    said = json.loads(done.stdout)
    assert all(set(each) == {"name", "state", "finding", "remedy"} for each in said["checks"])
    index = [each for each in said["checks"] if each["name"].startswith("index")]
    assert len(index) == 10
    assert {each["state"] for each in index} == {"ok"}
    failures = [each for each in said["checks"] if each["state"] == "fail"]
    assert (said["ok"], done.returncode) == (not failures, 3 if failures else 0), failures
    assert done.stderr == ""


def test_a_terminal_without_the_characters_is_no_reason_to_stop(monkeypatch, tmp_path):
    """A folder with a Chinese name, an arrow, and a terminal that knows ASCII alone."""
    found = check.Check("index", "warn", "文章", "→")
    monkeypatch.setattr(command, "diagnose", lambda root, repair: iter([found]))
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", terminal)
    assert command.doctor(command.argparse.Namespace(library=tmp_path, json=False, repair=False)) == 0
    terminal.flush()
    assert b"warn  index             ??" in terminal.buffer.getvalue()


@pytest.mark.models
@pytest.mark.parametrize(
    ("blocked", "failing"),
    [
        (("llama_cpp", "faiss", "gradio"), {"reader runs", "vector search", "index vectors"}),
        (
            ("numpy", "opencc", "filelock", "tqdm", "safetensors", "tokenizers", "gguf", "torch"),
            {"reader runs", "embedder runs", "calibration", "vector search", "index"},
        ),
    ],
)
def test_the_command_works_where_packages_are_missing(library, tmp_path, blocked, failing):
    """What needs them fails by name; everything else is judged all the same."""
    done = yiju("--library", library, "--json", blocked=blocked, tmp_path=tmp_path)
    failed = {each["name"]: each["finding"] for each in json.loads(done.stdout)["checks"] if each["state"] == "fail"}
    failed.pop("memory", None)  # this machine's, whatever is missing
    assert set(failed) == failing
    assert done.returncode == 3
    assert all(any(name in finding for name in blocked) for finding in failed.values())


def test_the_worst_failure_gives_the_code():
    """3 before 4; warnings are no failure."""
    model, index = check.Check("a", "fail", "b", "c"), check.Check("d", "fail", "e", "f", 4)
    warning = check.Check("g", "warn", "h", "i")
    assert command.exit_code([index, warning, model]) == 3
    assert command.exit_code([warning, index]) == 4
    assert command.exit_code([warning]) == 0
    assert command.to_json([warning])["ok"]
    assert not command.to_json([index])["ok"]


def test_people_read_aligned_lines(capsys, monkeypatch, tmp_path):
    """State, name, finding; what to do on a line of its own; a sum at the end."""
    checks = [check.Check("index", "ok", "fine"), check.Check("memory", "warn", "little", "free some")]
    monkeypatch.setattr(command, "diagnose", lambda root, repair: iter(checks))
    arguments = command.argparse.Namespace(library=tmp_path, json=False, repair=False)
    assert command.doctor(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].index("fine") == lines[1].index("little") == lines[2].index("→")
    assert lines[-1] == "1 ok, 1 to know about, 0 failed"


def test_a_broken_check_does_not_stop_the_others(monkeypatch, tmp_path):
    """One that raises is reported, and all others run."""
    expected = len(list(command.diagnose(tmp_path / "none")))
    monkeypatch.setattr(surroundings, "proxies", lambda: {}["gone"])
    monkeypatch.setattr(doctor, "catalog", lambda: 1 // 0)
    monkeypatch.setattr(doctor, "python", [].pop)
    found = list(command.diagnose(tmp_path / "none"))
    assert len(found) == expected - 1  # the models' checks are one now
    assert {each.name for each in found if each.state == "fail"} >= {"python", "models", "proxies"}
    assert "IndexError" in only(found, "python").finding
