"""The parent's end of the writer's process: starting it, its replies, and what its death means in one line."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.errors import ModelError, one_line
from models.reader import set_thread_waiting

_ROOT = Path(__file__).resolve().parent.parent
_START_SECONDS = 60.0
_START_BYTES_A_SECOND = 10e6  # the slowest disk worth waiting for
_LAST_WORDS_SECONDS = 2.0
_REASONS = {
    "SIGKILL": "most likely the system killed it for lack of memory: close other programs or take a smaller model",
    "SIGILL": "the compiled llama.cpp does not suit this CPU: run `make setup` again on this machine",
    "SIGBUS": "its file was changed or cut while in use, or the disk failed: check the file",
    "SIGABRT": "llama.cpp gave up on this model: take another GGUF of it",
    "SIGSEGV": "llama.cpp failed on this model: take another GGUF of it",
}


class Child:
    """One worker process with one model. Requests may come from several threads."""

    def __init__(self, what: str, opening: Mapping[str, Any], bytes_to_load: int) -> None:
        """Start the process and let it load; `wait_ready` tells when it has. `what` names the model in messages."""
        self._what = what
        self._deadline = time.monotonic() + _START_SECONDS + bytes_to_load / _START_BYTES_A_SECOND
        environment = {"GGML_NO_BACKTRACE": "1", **os.environ}
        set_thread_waiting(environment)
        # Where the package lies, not where the user stands: a folder `models` there must not be taken for ours. A
        # session of its own keeps Ctrl-C away from it; it ends when its input does.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "models.generator_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=_ROOT,
            env=environment,
            start_new_session=True,
        )
        self._log: deque[str] = deque(maxlen=50)
        self._sending = threading.Lock()
        self._replies: dict[int, queue.SimpleQueue[dict[str, Any]]] = {}
        self._last_id = 0
        self._ready = False
        self._closing = False
        self._verdict = ""  # why we ended it ourselves
        self._threads = [threading.Thread(target=target, daemon=True) for target in (self._read, self._read_log)]
        for thread in self._threads:
            thread.start()
        self._opening = self.ask("open", opening=dict(opening))

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs and has not been told to end."""
        return not self._closing and self._process.poll() is None

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            reply = json.loads(line)
            waiting = self._replies.get(reply["id"])
            if waiting is not None:
                waiting.put(reply)

    def _read_log(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._log.append(line.decode("utf-8", "replace").rstrip())

    def ask(self, do: str, **request: Any) -> int:
        """Send a request and return its id, for `reply` and `forget`. Raises ModelError if the process is gone."""
        with self._sending:
            self._last_id += 1
            number = self._last_id
            self._replies[number] = queue.SimpleQueue()
            self._send({"do": do, "id": number, **request})
        return number

    def _send(self, request: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except (OSError, ValueError):
            raise self.death() from None

    def reply(self, number: int, seconds: float) -> dict[str, Any] | None:
        """Return the next reply to a request, None if there is none in that time.

        Raises:
            ModelError: the process is gone, or the request failed.

        """
        waiting = self._replies[number]
        try:
            reply = waiting.get(timeout=seconds)
        except queue.Empty:
            if self.alive:
                return None
            # What it said before it ended may still be on its way.
            self._threads[0].join(_LAST_WORDS_SECONDS)
            try:
                reply = waiting.get_nowait()
            except queue.Empty:
                raise self.death() from None
        if "error" in reply:
            fate = "cannot be used, " if number == self._opening else "cannot write, "
            raise ModelError(f"the writer {self._what} {fate}{reply['error']}")
        return reply

    def forget(self, number: int) -> None:
        """Drop a request's further replies."""
        self._replies.pop(number, None)

    def wait_ready(self, seconds: float) -> bool:
        """Wait for the model to be loaded, that long at most, and tell whether it is.

        Raises:
            ModelError: it cannot be loaded, or takes longer than a file of its size may.

        """
        if self._ready:
            return True
        try:
            # Several threads may wait: the reply is put back for the others.
            reply = self.reply(self._opening, seconds)
        except ModelError:
            self._replies[self._opening].put({"error": "it could not be loaded a moment ago: try again"})
            self.close()
            raise
        if reply is not None:
            self._replies[self._opening].put(reply)
            self._ready = True
        elif time.monotonic() > self._deadline:
            self.kill("takes too long to load: check the disk, or take a smaller model")
            raise self.death()
        return self._ready

    def stop(self, number: int, seconds: float) -> None:
        """Stop a `generate` request and wait for the process to be idle; if it is not in that time, end it."""
        until = time.monotonic() + seconds
        try:
            with self._sending:
                self._send({"do": "stop", "id": number})
            while time.monotonic() < until:
                reply = self.reply(number, seconds)
                if reply is None or "stopped" in reply or "generated" in reply:
                    break
            else:
                reply = None
        except ModelError:
            return
        if reply is None:
            self.kill("did not stop when it was told to and was ended: ask again")

    def death(self) -> ModelError:
        """Return what the end of the process means, as an error to raise."""
        if self._closing and not self._verdict:
            self._verdict = "was closed while it was at work: ask again"
        if self._verdict:
            return ModelError(f"the writer {self._what} {self._verdict}")
        try:
            code = self._process.wait(_LAST_WORDS_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill("no longer answers and was ended: ask again")
            return ModelError(f"the writer {self._what} {self._verdict}")
        self._threads[1].join(_LAST_WORDS_SECONDS)
        said = [line for line in self._log if line.strip()]
        telling = next((line for line in said if "GGML_ASSERT" in line or "terminate called" in line), "")
        if code < 0:
            name = signal.Signals(-code).name
            words = f": {one_line(telling)[:200]}" if telling else ""
            remedy = _REASONS.get(name, "ask again; if it happens again take another GGUF")
            return ModelError(f"the process of the writer {self._what} died ({name}{words}), {remedy}")
        words = one_line(telling or (said or ["it said nothing"])[-1])[:200]
        return ModelError(
            f"the process of the writer {self._what} ended with status {code} ({words}): run `yiju doctor`"
        )

    def kill(self, verdict: str) -> None:
        """End the process at once; the verdict is what callers are told of the writer."""
        self._verdict = self._verdict or verdict
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_LAST_WORDS_SECONDS)

    def close(self) -> None:
        """Let the process end, and see to it that it does."""
        self._closing = True
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(_LAST_WORDS_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill("did not end when it was told to")
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(_LAST_WORDS_SECONDS)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None and not any(thread.is_alive() for thread in self._threads):
                stream.close()
