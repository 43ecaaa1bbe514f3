"""The writer's process: it owns the model, so that whatever llama.cpp does to its process, the caller lives on.

    python -m models.generator_worker    (started by models.generator, not by people)

One JSON object a line, requests on standard input, replies on what was standard output; anything that libraries print
there goes to standard error instead. Requests: `open` (first), `count`, `generate`, `stop`. Every reply carries the
request's `id`. Counting and stopping happen in the thread that reads requests, also while the model writes. The process
ends when its input ends: that is how it learns that its parent is gone, even if that was killed.
"""

import json
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Mapping
from typing import Any

from models.errors import ModelError, one_line
from models.generator_llama import LlamaWriter, Opening, StopFlag, Stopped
from models.protocols import Generated, GeneratorEvent, Message, Piece


def encode_event(event: GeneratorEvent) -> dict[str, Any]:
    """Return an event as it goes over the pipe."""
    if isinstance(event, Piece):
        return {"piece": event.text, "thinking": event.thinking}
    if isinstance(event, Generated):
        return {"generated": {name: getattr(event, name) for name in Generated.__slots__}}
    return {"progress": [event.done, event.total]}


def _messages(request: Mapping[str, Any]) -> list[Message]:
    return [Message(role, text) for role, text in request["messages"]]


class Worker:
    """Carries out requests: `listen` in one thread, `work` in the main one."""

    def __init__(self, requests: Any, replies: Any) -> None:
        self._requests = requests
        self._replies = replies
        self._writing = threading.Lock()
        self._waiting: queue.Queue[dict[str, Any]] = queue.Queue()
        self._stop = StopFlag()
        self._turn = threading.Lock()
        self._running = 0  # the request at work, and the latest one that is to stop: ids grow
        self._stopped = 0
        self._writer: LlamaWriter | None = None

    def listen(self) -> None:
        """Read requests until there are no more; then end the process, whatever it is doing."""
        for line in self._requests:
            request = json.loads(line)
            if request["do"] == "stop":
                with self._turn:
                    self._stopped = request["id"]
                    self._stop.stopped = self._running == self._stopped
            elif request["do"] == "count":
                self._guarded(request, self._count)
            else:
                self._waiting.put(request)
        os._exit(0)

    def work(self) -> None:
        """Open the model, then write when asked to; returns only where it cannot be opened."""
        request = self._waiting.get()
        if not self._guarded(request, self._open):
            return
        while True:
            request = self._waiting.get()
            with self._turn:
                self._running = request["id"]
                self._stop.stopped = self._stopped == self._running
            if not self._guarded(request, self._generate) and self._writer:
                self._writer.forget()
            with self._turn:
                self._running = 0
                self._stop.stopped = False

    def _reply(self, request: Mapping[str, Any], reply: Mapping[str, Any]) -> None:
        line = json.dumps({"id": request["id"], **reply})
        with self._writing:
            self._replies.write(line + "\n")
            self._replies.flush()

    def _guarded(self, request: Mapping[str, Any], task: Any) -> bool:
        """Run a task, turn its errors into replies, and tell whether it went well."""
        try:
            task(request)
        except Stopped:
            self._reply(request, {"stopped": True})
        except ModelError as error:
            self._reply(request, {"error": str(error)})
            return False
        except Exception as error:  # noqa: BLE001 - the caller must hear of everything; the traceback is in its log
            traceback.print_exc()
            reason = one_line(f"{type(error).__name__}: {error}")[:300]
            self._reply(request, {"error": f"its process met an error it does not know ({reason}): please report it"})
            return False
        return True

    def _open(self, request: Mapping[str, Any]) -> None:
        self._writer = LlamaWriter(Opening(**request["opening"]), self._stop)
        self._reply(request, {"ready": True})

    def _count(self, request: Mapping[str, Any]) -> None:
        assert self._writer is not None
        self._reply(request, {"count": len(self._writer.tokens(self._writer.parts(_messages(request))))})

    def _generate(self, request: Mapping[str, Any]) -> None:
        assert self._writer is not None
        for event in self._writer.write(_messages(request), request["max_tokens"]):
            self._reply(request, encode_event(event))


def main() -> None:
    """Serve until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    replies = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    worker = Worker(sys.stdin.buffer, replies)
    threading.Thread(target=worker.listen, daemon=True).start()
    worker.work()
    os._exit(1)


if __name__ == "__main__":
    main()
