"""The real page in headless Chromium, over a scripted engine: what a person sees, clicks and reads."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from models.errors import UsageError
from tests.browser import FLAGS, NoBrowserError, chromium
from tests.test_ui_web_engine import (
    ARTICLE,
    BROKEN,
    DRAFT,
    HOSTILE,
    KEPT,
    PROBLEM,
    WITHDRAWN,
    WRITER,
    ScriptedEngine,
    article_of,
)
from ui.web import strings
from ui.web.app import HOST, Server

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parent.parent
SHOTS = ROOT / ".scratch" / "shots"
LOCAL = {"127.0.0.1", "localhost", None}
PATIENCE = int(os.environ.get("YIJU_PATIENCE", "30000"))  # milliseconds; a machine that trains a model is slow
PHONE = {"viewport": {"width": 360, "height": 780}, "has_touch": True, "is_mobile": True}

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


def free_port() -> int:
    """Return a port that nobody uses, away from the usual ones: other pages may be open on this machine."""
    with socket.create_server((HOST, 0)) as probe:
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[ScriptedEngine, str]]:
    """The page over an engine that these tests share."""
    engine = ScriptedEngine()
    serving = Server(engine, port=free_port())
    yield engine, serving.url
    serving.close()


@pytest.fixture
def server(served) -> Iterator[tuple[ScriptedEngine, str]]:
    """The page over the usual scripted engine, as if it had just been started."""
    engine, url = served
    usual = dict(vars(engine))
    yield engine, url
    engine.slow_goes_on.set()
    for gate in engine.gates.values():
        gate.set()
    wait_until(lambda: engine.closed == len(engine.histories))
    engine.slow_started, engine.slow_goes_on, engine.gates = threading.Event(), threading.Event(), {}
    for name in ("known", "articles", "questions", "found", "writer", "pace"):
        setattr(engine, name, usual[name])


@pytest.fixture(scope="module")
def contexts(browser) -> Iterator[dict[str, BrowserContext]]:
    """The browser's profiles, one for each kind of screen, so that pages after the first come from its cache."""
    opened: dict[str, BrowserContext] = {}
    yield opened
    for context in opened.values():
        context.close()


@pytest.fixture
def visit(browser, contexts):
    """Opens pages; afterwards no request may have gone elsewhere, and no script may have failed."""
    pages, requests, troubles = [], [], []

    def open_page(url: str, **options) -> Page:
        if str(options) not in contexts:
            usual = {"viewport": {"width": 1280, "height": 800}, "locale": "zh-CN"}
            contexts[str(options)] = browser.new_context(**{**usual, **options})
        page = contexts[str(options)].new_page()
        pages.append(page)
        page.on("request", lambda request: requests.append(request.url))
        page.on("websocket", lambda socket: requests.append(socket.url))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: troubles.append(f"dialog: {dialog.message}"))
        page.set_default_timeout(PATIENCE)
        page.goto(url)
        expect(page.locator("#yj-question textarea")).to_be_visible()
        expect(page.locator(".yj-chosen")).not_to_be_empty()
        return page

    yield open_page
    for page in pages:
        page.close()
    assert requests
    away = {url for url in requests if urlsplit(url).scheme in ("http", "https", "ws", "wss")}
    assert {urlsplit(url).hostname for url in away} <= LOCAL
    assert troubles == []


def wait_until(condition) -> None:
    """Wait for something that happens in the engine."""
    deadline = time.monotonic() + PATIENCE / 1000
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


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


def marks(page: Page) -> str:
    """Wait for an article to be open and return the characters that are marked in it."""
    expect(page.locator("mark.yj-opened").first).to_be_attached()
    return page.evaluate("() => [...document.querySelectorAll('mark.yj-opened')].map(e => e.textContent).join('')")


def shown_article(page: Page) -> str:
    """Return every character of the article that is open."""
    return page.evaluate("() => [...document.querySelectorAll('.yj-head, .yj-body')].map(e => e.textContent).join('')")


def on_top(page: Page, selector: str) -> bool:
    """Whether every such element lies on the screen, with nothing over its middle."""
    return page.evaluate(
        """(selector) => {
          const all = [...document.querySelectorAll(selector)];
          return all.length > 0 && all.every((each) => {
            const box = each.getClientRects()[0];
            return document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2)?.closest(selector) === each;
          });
        }""",
        selector,
    )


def fits(page: Page) -> None:
    """Nothing sticks out sideways, and what a finger is to hit is tall enough."""
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    outside = page.evaluate(
        """() => [...document.querySelectorAll('#yj-top *, #yj-page *')]
          .filter((e) => e.checkVisibility() && !e.closest('.sr-only'))
          .filter((e) => e.getBoundingClientRect().right > 360.5 || e.getBoundingClientRect().left < -0.5)
          .filter((e) => {  // what an element of the page cuts off by itself, a long name say, does not stick out
            while ((e = e.parentElement) && !e.matches('#yj-top, #yj-page')) {
              if (getComputedStyle(e).overflowX === 'hidden') return false;
            }
            return true;
          }).map((e) => `${e.tagName} ${e.className}`)"""
    )
    assert outside == []  # the page's frame cuts off what sticks out: its width alone would not tell
    small = page.evaluate(
        """() => [...document.querySelectorAll('#yj-page :is(button, summary)')]
          .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 40)
          .map((e) => `${e.className} ${e.innerText} ${e.getBoundingClientRect().height}`)"""
    )
    assert small == []


def choose(page: Page, name: str = WRITER) -> None:
    """Unfold the chooser, wait until it has looked anew, and click a choice."""
    page.locator(".yj-chooser summary").click()
    expect(page.locator(".yj-chooser[open] .yj-choice").first).to_be_visible()
    page.locator(f'.yj-choice[data-choose="{name}"]').click()
    expect(page.locator(".yj-chosen")).to_have_text(f"生成式 · {name}" if name else "引用式 · yiju-reader-test")


def test_ask_read_click_and_see(server, visit):
    """A question passes through its states, is answered with two citations, and each click shows its exact words."""
    engine, url = server
    page = visit(url)
    assert page.locator(".yj-chosen").inner_text() == "引用式 · yiju-reader-test"
    assert page.locator(".yj-library").inner_text() == "2 篇文章 · 8 段"
    shoot(page, "1-begin")
    ask(page, "慢慢来")
    expect(page.locator(".yj-state")).to_have_text("正在阅读 8 段…")
    expect(page.locator("#yj-stop")).to_be_visible()
    expect(page.locator("#yj-ask")).to_be_hidden()
    expect(page.locator("#yj-clear")).to_be_disabled()
    expect(page.locator(".yj-welcome")).to_have_count(0)
    engine.slow_goes_on.set()
    latest = answer(page)
    expect(latest.locator(".yj-done")).to_contain_text("把握 90% · 用时")
    expect(page.locator("#yj-ask")).to_be_visible()
    expect(page.locator("#yj-question textarea")).to_have_value("")
    assert marks(page) == engine.citations[0].quote  # there is room beside: the first grounds open by themselves
    for place, citation in reversed(list(enumerate(engine.citations))):
        latest.locator(".yj-answer .yj-marker").nth(place).click()
        expect(page.locator("mark.yj-opened").first).to_have_text(citation.quote)
        expect(page.locator("mark.yj-opened").first).to_be_in_viewport()
        assert marks(page) == citation.quote
        assert on_top(page, "mark.yj-opened")
        shoot(page, f"3-citation-{place + 1}")
    assert shown_article(page) == ARTICLE.text


def test_quote_over_several_lines(browser, visit):
    """A quote that runs over lines and empty lines is marked whole, and the article keeps every line break."""
    article = article_of("题目\n\n来源\n第一行。\n\n　　第二行，\r\n\t  末行𠮷。\n", 6, published=None, source=None)
    engine = ScriptedEngine(article)
    serving = Server(engine, port=free_port())
    try:
        page = visit(serving.url)
        ask(page, "什么？")
        answer(page)
        assert marks(page) == engine.citations[0].quote == article.body.of(article.text)
        assert shown_article(page) == article.text
        page.evaluate("getSelection().selectAllChildren(document.querySelector('.yj-body'))")
        copied = page.evaluate("getSelection().toString()")
        assert copied.split() == article.body.of(article.text).split()
    finally:
        serving.close()


def test_hostile_words_show_literally(browser, visit):
    """Scripts, templates and Markdown in an article, its title, a question and a draft are characters on the screen."""
    article = article_of(HOSTILE * 2, len(HOSTILE), title=HOSTILE, path=HOSTILE)
    engine = ScriptedEngine(article)
    engine.gates["write"] = threading.Event()
    engine.questions = [HOSTILE]
    serving = Server(engine, port=free_port())
    words = "e => e.textContent"
    try:
        page = visit(serving.url)
        assert page.locator(".yj-example").evaluate(words) == HOSTILE
        ask(page, HOSTILE)
        latest = answer(page)
        assert latest.locator(".yj-question").evaluate(words) == HOSTILE
        assert latest.locator(".yj-answer").evaluate(words).startswith(HOSTILE)
        assert latest.locator(".yj-quote").evaluate(words) == HOSTILE
        assert latest.locator(".yj-card-title").evaluate(words) == HOSTILE
        assert latest.locator(".yj-hit-title").first.evaluate(words) == HOSTILE
        assert marks(page) == engine.citations[0].quote == HOSTILE
        assert shown_article(page) == article.text
        assert page.locator(".yj-title").evaluate(words) == HOSTILE
        choose(page)
        ask(page, HOSTILE)
        drafting = page.locator(".yj-drafting .yj-draft")
        expect(drafting).to_have_text(DRAFT.text)
        assert drafting.evaluate(words) == DRAFT.text
        engine.gates["write"].set()
        latest = answer(page)
        assert latest.locator(".yj-draft").nth(1).evaluate(words) == DRAFT.thinking
        assert HOSTILE in latest.locator(".yj-draft").nth(0).evaluate(words)
        assert page.locator("#yj-page :is(img, a, script)").count() == 0
    finally:
        serving.close()


def test_written_answer(server, visit):
    """A draft shows as a draft while it grows; the checked answer replaces it, and what was withdrawn folds away."""
    engine, url = server
    engine.gates = {"prompt": threading.Event(), "write": threading.Event(), "check": threading.Event()}
    page = visit(url)
    choose(page)
    ask(page, "试点什么时候开始？")
    expect(page.locator(".yj-state")).to_have_text("正在读资料 42%")
    engine.gates["prompt"].set()
    expect(page.locator(".yj-state")).to_have_text(strings.WRITING)
    expect(page.locator(".yj-drafting .yj-label")).to_have_text(strings.DRAFT)
    expect(page.locator(".yj-drafting .yj-draft")).to_have_text(DRAFT.text)
    engine.gates["write"].set()
    expect(page.locator(".yj-state")).to_have_text(strings.CHECKING)
    shoot(page, "4-checking")
    engine.gates["check"].set()
    latest = answer(page)
    assert engine.asked_for[-1] == WRITER
    expect(page.locator(".yj-drafting")).to_have_count(0)
    assert latest.locator(".yj-answer").evaluate("e => e.textContent") == KEPT
    expect(latest.locator(".yj-withdrawal")).to_have_text("撤下 2 句：与原文对不上")
    expect(latest.locator(".yj-done")).to_contain_text(f"生成式 · {WRITER} · 用时")
    expect(latest.locator(".yj-done")).not_to_contain_text("%")
    struck = latest.locator("del").first
    expect(struck).to_be_hidden()
    latest.get_by_text(strings.DRAFT_FOLDED).click()
    expect(struck).to_be_visible()
    expect(struck).to_have_text(WITHDRAWN)
    expect(latest.locator(".yj-fault").first).to_contain_text("数字“九个”")
    expect(latest.get_by_text("先看资料1")).to_be_hidden()
    latest.get_by_text(strings.THINKING_FOLDED).click()
    expect(latest.get_by_text("先看资料1")).to_be_visible()
    assert marks(page) == engine.citations[0].quote
    shoot(page, "4-written")
    ask(page, "没有的事：谁得了冠军？")
    latest = answer(page, "abstained")
    expect(latest.locator("del")).to_be_hidden()
    latest.get_by_text(strings.DRAFT_FOLDED).click()
    assert latest.locator("del").evaluate("e => e.textContent") == DRAFT.text


@pytest.mark.parametrize("screen", [{}, PHONE], ids=["wide", "phone"])
def test_chooser(server, visit, screen):
    """Each choice lies free under the finger; a click chooses; Escape, or a click elsewhere, folds; broken ones do not."""
    engine, url = server
    page = visit(url, **screen)
    summary, unfolded = page.locator(".yj-chooser summary"), page.locator(".yj-chooser[open]")
    engine.found = [*engine.found, {"name": "刚放进来的", "problem": None}]
    summary.click()
    expect(page.locator(".yj-choice")).to_have_count(4)  # looked for anew
    assert on_top(page, ".yj-choice")
    if screen:
        fits(page)
    expect(page.locator(f'.yj-choice[data-choose="{BROKEN}"]')).to_be_disabled()
    expect(page.locator(f'.yj-choice[data-choose="{BROKEN}"]')).to_contain_text(PROBLEM)
    shoot(page, f"5-chooser-{page.viewport_size['width']}")
    page.keyboard.press("Escape")
    expect(unfolded).to_have_count(0)
    expect(summary).to_be_focused()
    summary.press("Enter")
    expect(unfolded).to_have_count(1)
    page.locator(".yj-masthead").click()
    expect(unfolded).to_have_count(0)
    choose(page)
    expect(unfolded).to_have_count(0)
    ask(page, "试点什么时候开始？")
    answer(page)
    assert engine.asked_for[-1] == WRITER
    choose(page, "")
    ask(page, "试点什么时候开始？")
    expect(page.locator("#yj-latest .yj-done")).to_contain_text("引用式")
    assert engine.asked_for[-1] is None


def test_stop_while_the_prompt_is_read(server, visit):
    """Stop ends a writer that is still reading within a second, and the next question is answered."""
    engine, url = server
    page = visit(url)
    choose(page)
    ask(page, "读不完？")
    took = []
    for again in (True, False):  # the better of two: the machine may be busy with something else
        expect(page.locator(".yj-state")).to_have_text("正在读资料 42%")
        closed, began = engine.closed, time.monotonic()
        page.locator("#yj-stop").click()
        answer(page, "stopped")
        wait_until(lambda before=closed: engine.closed > before)
        took.append(time.monotonic() - began)
        if again:
            ask(page, "读不完？")
    assert min(took) < 1
    expect(page.locator("#yj-ask")).to_be_visible()
    ask(page, "试点什么时候开始？")
    answer(page)


def test_abstention_opens_the_closest(server, visit):
    """An abstention says so in its own look; a passage that came closest opens in the article."""
    engine, url = server
    page = visit(url)
    ask(page, "没有的事：谁得了冠军？")
    latest = answer(page, "abstained")
    expect(latest.locator(".yj-abstained-title")).to_have_text(strings.ABSTAINED)
    expect(page.locator(".yj-hint")).to_be_visible()  # nothing opens by itself
    latest.locator("[data-open]").nth(1).click()
    assert marks(page) == engine.hits[1].passage.text
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
    second = answer(page, "abstained")
    page.wait_for_timeout(100)
    assert second.locator(".yj-question").bounding_box()["y"] < 120  # at the top: the answer grows in sight
    assert [turn.question for turn in engine.histories[-1]] == ["试点什么时候开始？"]
    page.locator("#yj-settled .yj-marker").nth(1).click()
    expect(page.locator("mark.yj-opened")).to_have_text(engine.citations[1].quote)
    page.locator("#yj-clear").click()
    expect(page.locator(".yj-exchange")).to_have_count(0)
    page.locator(".yj-example").first.click()
    answer(page)
    assert engine.histories[-1] == []


@pytest.mark.parametrize("screen", [{}, PHONE], ids=["wide", "phone"])
def test_conditions_can_be_taken_off(server, visit, screen):
    """What was read from a question is shown; its button, by keyboard or finger, asks the same question without it."""
    engine, url = server
    page = visit(url, **screen)
    ask(page, "据江岸日报去年的报道，试点什么时候开始？")
    labels = answer(page).locator(".yj-condition")
    expect(labels).to_have_text(["发布于 2023年×", "来源 江岸日报<b>×"])
    if screen:
        fits(page)
        labels.nth(0).locator(".yj-drop").tap()
    else:
        labels.nth(0).locator(".yj-drop").focus()
        page.keyboard.press("Enter")
    latest = page.locator("#yj-latest .yj-condition")
    expect(latest).to_have_text(["来源 江岸日报<b>×", "已去掉 发布于 2023年"])
    answer(page)
    assert [len(history) for history in engine.histories[-2:]] == [0, 0]
    assert page.locator("#yj-latest .yj-question").inner_text() == "据江岸日报去年的报道，试点什么时候开始？"
    if screen:
        fits(page)
    shoot(page, f"8-conditions-{'phone' if screen else 'wide'}")
    page.locator("#yj-settled .yj-drop").nth(1).click()  # of the first asking
    expect(latest).to_have_text(["发布于 2023年×", "已去掉 来源 江岸日报<b>"])


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
    serving = Server(engine, port=free_port())
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


def test_phone(server, visit):
    """At 360 by 780 every state fits and has room for fingers; an article is a sheet with a way back, also the browser's."""
    engine, url = server
    page = visit(url, **PHONE)
    fits(page)
    shoot(page, "6-phone-begin")
    ask(page, "试点什么时候开始？")
    latest = answer(page)
    expect(page.locator("#yj-side")).to_be_hidden()  # a sheet would cover the answer: it opens when asked for
    fits(page)
    shoot(page, "6-phone-answer")
    marker = latest.locator(".yj-answer .yj-marker").nth(1)
    for way_back in (page.locator(".yj-back").click, page.go_back, lambda: page.keyboard.press("Escape")):
        marker.click()
        expect(page.locator(".yj-back")).to_be_visible()
        assert marks(page) == engine.citations[1].quote
        expect(page.locator("mark.yj-opened")).to_be_in_viewport()
        assert on_top(page, "mark.yj-opened")
        assert on_top(page, ".yj-back")
        fits(page)
        shoot(page, "6-phone-article")
        way_back()
        expect(page.locator("#yj-side")).to_be_hidden()
        expect(marker).to_be_in_viewport()
    ask(page, "没有的事：谁得了冠军？")
    answer(page, "abstained")
    fits(page)
    choose(page)
    ask(page, "试点什么时候开始？")
    expect(page.locator("#yj-latest .yj-done")).to_contain_text("生成式")
    page.locator("details.yj-fold").evaluate_all("all => all.forEach((e) => { e.open = true; })")
    fits(page)
    shoot(page, "6-phone-written")


CONTRASTS = """() => {
  const parsed = (color) => { const [r, g, b, a = 1] = color.match(/[0-9.]+/g).map(Number); return { r, g, b, a }; };
  const over = (top, below) => ({
    r: top.r * top.a + below.r * (1 - top.a), g: top.g * top.a + below.g * (1 - top.a),
    b: top.b * top.a + below.b * (1 - top.a), a: 1,
  });
  const ground = (element) => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) {
      const color = parsed(getComputedStyle(e).backgroundColor);
      if (color.a) layers.push(color);
      if (color.a === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), { r: 255, g: 255, b: 255, a: 1 });
  };
  const light = ({ r, g, b }) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const entry = (element, style, name) => {
    const below = ground(element), size = parseFloat(style.fontSize), bold = Number(style.fontWeight) >= 700;
    const large = size >= 24 || (bold && size >= 18.66);
    const within = [name];
    for (let e = element; e; e = e.parentElement) within.push(...e.classList, e.tagName);
    return { name, within, large, ratio: ratio(over(parsed(style.color), below), below) };
  };
  const found = [];
  const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (nodes.nextNode()) {
    const element = nodes.currentNode.parentElement;
    if (!nodes.currentNode.data.trim() || !element.closest("#yj-top, #yj-page") || !element.checkVisibility()) continue;
    if (element.closest(".sr-only")) continue; // for screen readers alone
    if (element.matches("#yj-buttons > :disabled, .sr-only")) continue; // WCAG's exceptions
    found.push(entry(element, getComputedStyle(element), String(element.className || element.id || element.tagName)));
  }
  const box = document.querySelector("#yj-question textarea");
  found.push(entry(box, getComputedStyle(box), "textarea"), entry(box, getComputedStyle(box, "::placeholder"), "placeholder"));
  return found;
}"""
SEEN_IN_COLOUR = {
    "yj-seal",
    "yj-library",
    "yj-question",
    "yj-marker",
    "yj-quote",
    "yj-card-title",
    "yj-fact",
    "yj-condition",
    "yj-drop",
}
SEEN_IN_COLOUR |= {
    "yj-done",
    "yj-error",
    "yj-reason",
    "yj-abstained-title",
    "yj-withdrawal",
    "yj-fault",
    "yj-draft",
    "DEL",
}
SEEN_IN_COLOUR |= {
    "yj-passage",
    "yj-hit-title",
    "yj-choice-name",
    "yj-choice-about",
    "yj-chosen",
    "yj-label",
    "yj-title",
}
SEEN_IN_COLOUR |= {"yj-opened", "yj-other", "yj-line", "yj-path", "textarea", "placeholder", "yj-state", "SUMMARY"}


def test_every_colour_can_be_read(server, visit):
    """In light and in dark, every word on the page has the contrast that WCAG asks for: 4.5, or 3 where it is large."""
    engine, url = server
    page = visit(url)
    page.add_style_tag(content="* { transition: none !important; }")
    ask(page, "引发 BadInput")
    answer(page, "failed")
    ask(page, "去年的试点什么时候开始？")
    answer(page).locator(".yj-drop").first.click()
    expect(page.locator("#yj-latest .yj-gone")).to_be_visible()
    answer(page)
    choose(page)
    ask(page, "没有的事：谁得了冠军？")
    answer(page, "abstained")
    ask(page, "写一遍？")
    expect(answer(page).locator(".yj-withdrawal")).to_be_visible()
    page.locator("#yj-settled .yj-answer .yj-marker").first.click()
    expect(page.locator("mark.yj-other")).to_be_visible()
    engine.gates["prompt"] = threading.Event()
    ask(page, "试点什么时候开始？")
    expect(page.locator(".yj-state")).to_have_text("正在读资料 42%")
    page.locator(".yj-chooser summary").click()
    expect(page.locator(".yj-choice")).to_have_count(3)
    page.locator("details").evaluate_all("all => all.forEach((e) => { e.open = true; })")
    for scheme in ("light", "dark", "light"):  # the page follows while it is open
        page.emulate_media(color_scheme=scheme)
        shoot(page, f"7-{scheme}")
        found = page.evaluate(CONTRASTS)
        weak = [each for each in found if each["ratio"] < (3 if each["large"] else 4.5)]
        assert {(scheme, each["name"], round(each["ratio"], 2)) for each in weak} == set()
        assert {name for each in found for name in each["within"]} >= SEEN_IN_COLOUR
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        red, green, blue = (int(part) for part in ground.strip("rgba()").split(",")[:3])
        assert max(red, green, blue) < 60 if scheme == "dark" else min(red, green, blue) > 200
        palette = page.evaluate(
            "() => { const s = getComputedStyle(document.documentElement);"
            " return ['--yj-ink', '--yj-mark'].map((name) => s.getPropertyValue(name).trim()); }"
        )
        assert contrast(*palette) >= 4.5  # a short answer inside its quote: its ground is a drawn stripe
    page.emulate_media(color_scheme=None)


def contrast(*colours: str) -> float:
    """Return the WCAG contrast of two colours, as `#rrggbb`."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted(map(light, colours))
    return (lighter + 0.05) / (darker + 0.05)


def test_page_that_waits_begins_by_itself(server, visit):
    """Without articles the page names the command, also to who asks; articles, then examples, appear by themselves.

    A click on an example asks it.
    """
    engine, url = server
    engine.articles, engine.questions = 0, None
    page = visit(url, **PHONE)
    expect(page.locator(".yj-empty code")).to_have_text("yiju index --library 别处 文件夹")
    ask(page, "问？")
    expect(page.locator("#yj-notice .yj-error")).to_contain_text("yiju index --library 别处 文件夹")
    fits(page)
    shoot(page, "8-empty")
    engine.articles = 2
    expect(page.locator("#yj-begin .yj-state")).to_have_text(strings.EXAMPLES_PENDING)
    expect(page.locator(".yj-empty")).to_have_count(0)
    expect(page.locator(".yj-library")).to_contain_text("2 篇文章")
    engine.questions = ["试点什么时候开始？"]
    expect(page.locator("#yj-begin .yj-state")).to_have_count(0)
    expect(page.locator("#yj-notice .yj-error")).to_have_count(0)
    page.locator(".yj-example").click()
    expect(answer(page).locator(".yj-question")).to_have_text("试点什么时候开始？")
    expect(page.locator(".yj-welcome")).to_have_count(0)


def test_a_late_look_does_not_bring_the_welcome_back(server, visit):
    """The library is being looked at when a question begins: what that look finds comes too late to be shown."""
    engine, url = server
    engine.questions = None
    page = visit(url)
    expect(page.locator("#yj-begin .yj-state")).to_have_text(strings.EXAMPLES_PENDING)
    engine.questions, engine.look_goes_on = ["试点什么时候开始？"], threading.Event()
    assert engine.looking.wait(10)
    ask(page, "试点什么时候开始？")
    answer(page)
    engine.look_goes_on.set()
    page.wait_for_function("document.querySelector('#yj-begin .yj-example')")  # it has arrived, and must not be seen
    expect(page.locator(".yj-welcome")).to_be_hidden()
    engine.look_goes_on = None


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
        "from tests.test_ui_web_engine import ScriptedEngine as E; from ui.web.app import launch; "
        f"launch(E(), port={free_port()})"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        line = running.stdout.readline()
        assert line.startswith("依据 已就绪: http://127.0.0.1:"), running.communicate(timeout=60)
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
