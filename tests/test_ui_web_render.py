"""The page's HTML: every character shows literally, and exactly the cited ones are marked."""

from hypothesis import given
from hypothesis import strategies as st

from rag.types import Article, Span
from tests.test_ui_web_engine import ARTICLE, HOSTILE, ScriptedEngine, Seen, answered, article_of, cited, run
from ui.web import sources, strings, transcript
from ui.web.chat import Exchange, State
from ui.web.handlers import Handlers
from ui.web.markup import literal

TEXT = st.text(alphabet=st.sampled_from(list("<>&\"'`${}#/\\=甲乙𠮷。\n\r\t\x00 a1")), min_size=1, max_size=40)


class TestSources:
    """The article panel."""

    @given(text=TEXT, data=st.data())
    def test_shows_every_character_and_marks_exactly_the_opened_ones(self, text, data):
        """The panel's text is the article's, the opened mark's text is the quote, and no markup comes from the text."""
        cut = data.draw(st.integers(0, len(text)))
        start = data.draw(st.integers(0, len(text) - 1))
        opened = Span(start, data.draw(st.integers(start + 1, len(text))))
        others = [Span(*sorted(pair)) for pair in data.draw(st.lists(st.tuples(*[st.integers(0, len(text))] * 2)))]
        article = Article("a", text, Span(0, cut), text, text, text, article_of("x", 0).alignment, "utf-8")
        seen = Seen(sources.panel(article, opened, others))
        shown = seen.texts.get("div.yj-head", "") + seen.texts.get("div.yj-body", "")
        expected = text.replace("\x00", "\ufffd")
        assert shown == expected
        assert seen.texts["mark.yj-opened"] == opened.of(expected)
        assert not seen.foreign

    def test_opened_quote_is_one_mark_even_when_another_overlaps_it(self):
        """An overlapping second citation is marked around the opened one, never through it."""
        shown = sources.marked("甲乙丙丁戊", Span(0, 5), Span(1, 3), [Span(2, 4)])
        assert (
            shown == '甲<mark id="opened" class="yj-opened" tabindex="-1">乙丙</mark><mark class="yj-other">丁</mark>戊'
        )

    def test_quote_over_the_edge_of_the_head_has_one_id(self):
        """A quote that begins in the head and ends in the body is marked on both sides, with the id once."""
        shown = sources.panel(article_of("标题甲正文乙", 3), Span(2, 5))
        assert shown.count('id="opened"') == 1
        assert Seen(shown).texts["mark.yj-opened"] == "甲正文"[:3]

    def test_head_stands_apart(self):
        """The head is its own element, the body another."""
        seen = Seen(sources.panel(ARTICLE, ARTICLE.body))
        assert seen.texts["div.yj-head"] == ARTICLE.head.of(ARTICLE.text)
        assert seen.texts["div.yj-body"] == ARTICLE.body.of(ARTICLE.text)

    def test_unshowable_characters_keep_the_offsets(self):
        """A lone surrogate or NUL becomes one replacement character, so offsets hold."""
        assert literal("甲\ud800乙\x00\r") == "甲\ufffd乙\ufffd&#13;"


class TestTranscript:
    """The conversation."""

    def test_hostile_words_show_literally_everywhere(self):
        """Script, template and Markdown text in any field is shown, never turned into markup."""
        engine = ScriptedEngine(article=article_of(HOSTILE * 2, len(HOSTILE), title=HOSTILE, path=HOSTILE))
        handlers = Handlers(engine)
        views = run(handlers, HOSTILE)
        last = views[-1]
        seen = Seen(last["latest"])
        assert not seen.foreign
        assert seen.text.count(HOSTILE) >= 4
        panel = Seen(handlers.open("cite-0-0", last["conversation"])["panel"])
        assert not panel.foreign
        assert panel.texts["mark.yj-opened"] == engine.citations[0].quote

    def test_markers_without_a_citation_stay_text(self):
        """`[9]` in an answer that has no ninth citation is just brackets."""
        answer = answered("甲[1]乙[9]丙[2]", [cited(ARTICLE, "春天", 1), cited(ARTICLE, "试点", 2)])
        shown = transcript.with_markers(answer, 3)
        assert shown.count("<button") == 2
        assert "乙[9]丙" in shown
        assert 'data-open="cite-3-1"' in shown

    def test_card_names_title_source_and_date(self):
        """Below the answer each citation says where it is from and quotes it."""
        last = run(Handlers(ScriptedEngine()), "什么时候？")[-1]["latest"]
        seen = Seen(last)
        for word in (ARTICLE.title, "新民日报", "2024-03-05", ScriptedEngine().citations[0].quote):
            assert word in seen.texts["li.yj-card"]

    def test_missing_source_and_date_leave_no_trace(self):
        """An article without source and date is cited by its title alone."""
        bare = article_of("标题\n正文一句。", 3, source=None, published=None)
        seen = Seen(transcript._card(cited(bare, "正文一句。"), 0, 0))
        assert "None" not in seen.text
        assert "·" not in seen.text

    def test_abstention_says_so_and_shows_the_closest(self):
        """An abstention has its own look, with passages to open, three of them unfolded."""
        engine = ScriptedEngine()
        handlers = Handlers(engine)
        last = run(handlers, "没有的事")[-1]
        seen = Seen(last["latest"])
        assert strings.ABSTAINED in seen.text
        assert 'data-state="abstained"' in last["latest"]
        assert "button.yj-marker" not in seen.texts
        panel = Seen(handlers.open("hit-0-1", last["conversation"])["panel"])
        assert panel.texts["mark.yj-opened"] == engine.hits[1].passage.text

    def test_follow_up_shows_the_question_that_was_searched(self):
        """When the answerer made a question standalone, the page says which one it looked for."""
        answer = answered("甲[1]", [cited(ARTICLE, "春天")], question="那里呢？", standalone="南京的试点呢？")
        shown = transcript.exchange_html(Exchange(1, "那里呢？", State.ANSWERED, answer=answer), 0)
        assert "按这个问题查找：南京的试点呢？" in shown
