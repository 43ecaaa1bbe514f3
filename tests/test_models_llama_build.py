"""The choice of build flags; the build itself is rehearsed by every set-up."""

import pytest

from models import llama_build as build

GCC_12 = "c++ (Debian 12.2.0-14+deb12u1) 12.2.0\nCopyright (C) 2022 Free Software Foundation, Inc."
GCC_14 = "g++ (GCC) 14.1.0\nCopyright (C) 2024 Free Software Foundation, Inc."
CLANG = "Debian clang version 14.0.6\nTarget: x86_64-pc-linux-gnu"
AMX = frozenset({"avx2", "avx512f", "amx_tile", "amx_int8"})


@pytest.mark.parametrize(
    ("features", "banner", "amx_off"),
    [(AMX, GCC_12, True), (AMX, GCC_14, False), (AMX, CLANG, False), (frozenset({"avx2"}), GCC_12, False)],
)
def test_amx_is_left_out_only_where_the_compiler_breaks_it(features, banner, amx_off):
    """GCC before 13.3 on a CPU with AMX, and nothing else."""
    assert bool(build.compiler_flags(features, build.gcc_version(banner))) is amx_off


@pytest.mark.parametrize(("banner", "version"), [(GCC_12, (12, 2, 0)), (GCC_14, (14, 1, 0)), (CLANG, None), ("", None)])
def test_gcc_is_told_by_its_banner(banner, version):
    """Distribution suffixes in brackets are not the version."""
    assert build.gcc_version(banner) == version


def test_the_pinned_version_is_read_and_its_absence_is_an_error():
    """The version comes from the constraints alone."""
    assert build.pinned_version("a==1\nllama_cpp_python==0.3.36\n") == "0.3.36"
    with pytest.raises(build.BuildError, match="names no version"):
        build.pinned_version("a==1\n")


def test_a_missing_compiler_is_one_clear_line(monkeypatch, capsys):
    """It is told before anything is installed, with what to do."""
    monkeypatch.setattr(build.shutil, "which", lambda name: None)
    monkeypatch.setattr(build.sys, "argv", ["llama_build", "--check"])
    assert build.main() == 3
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "build-essential" in error


@pytest.mark.models
def test_the_installed_build_decodes():
    """A bad build kills its process, so the proof runs in a child."""
    build.prove()


def test_a_build_that_dies_is_told_by_its_signal(monkeypatch):
    """SIGILL (4) is named, with the way out."""
    monkeypatch.setattr(
        build.subprocess, "run", lambda *a, **k: build.subprocess.CompletedProcess(a, -4, stdout="", stderr="")
    )
    with pytest.raises(build.BuildError, match=r"signal 4.*GGML_NATIVE=OFF"):
        build.prove()
