"""The chat page: Gradio carries it, the modules beside this one decide what it shows.

The conversation is our own escaped HTML in `gr.HTML`, not a `gr.Chatbot`: no Markdown, LaTeX or sanitiser stands
between an article's words and the screen, so they show literally and a test can prove it; a citation is a real button
(keyboard, screen reader), not a link to be intercepted. The only template is `${value}`, whose argument is never
evaluated.
This is the one module that imports Gradio.
"""

import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from models.errors import UsageError
from ui.web import environment, front, ports, sources, strings
from ui.web.engine import Engine
from ui.web.guard import ANYWHERE, Guard
from ui.web.handlers import Handlers, View

environment.prepare()

import gradio as gr  # noqa: E402 - reads the environment when it is imported
from starlette.middleware import Middleware  # noqa: E402 - comes with Gradio

HOST: Final = "127.0.0.1"
LOOK_AGAIN: Final = 1.5  # seconds between two looks for articles and example questions, while there are none
PAGES_AT_ONCE: Final = 32  # pages that listen for an answer; each holds one of Gradio's forty threads
_ASSETS: Final = Path(__file__).parent / "assets"


def build_app(engine: Engine) -> gr.Blocks:
    """Return the page over an engine, ready to be launched."""
    handlers = Handlers(engine)
    with gr.Blocks(title=strings.NAME, analytics_enabled=False, fill_width=True) as page:
        part = _lay_out()
        part |= {"conversation": gr.State(()), "choice": gr.State(None)}
        ask, stop, clear = (part.pop(name) for name in ("ask", "stop", "clear"))
        clock = gr.Timer(LOOK_AGAIN, active=False)
        outputs = [*part.values(), clock, ask, stop, clear]

        def values(view: View) -> list[Any]:
            shown = [view.get(name, gr.skip()) for name in part]
            shown.append(gr.Timer(active=view["waiting"]) if "waiting" in view else gr.skip())
            if "busy" not in view:
                return [*shown, gr.skip(), gr.skip(), gr.skip()]
            busy = view["busy"]
            return [*shown, gr.Button(visible=not busy), gr.Button(visible=busy), gr.Button(interactive=not busy)]

        def begin(asked: str, current: Any, chosen: Any) -> list[Any]:
            return values(handlers.begin(asked, current, chosen))

        def answer(current: Any) -> Iterator[list[Any]]:
            with closing(handlers.answer(current)) as views:
                for view in views:
                    yield values(view)

        def example(event: gr.EventData) -> list[Any]:
            return values(handlers.example(getattr(event, "place", None)))

        def choose(current: Any, event: gr.EventData) -> list[Any]:
            return values(handlers.choose(getattr(event, "name", None), current))

        quick = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
        slow = {**quick, "queue": True, "concurrency_limit": PAGES_AT_ONCE, "concurrency_id": "answer"}
        last = {**quick, "trigger_mode": "always_last"}  # of several clicks in a row the last one counts
        conversation, choice, question = part["conversation"], part["choice"], part["question"]
        asking = [question, conversation, choice]
        page.load(lambda: values(handlers.load()), None, outputs, **quick)
        clock.tick(lambda current: values(handlers.welcome(current)), [conversation], outputs, **quick)
        asked = gr.on([question.submit, ask.click], begin, asking, outputs, **quick)
        asked.success(answer, [conversation], outputs, **slow)
        picked = part["welcome"].example(example, None, outputs, **quick)
        picked.success(begin, asking, outputs, **quick).success(answer, [conversation], outputs, **slow)
        part["chooser"].looked(lambda current: values(handlers.look(current)), [choice], outputs, **quick)
        part["chooser"].chosen(choose, [choice], outputs, **last)
        stop.click(lambda current: values(handlers.stop(current)), [conversation], outputs, **quick)
        clear.click(lambda current: values(handlers.clear(current)), [conversation], outputs, **quick)
        for transcript in ("settled", "latest"):
            part[transcript].opened(_by_key(handlers.open, values), [conversation], outputs, **last)
            renewed = part[transcript].dropped(_by_key(handlers.again, values), [conversation], outputs, **quick)
            renewed.success(answer, [conversation], outputs, **slow)
    return page


def _by_key(handle: Callable[[object, Any], View], values: Callable[[View], list[Any]]) -> Callable[..., list[Any]]:
    """Return what Gradio calls when something in the conversation is clicked; the click says what by its key."""

    def handled(current: Any, event: gr.EventData) -> list[Any]:
        return values(handle(getattr(event, "key", None), current))

    return handled


def _lay_out() -> dict[str, Any]:
    """Put the page's parts in their places, and return them by name: those that take a view's values, and buttons."""
    on_click = _asset("conversation.js")
    part = {"masthead": _html(front.masthead(None), "yj-top")}
    with gr.Row(elem_id="yj-page"):
        with gr.Column(elem_id="yj-chat"):
            part["welcome"] = _html("", "yj-begin", on_click)
            part["settled"] = _html("", "yj-settled", on_click)
            part["latest"] = _html("", "yj-latest", on_click)
            with gr.Column(elem_id="yj-asking"):
                part["notice"] = _html("", "yj-notice")
                part["question"] = gr.Textbox(
                    label=strings.QUESTION_LABEL,
                    show_label=False,
                    placeholder=strings.QUESTION_PLACEHOLDER,
                    max_lines=6,
                    elem_id="yj-question",
                    autofocus=True,
                )
                with gr.Row(elem_id="yj-buttons"):
                    part["chooser"] = _html("", "yj-chooser", _asset("chooser.js"))
                    part["clear"] = gr.Button(strings.CLEAR, variant="secondary", elem_id="yj-clear")
                    part["stop"] = gr.Button(strings.STOP, variant="stop", visible=False, elem_id="yj-stop")
                    part["ask"] = gr.Button(strings.ASK, variant="primary", elem_id="yj-ask")
        with gr.Column(elem_id="yj-side"):
            part["panel"] = _html(sources.nothing_open(), "yj-panel", _asset("panel.js"))
    return part


class Server:
    """The page while it is served; `close` ends it."""

    def __init__(self, engine: Engine, host: str = HOST, port: int | None = None) -> None:
        """Serve the page, and return once it answers.

        Raises:
            UsageError: the port or the host cannot be listened on.

        """
        chosen = ports.choose(host, port)
        self._page = build_app(engine)
        self._page.queue(api_open=False)
        try:
            self._page.launch(
                server_name=host,
                server_port=chosen,
                prevent_thread_lock=True,
                quiet=True,
                share=False,
                run_history=False,
                footer_links=[],
                ssr_mode=False,
                pwa=False,
                enable_monitoring=False,
                mcp_server=False,
                show_error=False,
                inbrowser=False,
                max_file_size="1mb",
                theme=gr.themes.Default(),
                head=f"<style>{_asset('page.css')}</style><script>{_asset('page.js')}</script>",
                app_kwargs={"middleware": [Middleware(Guard, host=host)]},
            )
        except OSError as error:  # taken between the look and the launch
            raise UsageError(ports.taken(chosen)) from error
        shown = HOST if host in ANYWHERE else f"[{host}]" if ":" in host else host
        self.url: Final = f"http://{shown}:{chosen}"

    def close(self) -> None:
        """End the server; open pages lose their connection."""
        self._page.close(verbose=False)


def launch(engine: Engine, host: str = HOST, port: int | None = None, *, open_browser: bool = False) -> None:
    """Serve the page until Ctrl-C; say on standard output where it is, once it answers.

    Raises:
        UsageError: the port or the host cannot be listened on.

    """
    server = Server(engine, host, port)
    try:
        if host not in environment.LOOPBACK:
            print(strings.OPEN_TO_NETWORK.format(host=host), file=sys.stderr, flush=True)  # noqa: T201 - for the person
        print(strings.READY.format(url=server.url), flush=True)  # noqa: T201 - for the person who started it
        if open_browser:
            webbrowser.open(server.url)
        threading.Event().wait()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()


def _html(value: str, name: str, script: str | None = None) -> Any:
    """Return a piece of the page; `value` must be escaped by whoever made it."""
    return gr.HTML(value, elem_id=name, html_template="${value}", js_on_load=script, apply_default_css=False)


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")
