"""Units of figures: which are one measure at different scales, and which classifiers may stand for each other."""

import re
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Unit:
    """What a figure counts or measures.

    Two units are of one kind when their `measures` share a member: 12个 may be said as 12名, 3公里 as 3000米.
    """

    measures: frozenset[str]
    factor: Fraction = Fraction(1)  # to the measure's base unit
    counts: bool = False  # a classifier, not a measure


_MEASURES: dict[str, dict[str, str]] = {
    "元": {"元": "1", "块钱": "1", "元人民币": "1", "人民币": "1", "角": "1/10"},
    "美元": {"美元": "1", "美金": "1", "美分": "1/100"},
    "港元": {"港元": "1", "港币": "1"},
    "新台币": {"元新台币": "1", "新台币": "1", "台币": "1"},
    "欧元": {"欧元": "1"},
    "日元": {"日元": "1", "日圆": "1"},
    "英镑": {"英镑": "1"},
    "韩元": {"韩元": "1", "韩圆": "1"},
    "卢布": {"卢布": "1"},
    "加元": {"加元": "1"},
    "澳元": {"澳元": "1"},
    "米": {
        "公里": "1000",
        "千米": "1000",
        "km": "1000",
        "米": "1",
        "公尺": "1",
        "m": "1",
        "厘米": "1/100",
        "公分": "1/100",
        "cm": "1/100",
        "毫米": "1/1000",
        "mm": "1/1000",
        "微米": "1/1000000",
        "纳米": "1/1000000000",
        "nm": "1/1000000000",
    },
    "海里": {"海里": "1"},
    "英里": {"英里": "1"},
    "英尺": {"英尺": "1"},
    "英寸": {"英寸": "1"},
    "平方米": {
        "平方公里": "1000000",
        "平方千米": "1000000",
        "km2": "1000000",
        "平方米": "1",
        "平米": "1",
        "m2": "1",
        "公顷": "10000",
    },
    "亩": {"亩": "1"},
    "立方米": {"立方米": "1", "m3": "1", "方": "1", "升": "1/1000", "l": "1/1000", "毫升": "1/1000000"},
    "桶": {"桶": "1"},
    "千克": {
        "吨": "1000",
        "t": "1000",
        "公斤": "1",
        "千克": "1",
        "kg": "1",
        "斤": "1/2",
        "克": "1/1000",
        "g": "1/1000",
        "毫克": "1/1000000",
        "mg": "1/1000000",
        "微克": "1/1000000000",
    },
    "月": {"年": "12", "周年": "12", "月": "1"},
    "天": {"天": "1", "日": "1", "周": "7", "星期": "7", "礼拜": "7"},
    "秒": {"小时": "3600", "钟头": "3600", "分钟": "60", "分": "60", "秒": "1", "秒钟": "1", "毫秒": "1/1000"},
    "工作日": {"工作日": "1"},
    "瓦": {
        "瓦": "1",
        "千瓦": "1000",
        "kw": "1000",
        "兆瓦": "1000000",
        "mw": "1000000",
        "吉瓦": "1000000000",
        "gw": "1000000000",
    },
    "千瓦时": {"千瓦时": "1", "度电": "1", "kwh": "1"},
    "度": {"度": "1", "摄氏度": "1", "°c": "1", "°": "1"},
    "%": {"%": "1", "成": "10", "‰": "1/10"},
    "百分点": {"百分点": "1", "基点": "1/100"},
    "倍": {"倍": "1"},
    "折": {"折": "1"},
    "番": {"番": "1"},
    "比": {"比": "1"},
    "mah": {"mah": "1", "毫安时": "1"},
    "gb": {"gb": "1", "tb": "1024", "mb": "1/1024"},
    "hz": {"hz": "1", "赫兹": "1", "khz": "1000", "mhz": "1000000", "ghz": "1000000000"},
    "岁": {"岁": "1", "周岁": "1"},
    "人次": {"人次": "1"},
    "班次": {"班次": "1", "架次": "1", "车次": "1"},
    "号": {"号": "1"},
    "届": {"届": "1"},
    "期": {"期": "1"},
    "层": {"层": "1", "楼": "1"},
    "季度": {"季度": "1"},
    "世纪": {"世纪": "1"},
    "年代": {"年代": "1"},
    "级": {"级": "1"},
    "股": {"股": "1"},
    "页": {"页": "1"},
    "步": {"步": "1"},
}
# Classifiers that share a class may stand for each other; 个 stands for all of them.
_CLASSES = {
    "person": "人名位口例",
    "organisation": "家所间处户",
    "site": "处座所栋幢间站",
    "household": "户家",
    "machine": "台辆部架艘列只套件",
    "item": "件份批套只枚张块片面支把根颗粒盒瓶包箱袋杯笔单组对双节盏",
    "matter": "项条点款种类门句道",
    "plant": "棵株",
    "animal": "只头匹条",
    "work": "部本册篇首幅集章",
    "event": "次场起例轮回趟遍宗桩",
}
_CLASSIFIERS = {
    char: frozenset(name for name, chars in _CLASSES.items() if char in chars) for char in "".join(_CLASSES.values())
}
_CLASSIFIERS |= {
    "个": frozenset(_CLASSES),
    "方面": frozenset({"matter"}),
    "场次": frozenset({"event"}),
}

UNITS: dict[str, Unit] = {
    name: Unit(frozenset({measure}), Fraction(factor))
    for measure, names in _MEASURES.items()
    for name, factor in names.items()
}
UNITS |= {name: Unit(classes, counts=True) for name, classes in _CLASSIFIERS.items()}

NO_UNIT = Unit(frozenset())
SERIES = frozenset({"届", "季度", "期", "号", "世纪", "章", "集", "轮", "批"})  # 三季度 is 第三季度
# A Latin unit ends where its letters end, "%" is no longer one in "%d"; 年 of 年代 and 分 of 分之 are other things.
UNIT_PATTERN = (
    "(?:"
    + "|".join(
        re.escape(name) + ("(?![a-z])" if name.isascii() and name[0].isalpha() else "")
        for name in sorted(UNITS, key=lambda name: (-len(name), name))
    )
    + ")"
)


def one_kind(written: Unit, cited: Unit) -> bool:
    """Whether two figures with these units may be one figure.

    A figure without a known unit may stand for any but a share: 3.2万 for 3.2万人, never 12 for 12%.
    """
    if not written.measures or not cited.measures:
        return not {"%", "百分点"} & (written.measures | cited.measures)
    return bool(written.measures & cited.measures)
