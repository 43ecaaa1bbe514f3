"""Words that differ by region: a question in the words of the mainland, and in those of Taiwan or Hong Kong.

For matching alone: what is shown or cited is never changed. A question is asked in a region's words as a whole, because
an article keeps to those of one. A word can have several counterparts (视频 is 影片 or 視訊), and can itself be one of
another word (文件 is 檔案, and 文檔 is 文件): that does little harm, since the question as it was asked is always the
first wording, and another one counts only where more of it is found.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from models.fold import simplify
from rag.text.regional_words import WORDS
from rag.text.terms import FUNCTION_CHARACTERS, terms

# The mainland's word and another region's, in Simplified characters: everyday words that OpenCC's tables lack. Left
# out are those that mean something common in the other region, as 通过 for 透过 would.
_EVERYDAY = """
质量=品质 水平=水准 公交车=公车 公交车=巴士 地铁=捷运 出租车=的士 摩托车=机车 空调=冷气 幼儿园=幼稚园 小学=国小
初中=国中 医保=健保 中介=仲介 保安=保全 燃气=瓦斯 盒饭=便当 酸奶=优格 奶酪=起司 三文鱼=鲑鱼 菠萝=凤梨 土豆=马铃薯
番石榴=芭乐 充电宝=行动电源 泥石流=土石流 暴雨=豪雨 核电站=核电厂 自动扶梯=电扶梯 堵车=塞车 平方米=平方公尺
立方米=立方公尺 厘米=公分 海上风电=离岸风电 航天员=太空人 空间站=太空站 血液透析=洗肾 朝鲜=北韩 韩国=南韩
朝鲜族=朝鲜族 特朗普=川普 普京=蒲亭 普京=普丁 泽连斯基=泽伦斯基 默克尔=梅克尔 马克龙=马克宏 悉尼=雪梨 迪拜=杜拜
加沙=加萨 哈马斯=哈玛斯 世界杯=世足赛 快递=宅配 消防员=警消 大巴=游览车 复印机=影印机 移动支付=行动支付 圆珠笔=原子笔
美元=美金 创可贴=OK绷 数码=数位 短视频=短影音
"""
_MOST = 4  # wordings of one question


class _Table(NamedTuple):
    """Words with their counterparts."""

    words: Mapping[str, Sequence[str]]
    longest: Mapping[str, int]  # of the words that begin with a character

    @classmethod
    def of(cls, words: Mapping[str, Sequence[str]]) -> "_Table":
        """Return the table of these words."""
        longest: dict[str, int] = {}
        for word in words:
            longest[word[0]] = max(len(word), longest.get(word[0], 0))
        return cls(words, longest)


@cache
def _tables() -> tuple[_Table, _Table]:
    """Return what the mainland's words are elsewhere, and what those are on the mainland."""
    elsewhere, mainland = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for pair in (_EVERYDAY + WORDS).lower().split():
        word, other = pair.split("=")
        elsewhere[word].append(other)
        mainland[other].append(word)
    return _Table.of(dict(elsewhere)), _Table.of(dict(mainland))


def _replaced(text: str, table: _Table, choice: int) -> str:
    """Return the text with the longest words of the table replaced, from the left, by their counterpart of a number."""
    written: list[str] = []
    place = 0
    while place < len(text):
        for end in range(min(place + table.longest.get(text[place], 0), len(text)), place + 1, -1):
            if others := table.words.get(text[place:end]):
                written.append(others[min(choice, len(others) - 1)])
                place = end
                break
        else:
            written.append(text[place])
            place += 1
    return "".join(written)


@lru_cache(maxsize=256)
def wordings(question: str) -> tuple[str, ...]:
    """Return a question as it is and then, in Simplified characters, in other regions' words where those differ."""
    if question.isascii():
        return (question,)
    simplified = simplify(question).lower()
    found = {simplified: question}
    for choice in range(2):
        for table in _tables():
            worded = _replaced(simplified, table, choice)
            found.setdefault(worded, worded)
    return tuple(found.values())[:_MOST]


def in_words_of(question: str, texts: Iterable[str]) -> str:
    """Return the wording of a question of which most terms occur in the texts; as it was asked where none has more."""
    worded = wordings(question)
    if len(worded) == 1:
        return question
    found = {term for text in texts for term in terms(text) if FUNCTION_CHARACTERS.isdisjoint(term)}
    return max(worded, key=lambda wording: len(found.intersection(terms(wording))))
