"""Checks of what is around the product: memory, disk, fonts, a browser for the tests, the port, proxies."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from models.check import Check, readable
from models.errors import IndexUnusableError, UsageError
from models.generator_memory import available_memory
from models.machine import Machine

_MIB = 2**20
# Measured (docs/log.md): answering 170 MiB, indexing 588 MiB. The vectors of the index come on top when answering.
ANSWERING = 200 * _MIB
INDEXING = 600 * _MIB
_LEAST_DISK = 200 * _MIB
_BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")  # as tests/browser.py looks
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def memory(machine: Machine, vector_bytes: int) -> Check:
    """Compare the memory that can be taken with what answering and indexing take."""
    found = available_memory(machine)
    if found is None:
        return Check("memory", "ok", "unknown here; answering takes about 200 MiB, indexing 600 MiB")
    answering = ANSWERING + vector_bytes
    said = f"{readable(found.bytes)} free {found.where}; answering takes {readable(answering)}"
    said += f", indexing {readable(INDEXING)}"
    if found.bytes < answering:
        return Check("memory", "fail", said, "end other programs, or allow this one more, then look again")
    if found.bytes < INDEXING:
        return Check("memory", "warn", said, "end other programs, or allow this one more, before `yiju index`")
    return Check("memory", "ok", said)


def _nearest(path: Path) -> Path:
    """The path, or its nearest ancestor that is a folder."""
    path = path.absolute()
    return next(folder for folder in (path, *path.parents) if folder.is_dir())


def _refusal(folder: Path) -> str | None:
    """Why nothing can be written there, None where it can: by writing, because permission bits do not tell root's."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"yiju")
    except OSError as error:
        return error.strerror or type(error).__name__
    return None


def disk(root: Path, generation_bytes: int, free: int | None = None) -> Check:
    """Look at whether a library folder can be written and has room for the next generation."""
    code = IndexUnusableError.exit_code
    folder = _nearest(root)
    refusal = _refusal(folder)
    if refusal:
        remedy = "give yourself permission to write there, or name another folder with --library DIR"
        return Check("disk", "warn", f"{folder} cannot be written ({refusal}): nothing can be indexed", remedy, code)
    free = shutil.disk_usage(folder).free if free is None else free
    needed = max(_LEAST_DISK, 2 * generation_bytes)  # the next generation is a changed copy of this one
    said = f"{readable(free)} free at {root}, indexing needs about {readable(needed)}"
    if free < needed:
        return Check("disk", "warn", said, "free some space there, or name another folder with --library DIR", code)
    return Check("disk", "ok", said)


def temporary_folder(free: int | None = None) -> Check:
    """Look at whether there is a folder for temporary files, with room."""
    name = "temporary folder"
    remedy = "name one with room that you may write to in TMPDIR"
    try:
        folder = Path(tempfile.gettempdir())
    except FileNotFoundError:
        return Check(name, "fail", "there is none that can be written", remedy)
    refusal = _refusal(folder)
    if refusal:
        return Check(name, "fail", f"{folder} cannot be written ({refusal})", remedy)
    free = shutil.disk_usage(folder).free if free is None else free
    state = f"{readable(free)} free at {folder}"
    if free < _LEAST_DISK:
        return Check(name, "warn", f"{state}, {readable(_LEAST_DISK)} is little", remedy)
    return Check(name, "ok", state)


def fonts(path: str | None = None) -> Check:
    """Look for a font with Chinese characters; it matters only where the browser runs on this machine."""
    program = shutil.which("fc-list", path=path)
    if program is None:
        return Check("fonts", "ok", "unknown (no fc-list here); they matter where the browser runs")
    try:
        listed = subprocess.run(
            [program, ":lang=zh", "family"],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=10,
        )
    except subprocess.TimeoutExpired:
        return Check("fonts", "ok", "unknown (fc-list does not answer); they matter where the browser runs")
    families = sorted({line.split(",")[0].strip() for line in listed.stdout.splitlines() if line.strip()})
    if not families:
        remedy = "if the browser runs here: apt install fonts-noto-cjk, or any font with Chinese characters"
        return Check("fonts", "warn", "no font here has Chinese characters", remedy)
    return Check("fonts", "ok", f"{len(families)} with Chinese characters, such as {families[0]}")


def browser(path: str | None = None) -> Check:
    """Look for the browser that the tests of the page drive; the product does not need it."""
    found = next((place for name in _BROWSERS if (place := shutil.which(name, path=path))), None)
    finding = (
        f"{found}, for `make test`" if found else "none here; only `make test` drives one, and says how it gets it"
    )
    return Check("browser", "ok", finding)


def port(wanted: int | None = None) -> Check:
    """Look at whether the page's first port is free."""
    from ui.web import ports

    wanted = ports.FIRST if wanted is None else wanted
    host = "127.0.0.1"
    try:
        return Check("port", "ok", f"{ports.choose(host, wanted)} is free for the page")
    except UsageError:
        try:
            other = ports.choose(host, None)
        except UsageError:
            finding = f"all from {ports.FIRST} to {ports.LAST} are taken"
            return Check("port", "warn", finding, "end the pages you no longer need, or `yiju chat --port N`")
    return Check("port", "ok", f"{wanted} is taken (a page that runs already?); the next page gets {other}")


def proxies(environment: Mapping[str, str] = os.environ) -> Check:
    """Tell which proxy variables are set, by name alone: their values may hold passwords."""
    names = sorted(name for name in environment if name.lower() in _PROXIES and environment[name])
    if not names:
        return Check("proxies", "ok", "none set")
    return Check("proxies", "ok", f"set: {', '.join(names)}; the page asks its own address without them")
