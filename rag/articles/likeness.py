"""How likely a text is as written Chinese, Japanese, Korean or Western text: what decides between encodings.

Each model spreads one unit of probability over classes of characters, coarsely; what is compared are sums of
logarithms over the same bytes. The classes come from the national character sets themselves (their first planes hold
the characters in use) and from a few hundred of the most frequent characters.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

_SIMPLIFIED = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学"
    "法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外"
    "天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又利比或但质气第向道命此变条只没结解问意建月公无系军很情"
    "者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手"
    "角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思"
    "术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科"
    "张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千"
    "周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格"
    "养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严首底液官德随病苏失尔死讲配女黄推显谈罪神艺呢席含"
    "企望密批营项防举球英氧势告李台落木帮轮破亚师围注远字材排供河态封另施减树溶怎止案言士均武固叶鱼波视仅费紧爱左章早朝害"
    "续轻服试食充兵源判护司足某练差致板田降黑犯负击范继兴似余坚曲输修故城夫够送笔船占右财吃富春职觉汉画功巴跟虽杂飞检吸助"
    "升阳互初创抗考投坏策古径换未跑留钢曾端责站简述钱副尽帝射草冲承独令限阿宣环双请超微让控州良轴找否纪益依优顶础载倒房突"
    "坐粉敌略客袁冷胜绝析块剂测丝协诉念陈仍罗盐友洋错苦夜刑移频逐靠混母短皮终聚汽村云哪既距卫停烈央察烧迅境若印洲刻括激孔"
    "搞甚室待核校散侵吧甲游久菜味旧模湖货损预阻毫普稳乙妈植息扩银语挥酒守拿序纸医缺雨吗针刘啊急唱误训愿审附获茶鲜粮斤孩"
    "脱硫肥善龙演父渐血欢械掌歌沙刚攻谓盾讨晚粒乱燃矛乎杀药宁鲁贵钟煤读班伯香介迫句丰培握兰担弦蛋沉假穿执答乐谁顺烟缩征"
    "脸喜松脚困异免背星福买染井概慢怕磁倍祖皇促静补评翻肉践尼衣宽扬棉希伤操垂秋宜氢套督振架亮末宪庆编牛触映雷销诗座居抓裂"
    "网警股监赛险亿户救域辑港灾旅健份闻园援融镇款违搜返馆街康智牌航季景额俄洪障博涉乡措版绍暴夏售媒店播票午络湾启讯摄疗韩届购桥浦"
    "退临遇索川访悉厅陆宝综疑净录庭币付岛奖童剧库码贸券纳托罚澳申驾抢汇链税债彩储累危竞楼贷欧沿岸威努峰署驶沪粤浙闽皖辽津渝"
)
# Traditional forms of such characters; the rest of them is written alike in both scripts.
_TRADITIONAL = (
    "網際術這個為國時來們對會發動過說產種後學經進電裡現實兩體機當點從業應開還與關內數無質氣變條沒結問軍題黨員長資邊級圖統"
    "較將組見計別運農幾區強決戰則據處隊給門規領東導壓爭濟階記報導總統聞樣間義質線歷極聯認權證轉單風東車務萬達積議聲類離華"
    "確張馬節話況傳許廣觀織裝書眾復際驗連斷難備辦習響約勞團構稱準號維劃選標寫親層專狀廠識適屬圓調滿縣參紅細聽該鐵價嚴隨蘇"
    "爾講黃顯談藝營項舉勢臺灣檯幫輪亞師圍遠態減樹葉魚視僅費緊愛續輕試護練負擊範繼興餘堅輸筆財覺漢畫雜飛檢陽創壞徑換鋼責簡"
    "錢盡沖獨請讓軸紀優頂礎載敵絕塊劑測絲協訴陳羅鹽錯頻終雲衛燒訊貨預穩媽擴銀語揮紙醫針劉誤訓願審獲鮮糧龍漸歡剛謂討亂殺藥"
    "寧魯貴鐘讀豐擔執樂誰順煙縮臉異買慶編觸銷詩監賽險億戶災園違館額鄉絡啟訊攝療韓購橋臨訪廳陸綜淨錄庭幣島獎劇碼貿券納罰駕搶匯鏈稅債儲競樓貸歐"
)
_CANTONESE = "係佢哋嘅嘢啱唔咗冇喺咁嚟啲嗰咩喎畀俾乜睇攞嗌揾瞓話嘥嚿噉啦喇㗎吖嘞𨋢"
_MARKS = "，。、：；！？“”‘’（）《》「」『』【】…—·‧～％　\xa0"
_KANA = frozenset(map(chr, range(0x3041, 0x30FF)))
_HANGUL = (
    "이다는에의가을로하고지한를서기은도사인리대자시전해부일정수어나있라과안보만그상아구장원스들유제게동주면여소조공비국"
)
_ASCII = "".join(map(chr, range(0x21, 0x7F)))
_SPACES = " \n\r\t"


def _plane(codec: str, leads: Iterable[int]) -> frozenset[str]:
    """Return the characters that a double-byte set keeps under these lead bytes."""
    trails = (*range(0x40, 0x7F), *range(0xA1, 0xFF))
    return frozenset("".join(bytes((lead, trail)).decode(codec, "ignore") for lead in leads for trail in trails))


class _Model(dict[str, float]):
    """Character → logarithm of its probability; `other` for those of no class."""

    def __init__(self, classes: Iterable[tuple[Iterable[str], float]]) -> None:
        super().__init__()
        for characters, share in classes:
            fresh = set(characters) - self.keys()
            self.update(dict.fromkeys(fresh, math.log(share / len(fresh))))

    def __missing__(self, char: str) -> float:
        point = ord(char)
        if point == 0xFFFD or 0x80 <= point < 0xA0 or (point < 0x20 and char not in _SPACES):
            return -22.0
        if 0xE000 <= point < 0xF900 or point >= 0x30000:
            return -19.0
        if 0x3400 <= point < 0xA000 or 0x20000 <= point < 0x30000:
            return -15.5
        return -14.0


@cache
def models() -> Mapping[str, Mapping[str, float]]:
    """Return the models by language."""
    # The same in every model: markup and figures say nothing about the language around them.
    plain: list[tuple[Iterable[str], float]] = [(_SPACES, 0.1), (_ASCII, 0.4)]
    wide = "".join(chr(ord(char) + 0xFEE0) for char in _ASCII)
    simplified, rarer_simplified = _plane("gb2312", range(0xB0, 0xD8)), _plane("gb2312", range(0xD8, 0xF8))
    traditional, rarer_traditional = _plane("cp950", range(0xA4, 0xC7)), _plane("cp950", range(0xC9, 0xFA))
    common_traditional = _TRADITIONAL + "".join(char for char in _SIMPLIFIED if char in traditional)
    hangul = _plane("euc_kr", range(0xB0, 0xC9))
    letters = "".join(map(chr, range(0xC0, 0x180)))
    own: Mapping[str, Sequence[tuple[Iterable[str], float]]] = {
        "simplified": [
            (_SIMPLIFIED, 0.34),
            (_MARKS, 0.06),
            (wide, 0.005),
            (simplified, 0.09),
            (rarer_simplified, 0.005),
        ],
        "traditional": [
            (common_traditional, 0.34),
            (_MARKS, 0.06),
            (_CANTONESE, 0.01),
            (wide, 0.005),
            (traditional, 0.08),
            (rarer_traditional, 0.003),
            (simplified, 0.002),
        ],
        "japanese": [
            (_KANA, 0.28),
            (_MARKS, 0.05),
            (common_traditional, 0.08),
            (_plane("euc_jp", range(0xB0, 0xD0)), 0.09),
        ],
        "korean": [(_HANGUL, 0.31), (hangul, 0.19)],
        "western": [(letters, 0.4), ("’‘“”–—…€£©®°·«»", 0.1)],
    }
    return {language: _Model((*plain, *classes)) for language, classes in own.items()}


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Logarithms of a text's probability: of all of it, and of its characters that are not ASCII."""

    nats: float
    wide_nats: float
    wide: int  # characters that are not ASCII


def likelihood(text: str, language: str) -> Likelihood:
    """Return how likely a text is in a language."""
    model = models()[language]
    nats = wide_nats = 0.0
    wide = 0
    for char, count in Counter(text).items():
        own = model[char] * count
        nats += own
        if char > "\x7f":
            wide_nats += own
            wide += count
    return Likelihood(nats, wide_nats, wide)
