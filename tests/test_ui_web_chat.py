"""The page's handlers, its desk and what they show, without Gradio and without a browser."""

import threading
import time
from collections.abc import Iterator

import pytest

from models.errors import IndexUnusableError
from rag.events import Event, Finished, Retrieved, Started, Token
from rag.types import Turn
from tests.test_ui_web_engine import ARTICLE, ScriptedEngine, Seen, answered, article_of, cited, run
from ui.web import chat, front, strings
from ui.web.chat import Exchange, State
from ui.web.desk import Desk
from ui.web.handlers import Handlers, View


def wait_until(condition) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


class TestHandlers:
    """What a question, a click or a broken library comes to."""

    def test_states_follow_the_events(self):
        """The page goes through searching, reading N passages, composing, and ends with seconds and the mode."""
        views = run(Handlers(ScriptedEngine()), "什么时候开始？")
        shown = [Seen(view["latest"]).text for view in views if view]
        joined = "\n".join(shown)
        assert joined.index(strings.RETRIEVING) < joined.index("正在阅读 8 段…") < joined.index("用时")
        assert "引用式 · yiju-reader-test · 用时" in shown[-1]
        assert [view.get("busy") for view in (views[0], views[-1])] == [True, False]

    def test_history_reaches_the_answerer(self):
        """A second question comes with the first and its answer, as turns."""
        engine = ScriptedEngine()
        handlers = Handlers(engine)
        first = run(handlers, "什么时候开始？")[-1]["conversation"]
        run(handlers, "那谁主持？", first)
        assert engine.histories == [[], [Turn("什么时候开始？", first[0].answer.text)]]

    @pytest.mark.parametrize(
        ("question", "line"),
        [("", "空的"), ("  \n", "空的"), (None, "空的"), ("问" * 2001, "2001 个字，最多 2000")],
    )
    def test_impossible_questions_get_one_line(self, question, line):
        """An empty or overlong question is told in one line, and nothing is asked."""
        engine = ScriptedEngine()
        view = Handlers(engine).begin(question, ())
        assert line in view["notice"]
        assert "conversation" not in view
        assert engine.histories == []

    def test_longest_question_is_taken(self):
        """Exactly 2,000 characters are fine."""
        assert "conversation" in Handlers(ScriptedEngine()).begin("问" * 2000, ())

    def test_errors_are_one_line(self):
        """An error of ours is its message; any other is named, logged, and never a traceback."""
        handlers = Handlers(ScriptedEngine())
        ours = Seen(run(handlers, "引发 BadInput")[-1]["latest"]).text
        assert ours.endswith("没能回答：问题读不懂：要有问号； 请改一改")
        other = Seen(run(handlers, "引发 KeyError")[-1]["latest"]).text
        assert "程序内部出错（KeyError）" in other
        assert "Traceback" not in other

    def test_stream_without_an_answer_is_an_error(self):
        """An answerer that ends without `Finished` does not leave the page waiting."""
        last = run(Handlers(ScriptedEngine()), "戛然而止")[-1]
        assert last["conversation"][-1].state is State.FAILED

    def test_library_empty_or_unusable(self):
        """The page says what to do: index a folder, or what the error's own line says."""
        empty = Handlers(ScriptedEngine(articles=0))
        assert strings.EMPTY_LIBRARY_COMMAND in empty.load()["latest"]
        assert strings.EMPTY_LIBRARY_COMMAND in empty.begin("问？", ())["notice"]
        broken = Handlers(ScriptedEngine(broken=IndexUnusableError("索引坏了\n要完整；请重建")))
        assert "索引坏了 要完整；请重建" in broken.load()["notice"]
        assert "索引坏了" in broken.begin("问？", ())["notice"]

    def test_mode_is_always_named(self):
        """The masthead says which mode and which model are at work, and over how much."""
        handlers = Handlers(ScriptedEngine())
        assert "引用式 · yiju-reader-test · 2 篇文章，8 段" in handlers.load()["masthead"]
        assert front.at_work("write", {"writer": "Qwen3", "reader": "r"}) == "生成式 · Qwen3"

    @pytest.mark.parametrize("key", ["cite-0-9", "cite-9-0", "hit-0-99", "x", None, "cite-0-0-0", "cite-٣-0", {}])
    def test_unknown_citation_is_one_line(self, key):
        """Whatever a browser sends, the panel answers with a line."""
        handlers = Handlers(ScriptedEngine())
        conversation = run(handlers, "什么时候开始？")[-1]["conversation"]
        assert strings.PANEL_UNKNOWN in handlers.open(key, conversation)["panel"]

    def test_vanished_and_changed_articles_are_told(self):
        """An article that is gone, or no longer holds the words, is never shown with a wrong mark."""
        engine = ScriptedEngine()
        handlers = Handlers(engine)
        conversation = run(handlers, "什么时候开始？")[-1]["conversation"]
        engine.known[ARTICLE.id] = article_of("换" * 300, 2)
        assert strings.PANEL_STALE in handlers.open("cite-0-0", conversation)["panel"]
        engine.known.clear()
        assert strings.PANEL_GONE in handlers.open("cite-0-0", conversation)["panel"]

    def test_example_by_place(self):
        """A click on an example puts it into the box; an impossible place does nothing."""
        handlers = Handlers(ScriptedEngine())
        assert handlers.example(0) == {"question": "试点什么时候开始？"}
        assert [handlers.example(place) for place in (7, -1, "0", None)] == [{}] * 4


class TestStopAndQueue:
    """One reader, several pages, and pages that vanish."""

    def test_stop_ends_the_answer_and_frees_the_reader(self):
        """Stopping settles the exchange as stopped; the next question is answered."""
        engine = ScriptedEngine()
        handlers = Handlers(engine)
        conversation = handlers.begin("慢慢来", ())["conversation"]
        views: list[View] = []
        thread = threading.Thread(target=lambda: views.extend(handlers.answer(conversation)))
        thread.start()
        wait_until(engine.slow_started.is_set)
        assert handlers.begin("再问", conversation)["notice"]
        assert handlers.stop(conversation) == {}
        thread.join(5)
        settled = views[-1]["conversation"]
        assert settled[-1].state is State.STOPPED
        assert views[-1]["busy"] is False
        engine.slow_goes_on.set()
        assert run(handlers, "什么时候开始？", settled)[-1]["conversation"][-1].state is State.ANSWERED
        assert engine.closed == 2

    def test_stop_without_a_listener_settles_by_itself(self):
        """If the answering page event has died, the stop button still ends the waiting."""
        handlers = Handlers(ScriptedEngine())
        conversation = handlers.begin("问？", ())["conversation"]
        assert handlers.stop(conversation)["conversation"][-1].state is State.STOPPED
        assert list(handlers.answer(handlers.stop(conversation)["conversation"])) == [{}]

    def test_closed_tab_does_not_wedge_the_next_question(self):
        """Closing the page's generator takes the question back and the stream is closed."""
        engine = ScriptedEngine()
        handlers = Handlers(engine)
        views = handlers.answer(handlers.begin("慢慢来", ())["conversation"])
        next(views)
        next(views)
        wait_until(engine.slow_started.is_set)
        views.close()
        engine.slow_goes_on.set()
        assert run(handlers, "什么时候开始？")[-1]["conversation"][-1].state is State.ANSWERED
        assert engine.closed == 2

    def test_two_at_once_queue_up(self):
        """The second page waits its turn and says so; the answerer never runs twice at the same time."""
        engine = ScriptedEngine()
        handlers = Handlers(engine)
        slow = handlers.begin("慢慢来", ())["conversation"]
        thread = threading.Thread(target=lambda: list(handlers.answer(slow)))
        thread.start()
        wait_until(engine.slow_started.is_set)
        second = handlers.answer(handlers.begin("什么时候开始？", ())["conversation"])
        assert next(second) == {}
        assert "前面还有 1 个问题" in next(second)["latest"]
        assert "前面还有 1 个问题" in next(second)["latest"]
        engine.slow_goes_on.set()
        assert list(second)[-1]["conversation"][-1].state is State.ANSWERED
        thread.join(5)
        assert engine.most_at_once == 1
        assert len(engine.threads) == 1

    def test_waiting_question_can_be_taken_back(self):
        """A question that is taken back while it waits never reaches the answerer."""
        engine = ScriptedEngine()
        desk = Desk(engine.answerer)
        desk.submit(1, "慢慢来", ())
        wait_until(engine.slow_started.is_set)
        desk.submit(2, "第二", ())
        third = desk.submit(3, "第三", ())
        assert [desk.ahead(number) for number in (1, 2, 3)] == [0, 1, 2]
        desk.take_back(2)
        assert desk.ahead(3) == 1
        engine.slow_goes_on.set()
        assert list(third.events(1))
        assert len(engine.histories) == 2

    def test_fast_tokens_are_drawn_now_and_then(self):
        """A thousand tokens do not make a thousand redrawings, and none is lost."""
        pieces = [Token("字")] * 1000

        class Fast:
            def stream(self, question, history=(), *, contexts=None) -> Iterator[Event]:
                yield Started("retrieve")
                yield Retrieved(())
                yield from pieces
                yield Finished(answered("字" * 1000 + "[1]", [cited(ARTICLE, "春天")]))

        engine = ScriptedEngine()
        seen = list(chat.answering((Exchange(1, "问"),), Desk(lambda _: Fast()), engine, clock=lambda: 0.0))
        assert len(seen) < 10
        assert seen[-1].answer is not None
        assert max(len(each.partial) for each in seen) <= 1000
