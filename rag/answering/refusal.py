"""Whether what a writer wrote is a refusal: that the passages do not say, and nothing else."""

import re

from rag.text.flat import flatten
from rag.text.sentences import sentence_spans

_SOURCE = "资料|文章|文本|段落|材料|上下文|内容|信息|报道|文中|文档|原文|片段|passage"
_SILENT = "没有|未|并无|无|不包含|不涉及|缺乏|缺少|不足以|没"
_SAYS = (
    "提到|提及|包含|涉及|说明|给出|提供|找到|记载|披露|透露|介绍|写明|明确|相关|答案|直接|回答|公布|列出|指出|"
    "交代|查到|检索到|有关|具体|足够|关于|这|该|任何"
)
_REFUSES = re.compile(
    rf"(?:{_SOURCE})[^。，,;；]{{0,14}}?(?:{_SILENT})(?:有)?[^。，,;；]{{0,10}}?(?:{_SAYS})"
    rf"|(?:{_SILENT})(?:在|从)?[^。，,;；]{{0,12}}?(?:{_SOURCE})[^。，,;；]{{0,6}}?(?:{_SAYS})?"
    rf"|(?:{_SOURCE})[^。，,;；]{{0,4}}[,，](?:均|都|并|也)?(?:没有|未)(?:提到|提及|说明|涉及|包含|给出|介绍)"
    r"|(?:没有|未能|未|无)(?:找到|检索到|查到|发现|相关|足够)[^。，,;；]{0,20}?(?:信息|内容|资料|答案|报道|记载|说明)"
    rf"|(?:^|[，,。;；]|因此|所以|我|故|则|也|仍|暂|(?:{_SOURCE})[中里内]?[^。，,;；]{{0,6}}?)(?:无法|不能|难以|"
    rf"没法)(?:从[^。，,;；]{{0,14}})?(?:准确|直接|据此|确切|给出)?(?:回答|作答|确定|得知|判断|给出|提供|确认|"
    rf"获知|得出|知道|解答)"
    r"|^(?:并|均|都|我|尚|也)?(?:不知道|不清楚|未提及|没有提及|没有提到|未提到|未说明|没有说明|不得而知)"
)
_POLITE = re.compile(
    r"抱歉|对不起|很遗憾|遗憾|您好|你好|建议您?(?:查阅|咨询|参考|查询|访问|关注)|请(?:提供|补充|查阅|咨询|您)|"
    r"如(?:果)?(?:您)?(?:有|需|能|还)|可以?(?:查阅|咨询|参考)|如需|欢迎|"
    r"^(?:因此|所以)?我?(?:只能|仅能)"
)
_BUT = re.compile(
    r"(?:但是?|不过|只是|仅|只|然而)[^。]{0,4}(?:提到|提及|知道|说|介绍|指出|显示|给出|写|包含|表明|可以|能够|有)"
)
_MARKER = re.compile(r"[\[【［〔][^\]】］〕]{0,12}\d[^\]】］〕]{0,8}[\]】］〕]")


def refuses(sentence: str) -> bool:
    """Whether one sentence says that the passages hold no answer, and reports nothing of what they do hold."""
    flat = flatten(_MARKER.sub("", sentence)).text
    if _MARKER.search(sentence) and not re.search(_SOURCE, flat):
        return False  # it reports that someone else would not say
    return _REFUSES.search(flat) is not None and _BUT.search(flat) is None


def is_refusal(text: str) -> bool:
    """Whether the whole of a draft is a refusal: 资料中没有提到……, 无法回答, with or without courtesies.

    A partial answer that ends in "the other passages do not mention it" is none.
    """
    found = False
    for span in sentence_spans(_MARKER.sub("", text)):
        sentence = span.of(_MARKER.sub("", text))
        if refuses(sentence):
            found = True
        elif not _POLITE.search(flatten(sentence).text) and any(char.isalnum() for char in sentence):
            return False
    return found
