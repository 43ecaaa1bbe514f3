"""Builds llama-cpp-python for the CPU at hand, and proves the build by decoding with it.

    python -m models.llama_build --check    only look whether a build is possible
    python -m models.llama_build            build and install, unless the same build is there already
    python -m models.llama_build --prove    decode with the installed build, in a child process

Two traps make this more than `pip install`. GCC before 13.3 miscompiles AMX tile loads, and llama.cpp then dies of an
illegal instruction with every quantised model on CPUs that have AMX: AMX is left out there, everything else the CPU
has is kept. And pip's wheel cache is keyed by the source archive, whatever the flags: it is never used.
Only the standard library is imported here, so that the check runs before anything is installed.
"""

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

PACKAGE = "llama-cpp-python"
_ROOT = Path(__file__).resolve().parent.parent
_AMX_FIXED_IN_GCC = (13, 3)
_NO_AMX = "-mno-amx-tile -mno-amx-int8 -mno-amx-bf16"
# The image tools are a third of the compile and are not used.
_CMAKE = "-DGGML_NATIVE=ON -DLLAVA_BUILD=OFF"
OVERRIDE = "YIJU_LLAMA_CMAKE_ARGS"


class BuildError(Exception):
    """The build cannot be made, or does not work; the message is one line for the user."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what a build contains."""

    version: str
    cmake_args: str
    compiler_flags: str
    compiler: str
    cpu: str  # hash of the CPU's feature flags


def pinned_version(constraints: str) -> str:
    """Return the version that the constraints name."""
    match = re.search(r"^llama[_-]cpp[_-]python==(\S+)", constraints, re.MULTILINE)
    if match is None:
        raise BuildError(f"constraints.txt names no version of {PACKAGE}: restore it with git checkout")
    return match.group(1)


def cpu_features(cpuinfo: str) -> frozenset[str]:
    """Return the feature flags listed in /proc/cpuinfo; none where it has none (not Linux on x86)."""
    match = re.search(r"^(?:flags|Features)\s*:\s*(.*)$", cpuinfo, re.MULTILINE)
    return frozenset(match.group(1).split()) if match else frozenset()


def gcc_version(banner: str) -> tuple[int, ...] | None:
    """Return the version told by `c++ --version`, None where the compiler is not GCC."""
    if "clang" in banner.lower() or "free software foundation" not in banner.lower():
        return None
    match = re.search(r"\b(\d+)\.(\d+)(?:\.(\d+))?\b", re.sub(r"\([^)]*\)", "", banner))
    return tuple(int(part) for part in match.groups() if part) if match else None


def compiler_flags(features: frozenset[str], gcc: tuple[int, ...] | None) -> str:
    """Return extra compiler flags: none, or AMX off where the compiler is known to break it."""
    has_amx = any(feature.startswith("amx") for feature in features)
    return _NO_AMX if has_amx and gcc is not None and gcc < _AMX_FIXED_IN_GCC else ""


def find_compiler() -> tuple[str, str]:
    """Return the C++ compiler and its banner.

    Raises:
        BuildError: there is none.

    """
    for name in [os.environ.get("CXX"), "c++", "g++", "clang++"]:
        if name and (path := shutil.which(name)):
            banner = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
            return path, banner
    raise BuildError(
        "no C++ compiler was found, llama-cpp-python is compiled on this machine: install one "
        "(Debian, Ubuntu: apt install build-essential; Fedora: dnf install gcc-c++; macOS: xcode-select --install)"
    )


def recipe() -> Recipe:
    """Return what would be built here and now."""
    _, banner = find_compiler()
    cpuinfo = Path("/proc/cpuinfo")
    features = cpu_features(cpuinfo.read_text()) if cpuinfo.exists() else frozenset()
    identity = " ".join(sorted(features)) or platform.processor() or platform.machine()
    return Recipe(
        version=pinned_version((_ROOT / "constraints.txt").read_text()),
        cmake_args=os.environ.get(OVERRIDE) or _CMAKE,
        compiler_flags=compiler_flags(features, gcc_version(banner)),
        compiler=banner.splitlines()[0] if banner else "unknown",
        cpu=hashlib.sha256(identity.encode()).hexdigest()[:16],
    )


def prove() -> None:
    """Decode with the quantised GGUF that the product ships, in a child process: a bad build kills its process.

    Raises:
        BuildError: the child died or failed.

    """
    program = "from models.reader import open_bundled_reader as r; r().read('几点开门？', ['展馆上午九点开门。'])"
    child = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=_ROOT)
    if child.returncode == 0:
        return
    reason = f"signal {-child.returncode}" if child.returncode < 0 else (child.stderr.strip().splitlines() or ["?"])[-1]
    raise BuildError(
        f"the compiled llama-cpp-python cannot read the bundled model on this machine ({reason}): if the CPU is to "
        f"blame, build for plain AVX2 with {OVERRIDE}=-DGGML_NATIVE=OFF make setup"
    )


def build(wanted: Recipe) -> None:
    """Compile and install.

    Raises:
        BuildError: the compiler failed.

    """
    flags = wanted.compiler_flags
    environment = {**os.environ, "CMAKE_ARGS": wanted.cmake_args}
    if flags:
        environment |= {name: f"{os.environ.get(name, '')} {flags}".strip() for name in ("CFLAGS", "CXXFLAGS")}
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-cache-dir", "--no-deps", "--force-reinstall"]
    command += ["--no-binary", PACKAGE, f"{PACKAGE}=={wanted.version}"]
    if subprocess.run(command, env=environment, check=False).returncode:
        raise BuildError(
            f"{PACKAGE} {wanted.version} could not be compiled (the compiler's words stand above): "
            "mend what they name and run make again"
        )


def main() -> int:
    """Check, build or prove; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only look whether a build is possible")
    parser.add_argument("--prove", action="store_true", help="decode with the installed build")
    arguments = parser.parse_args()
    try:
        if arguments.prove:
            prove()
            return 0
        wanted = recipe()
        if arguments.check:
            return 0
        record = Path(sys.prefix) / "llama-build.json"
        built = json.loads(record.read_text()) if record.exists() else None
        if built != asdict(wanted):
            without = " without AMX (this GCC breaks it)" if wanted.compiler_flags else ""
            print(f"compiling {PACKAGE} {wanted.version} for this CPU{without}; this takes minutes, once", flush=True)  # noqa: T201
            record.unlink(missing_ok=True)
            build(wanted)
            record.write_text(json.dumps(asdict(wanted), indent=1))
    except BuildError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
