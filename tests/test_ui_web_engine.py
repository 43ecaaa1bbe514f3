"""What the page's tests share: a scripted engine, whose answer depends on the question, and a look at HTML as a browser."""

import threading
import time
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest

from models.errors import BadInputError, YijuError
from rag.events import Event, Finished, Progress, Retrieved, Started, Token
from rag.types import (
    AbstainReason,
    Alignment,
    Answer,
    Article,
    Citation,
    Condition,
    ConditionKind,
    Draft,
    Fault,
    FaultKind,
    Hit,
    Passage,
    Segment,
    Span,
    WrittenSentence,
)
from ui.web.chat import Conversation
from ui.web.engine import Writer
from ui.web.handlers import Handlers, View

HOSTILE = "<script>alert(1)</script>${alert(1)}{{x}}{{#each value}}**粗**[链](http://e.vil)$$x$$`a`&amp;<img src=x onerror=alert(1)>"
MODELS = {"embedder": "yiju-embedder-test", "reader": "yiju-reader-test"}
WRITER = "Qwen3-4B-Instruct-2507-Q4_K_M"
BROKEN = "MiniCPM3-4B.Q5_K_M"
PROBLEM = "文件不完整：少了 1.2 GB；请重新下载"
FOLDER = "/home/wang/模型 & <b>文件</b>"


def article_of(text: str, head: int, title: str = "标题", path: str = "新闻/一.txt", **rest: object) -> Article:
    """Make an article of a text whose first `head` characters are its head."""
    alignment = Alignment((Segment(Span(0, len(text)), Span(0, len(text))),))
    known = {"source": "新民日报", "published": date(2024, 3, 5), **rest}
    return Article("a1", text, Span(0, head), title, path, text, alignment, "utf-8", **known)  # type: ignore[arg-type]


_HEAD = "南京启动社区养老试点\n来源：新民日报  2024年3月5日  记者 王小明\n"
_OPENING = "本报南京3月4日电 今年春天，南京市民政局宣布，社区养老试点将于2024年4月1日在六个区同时开始。"
_FILLER = "据介绍，试点社区将为七十岁以上的居民建立健康档案，由家庭医生每月上门一次，费用由市、区两级财政分担。\n"
_CLOSING = "试点由市民政局副局长李华主持，为期两年，2026年3月底前完成评估。"
ARTICLE = article_of(
    f"{_HEAD}{_OPENING}\n{_FILLER * 14}{_CLOSING}\n" + HOSTILE + "\n（责任编辑：赵敏）",
    len(_HEAD),
    title="南京启动社区养老试点",
)


def cited(article: Article, quote: str, marker: int = 1) -> Citation:
    """Cite the first place of some words in an article."""
    start = article.text.index(quote)
    span = Span(start, start + len(quote))
    part = "head" if span.end <= article.head.end else "body"
    facts = (article.title, article.source, article.published, article.path)
    return Citation(marker, article.id, *facts, part, span, quote, span)


def answered(
    text: str, citations: list[Citation], question: str = "问？", standalone: str = "", **rest: object
) -> Answer:
    """Make an answer, by quoting unless `rest` says otherwise."""
    common = {"mode": "quote", "short_answer": None, "abstention": None, "confidence": 0.9, "hits": ()}
    common |= {"timings_ms": {}, "models": MODELS, **rest}
    return Answer(question, standalone or question, text=text, citations=tuple(citations), **common)  # type: ignore[arg-type]


def draft_of(*pieces: str | tuple[str, list[Fault]], thinking: str = "", finish: str = "end") -> Draft:
    """Make a draft of pieces: a string is a sentence that was kept, one with its faults was withdrawn."""
    sentences, start = [], 0
    for piece in pieces:
        text, faults = (piece, None) if isinstance(piece, str) else piece
        sentences.append(WrittenSentence(Span(start, start + len(text)), faults is None, tuple(faults or ())))
        start += len(text)
    words = "".join(piece if isinstance(piece, str) else piece[0] for piece in pieces)
    return Draft(words, thinking, finish, tuple(sentences))  # type: ignore[arg-type]


KEPT = "试点将于2024年4月1日在六个区开始[1]。"
WITHDRAWN = "试点共有九个区参加[1]。"
DRAFT = draft_of(
    KEPT,
    (WITHDRAWN, [Fault(FaultKind.NUMBER, "九个")]),
    (f"{HOSTILE}。", [Fault(FaultKind.UNCITED, HOSTILE)]),
    thinking=f"先看资料1。\n{HOSTILE}",
)


CONDITIONS = (
    Condition(ConditionKind.PUBLISHED, "发布于 2023年", Span(0, 2), date(2023, 1, 1), date(2023, 12, 31)),
    Condition(ConditionKind.SOURCE, "来源 江岸日报<b>", Span(3, 7), sources=("江岸日报<b>",)),
)
"""What the scripted engine reads from a question that says 去年."""


class ScriptedEngine:
    """Has one article, and answers as the question says; what it has can be changed while the page is open."""

    writers_folder = FOLDER

    def __init__(self, article: Article = ARTICLE, articles: int = 2, broken: YijuError | None = None) -> None:
        self.known = {article.id: article}
        self.articles, self.broken = articles, broken
        self.questions: list[str] | None = ["试点什么时候开始？", "没有的事：谁得了冠军？"]
        self.found: list[Writer] = [{"name": WRITER, "problem": None}, {"name": BROKEN, "problem": PROBLEM}]
        self.writer: str | None = None
        size = max(1, min(60, len(article.text) // 8))
        spans = [Span(place * size, min(len(article.text), (place + 1) * size)) for place in range(8)]
        passages = [Passage(f"p{at.start}", article.id, "body", at.start, at.end, at.of(article.text)) for at in spans]
        self.hits = tuple(Hit(rank, 1 / rank, passage) for rank, passage in enumerate(passages, 1))
        quotes = [_OPENING, _CLOSING] if article is ARTICLE else [article.body.of(article.text)]
        self.citations = [cited(article, quote, marker) for marker, quote in enumerate(quotes, 1)]
        if article is not ARTICLE:  # the same words may stand in the head: cite those of the body
            self.citations = [replace(self.citations[0], part="body", span=article.body, raw=article.body)]
        self.pace = 0.0  # seconds before each event
        self.histories: list[list[object]] = []
        self.days: list[date | None] = []  # that questions were asked as of
        self.conditions: tuple[Condition, ...] = ()
        self.slow_started, self.slow_goes_on = threading.Event(), threading.Event()
        self.looking, self.look_goes_on = threading.Event(), None  # a look for examples that takes its time
        self.gates: dict[str, threading.Event] = {}  # stage of a writer → what it waits for there
        self.closed = self.most_at_once = self._running = 0
        self.threads: set[int] = set()
        self.asked_for: list[str | None] = []  # the writer of each question

    def answerer(self, writer: str | None = None) -> "ScriptedEngine":
        """The engine itself answers."""
        self.asked_for.append(writer)
        return self

    def writers(self) -> list[Writer]:
        """Return the writers."""
        return self.found

    def article(self, article_id: str) -> Article:
        """Return the article."""
        if article_id not in self.known:
            msg = f"没有 {article_id} 这篇文章：编号要在库里；请看 yiju articles list"
            raise BadInputError(msg)
        return self.known[article_id]

    def describe(self) -> dict[str, object]:
        """Describe what is at work."""
        if self.broken:
            raise self.broken
        counts = {"articles": self.articles, "passages": 8}
        return {"mode": "quote", "models": MODELS, **counts, "index_command": "yiju index --library 别处"}

    def examples(self) -> list[str] | None:
        """Return the examples, those there were when it was asked."""
        found = self.questions
        if self.look_goes_on is not None:
            self.looking.set()
            self.look_goes_on.wait(20)
        return found

    def stream(
        self, question: str, history: object = (), *, as_of: date | None = None, without: Collection[ConditionKind] = ()
    ) -> Iterator[Event]:
        """Answer by script."""
        self.histories.append(list(history))  # type: ignore[call-overload]
        self.days.append(as_of)
        self.conditions = tuple(each for each in CONDITIONS if each.kind not in without and "去年" in question)
        self.threads.add(threading.get_ident())
        self._running += 1
        self.most_at_once = max(self.most_at_once, self._running)
        try:
            for event in self._written(question) if self.asked_for[-1] else self._events(question):
                time.sleep(self.pace)
                yield event
        finally:
            self._running -= 1
            self.closed += 1

    def _events(self, question: str) -> Iterator[Event]:
        yield Started("retrieve")
        if question.startswith("引发 BadInput"):
            raise BadInputError("问题读不懂：要有问号；\n请改一改")
        if question.startswith("引发 KeyError"):
            raise KeyError("秘密")
        yield Retrieved(self.hits)
        yield Started("read")
        if question.startswith("戛然而止"):
            return
        if question.startswith("慢慢来"):
            self.slow_started.set()
            self.slow_goes_on.wait(20)
        if question.startswith("没有的事"):
            text = "这些文章里没有找到答案。"
            reason = AbstainReason.NOT_ANSWERED
            common = {"hits": self.hits, "conditions": self.conditions}
            yield Finished(answered(text, [], question, abstention=reason, confidence=0.1, **common))
            return
        yield Started("compose")
        extra = HOSTILE if question == HOSTILE else "2024年4月1日"
        text = extra + "".join(f"[{each.marker}]" for each in self.citations)
        yield Token(extra)
        yield Finished(answered(text, self.citations, question, hits=self.hits, conditions=self.conditions))

    def _written(self, question: str) -> Iterator[Event]:
        yield Started("retrieve")
        yield Retrieved(self.hits)
        yield Started("read")
        yield Started("write")
        yield Progress("write", 512, 1204)
        while question.startswith("读不完"):
            time.sleep(0.05)
            yield Progress("write", 513, 1204)
        self._wait("prompt")
        yield Started("think")
        yield Progress("think", 3, 0)
        self._wait("think")
        yield Started("write")
        for start in range(0, len(DRAFT.text), 7):
            yield Token(DRAFT.text[start : start + 7])
        yield Progress("write", 600, 1204)
        self._wait("write")
        yield Started("check")
        self._wait("check")
        common = {"mode": "write", "hits": self.hits, "models": {**MODELS, "writer": self.asked_for[-1]}}
        if question.startswith("没有的事"):
            draft = draft_of((DRAFT.text, [Fault(FaultKind.UNSUPPORTED, DRAFT.text)]))
            reason = AbstainReason.UNSUPPORTED
            yield Finished(
                answered("", [], question, abstention=reason, confidence=0.1, draft=draft, **common)  # type: ignore[arg-type]
            )
            return
        yield Finished(answered(KEPT, self.citations[:1], question, draft=DRAFT, **common))  # type: ignore[arg-type]

    def _wait(self, gate: str) -> None:
        if gate in self.gates:
            self.gates[gate].wait(20)


TAGS = {"article", "aside", "blockquote", "button", "code", "details", "div", "h1", "h2", "header", "li", "mark", "ol"}
TAGS |= {"b", "del", "p", "pre", "section", "span", "strong", "summary", "ul"}
ATTRIBUTES = {"aria-busy", "aria-label", "aria-live", "class", "id", "role", "start", "tabindex", "title", "type"}
ATTRIBUTES |= {"aria-pressed", "disabled", "open"}


class Seen(HTMLParser):
    """What a browser would make of some HTML: the text, the text in each mark, and any markup that is not ours."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.texts: dict[str, str] = {}
        self.foreign: list[str] = []
        self._open: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attrs):
        """Take note of an element and of what is not ours in it."""
        self._open.append(f"{tag}.{dict(attrs).get('class')}")
        self.foreign += [tag] if tag not in TAGS else []
        self.foreign += [name for name, _ in attrs if name not in ATTRIBUTES and not name.startswith("data-")]

    def handle_endtag(self, tag):
        """Leave an element."""
        self._open.pop()

    def handle_data(self, data):
        """Collect text."""
        self.text += data
        for name in set(self._open):
            self.texts[name] = self.texts.get(name, "") + data

    def handle_comment(self, data):
        """Take note of a comment: none is ours."""
        self.foreign.append(data)


def run(handlers: Handlers, question: str, conversation: Conversation = (), choice: str | None = None) -> list[View]:
    """Ask as the page does; return the views, the first from the question's arrival."""
    first = handlers.begin(question, conversation, choice)
    return [first, *handlers.answer(first.get("conversation", conversation))]


def test_example_engine_is_sound():
    """The scripted engine's own citations quote its article, its draft is whole, and an unknown id is refused."""
    engine = ScriptedEngine()
    assert "".join(each.span.of(DRAFT.text) for each in DRAFT.sentences) == DRAFT.text
    assert [each.span.of(ARTICLE.text) for each in engine.citations] == [each.quote for each in engine.citations]
    assert engine.article(ARTICLE.id).published == date(2024, 3, 5)
    with pytest.raises(BadInputError):
        engine.article("nobody")
