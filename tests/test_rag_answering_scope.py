"""What a question asks of the articles beside their topic; above all, what it does not ask."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.publishers import Publishers, publisher_key
from rag.answering.scope import Scope, period_label, read_scope
from rag.types import NO_CONDITIONS, ConditionKind, Filter

WEDNESDAY = date(2023, 8, 16)
NAMED = (
    "天津日报 天津日报社 《人民日报》 人民政协网 新华社 新华网 新华社客户端 @新华社 中国新闻网 红网 环球时报 财联社 极目新闻 明报 "
    "“环球时报”微信公众号 新京报、北京日报 新华每日电讯 人民网 原创 上海宝山"
)
PUBLISHERS = Publishers(NAMED.split())


def read(question: str, as_of: date | None = WEDNESDAY) -> Scope:
    return read_scope(question, as_of, lambda: PUBLISHERS)


def labels(question: str, as_of: date | None = WEDNESDAY) -> list[str]:
    return [condition.label for condition in read(question, as_of).conditions]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("去年的报道里，灯会花了多少钱？", ["发布于 2022年"]),
        ("上个月发布的通知要求几点关门？", ["发布于 2023年7月"]),
        ("2023年以来的新闻提到过哪些桥？", ["发布于 2023年1月1日以来"]),
        ("最近一周的新闻里谁得了奖？", ["发布于 2023年8月10日以来"]),
        ("近三天的消息说什么？", ["发布于 2023年8月14日以来"]),
        ("上周的新闻里，猪肉多少钱一斤？", ["发布于 2023年8月7日至13日"]),
        ("昨天报道的事故伤了几人？", ["发布于 2023年8月15日"]),
        ("7月份关于台风的新闻里，停了几趟车？", ["发布于 2023年7月"]),
        ("2023年上半年的报道里，产量是多少？", ["发布于 2023年上半年"]),
        ("2022年第四季度发表的文章怎么说？", ["发布于 2022年第四季度"]),
        ("发表于2023年7月的文章怎么看？", ["发布于 2023年7月"]),
        ("只看去年的，展览在哪里？", ["发布于 2022年"]),
        ("8月5日至8月7日的报道里，水位多高？", ["发布于 2023年8月5日至7日"]),
        ("2021年之前的报道怎么说？", ["发布于 2020年12月31日以前"]),
        ("去年發表的文章怎麼說？", ["发布于 2022年"]),
        ("天津日报的报道里，会期几天？", ["来源 天津日报"]),
        ("《天津日报》的文章说了什么？", ["来源 天津日报"]),
        ("天津日报社的消息说什么？", ["来源 天津日报"]),
        ("据新华社报道，地震几级？", ["来源 新华社"]),
        ("据新华社，地震几级？", ["来源 新华社"]),
        ("据新华通讯社报道，地震几级？", ["来源 新华社"]),
        ("人民网上说，暴雨几人受灾？", ["来源 人民网"]),
        ("人民網上怎麼說？", ["来源 人民网"]),
        ("人民政協網的文章裡，誰發言？", ["来源 人民政协网"]),
        ("环球时报刊登的文章提到哪国？", ["来源 环球时报"]),
        ("环球时报社评怎么说？", ["来源 环球时报"]),
        ("根据财联社消息，涨了多少？", ["来源 财联社"]),
        ("来源是极目新闻的那篇说了什么？", ["来源 极目新闻"]),
        ("刊登在天津日报上的文章写了谁？", ["来源 天津日报"]),
        ("北京日报记者的报道里，几时开馆？", ["来源 北京日报"]),
        ("新华每日电讯的文章怎么看？", ["来源 新华每日电讯"]),
        ("据中国新闻网报道，几人获救？", ["来源 中新网"]),
        ("新华社和人民日报的报道怎么说？", ["来源 新华社、人民日报"]),
        ("天津日报8月5日的报道说了什么？", ["来源 天津日报", "发布于 2023年8月5日"]),
        ("8月5日天津日报的报道说了什么？", ["发布于 2023年8月5日", "来源 天津日报"]),
        ("《天津日报》8月5日关于油价的报道说涨多少？", ["来源 天津日报", "发布于 2023年8月5日"]),
        ("据新华社8月6日电，地震几级？", ["来源 新华社", "发布于 2023年8月6日"]),
        ("上周新华网刊登的文章里，谁获奖？", ["发布于 2023年8月7日至13日", "来源 新华网"]),
        ("昨天的新闻说，7月31日发生了什么？", ["发布于 2023年8月15日", "优先 2023年7月31日前后"]),
    ],
)
def test_what_says_when_or_by_whom_it_was_published_is_read(question, expected):
    """A day of publication and a publisher leave other articles out, and say so."""
    assert labels(question) == expected
    assert read(question).only


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("2021年第七次联席会议在哪里开？", ["优先 2021年前后"]),
        ("2023年世界互联网大会在哪里开？", ["优先 2023年前后"]),
        ("昨天的新闻发布会谁主持？", ["优先 2023年8月15日前后"]),
        ("去年新闻出版业收入多少？", ["优先 2022年前后"]),
        ("2022年的新闻人物是谁？", ["优先 2022年前后"]),
        ("教育部去年发布的通知要求什么？", ["优先 2022年前后"]),
        ("2021年洪水的报道里，几人受灾？", ["优先 2021年前后"]),
        ("上个月的降雨量是多少？", ["优先 2023年7月前后"]),
        ("截至6月30日有多少家？", ["优先 2023年6月30日前后"]),
        ("最新的油价是多少？", ["优先最近"]),
        ("目前有多少家门店？", ["优先最近"]),
        ("最近日本有什么展览？", ["优先最近"]),
        ("目前发现的最早的稻谷有多久？", []),
        ("1949年之后报社归谁管？", []),
        ("近三年停业了几家？", []),
        ("明年的展览在哪里？", []),
        ("2023年以来新建了几座桥？", ["优先 2023年1月1日以来"]),
        ("新华社社长是谁？", []),
        ("天津日报成立于哪年？", []),
        ("谁接受了新华社采访？", []),
        ("他向新华社记者说了什么？", []),
        ("新华社的记者有多少人？", []),
        ("人民日报评论部主任是谁？", []),
        ("人民网网友怎么说？", []),
        ("外交部怎么回应环球时报的报道？", []),
        ("不是新华社的报道有哪些？", []),
        ("天津日报的报道获得了什么奖？", []),
        ("关于去年的报道有多少？", ["优先 2022年前后"]),
        ("除了去年的报道还有哪些？", []),
        ("据路透社报道，跌了多少？", []),
        ("网红网站上说的店在哪？", []),
        ("声明报道了什么内容？", []),
        ("上海宝山的消息有哪些？", []),
        ("离车站最近的旅馆叫什么？", []),
        ("产量比去年同期增长多少？", []),
        ("今年和去年分别产了多少？", []),
        ("舒明天皇派谁来？", []),
        ("改制为今天的哪所大学？", []),
        ("“十四五”规划提出了什么？", []),
        ("《去年的新闻》是谁写的？", []),
        ("1号文件说了什么？", []),
        ("5号线的报道里有几站？", []),
        ("后年的报道什么时候写？", ["发布于 2025年"]),
    ],
)
def test_what_says_when_something_happened_leaves_nothing_out(question, expected):
    """Dates of events, names, publishers that are asked about: a preference at most, never a filter."""
    assert labels(question) == expected
    assert bool(read(question).only) is (expected == ["发布于 2025年"])


def test_spans_point_at_the_words_in_the_question():
    """Each condition knows the words it was read from, as written."""
    question = "据《天津日報》去年的报道，谁获奖？"
    assert [condition.span.of(question) for condition in read(question).conditions] == ["天津日報", "去年"]


def test_the_filter_names_sources_as_the_library_does():
    """One publisher goes by several names in a library, and shares some of its articles with others."""
    assert read("据新华社报道，几级？").only.sources == {"新华社", "@新华社", "新华社客户端"}
    assert read("天津日报的报道说什么？").only.sources == {"天津日报", "天津日报社"}
    assert read("新京报的报道说什么？").only.sources == {"新京报、北京日报"}
    assert read("新华网的报道说什么？").only.sources == {"新华网"}


def test_a_named_publisher_is_not_looked_for_and_relative_words_are_resolved():
    """The name is the filter's business; 昨天 is written as articles write it."""
    scope = read("据天津日报昨天的报道，灯会开到几点？")
    assert (scope.question, scope.wanted) == ("据天津日报8月15日的报道，灯会开到几点？", "灯会开到几点？")
    assert read("灯会几天，据天津日报昨天的报道？").wanted == "灯会几天，据 8月15日的报道？"
    assert "15" not in read("昨天的灯会开到几点？").topic


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("去年的报道里，灯会花了多少钱？", "灯会花了多少钱？"),
        ("《天津日報》上說，燈會花了多少錢？", "燈會花了多少錢？"),
        ("7月24日的新闻里恒生指数跌了多少？", "恒生指数跌了多少？"),
        ("新华社和人民日报的报道说，灯会开到几点？", "灯会开到几点？"),
        ("天津日报8月5日关于油价的报道说涨多少？", " 8月5日关于油价的报道说涨多少？"),
        ("去年的报道说什么？", "2022年的报道说什么？"),
        ("2021年的灯会花了多少钱？", "2021年的灯会花了多少钱？"),
        ("昨天的灯会，门票多少钱？", "8月15日的灯会，门票多少钱？"),
    ],
)
def test_what_only_says_where_to_look_is_not_looked_for(question, wanted):
    """A frame at the beginning is left out where something is left to ask; a topic never is."""
    assert read(question).wanted == wanted


def test_nothing_relative_is_read_without_a_day():
    """A batch run without a day must not depend on the clock."""
    assert labels("去年的报道怎么说？", None) == []
    assert labels("2022年的报道怎么说？", None) == ["发布于 2022年"]
    assert labels("据新华社报道，几级？", None) == ["来源 新华社"]


def test_what_is_taken_off_is_not_read():
    """One kind at a time, or all; publishers are then not even looked up."""

    def refuse() -> Publishers:
        raise AssertionError("looked up in vain")

    question = "据新华社去年的报道，几级？"
    assert [c.kind for c in read_scope(question, WEDNESDAY, refuse, NO_CONDITIONS).conditions] == []
    kept = read_scope(question, WEDNESDAY, lambda: PUBLISHERS, {ConditionKind.PUBLISHED}).conditions
    assert [condition.kind for condition in kept] == [ConditionKind.SOURCE]
    assert read_scope("油价涨了多少？", WEDNESDAY, refuse).only == Filter()


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("《天津日报》", "天津日报"),
        ("天津日报社", "天津日报"),
        ("人民日報客戶端", "人民日报"),
        ("“环球时报”微信公众号", "环球时报"),
        ("新华社", "新华社"),
        ("新华社电", "新华社"),
        ("新华每日电讯", "新华每日电讯"),
        ("中国新闻网", "中新网"),
        ("网", "网"),
    ],
)
def test_publishers_are_compared_by_what_they_are_called(name, key):
    """Marks, script and where they write are left out; different publishers stay apart."""
    assert publisher_key(name) == key


def test_a_library_without_publishers_names_none():
    """Nothing to match, nothing read."""
    assert Publishers(()).named_in("据新华社报道，几级？") is None


@pytest.mark.parametrize(
    ("start", "end", "label"),
    [
        (date(2022, 1, 1), date(2022, 12, 31), "2022年"),
        (date(2023, 7, 1), date(2023, 7, 31), "2023年7月"),
        (date(2023, 7, 1), date(2023, 8, 31), "2023年7月至8月"),
        (date(2023, 8, 5), date(2023, 8, 5), "2023年8月5日"),
        (date(2022, 12, 30), date(2023, 1, 2), "2022年12月30日至2023年1月2日"),
        (None, date(2023, 1, 2), "2023年1月2日以前"),
        (date(2023, 1, 2), None, "2023年1月2日以来"),
    ],
)
def test_labels_are_as_short_as_they_are_exact(start, end, label):
    """A person reads them at a glance."""
    assert period_label(start, end) == label


@given(
    st.text(alphabet="去年上月昨天2023的报道新闻据华社人民网说发布通知，最近目前《》“”3日 ", max_size=24),
    st.dates(date(1000, 1, 1), date(9000, 12, 31)) | st.none(),
)
def test_any_question_on_any_day(question, as_of):
    """Nothing breaks, spans lie within the question, and at most one condition of a kind is read."""
    conditions = read(question, as_of).conditions
    assert all(0 <= c.span.start < c.span.end <= len(question) for c in conditions)
    assert len({condition.kind for condition in conditions}) == len(conditions)
