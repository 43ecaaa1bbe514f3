"""Invented news for tests of reposts and of staying in step: stories, and the clothes they come in."""

import re

_PLACES = ["澜江", "青汀", "岑宁", "沛源", "衡洲", "绥岭", "泸渡", "郧台"]
_THINGS = ["跨江大桥", "市立图书馆", "轨道二号线", "污水处理厂", "中心体育馆", "滨河公园", "职业学院", "客运枢纽"]
_FACTS = (
    "{place}市{thing}昨日通过竣工验收，将于下月向公众开放。",
    "该项目由{place}建设集团承建，历时{a}个月，总投资{b}亿元。",
    "记者在现场看到，工人们正在清理{thing}周边的道路和绿化带。",
    "市民王女士说，她家离{thing}只有{c}分钟路程，今后出行方便多了。",
    "{place}市住建局介绍，{thing}采用了{d}项新工艺，能耗比同类工程低{e}%。",
    "验收组认为，{thing}的主体结构、消防和电气系统都达到了设计要求。",
    "下一步，{place}市还将在{thing}附近增设{f}个公交站点和一处停车场。",
    "据了解，{thing}开放初期将实行预约制，每天最多接待{g}人次。",
)
ADDED = (
    "另据气象部门消息，未来三天当地以多云为主，气温略有回升。",
    "专家提醒，换季时节早晚温差较大，外出应注意增减衣物，老人和儿童尤其要当心。",
)
ANOTHER = (
    "岑宁队昨晚在主场以三比一战胜青汀队，提前两轮锁定联赛冠军。上半场双方互有攻守，客队门将多次扑出单刀球。"
    "易边再战，替补登场的小将连下两城，全场四万名球迷起立欢呼。主教练赛后说，这支球队最可贵的是从不放弃。"
    "按照赛程，他们将在周末前往外地，挑战目前排名第二的对手。俱乐部宣布，夺冠庆典定在月底举行，门票免费领取。"
)


def story(number: int) -> list[str]:
    """Return the sentences of a story."""
    place, thing = _PLACES[number % 8], _THINGS[(number // 8 + number) % 8]
    figures = {name: 11 + (number * 37 + at * 101) % 880 for at, name in enumerate("abcdefg")}
    return [fact.format(place=place, thing=f"{thing}{'甲乙丙丁'[number // 64 % 4]}区", **figures) for fact in _FACTS]


def text(number: int) -> str:
    """Return a story as its first source has it."""
    return "".join(story(number))


def reheaded(number: int) -> str:
    return f"快讯：又一工程来了\n2024-05-02 来源：某某网\n{text(number)}"


def shortened(number: int) -> str:
    return "".join(story(number)[:4])


def repunctuated(number: int) -> str:
    return text(number).translate(str.maketrans("，。", ",."))


def swapped(number: int) -> str:
    sentences = story(number)
    return "".join([*sentences[:2], sentences[4], sentences[3], sentences[2], *sentences[5:]])


def lengthened(number: int) -> str:
    return text(number) + "\n" + "".join(ADDED)


def led(number: int) -> str:
    return "好消息！期待已久的工程终于有了新进展，一起来看。" + "".join(story(number)[1:])


def refigured(number: int) -> str:
    """The next notice of a series: the same words, other figures."""
    return re.sub(r"\d+", lambda found: str(int(found[0]) + 17), text(number))


REPOSTS = (reheaded, shortened, repunctuated, swapped, lengthened, led)
