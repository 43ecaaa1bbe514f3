"""The page's handlers, its desk and what they show, without Gradio and without a browser."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from models.errors import IndexUnusableError, ModelError
from rag.events import Event, Finished, Progress, Retrieved, Started, Token
from rag.types import Turn
from tests.test_ui_web_engine import (
    ARTICLE,
    BROKEN,
    DRAFT,
    FOLDER,
    HOSTILE,
    PROBLEM,
    WRITER,
    ScriptedEngine,
    Seen,
    answered,
    article_of,
    cited,
    run,
)
from ui.web import chat, front, strings, transcript
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
        assert "引用式 · yiju-reader-test · 把握 90% · 用时" in shown[-1]
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
        assert "没能回答：问题读不懂：要有问号； 请改一改引用式 · 用时" in ours
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
        assert "yiju index --library 别处 文件夹" in empty.load()["welcome"]
        assert "yiju index --library 别处 文件夹" in empty.begin("问？", ())["notice"]
        broken = Handlers(ScriptedEngine(broken=IndexUnusableError("索引坏了\n要完整；请重建")))
        assert "索引坏了 要完整；请重建" in broken.load()["notice"]
        assert "索引坏了" in broken.begin("问？", ())["notice"]

    def test_what_is_at_work_is_named(self):
        """The masthead says how much there is to ask about, the chooser which mode and model answer."""
        view = Handlers(ScriptedEngine()).load()
        assert Seen(view["masthead"]).texts["p.yj-library"] == "2 篇文章 · 8 段"
        assert Seen(view["chooser"]).texts["span.yj-chosen"] == "引用式 · yiju-reader-test"
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

    def test_library_that_breaks_while_the_page_is_open(self):
        """A chooser that cannot be drawn and a choice that cannot be checked are each told in one line."""
        engine = ScriptedEngine()
        handlers = Handlers(engine)
        engine.broken = IndexUnusableError("索引坏了\n请重建")
        assert "索引坏了 请重建" in handlers.look(None)["notice"]
        engine.broken = None

        def refuse():
            raise ModelError("文件夹读不了\n请看权限")

        engine.writers = refuse
        assert "文件夹读不了 请看权限" in handlers.choose(WRITER, None)["notice"]


class TestConditions:
    """What was read from a question can be taken off, and the question is asked again."""

    def test_the_same_question_is_asked_without_what_was_taken_off(self):
        """One at a time; what is gone stays gone, and history is that of the first asking."""
        engine = ScriptedEngine()
        handlers = Handlers(engine)
        conversation = run(handlers, "试点什么时候开始？")[-1]["conversation"]
        conversation = run(handlers, "据江岸日报去年的报道，试点什么时候开始？", conversation)[-1]["conversation"]
        assert [each.kind.value for each in conversation[-1].answer.conditions] == ["published", "source"]
        for kind, left in (("published", ["source"]), ("source", [])):
            turn = len(conversation) - 1
            pending = handlers.again(f"{turn}-{kind}", conversation)["conversation"]
            assert pending[-1].state.pending
            with closing(handlers.answer(pending)) as views:
                conversation = list(views)[-1]["conversation"]
            assert conversation[-1].question == conversation[1].question
            assert [each.kind.value for each in conversation[-1].answer.conditions] == left
        assert [each.kind.value for each in conversation[-1].dropped] == ["published", "source"]
        assert [len(history) for history in engine.histories] == [0, 1, 1, 1]
        assert None not in engine.days

    @pytest.mark.parametrize(
        "key", ["", None, "0", "0-", "0-newest", "0-period", "9-source", "-1-source", "x-source", "²-source", {"a": 1}]
    )
    def test_a_key_that_stands_for_nothing_changes_nothing(self, key):
        """The browser may send anything."""
        handlers = Handlers(ScriptedEngine())
        conversation = run(handlers, "去年的报道说什么？")[-1]["conversation"]
        assert handlers.again(key, conversation) == {}
        assert handlers.again(key, ()) == {}

    def test_a_question_that_is_being_answered_is_not_asked_again(self):
        """One at a time, as with any question."""
        handlers = Handlers(ScriptedEngine())
        conversation = run(handlers, "去年的报道说什么？")[-1]["conversation"]
        pending = handlers.begin("试点什么时候开始？", conversation)["conversation"]
        assert strings.BUSY in handlers.again("0-published", pending)["notice"]


class TestWelcome:
    """What a page shows before the first question, as articles and example questions come."""

    def test_examples_that_are_still_looked_for_come_later(self):
        """While examples are sought the page says so and keeps looking; once they are there, it shows them and rests."""
        engine = ScriptedEngine()
        engine.questions = None
        handlers = Handlers(engine)
        first = handlers.load()
        assert strings.EXAMPLES_PENDING in first["welcome"]
        assert first["waiting"] is True
        assert handlers.example(0) == {}
        assert "conversation" in handlers.begin("什么时候开始？", ())  # who does not need examples need not wait
        engine.questions = ["<b>谁</b>主持？"]
        later = handlers.welcome(())
        assert Seen(later["welcome"]).texts["button.yj-example"] == "<b>谁</b>主持？"
        assert later["waiting"] is False

    def test_no_examples_leave_no_list(self):
        """Articles to which no question is found leave neither a heading nor an empty list, and nothing is awaited."""
        engine = ScriptedEngine()
        engine.questions = []
        view = Handlers(engine).load()
        assert strings.EXAMPLES not in view["welcome"]
        assert strings.EXAMPLES_PENDING not in view["welcome"]
        assert view["waiting"] is False

    def test_empty_library_waits_for_articles(self):
        """Without articles the page names the command, the kinds of file, and looks again until there are some."""
        engine = ScriptedEngine(articles=0)
        handlers = Handlers(engine)
        first = handlers.load()
        for words in (strings.EMPTY_LIBRARY, "yiju index --library 别处 文件夹", ".jsonl", strings.EMPTY_LIBRARY_THEN):
            assert words in first["welcome"]
        assert first["waiting"] is True
        engine.articles = 2
        later = handlers.welcome(())
        assert "2 篇文章" in later["masthead"]
        assert later["waiting"] is False
        assert later["notice"] == ""

    def test_a_conversation_is_not_disturbed(self):
        """A look that comes after the first question changes nothing and is the last one."""
        handlers = Handlers(ScriptedEngine())
        assert handlers.welcome(handlers.begin("问？", ())["conversation"]) == {"waiting": False}

    def test_new_conversation_begins_as_a_new_page(self):
        """Clearing shows the welcome again and closes the article; while a question is pending it is refused."""
        handlers = Handlers(ScriptedEngine())
        pending = handlers.begin("问？", ())["conversation"]
        assert strings.BUSY in handlers.clear(pending)["notice"]
        view = handlers.clear(run(handlers, "什么时候开始？")[-1]["conversation"])
        assert strings.PANEL_EMPTY in view["panel"]
        assert strings.WELCOME in view["welcome"]
        assert (view["latest"], view["settled"], view["conversation"], view["busy"]) == ("", "", (), False)


class TestChooser:
    """What can answer, and what the browser may say about it."""

    def test_lists_the_reader_and_every_writer(self):
        """The reader and each writer are buttons; one that cannot be used is disabled and says why; one is pressed."""
        shown = Handlers(ScriptedEngine()).look(None)["chooser"]
        seen = Seen(shown)
        assert not seen.foreign
        assert seen.texts["span.yj-choice-name"] == f"引用式 · yiju-reader-test生成式 · {WRITER}生成式 · {BROKEN}"
        assert seen.texts["span.yj-choice-about"].endswith(PROBLEM)
        buttons = shown.split("<li>")[1:]
        assert [" disabled>" in button for button in buttons] == [False, False, True]
        assert ['aria-pressed="true"' in button for button in buttons] == [True, False, False]
        assert "yj-chooser-hint" not in shown

    def test_without_writers_the_folder_is_named(self):
        """When no writer is found, the chooser says, literally, where to put one."""
        engine = ScriptedEngine()
        engine.found = []
        seen = Seen(Handlers(engine).look(None)["chooser"])
        assert seen.texts["p.yj-chooser-hint"] == strings.CHOOSER_HINT.format(folder=FOLDER)
        assert not seen.foreign

    def test_names_show_literally(self):
        """A file name and a problem full of markup are characters, in text and in attributes."""
        engine = ScriptedEngine()
        engine.found = [{"name": HOSTILE, "problem": None}, {"name": 'a"b', "problem": HOSTILE}]
        handlers = Handlers(engine)
        view = handlers.choose(HOSTILE, None)
        seen = Seen(view["chooser"])
        assert view["choice"] == HOSTILE
        assert not seen.foreign
        assert seen.texts["span.yj-chosen"] == f"生成式 · {HOSTILE}"
        assert seen.texts["span.yj-choice-about"].endswith(HOSTILE)
        assert not Seen(handlers.choose(HOSTILE[::-1], None)["notice"]).foreign

    def test_choosing_and_going_back(self):
        """A writer that is there is chosen and shown folded; the empty name goes back to quoting."""
        handlers = Handlers(ScriptedEngine())
        view = handlers.choose(WRITER, None)
        assert (view["choice"], view["notice"]) == (WRITER, "")
        assert Seen(view["chooser"]).texts["span.yj-chosen"] == f"生成式 · {WRITER}"
        assert " open>" not in view["chooser"]
        assert handlers.choose("", WRITER)["choice"] is None

    @pytest.mark.parametrize("name", ["没有这个", BROKEN, None, 3, True, ["a"], {"name": WRITER}, "\x00", WRITER + " "])
    def test_anything_else_is_refused_in_one_line(self, name):
        """An unknown name, a writer with a problem or no string at all changes nothing, and the reason is told."""
        view = Handlers(ScriptedEngine()).choose(name, None)
        assert "choice" not in view
        told = Seen(view["notice"]).text
        assert told == (strings.WRITER_PROBLEM if name == BROKEN else strings.WRITER_GONE).format(
            name=str(name).replace("\x00", "\ufffd"), problem=PROBLEM
        )
        assert Seen(view["chooser"]).texts["span.yj-chosen"] == "引用式 · yiju-reader-test"

    def test_writers_are_looked_for_anew(self):
        """A writer that appears is listed at the next look; one that has gone or broken is refused with the question."""
        engine = ScriptedEngine()
        handlers = Handlers(engine)
        engine.found = [{"name": "新来的", "problem": None}]
        assert "新来的" in handlers.look(None)["chooser"]
        assert handlers.begin("问？", (), "新来的")["conversation"][-1].writer == "新来的"
        assert "找不到生成模型" in handlers.begin("问？", (), WRITER)["notice"]
        engine.found = [{"name": WRITER, "problem": PROBLEM}]
        refused = handlers.begin("问？", (), WRITER)
        assert PROBLEM in refused["notice"]
        assert "conversation" not in refused

    def test_page_begins_with_the_given_writer(self):
        """A page opened with `--writer` has it chosen."""
        engine = ScriptedEngine()
        engine.writer = WRITER
        view = Handlers(engine).load()
        assert view["choice"] == WRITER
        assert Seen(view["chooser"]).texts["span.yj-chosen"] == f"生成式 · {WRITER}"


class TestWriting:
    """A question that a writer answers."""

    def test_every_stage_says_what_is_going_on(self):
        """Opening, retrieving, reading, the prompt's share, thinking, the unchecked draft, checking: each in its turn."""
        shown = [view["latest"] for view in run(Handlers(ScriptedEngine()), "什么时候开始？", choice=WRITER) if view]
        lines = [Seen(each).texts.get("p.yj-state", "") for each in shown]
        wanted = [f"正在打开 {WRITER}…", strings.RETRIEVING, "正在阅读 8 段…", strings.PREPARING, "正在读资料 42%"]
        wanted += [strings.THINKING, strings.WRITING, strings.CHECKING, ""]
        assert list(dict.fromkeys(lines)) == wanted
        checking = Seen(shown[lines.index(strings.CHECKING)])
        assert checking.texts["div.yj-draft"] == DRAFT.text
        assert not checking.foreign
        assert strings.DRAFT in checking.text
        assert strings.DRAFT not in Seen(shown[-1]).text

    @pytest.mark.parametrize(
        ("event", "state", "line"),
        [
            (Started("retrieve"), State.RETRIEVING, strings.RETRIEVING),
            (Retrieved(()), State.READING, strings.READING),
            (Started("read"), State.READING, strings.READING),
            (Started("compose"), State.COMPOSING, strings.COMPOSING),
            (Started("write"), State.PREPARING, strings.PREPARING),
            (Started("think"), State.THINKING, strings.THINKING),
            (Started("check"), State.CHECKING, strings.CHECKING),
            (Token("字"), State.WRITING, strings.WRITING),
            (Progress("read", 1, 2), State.QUEUED, f"正在打开 {WRITER}…"),
            (None, State.QUEUED, f"正在打开 {WRITER}…"),
        ],
    )
    def test_event_to_words(self, event, state, line):
        """Each event brings its state, and each state its words."""
        after = chat.advanced(Exchange(1, "问", writer=WRITER), event, 0)
        assert (after.state, transcript.state_line(after)) == (state, line)
        assert after.state.pending

    @pytest.mark.parametrize(
        ("done", "total", "line"),
        [
            (0, 1204, "正在读资料 0%"),
            (1203, 1204, "正在读资料 99%"),
            (1204, 1204, "正在读资料 100%"),
            (5, 0, "正在读资料…"),
        ],
    )
    def test_share_of_the_prompt(self, done, total, line):
        """The share is a whole percentage, 100 only at the end; without a total there is none."""
        reading = chat.advanced(Exchange(1, "问", State.PREPARING, writer=WRITER), Progress("write", done, total), 0)
        assert transcript.state_line(reading) == line

    def test_writing_goes_on_after_thinking_and_after_signs_of_life(self):
        """`write` after `think` is not the prompt again, and progress while it writes changes no words."""
        thinking = Exchange(1, "问", State.THINKING, writer=WRITER)
        assert chat.advanced(thinking, Started("write"), 0).state is State.WRITING
        writing = Exchange(1, "问", State.WRITING, partial="草", writer=WRITER)
        assert chat.advanced(writing, Progress("write", 7, 9), 0) == writing

    def test_writer_and_reader_by_turns(self):
        """Each question is answered by what was chosen for it, and the answerer is asked for anew for every question."""
        engine = ScriptedEngine()
        handlers = Handlers(engine)
        conversation = run(handlers, "什么时候开始？")[-1]["conversation"]
        conversation = run(handlers, "再写一遍？", conversation, WRITER)[-1]["conversation"]
        conversation = run(handlers, "谁主持？", conversation)[-1]["conversation"]
        assert engine.asked_for == [None, WRITER, None]
        assert [each.answer.mode for each in conversation] == ["quote", "write", "quote"]
        assert [each.mode for each in conversation] == ["quote", "write", "quote"]

    def test_new_generation_answers_the_next_question(self):
        """An answerer that has changed between two questions (the library was indexed again) answers the second one."""
        generations = iter(("旧", "新"))

        class Generation:
            def __init__(self, name: str) -> None:
                self.name = name

            def stream(self, question, history=(), **options) -> Iterator[Event]:
                yield Finished(answered(f"{self.name}[1]", [cited(ARTICLE, "春天")]))

        engine = ScriptedEngine()
        engine.answerer = lambda writer=None: Generation(next(generations))
        handlers = Handlers(engine)
        texts = [run(handlers, "问？")[-1]["conversation"][-1].answer.text for _ in range(2)]
        assert texts == ["旧[1]", "新[1]"]

    def test_writer_that_cannot_be_opened(self):
        """An error while the writer is opened is told in one line, and the next question is answered."""
        engine = ScriptedEngine()
        usual = engine.answerer

        def opening(writer=None):
            if writer:
                raise ModelError("内存不够：要 3.1 GB\n请换小一点的模型")
            return usual()

        engine.answerer = opening
        handlers = Handlers(engine)
        last = run(handlers, "什么时候开始？", choice=WRITER)[-1]
        assert "没能回答：内存不够：要 3.1 GB 请换小一点的模型" in Seen(last["latest"]).text
        assert run(handlers, "什么时候开始？", last["conversation"])[-1]["conversation"][-1].state is State.ANSWERED

    def test_stop_while_the_prompt_is_read(self):
        """Stopping a writer that is still reading its prompt settles within a second and closes the stream."""
        engine = ScriptedEngine()
        handlers = Handlers(engine)
        conversation = handlers.begin("读不完？", (), WRITER)["conversation"]
        views = handlers.answer(conversation)
        wait_until(lambda: "正在读资料 42%" in next(views).get("latest", ""))
        began = time.monotonic()
        handlers.stop(conversation)
        assert list(views)[-1]["conversation"][-1].state is State.STOPPED
        wait_until(lambda: engine.closed == 1)
        assert time.monotonic() - began < 1


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
            def stream(self, question, history=(), **options) -> Iterator[Event]:
                yield Started("retrieve")
                yield Retrieved(())
                yield from pieces
                yield Finished(answered("字" * 1000 + "[1]", [cited(ARTICLE, "春天")]))

        engine = ScriptedEngine()
        seen = list(chat.answering((Exchange(1, "问"),), Desk(lambda _: Fast()), engine, clock=lambda: 0.0))
        assert len(seen) < 10
        assert seen[-1].answer is not None
        assert max(len(each.partial) for each in seen) <= 1000
