"""The page's HTML: every character shows literally, and exactly the cited ones are marked."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.types import AbstainReason, Article, Draft, Fault, FaultKind, Repost, Span, WrittenSentence
from tests.test_ui_web_engine import (
    ARTICLE,
    CONDITIONS,
    DRAFT,
    HOSTILE,
    KEPT,
    WITHDRAWN,
    WRITER,
    ScriptedEngine,
    Seen,
    answered,
    article_of,
    cited,
    draft_of,
    run,
)
from ui.web import drafts, sources, strings, transcript
from ui.web.chat import Exchange, State
from ui.web.handlers import Handlers
from ui.web.markup import literal

NASTY = st.text(alphabet=st.sampled_from(list("<>&\"'`${}#/\\=甲乙𠮷。\n\n\r\t\x00 a1")), min_size=1, max_size=40)
TEXT = NASTY | st.text(alphabet=st.characters() | st.just("\n"), min_size=1, max_size=40)


def shown_as(text: str) -> str:
    """Return what a page can show of a text: one replacement character for each that HTML cannot carry."""
    return re.sub("[\x00\ud800-\udfff]", "\ufffd", text)


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
        expected = shown_as(text)
        assert shown == expected
        assert seen.texts["mark.yj-opened"] == opened.of(expected)
        assert not seen.foreign

    def test_opened_quote_is_one_mark_even_when_another_overlaps_it(self):
        """An overlapping second citation is marked around the opened one, never through it."""
        shown = sources.marked("甲乙丙丁戊", Span(0, 5), Span(1, 3), [Span(2, 4)])
        marks = '<mark id="opened" tabindex="-1" class="yj-opened">乙丙</mark><mark class="yj-other">丁</mark>'
        assert shown == f'<span class="yj-line">甲{marks}戊</span>'

    def test_quote_of_several_lines_has_one_id(self):
        """A quote over a line's end is marked in each line, with the id at its first character only."""
        shown = sources.panel(article_of("题\n甲乙\n\n丙丁\n", 2), Span(3, 7))
        assert shown.count('id="opened"') == 1
        assert shown.index('id="opened"') < shown.index("乙\n</mark>")
        assert Seen(shown).texts["mark.yj-opened"] == "乙\n\n丙"
        assert '<span class="yj-gap"><mark class="yj-opened">\n</mark></span>' in shown

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
        """`[9]` in an answer that has no ninth citation is just brackets, and so is a number of any length."""
        answer = answered("甲[1]乙[9]丙[2]", [cited(ARTICLE, "春天", 1), cited(ARTICLE, "试点", 2)])
        shown = transcript.with_markers(answer, 3)
        assert shown.count("<button") == 2
        assert "乙[9]丙" in shown
        endless = f"[{'1' * 5000}]"
        assert transcript.with_markers(answered(endless, [cited(ARTICLE, "春天", 1)]), 0).count(endless) == 1
        assert 'data-open="cite-3-1"' in shown

    @given(pieces=st.lists(TEXT | st.sampled_from(["[1]", "[2]", "[3]", "[01]", "[１]", "\n"]), max_size=8))
    def test_answer_is_shown_character_for_character(self, pieces):
        """Whatever an answer says, the page shows exactly it: markers become buttons, lines blocks, nothing markup."""
        text = "".join(pieces)
        answer = answered(text, [cited(ARTICLE, "春天", 1), cited(ARTICLE, "试点", 2)])
        shown = transcript.with_markers(answer, 0)
        seen = Seen(shown)
        assert seen.text == shown_as(text)
        assert not seen.foreign
        assert shown.count("<button") == len(re.findall(r"\[[12]\]", text))

    def test_card_names_title_source_and_date(self):
        """Below the answer each citation says where it is from and quotes it."""
        last = run(Handlers(ScriptedEngine()), "什么时候？")[-1]["latest"]
        seen = Seen(last)
        for word in (ARTICLE.title, "新民日报 · 2024-03-05", ScriptedEngine().citations[0].quote):
            assert word in seen.texts["li.yj-card"]
        headline = cited(ARTICLE, ARTICLE.title)
        assert f"2024-03-05 · {strings.FROM_HEAD}" in Seen(transcript._card(headline, 0, 0)).text

    def test_a_story_that_stands_elsewhere_says_where(self):
        """A card and a hit name the other papers of their story, escaped, the first few of many."""
        others = [Repost(f"r{n}", f"转载{n}", "<b>晚报</b>" if n else None, None, f"r{n}.txt") for n in range(5)]
        card = Seen(transcript._card(cited(ARTICLE, ARTICLE.title), 0, 0, None, others))
        assert "另见：《转载0》；<b>晚报</b>；<b>晚报</b>等 5 篇" in card.texts["p.yj-also"]
        assert "p.yj-also" not in Seen(transcript._card(cited(ARTICLE, ARTICLE.title), 0, 0)).texts
        exchange = Exchange(1, "问？", State.ABSTAINED)
        hit = replace(ScriptedEngine().hits[0], also_in=tuple(others[:1]))
        assert "另见：《转载0》" in Seen(transcript._hit(exchange, hit, 0, 0)).texts["p.yj-also"]

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

    def test_what_the_heading_says_is_not_said_again(self):
        """An abstention whose text begins as its heading does gives the reason in its place; another text stands."""
        for text, shown in (
            ("这些文章里没有找到答案，下面是最接近的段落。", strings.ABSTAIN_REASONS[AbstainReason.NOT_ANSWERED]),
            ("问的是预测，文章里没有。", "问的是预测，文章里没有。"),
        ):
            answer = answered(text, [], abstention=AbstainReason.NOT_ANSWERED)
            seen = Seen(transcript.exchange_html(Exchange(1, "问？", State.ABSTAINED, answer=answer), 0))
            assert seen.texts["p.yj-reason"] == shown

    def test_only_a_short_answer_is_set_large(self):
        """A short answer that is really a sentence is set as text; every line of an answer is a block."""
        for words, large in (("23:40", True), ("长" * 21, False)):
            answer = answered(f"{words}[1]\n\n末[1]", [cited(ARTICLE, "春天")], short_answer=words)
            shown = transcript.exchange_html(Exchange(1, "问？", State.ANSWERED, answer=answer), 0)
            assert ("yj-short" in shown) is large
            assert f'<span class="yj-line">{words}<button' in shown
            assert '<span class="yj-gap">\n</span>' in shown

    def test_follow_up_shows_the_question_that_was_searched(self):
        """When the answerer made a question standalone, the page says which one it looked for."""
        answer = answered("甲[1]", [cited(ARTICLE, "春天")], question="那里呢？", standalone="南京的试点呢？")
        shown = transcript.exchange_html(Exchange(1, "那里呢？", State.ANSWERED, answer=answer), 0)
        assert "按这个问题查找：南京的试点呢？" in shown

    def test_conditions_are_shown_with_a_button_each_and_dropped_ones_without(self):
        """What was read can be taken off by its button; labels are the library's words, and show literally."""
        answer = answered("甲[1]", [cited(ARTICLE, "春天")], conditions=CONDITIONS[1:])
        html = transcript.exchange_html(Exchange(1, "问？", State.ANSWERED, answer=answer, dropped=CONDITIONS[:1]), 4)
        assert html.count("data-drop=") == 1
        assert 'data-drop="4-source"' in html
        assert 'aria-label="去掉“来源 江岸日报&lt;b&gt;”，重新提问"' in html
        assert "<del>发布于 2023年</del>" in html
        assert "江岸日报<b>" not in html

    def test_without_conditions_nothing_is_shown_of_them(self):
        """Most questions name neither a day nor a publisher."""
        answer = answered("甲[1]", [cited(ARTICLE, "春天")])
        assert "yj-condition" not in transcript.exchange_html(Exchange(1, "问？", State.ANSWERED, answer=answer), 0)

    def test_short_answer_stands_out_in_its_quote(self):
        """The short answer is set large, and apart inside its quote; the quote's text stays exact."""
        quote = "南京市民政局宣布，社区养老试点将于2024年4月1日"
        answer = answered("2024年4月1日[1]", [cited(ARTICLE, quote)], short_answer="2024年4月1日")
        seen = Seen(transcript.exchange_html(Exchange(1, "何时？", State.ANSWERED, answer=answer), 0))
        assert seen.texts["b.None"] == "2024年4月1日"
        assert seen.texts["blockquote.yj-quote"] == quote
        assert "div.yj-answer yj-short" in seen.texts

    def test_confidence_only_where_it_is_calibrated(self):
        """A quoted answer says how sure it is; a written one, an abstention and a failure say no percentage."""
        handlers = Handlers(ScriptedEngine())
        done = [
            Seen(run(handlers, question, choice=choice)[-1]["latest"]).texts["p.yj-done"]
            for question in ("何时？", "没有的事")
            for choice in (None, WRITER)
        ]
        assert "把握 90%" in done[0]
        assert [("%" in each) for each in done] == [True, False, False, False]
        assert [each.split(" · 用时")[0] for each in done[1:]] == [
            f"生成式 · {WRITER}",
            "引用式 · yiju-reader-test",
            f"生成式 · {WRITER}",
        ]


class TestDrafts:
    """What is shown of a writer's draft once it has been checked."""

    def test_written_answer_keeps_its_draft_folded(self):
        """The checked answer stands alone; below it, folded, the whole draft with what was withdrawn, and the thinking."""
        last = run(Handlers(ScriptedEngine()), "何时？", choice=WRITER)[-1]["latest"]
        seen = Seen(last)
        assert not seen.foreign
        assert seen.texts["div.yj-answer"] == KEPT
        assert seen.texts["p.yj-withdrawal"] == "撤下 2 句：与原文对不上"
        assert seen.texts["del.None"] == f"{WITHDRAWN}{HOSTILE}。"
        assert " open" not in last.split("yj-withdrawal")[1].split("<details")[1].split(">")[0]
        assert last.count("<details") == 3  # what was found, the draft, the thinking
        reasons = seen.texts["span.yj-fault"]
        assert reasons.startswith(strings.FAULTS[FaultKind.NUMBER].format(quoted="“九个”"))
        unfolded = seen.texts["details.yj-fold"]
        assert strings.THINKING_FOLDED in unfolded
        assert DRAFT.thinking in unfolded

    def test_abstention_with_a_draft(self):
        """When nothing of a draft stands, the page abstains with its reason, and the draft is there to read."""
        seen = Seen(run(Handlers(ScriptedEngine()), "没有的事", choice=WRITER)[-1]["latest"])
        assert seen.texts["p.yj-abstained-title"] == strings.ABSTAINED
        assert seen.texts["p.yj-reason"] == strings.ABSTAIN_REASONS[AbstainReason.UNSUPPORTED]
        assert seen.texts["del.None"] == DRAFT.text
        assert strings.DRAFT_FOLDED in seen.text
        assert "button.yj-marker" not in seen.texts

    @pytest.mark.parametrize("kind", list(FaultKind))
    @pytest.mark.parametrize("words", ["", "九个", "共九个区。"])
    def test_every_fault_has_words(self, kind, words):
        """Each kind of fault is told as a sentence, with the characters it concerns unless those are all or none."""
        seen = Seen(drafts.folded(draft_of("好。", ("共九个区。", [Fault(kind, words)]))))
        told = seen.texts["span.yj-fault"]
        assert told == strings.FAULTS[kind].format(quoted="“九个”" if words == "九个" else "")
        assert re.search("[一-鿿]{3}", told)
        assert seen.texts["del.None"] == "共九个区。"

    def test_several_faults_are_each_told_once(self):
        """Two faults of a sentence stand side by side, the same reason only once."""
        faults = [Fault(FaultKind.NUMBER, "九个"), Fault(FaultKind.UNSUPPORTED, ""), Fault(FaultKind.UNSUPPORTED, "")]
        told = Seen(drafts.folded(draft_of(("共九个区。", faults)))).texts["span.yj-fault"]
        assert told == "数字“九个”不在所引的原文里；所引的原文没有这样说"

    @pytest.mark.parametrize(
        ("kinds", "line"),
        [
            ([], ""),
            ([[FaultKind.DATE]], "撤下 1 句：与原文对不上"),
            ([[FaultKind.DATE, FaultKind.REPEATED], [FaultKind.NAME], []], "撤下 3 句：与原文对不上"),
            ([[FaultKind.REPEATED]], "略去 1 句：重复，或没有写完"),
            (
                [[FaultKind.UNFINISHED], [FaultKind.MARKER]],
                "撤下 1 句：与原文对不上；略去 1 句：重复，或没有写完",
            ),
        ],
    )
    def test_how_many_were_taken_out(self, kinds, line):
        """The line counts what was wrong and, apart from it, what was merely repeated or unfinished; nothing for nothing."""
        draft = draft_of("好。", *[("句。", [Fault(kind, "") for kind in each]) for each in kinds])
        assert Seen(drafts.withdrawal(draft)).text == line

    def test_how_the_writer_ended(self):
        """A draft that was cut off or went round in circles says so; without thinking, none is shown."""
        assert strings.FINISH_LENGTH in drafts.folded(draft_of("好。", finish="length"))
        assert strings.FINISH_LOOP in drafts.folded(draft_of("好。", finish="loop"))
        assert "yj-finish" not in drafts.folded(draft_of("好。"))
        assert strings.THINKING_FOLDED not in drafts.folded(draft_of("好。", thinking=" \n"))
        assert drafts.folded(draft_of("")) == ""

    @given(text=TEXT, data=st.data())
    def test_draft_is_shown_character_for_character(self, text, data):
        """Whatever was written, kept or not, the draft shows exactly it, and strikes exactly what was withdrawn."""
        edges = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6, unique=True)))
        sentences = [
            WrittenSentence(Span(start, end), data.draw(st.booleans()), ())
            for start, end in zip(edges[::2], edges[1::2], strict=False)
        ]
        draft = Draft(text, "", "end", tuple(sentences[::-1]))
        seen = Seen(drafts.folded(draft))
        assert not seen.foreign
        assert seen.texts.get("div.yj-draft", "") == (shown_as(text) if text.strip() else "")
        withdrawn = "".join(each.span.of(text) for each in sentences if not each.kept) if text.strip() else ""
        assert seen.texts.get("del.None", "") == shown_as(withdrawn)
        reasons = drafts.folded(draft_of((text, [Fault(FaultKind.NAME, text[:1])])))
        assert not Seen(reasons).foreign

    def test_draft_in_progress_is_called_one(self):
        """A writer's growing text is labelled a draft; a reader's is plain."""
        growing = Exchange(1, "问", State.WRITING, partial=HOSTILE, writer=WRITER)
        seen = Seen(transcript.exchange_html(growing, 0))
        assert seen.texts["div.yj-drafting"] == strings.DRAFT + HOSTILE
        assert not seen.foreign
        plain = Seen(transcript.exchange_html(Exchange(1, "问", State.COMPOSING, partial="甲"), 0))
        assert plain.texts["div.yj-answer"] == "甲"
        assert strings.DRAFT not in plain.text
