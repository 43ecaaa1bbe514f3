"""Place lines and lines of labels, read in Simplified script."""

import pytest

from rag.articles.bylines import glued_place_line, opening_place_line
from rag.articles.labels import meta_line
from rag.types import HeadField


def fields(line: str) -> dict[str, str] | None:
    """Return the values of the place line that `line` opens with, and the place line itself."""
    place = opening_place_line(line)
    if place is None:
        return None
    return {"line": place.span.of(line), **{name.value: span.of(line) for name, span in place.fields.items()}}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "新华社广州8月1日电（记者李明、王小红）公园今天开放。",
            {"line": "新华社广州8月1日电（记者李明、王小红）", "source": "新华社", "date": "8月1日", "author": "李明、王小红"},
        ),
        (
            "某山晚报网2024年3月5日讯（通讯员 赵一 记者 钱二）昨天",
            {
                "line": "某山晚报网2024年3月5日讯（通讯员 赵一 记者 钱二）",
                "source": "某山晚报网",
                "date": "2024年3月5日",
                "author": "赵一 记者 钱二",
            },
        ),
        ("本报讯（记者 孙三）昨天", {"line": "本报讯（记者 孙三）", "author": "孙三"}),
        ("中新网8月1日电 公园", {"line": "中新网8月1日电", "source": "中新网", "date": "8月1日"}),
        ("中新网杭州8月1日电 (周四 吴五)公园", {"line": "中新网杭州8月1日电 (周四 吴五)", "source": "中新网", "date": "8月1日", "author": "周四 吴五"}),
        ("【环球时报驻外特约记者 郑六】公园", {"line": "【环球时报驻外特约记者 郑六】", "source": "环球时报", "author": "郑六"}),
        ("据新华社北京8月1日电 公园", {"line": "据新华社北京8月1日电", "source": "新华社", "date": "8月1日"}),
        ("财联社8月3日讯（编辑 周一）公园", {"line": "财联社8月3日讯（编辑 周一）", "source": "财联社", "date": "8月3日", "editor": "周一"}),
        ("中新网8月1日电（见附表）公园", None),
        ("新华社8月1日电，公园", None),
        ("某网站 8 月 1 日消息，公园", None),
        ("8月1日，公园今天开放。", None),
        ("国家电网8月1日电力负荷创新高。", None),
    ],
)  # fmt: skip
def test_place_lines(line: str, expected: dict[str, str] | None) -> None:
    """A place line is told by its shape, its values exactly; a sentence that goes on behind it keeps it."""
    assert fields(line) == expected


@pytest.mark.parametrize(
    ("line", "before"),
    [
        ("为公园建设建言人民政协网9月1日电 (记者 李明)公园", "为公园建设建言"),
        ("公园今天开放新华社北京8月1日电 公园", "公园今天开放"),
        ("公园的消息据新华社北京8月1日电 公园", None),
        ("公园开放了。新华社北京8月1日电 公园", None),
        ("今年公园开放得早某某网8月1日电 公园", None),
        ("会议现场（图片来源：某市）中新网8月1日电 公园", None),
    ],
)
def test_glued_place_lines(line: str, before: str | None) -> None:
    """Words glued before a known publisher are found; a quoted report, a finished sentence, a caption are left alone."""
    place = glued_place_line(line, 100)
    assert (line[: place.span.start] if place else None) == before


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2024-03-05 15:10 来源:某某日报", {"date": "2024-03-05", "source": "某某日报"}),
        ("发布时间：2024年3月5日 15:10:22 | 来源：某网 | 作者：李明 | 阅读：1,234次", {"date": "2024年3月5日", "source": "某网", "author": "李明"}),
        ("编辑:王小红", {"editor": "王小红"}),
        ("责任编辑：王小红 CN070", {"editor": "王小红"}),
        ("（责任编辑：王小红）", {"editor": "王小红"}),
        ("责编:王小红 | 审核:李明 | 监制:赵一", {"editor": "王小红"}),
        ("编辑 王小红校对 李明", {"editor": "王小红"}),
        ("本报记者 李明 王小红", {"author": "李明 王小红"}),
        ("文/李明", {"author": "李明"}),
        ("字号：大 中 小 打印", {}),
        ("责任编辑：", {}),
        ("来源：群众反映的问题，我们都要回答。", None),
        ("编辑们今天来到公园", None),
        ("2024年3月5日，公园开放", None),
        ("公园", None),
        ("", None),
    ],
)  # fmt: skip
def test_meta_lines(line: str, expected: dict[str, str] | None) -> None:
    """A line is one of labels only if nothing else is in it."""
    meta = meta_line(line)
    assert (None if meta is None else {name.value: span.of(line) for name, span in meta.fields.items()}) == expected


def test_meta_lines_name_what_they_drop() -> None:
    """Reading counts and page tools are dropped with reasons, dates and names are kept."""
    meta = meta_line("2024-03-05 阅读 300 打印")
    assert meta is not None
    assert [reason for _, reason in meta.dropped] == ["reading count", "page furniture"]
    assert HeadField.DATE in meta.fields


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2024/03/05 15:10　某河新闻网", {"date": "2024/03/05", "source": "某河新闻网"}),
        ("某河日报 2024年3月5日", {"date": "2024年3月5日", "source": "某河日报"}),
        ("2024-03-05 15:10　某河发布　记者 李明", {"date": "2024-03-05", "source": "某河发布", "author": "李明"}),
        ("要闻 | 2024-03-05 | 来源：某河日报", {"date": "2024-03-05", "source": "某河日报"}),
        ("某政发〔2024〕9号 | 2024-03-05 | 来源：某河市政府", {"date": "2024-03-05", "source": "某河市政府"}),
        ("某政发〔2024〕9号 2024-03-05", {"date": "2024-03-05"}),
        ("作者：李明　　2024 年 3 月 5 日 15:10　　来源：某网", {"author": "李明", "date": "2024 年 3 月 5 日", "source": "某网"}),
        ("2024年3月5日 星期二 下午3:10", {"date": "2024年3月5日"}),
        ("2024-03-05 日报社", {"date": "2024-03-05", "source": "日报社"}),
        ("2024年3月5日 公园开放", None),
        ("2024-03-05 15:10 公园开放", None),
        ("2024-03-05 某河发布", None),
        ("2024-03-05 15:10 某河发布 某山发布", None),
        ("2024-03-05 来源：某网 甲队 乙队 丙队", None),
        ("某政发〔2024〕9号", None),
        ("某河日报", None),
        ("2024年3月5日 记者获悉", None),
    ],
)  # fmt: skip
def test_words_without_a_label_stand_beside_a_date(line: str, expected: dict[str, str] | None) -> None:
    """At the top, a publisher's name and a document's number may stand beside a full date; other words may not."""
    meta = meta_line(line, top=True)
    assert (None if meta is None else {name.value: span.of(line) for name, span in meta.fields.items()}) == expected


def test_only_the_top_has_words_without_a_label() -> None:
    """Notices are signed with a name and a date: elsewhere such a line belongs to the text."""
    assert meta_line("某河日报 2024年3月5日") is None


@pytest.mark.parametrize(
    "tail", ["我要评论(86)", "字体：大 中 小", "阅读 123", "点击：45", "86人参与", "【字体：大中小】"]
)
def test_furniture_behind_a_name_is_no_name(tail: str) -> None:
    """Counts and tools at the end of a line of labels are dropped whole, never read as one more name."""
    line = f"2024-03-05 15:10 来源：某网\xa0\xa0作者：李明\xa0\xa0{tail}"
    meta = meta_line(line)
    assert meta is not None
    assert meta.fields[HeadField.AUTHOR].of(line) == "李明"
    assert meta.kept[-1].of(line) == "作者：李明"
