"""What kind of words a question asks for, and which spans of a sentence are of that kind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.fitting import fits
from rag.answering.kinds import expects

QUESTIONS = [
    ("大桥总投资多少钱？", "money"),
    ("看展览票价是多少？", "money"),
    ("馆里给这个岗位准备了多少补贴资金？", "money"),
    ("每吨值多少美元？", "money"),
    ("罚了多少？", "money"),
    ("面试占几成？", "share"),
    ("就业率是多少？", "share"),
    ("午睡多长时间合适？", "duration"),
    ("他要蹲几年牢？", "duration"),
    ("地铁哪天开通？", "time"),
    ("末班车几点发车？", "time"),
    ("大桥哪年通车？", "time"),
    ("什麼時候開館？", "time"),
    ("这是第几届展览？", "rank"),
    ("开了多少家食堂？", "count"),
    ("有多少人受灾？", "count"),
    ("来了多少业内人士？", "count"),
    ("副市长今年多大岁数？", "count"),
    ("埋了几根管子？", "count"),
    ("水位有多高？", "number"),
    ("这块平板有多沉？", "number"),
    ("他考了几分？", "number"),
    ("谁拿下了这个项目？", "person"),
    ("冠军是谁？", "human"),
    ("特展的策展人是谁？", "human"),
    ("给他们讲课的是哪一位？", "human"),
    ("发现沉船的渔民叫什么？", "human"),
    ("造卫星的是哪家单位？", "organisation"),
    ("是哪个部门立的案？", "organisation"),
    ("总部设在哪座城市？", "area"),
    ("少陵河是哪条江的支流？", "area"),
    ("冷库建在什么地方？", "place"),
    ("卫星从哪个发射场升空？", "place"),
    ("那套片子叫什么名？", "name"),
    ("招哪几种岗位的人？", "list"),
    ("有哪些薄弱的地方？", "list"),
    ("5号线为什么停运？", "reason"),
    ("收入怎么变少了？", "reason"),
    ("大桥通车是在西元几年？", "time"),
    ("大桥几月通车？", "time"),
    ("工程做了几个月？", "duration"),
    ("桥有多长？", "number"),
    ("几位科学家用什么工具发现了它？", None),
    ("多伦多大学的校训是什么？", None),
    ("许多高校参加了什么活动？", None),
    ("好几百个将军为什么升不了官？", "reason"),
    ("什么比例尺最好用？", None),
    ("他带领队员做什么？", None),
]


@pytest.mark.parametrize(("question", "kind"), QUESTIONS)
def test_the_kind_of_answer_is_read_from_the_question(question: str, kind: str | None) -> None:
    """Figures, times, people, places, institutions, names, lists and reasons are told apart."""
    assert expects(question).kind == kind


@pytest.mark.parametrize(
    "question",
    [
        "王俊生是谁？",
        "补贴申请怎么交？",
        "怎么洗都还能通电吗？",
        "好几百个将军反对吗？",
        "那里卖什么？",
        "院长吞了回扣吗？",
    ],
)
def test_what_asks_for_no_kind_of_words_is_left_alone(question: str) -> None:
    """王俊生是谁 wants to be told about him, not a name; 怎么交 wants the way, no reason."""
    assert expects(question).kind is None


FITTING = [
    ("大桥总投资多少钱？", "总投资[186.5亿元]。", "工期[12个月]。"),
    ("看展览票价是多少？", "票价[一百五十元]。", "[9月20日]开展。"),
    ("每吨值多少美元？", "每吨[300美元]。", "每吨[300元]。"),
    ("面试占几成？", "面试占[60%]。", "面试得了[60分]。"),
    ("午睡多长时间合适？", "最好睡[半小时]。", "占了[三成]。"),
    ("他要蹲几年牢？", "判处有期徒刑[三年六个月]。", "骗了[8个]人。"),
    ("地铁哪天开通？", "[6月28日]开通。", "共[128家]店。"),
    ("大桥哪年通车？", "於[2021]年通車", "全长[2021米]"),
    ("大桥哪年通车？", "[去年]通车", "[6月]通车"),
    ("末班车几点发车？", "末班车[23:40]发车", "票价[7元]"),
    ("末班车几点发车？", "末班车[23:40]发车", "[6月28日]开通"),
    ("这是第几届展览？", "[第三届]展览", "来了[观众]"),
    ("开了多少家食堂？", "开了[128家]。", "涨了[57元]。"),
    ("有多少人受灾？", "[5.87万人]受灾。", "损失[4.15亿元]。"),
    ("抓了几个人？", "抓了[4名]男子。", "罚了[83万日元]。"),
    ("有几个人受伤？", "[6人]受伤。", "用了[6台]车。"),
    ("他今年几岁？", "他今年[28岁]。", "过了[7小时]。"),
    ("水位有多高？", "水位[58.72米]。", "水色[清澈]。"),
    ("这块平板有多沉？", "重[530 克]。", "厚[7.36毫米]。"),
    ("感应装置铺了多长的路？", "铺了[50公里]。", "共[7款]车。"),
    ("来了多少？", "来了[三百]人。", "[8月13日]开幕。"),
    ("冠军是谁？", "冠军是[陆一川]。", "今天[马拉松]开跑。"),
    ("特展的策展人是谁？", "策展人[李建国]介绍", "[鹿渚歷史博物館]"),
    ("哪位主席去了？", "主席[王大山]出席。", "用[象牙]雕成。"),
    ("造卫星的是哪家单位？", "由[东岭空间技术研究所]研制。", "去年[3月]发射。"),
    ("总部设在哪座城市？", "总部设在[岑宁市]。", "[穗禾冷链物流股份有限公司]"),
    ("冷库建在什么地方？", "冷库建在[新坡港]。", "容量[3万吨]。"),
]


def marked(sentence: str) -> tuple[str, int, int]:
    """Return a sentence without its brackets, and the span that stood in them."""
    before, rest = sentence.split("[")
    span, after = rest.split("]")
    return before + span + after, len(before), len(before) + len(span)


@pytest.mark.parametrize(("question", "fitting", "misfit"), FITTING)
def test_spans_are_of_the_expected_kind_or_not(question: str, fitting: str, misfit: str) -> None:
    """By the figures, dates and names of the whole sentence."""
    expected = expects(question)
    assert fits(expected, *marked(fitting)) is True
    assert fits(expected, *marked(misfit)) is False


@pytest.mark.parametrize(
    ("question", "sentence", "fit"),
    [
        ("有多少人受灾？", "造成[5.87万]人受灾，", True),
        ("有多少人受灾？", "造成[5.87]万人受灾，", True),
        ("有多少人受灾？", "水位[58.72]米，", False),
        ("有多少人受灾？", "总共[3.2万]。人们说，", None),
        ("涉及几个乡镇？", "涉及[三]个乡镇。", True),
        ("有多少人受灾？", "[天气]很好", False),
        ("大桥总投资多少钱？", "总投资[4.15]亿元。", True),
        ("有多少人受灾？", "[3.2万]", None),
    ],
)
def test_the_unit_around_a_span_says_what_kind_it_is_of(question: str, sentence: str, fit: bool | None) -> None:
    """A reader may leave out the unit; where nothing says it, nothing is told."""
    assert fits(expects(question), *marked(sentence)) is fit


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("谁拿下了这个项目？", "[鹿渚历史博物馆]拿下了这个项目"),
        ("天敌是谁？", "[狮子]与豹"),
        ("塞了多少条铜管？", "塞了[22根]铜管"),
        ("他什么时候来的？", "他[嘉泰二年]来的"),
        ("文法学校起源于什么时候？", "起源于[中世纪]"),
        ("最高排名是多少？", "最高排名[第10名]"),
        ("大桥为什么封闭？", "[检修]"),
        ("那里卖什么？", "卖[三千元]的灯"),
        ("他是在哪一年登基的？", "[嘉定元年]登基"),
        ("哪一年重开的？", "重开于[1835]"),
        ("花期有多久？", "花期[1-3月]"),
        ("卵几天孵化？", "[7日]孵化"),
        ("和哪家公司合并？", "和[埃及航空]合并"),
        ("死了多少人？", "死了[三分之二]的人"),
        ("排第几？", "排在[首位]"),
    ],
)
def test_what_cannot_be_told_is_not_judged(question: str, sentence: str) -> None:
    """An institution may be who did something; other classifiers, old dates and plain nouns may be right."""
    assert fits(expects(question), *marked(sentence)) is not False


@given(
    st.sampled_from([question for question, _ in QUESTIONS]),
    st.text("大桥总投资1286.5亿元月日年三十人名王建国市公司，。《》() abc%第", max_size=30),
    st.integers(0, 30),
    st.integers(0, 30),
)
def test_any_span_of_any_sentence_can_be_judged(question: str, sentence: str, one: int, other: int) -> None:
    """Empty spans and spans beyond the end too."""
    start, end = sorted((min(one, len(sentence)), other))
    assert fits(expects(question), sentence, start, end) in {True, False, None}
