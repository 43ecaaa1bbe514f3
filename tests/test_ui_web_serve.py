"""Where the page listens and what it lets through."""

import asyncio
import socket

import pytest

from models.errors import UsageError
from ui.web import environment, ports
from ui.web.guard import Guard


class TestPorts:
    """Which port the page gets."""

    def test_taken_port_is_a_usage_error_with_the_next_step(self):
        """A port in use is told in one line: what, the rule, another port to try."""
        with socket.create_server(("127.0.0.1", 0)) as busy:
            port = busy.getsockname()[1]
            with pytest.raises(UsageError, match=rf"端口 {port} 已被占用：.*yiju chat --port \d+") as caught:
                ports.choose("127.0.0.1", port)
        assert "\n" not in str(caught.value)
        assert ports.choose("127.0.0.1", port) == port

    @pytest.mark.parametrize("port", [0, -1, 65536])
    def test_impossible_port(self, port):
        """A port outside 1..65535 is refused with the rule."""
        with pytest.raises(UsageError, match="1 到 65535"):
            ports.choose("127.0.0.1", port)

    def test_host_of_another_machine(self):
        """An address that is not this machine's is refused, with what to do."""
        with pytest.raises(UsageError, match="不写 --host"):
            ports.choose("192.0.2.1", 7860)

    def test_first_free_of_twenty(self):
        """Without a wish, the first free port from 7860 on is taken; when all are taken, that is told."""
        first = ports.choose("127.0.0.1", None)
        with socket.create_server(("127.0.0.1", first)):
            second = ports.choose("127.0.0.1", None)
        assert ports.FIRST <= first < second <= ports.LAST


class TestPrivacy:
    """Requests stay on this machine."""

    @pytest.mark.parametrize(
        ("path", "host", "status"),
        [
            ("/", "127.0.0.1:7860", 200),
            ("/", "localhost", 200),
            ("/", "[::1]:7860", 200),
            ("/", "evil.example:7860", 403),
            ("/", "", 403),
            ("/gradio_api/file=https://example.com/a", "127.0.0.1", 403),
            ("/gradio_api/file=%68ttp://example.com/a", "127.0.0.1", 403),
        ],
    )
    def test_guard(self, path, host, status):
        """Other names and Gradio's fetching route are refused; what passes carries the browser's instructions."""
        sent: list[dict] = []

        async def inner(scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": []})

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "path": path, "headers": [(b"host", host.encode())]}
        asyncio.run(Guard(inner, "127.0.0.1")(scope, None, send))
        assert sent[0]["status"] == status
        assert status == 403 or any(name == b"content-security-policy" for name, _ in sent[0]["headers"])

    def test_environment(self, monkeypatch):
        """Telemetry is off, and this machine's own addresses never go through a proxy; the user's exceptions stay."""
        monkeypatch.setenv("NO_PROXY", "intranet.example")
        monkeypatch.delenv("no_proxy", raising=False)
        environment.prepare()
        environment.prepare()
        assert environment.os.environ["NO_PROXY"] == "intranet.example,localhost,127.0.0.1,::1"
        assert environment.os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"
