"""The real page in headless Chromium, over a scripted engine: what a person sees, clicks and reads."""

import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from models.errors import UsageError
from tests.browser import FLAGS, NoBrowserError, chromium
from tests.test_ui_web_engine import ARTICLE, HOSTILE, ScriptedEngine, article_of
from ui.web import strings
from ui.web.app import Server

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parent.parent
SHOTS = ROOT / ".scratch" / "shots"
LOCAL = {"127.0.0.1", "localhost", None}
PATIENCE = 60_000  # milliseconds; a machine that is training a model is slow

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module", autouse=True)
def nothing_leaves() -> Iterator[None]:
    """While these tests run, this process (which serves the page) connects to no other machine and looks no name up."""
    listening, reached = True, []

    def watch(event: str, details: tuple) -> None:
        if listening and event in ("socket.connect", "socket.getaddrinfo"):
            address = details[1] if event == "socket.connect" else details
            reached.append(address[0] if isinstance(address, tuple) else None)  # a path: a socket of this machine

    sys.addaudithook(watch)
    yield
    listening = False
    assert {*reached} <= {*LOCAL, "::1"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser with a fresh profile."""
    try:
        executable = chromium()
    except NoBrowserError as reason:
        pytest.skip(str(reason))
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=[*FLAGS])
        yield started
        started.close()


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[ScriptedEngine, str]]:
    """The page over the usual scripted engine."""
    engine = ScriptedEngine()
    serving = Server(engine)
    yield engine, serving.url
    serving.close()


@pytest.fixture
def visit(browser):
    """Opens pages; afterwards no request may have gone elsewhere, and no script may have failed."""
    contexts, requests, troubles = [], [], []

    def open_page(url: str, **options) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, "locale": "zh-CN", **options})
        contexts.append(context)
        context.on("request", lambda request: requests.append(request.url))
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: troubles.append(f"dialog: {dialog.message}"))
        page.set_default_timeout(PATIENCE)
        page.goto(url)
        expect(page.locator("#yj-question textarea")).to_be_visible()
        expect(page.locator(".yj-mode")).not_to_be_empty()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert requests
    away = {url for url in requests if urlsplit(url).scheme in ("http", "https", "ws", "wss")}
    assert {urlsplit(url).hostname for url in away} <= LOCAL
    assert troubles == []


def ask(page: Page, question: str) -> None:
    """Type a question and press Enter."""
    page.locator("#yj-question textarea").fill(question)
    page.locator("#yj-question textarea").press("Enter")


def answer(page: Page, state: str = "answered"):
    """Wait for the latest exchange to settle and return it."""
    latest = page.locator(f'#yj-latest .yj-exchange[data-state="{state}"]')
    expect(latest).to_be_visible()
    return latest


def shoot(page: Page, name: str) -> None:
    """Keep a picture, when asked to."""
    if os.environ.get("YIJU_SHOTS"):
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SHOTS / f"{name}.png")


def in_view(page: Page, selector: str) -> bool:
    """Whether the middle of an element lies on the screen, inside the panel's own window, with nothing over it."""
    return page.evaluate(
        """(selector) => {
          const box = document.querySelector(selector).getClientRects()[0];
          const [x, y] = [box.left + 4, (box.top + box.bottom) / 2];
          const top = document.elementFromPoint(x, y);
          return Boolean(top) && Boolean(top.closest(selector));
        }""",
        selector,
    )


def test_ask_read_click_and_see(server, visit):
    """A question passes through its states, is answered with two citations, and each click shows its exact words."""
    engine, url = server
    page = visit(url)
    assert "引用式 · yiju-reader-test" in page.locator(".yj-mode").inner_text()
    shoot(page, "1-begin")
    engine.pace = 0.6
    ask(page, "试点什么时候开始？")
    expect(page.locator(".yj-state")).to_have_text(strings.RETRIEVING)
    expect(page.locator("#yj-stop")).to_be_visible()
    expect(page.locator(".yj-state")).to_have_text("正在阅读 8 段…")
    shoot(page, "2-reading")
    latest = answer(page)
    engine.pace = 0.0
    expect(latest.locator(".yj-done")).to_contain_text("用时")
    expect(page.locator("#yj-ask")).to_be_visible()
    expect(page.locator("#yj-question textarea")).to_have_value("")
    for place, citation in reversed(list(enumerate(engine.citations))):
        latest.locator(".yj-answer .yj-marker").nth(place).click()
        opened = page.locator("mark.yj-opened")
        expect(opened).to_have_text(citation.quote)
        assert opened.evaluate("mark => mark.textContent") == citation.quote
        page.wait_for_timeout(200)
        assert in_view(page, "mark.yj-opened")
        shoot(page, f"3-citation-{place + 1}")
    shown = page.evaluate("() => [...document.querySelectorAll('.yj-head, .yj-body')].map(e => e.textContent).join('')")
    assert shown == ARTICLE.text


def test_hostile_words_show_literally(browser, visit):
    """Scripts, templates and Markdown in an article, its title and a question are characters on the screen."""
    article = article_of(HOSTILE * 2, len(HOSTILE), title=HOSTILE, path=HOSTILE)
    engine = ScriptedEngine(article)
    serving = Server(engine)
    try:
        page = visit(serving.url)
        ask(page, HOSTILE)
        latest = answer(page)
        assert latest.locator(".yj-question").evaluate("e => e.textContent") == HOSTILE
        latest.locator(".yj-marker").first.click()
        expect(page.locator("mark.yj-opened")).to_be_visible()
        assert page.locator("mark.yj-opened").evaluate("e => e.textContent") == engine.citations[0].quote
        assert page.locator(".yj-title").evaluate("e => e.textContent") == HOSTILE
        assert page.locator("#yj-page img").count() == 0
    finally:
        serving.close()


def test_abstention_opens_the_closest(server, visit):
    """An abstention says so in its own look; a passage that came closest opens in the article."""
    engine, url = server
    page = visit(url)
    ask(page, "没有的事：谁得了冠军？")
    latest = answer(page, "abstained")
    expect(latest.locator(".yj-abstained-title")).to_have_text(strings.ABSTAINED)
    latest.locator("[data-open]").nth(1).click()
    expect(page.locator("mark.yj-opened")).to_be_visible()
    assert page.locator("mark.yj-opened").evaluate("e => e.textContent") == engine.hits[1].passage.text
    shoot(page, "4-abstention")


def test_bad_questions_get_one_line(server, visit):
    """An empty and an overlong question are each told in a line, and the next good one still works."""
    _, url = server
    page = visit(url)
    page.locator("#yj-ask").click()
    expect(page.locator("#yj-notice .yj-error")).to_have_text(strings.EMPTY_QUESTION)
    ask(page, "问" * 2001)
    expect(page.locator("#yj-notice .yj-error")).to_contain_text("2001 个字")
    shoot(page, "5-too-long")
    ask(page, "试点什么时候开始？")
    answer(page)
    expect(page.locator("#yj-notice .yj-error")).to_have_count(0)


def test_follow_up_and_earlier_citations(server, visit):
    """A second question carries the first as history, and the first answer's citations still open."""
    engine, url = server
    page = visit(url)
    ask(page, "试点什么时候开始？")
    answer(page)
    ask(page, "没有的事：那北京呢？")
    answer(page, "abstained")
    assert [turn.question for turn in engine.histories[-1]] == ["试点什么时候开始？"]
    page.locator("#yj-settled .yj-marker").nth(1).click()
    expect(page.locator("mark.yj-opened")).to_have_text(engine.citations[1].quote)
    page.locator("#yj-clear").click()
    expect(page.locator(".yj-exchange")).to_have_count(0)
    page.locator(".yj-example").first.click()
    answer(page)
    assert engine.histories[-1] == []


def test_keyboard_alone(server, visit):
    """A citation is a button: it can be reached and opened by keyboard, and the words take the focus."""
    engine, url = server
    page = visit(url)
    ask(page, "试点什么时候开始？")
    marker = answer(page).locator(".yj-marker").first
    marker.focus()
    marker.press("Enter")
    expect(page.locator("mark.yj-opened")).to_have_text(engine.citations[0].quote)
    expect(page.locator("mark.yj-opened")).to_be_focused()
    unnamed = page.evaluate(
        "() => [...document.querySelectorAll('button, textarea')].filter(e => e.checkVisibility()"
        " && !(e.innerText || e.ariaLabel || e.labels?.[0]?.innerText || e.title)).length"
    )
    assert unnamed == 0


def test_stop_and_closed_tab_leave_the_reader_free(visit):
    """Stopping shows it at once; neither a stop nor a closed tab keeps the next question from its answer."""
    engine = ScriptedEngine()
    serving = Server(engine)
    try:
        page = visit(serving.url)
        ask(page, "慢慢来")
        expect(page.locator(".yj-state")).to_have_text("正在阅读 8 段…")
        other = visit(serving.url)
        ask(other, "试点什么时候开始？")
        expect(other.locator(".yj-state")).to_contain_text("前面还有 1 个问题")
        page.locator("#yj-stop").click()
        answer(page, "stopped")
        expect(page.locator("#yj-ask")).to_be_visible()
        engine.slow_goes_on.set()
        answer(other)
        engine.slow_goes_on.clear()
        ask(other, "慢慢来")
        expect(other.locator(".yj-state")).to_have_text("正在阅读 8 段…")
        other.close()
        engine.slow_goes_on.set()
        ask(page, "试点什么时候开始？")
        answer(page)
        assert engine.most_at_once == 1
    finally:
        serving.close()


def test_narrow_and_dark(server, visit):
    """At 360 px nothing sticks out sideways and the panel is below with a way back; dark follows the system."""
    engine, url = server
    page = visit(url, viewport={"width": 360, "height": 720}, color_scheme="dark", has_touch=True, is_mobile=True)
    shoot(page, "6-narrow-begin")
    ask(page, "试点什么时候开始？")
    latest = answer(page)
    page.wait_for_timeout(300)
    shoot(page, "6-narrow-answer")
    latest.locator(".yj-marker").first.click()
    expect(page.locator("mark.yj-opened")).to_have_text(engine.citations[0].quote)
    page.wait_for_timeout(300)
    assert in_view(page, "mark.yj-opened")
    shoot(page, "6-narrow-article")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
    boxes = [page.locator(name).bounding_box() for name in ("#yj-chat", "#yj-side")]
    assert boxes[1]["y"] >= boxes[0]["y"] + boxes[0]["height"]
    page.locator(".yj-back").click()
    expect(latest.locator(".yj-marker").first).to_be_in_viewport()
    red, green, blue = (int(part) for part in page.evaluate(BACKGROUND).strip("rgba()").split(",")[:3])
    assert max(red, green, blue) < 60


BACKGROUND = "() => getComputedStyle(document.body).backgroundColor"


def test_dark_wide(server, visit):
    """Dark on a wide screen, for the eye."""
    engine, url = server
    page = visit(url, color_scheme="dark")
    ask(page, "试点什么时候开始？")
    answer(page).locator(".yj-marker").nth(1).click()
    expect(page.locator("mark.yj-opened")).to_have_text(engine.citations[1].quote)
    page.wait_for_timeout(200)
    shoot(page, "7-dark")


def test_empty_library_says_what_to_do(visit):
    """Without articles the page says which command to run, also to who asks anyway."""
    serving = Server(ScriptedEngine(articles=0))
    try:
        page = visit(serving.url)
        expect(page.locator(".yj-empty code")).to_have_text("yiju index 文件夹")
        ask(page, "问？")
        expect(page.locator("#yj-notice .yj-error")).to_contain_text("yiju index 文件夹")
        shoot(page, "8-empty")
    finally:
        serving.close()


def test_input_method_confirms_without_asking(server, visit):
    """Enter inside a Chinese input method confirms the word; it does not submit half a question."""
    engine, url = server
    page = visit(url)
    before = len(engine.histories)
    box = page.locator("#yj-question textarea")
    box.fill("nanjing")
    box.evaluate(
        "e => e.dispatchEvent(new KeyboardEvent('keydown', "
        "{key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"
    )
    page.wait_for_timeout(400)
    expect(box).to_have_value("nanjing")
    assert len(engine.histories) == before


def test_port_in_use_and_guarded_routes(server):
    """A taken port is a usage error; a foreign host name and the fetching route are refused by the running page."""
    _, url = server
    with pytest.raises(UsageError, match="yiju chat --port"):
        Server(ScriptedEngine(), port=urlsplit(url).port)
    refused = [(f"{url}/gradio_api/file=https://example.com/", {}), (url, {"Host": "evil.example"})]
    for address, headers in refused:
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
                urllib.request.Request(address, headers=headers)
            )


def test_launch_says_where_and_ends_on_ctrl_c():
    """`launch` prints one line when it answers, and Ctrl-C ends it without a traceback."""
    # Where the tests themselves run in the background, Ctrl-C is ignored and a child would inherit that.
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from tests.test_ui_web_engine import ScriptedEngine as E; from ui.web.app import launch; launch(E())"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        line = running.stdout.readline()
        assert line.startswith("依据 已就绪: http://127.0.0.1:")
        running.send_signal(signal.SIGINT)
        try:
            out, err = running.communicate(timeout=60)
        finally:
            running.kill()
    assert (running.returncode, out, err) == (0, "", "")


def test_helper_finds_what_is_installed():
    """The helper returns a program that is on PATH, or says why there is none."""
    try:
        assert shutil.which(str(chromium()))
    except NoBrowserError as reason:
        assert "chromium" in str(reason)
