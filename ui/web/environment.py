"""The environment variables that keep Gradio on this machine; they count only if set before it is imported."""

import os
import tempfile
from pathlib import Path

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def prepare() -> None:
    """Turn off telemetry and the Hub, and keep Gradio's requests to its own page away from proxies.

    Gradio calls its own address when it starts; with a system-wide proxy (common in China) that call would go to the
    proxy and fail as "localhost is not accessible".
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    user = os.getuid() if hasattr(os, "getuid") else 0  # Gradio's own /tmp/gradio belongs to whoever came first
    os.environ.setdefault("GRADIO_TEMP_DIR", str(Path(tempfile.gettempdir()) / f"yiju-page-{user}"))
    for name in ("NO_PROXY", "no_proxy"):
        hosts = [host for host in os.environ.get(name, "").split(",") if host]
        os.environ[name] = ",".join(dict.fromkeys((*hosts, *LOOPBACK)))
