"""A layer around the page's server that keeps requests on this machine, whatever a page or a library would do.

It refuses names that are not this machine's (a web site cannot read the articles by pointing its own name at
127.0.0.1), refuses Gradio's route that fetches a web address for the visitor, and tells the browser to load nothing
from elsewhere.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import unquote

from ui.web.environment import LOOPBACK

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

ANYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared with, not bound to

# Gradio's front end evaluates templates and inline styles of its own; everything it loads is served by itself.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)


class Guard:
    """The layer; `host` is the address that the server listens on."""

    def __init__(self, app: Application, host: str) -> None:
        self._app = app
        self._names = None if host in ANYWHERE else frozenset({host, *LOOPBACK})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, as ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if not self._is_ours(scope) or _fetches(scope["path"]):
            await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b"refused: not a request to this page"})
            return

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", ()), (b"content-security-policy", POLICY.encode())]
                headers.append((b"referrer-policy", b"no-referrer"))
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, send_with_policy)

    def _is_ours(self, scope: Scope) -> bool:
        if self._names is None:
            return True
        host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
        return name.lower() in self._names


def _fetches(path: str) -> bool:
    """Whether Gradio would fetch another address to answer a request for this path."""
    path = unquote(path).lower()
    return "file=http" in path.replace(" ", "") or "proxy=" in path
