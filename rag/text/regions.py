"""Regions named together: 京津冀, 京、津、冀 and 北京、天津、河北 are one.

A region's one character counts only in company: three or more in a row (沪苏浙皖), a pair that is a common one (川渝),
or with marks between them (京、津、冀). Alone it is a character like any other (津津有味, 新闻, 吉他).
"""

import re
from collections.abc import Iterator

from rag.types import Span

_EACH = """
北京:京 天津:津 河北:冀 山西:晋 内蒙古:蒙 辽宁:辽 吉林:吉 黑龙江:黑 上海:沪 江苏:苏 浙江:浙 安徽:皖 福建:闽 江西:赣
山东:鲁 河南:豫 湖北:鄂 湖南:湘 广东:粤 广西:桂 海南:琼 重庆:渝 四川:川 贵州:黔 云南:滇 西藏:藏 陕西:陕 甘肃:甘
青海:青 宁夏:宁 新疆:新 香港:港 澳门:澳 台湾:台
"""
# Pairs in use. Other two such characters in a row say nothing: they are common in other words.
_COMMON_PAIRS = """
京津 津冀 京冀 川渝 渝川 沪苏 沪浙 苏浙 浙皖 苏皖 闽台 港澳 粤港 粤澳 粤桂 粤闽 闽粤 闽赣 云贵 川滇 滇黔 黔桂 桂黔 滇桂
川黔 渝黔 川藏 青藏 滇藏 晋陕 晋冀 陕甘 甘青 鲁豫 苏鲁 豫鄂 湘鄂 鄂湘 湘赣 赣湘 皖赣 豫皖 豫陕 陕豫 京沪 琼粤 粤琼 鄂豫
辽吉 吉黑 蒙晋 冀鲁 冀豫 鲁冀 湘粤 粤湘 湘桂 湘黔 渝鄂 渝湘 陕川 川陕 甘陕 甘宁 陕蒙 蒙辽
"""
_REGIONS = dict(pair.split(":") for pair in _EACH.split())
_NAMES = {char: name for name, char in _REGIONS.items()} | {"贵": "贵州", "云": "云南"}
_PAIRS = frozenset(_COMMON_PAIRS.split())
_ORDINARY = re.compile("新贵|贵港|青云|云台|新台|吉川|新晋|新川|黑云|新云|云新")
# What such a company of regions is called besides, and who they are.
_CALLED = {
    "长三角": "上海 江苏 浙江 安徽",
    "长江三角洲": "上海 江苏 浙江 安徽",
    "东三省": "辽宁 吉林 黑龙江",
    "东北三省": "辽宁 吉林 黑龙江",
    "江浙沪": "江苏 浙江 上海",
    "成渝": "成都 重庆",
    "京津冀": "北京 天津 河北",
    "粤港澳": "广东 香港 澳门",
    "港澳台": "香港 澳门 台湾",
    "云贵川": "云南 贵州 四川",
    "陕甘宁": "陕西 甘肃 宁夏",
    "晋陕蒙": "山西 陕西 内蒙古",
}
_KINDS = "(?:壮族自治区|回族自治区|维吾尔自治区|特别行政区|自治区|省|市|两地|三地|四地)"
_CHAR = f"[{''.join(_NAMES)}]"
_NAME = f"(?:{'|'.join([*_REGIONS, '成都'])}){_KINDS}?"
_AND = "(?:[、,，和与及]|以及)"
_STANDS_ALONE = r"(?<![^\W\d_a-z])|(?<=[在从向对为由到赴来至自使让把将以据如按于])"
_ALONE_AFTER = "$|[^一-鿿]|[两各等地的间]"
_COMPANY = re.compile(
    rf"(?P<called>{'|'.join(sorted(_CALLED, key=len, reverse=True))})"
    rf"|(?P<names>{_NAME}(?:{_AND}?{_NAME})+)"
    rf"|(?:南京|东京|北京|天津|{_NAME})"  # names that end in such a character, or begin with one
    rf"|(?P<marked>{_CHAR}(?:、{_CHAR}){{2,}}(?:[和与及]{_CHAR})?"
    rf"|(?:{_STANDS_ALONE}){_CHAR}[、和与及]{_CHAR}(?={_ALONE_AFTER}))"
    rf"|(?P<row>{_CHAR}{{2,}})"
)
_ANY_NAME = re.compile("|".join([*_REGIONS, "成都"]))


def _alternatives(regions: list[str], text: str) -> tuple[str, ...]:
    """Return other ways of naming these regions together."""
    ways = ["、".join(regions)]
    ways += [called for called, of in _CALLED.items() if set(of.split()) == set(regions)]
    chars = [_REGIONS.get(region, "成" if region == "成都" else "") for region in regions]
    row = "".join(chars)
    if all(chars) and "成" not in row:
        ways += [row, "、".join(chars)]
    return tuple(dict.fromkeys(way for way in ways if way != text))


def companies(text: str) -> Iterator[tuple[Span, tuple[str, ...]]]:
    """Yield where regions are named together in a folded text, and how else that can be said."""
    for found in _COMPANY.finditer(text):
        if found.lastgroup is None:
            continue
        words = found.group()
        if found.lastgroup == "called":
            regions = _CALLED[words].split()
        elif found.lastgroup == "names":
            regions = _ANY_NAME.findall(words)
        else:
            chars = [char for char in words if char in _NAMES]
            if found.lastgroup == "row" and (len(chars) == 2 and words not in _PAIRS):
                continue
            if _ORDINARY.search(words):
                continue
            regions = [_NAMES[char] for char in chars]
        if 1 < len(set(regions)) == len(regions):
            yield Span(found.start(), found.end()), _alternatives(regions, words)
