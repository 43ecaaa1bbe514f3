"""Finds a headless Chromium for the browser tests, and installs Debian's once where that is possible.

Playwright's own browsers come from its servers; Debian's come from the package mirror that the machine already uses,
so the tests drive `/usr/bin/chromium` with Playwright's Python package alone.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PACKAGES = ("chromium", "fonts-noto-cjk")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class NoBrowserError(Exception):
    """There is no Chromium here and none can be installed; the message says why."""


def chromium() -> Path:
    """Return a Chromium to drive, installing Debian's when there is none.

    Raises:
        NoBrowserError: none is installed, and this machine or user cannot install one.

    """
    found = _installed()
    if found is not None:
        return found
    with _only_once():
        found = _installed()  # another process may have installed it while we waited
        return found if found is not None else _install()


def _installed() -> Path | None:
    for name in NAMES:
        path = shutil.which(name)
        if path is not None:
            return Path(path)
    return None


def _install() -> Path:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        msg = "chromium is not installed, and installing it needs root and apt-get"
        raise NoBrowserError(msg)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    update = ("apt-get", "-q", "update")
    install = ("apt-get", "-q", "install", "-y", "--no-install-recommends", *PACKAGES)
    for command in (update, install):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900, check=False)
        if done.returncode:
            reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            msg = f"chromium is not installed, and `{' '.join(command)}` failed: {' '.join(reason)}"
            raise NoBrowserError(msg)
    found = _installed()
    if found is None:
        msg = "apt-get installed chromium, yet there is none on PATH"
        raise NoBrowserError(msg)
    return found


@contextmanager
def _only_once() -> Iterator[None]:
    """Hold a lock that other test processes on this machine respect."""
    with (Path(tempfile.gettempdir()) / "yiju-chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    print(chromium())
