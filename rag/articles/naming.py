"""Patterns for the names of people and publishers, in Simplified script."""

import re

from rag.articles.sources import NAMES as PUBLISHERS

HAN = r"[㐀-鿿]"
# No name holds one of these: it is the next label, glued on.
_NEXT = (
    "提交|流程编|并摄|校对|审校|审核|编辑|责编|来源|记者|监制|校审|摄影|通讯员|实习生|供图"
    "|作者|报道|报导|责任编|值班|总编|统筹|策划|翻译|剪辑|排版|录入|标签|关键词|时间|日期|时长|版权|声明|相关|推荐"
    "|星期[一二三四五六日天]|我要|我来|评论|阅读|浏览|点击|点赞|打印|收藏|分享|字体|字号|关闭|纠错|发布|发表|获悉|了解|采访"
)
_LETTER = rf"(?:(?!{_NEXT}){HAN})"
NAME = (
    rf"(?:{_LETTER}{{1,4}}·(?:{_LETTER}+·?)+|{_LETTER}{{2,4}}"
    rf"|(?![A-Za-z]*\d)[A-Za-z][A-Za-z.'-]+(?:\s[A-Z][A-Za-z.'-]+)*)"
)
_NO_LABEL = r"(?!\s*[:：]|\s*/(?!\s*[㐀-鿿]{2,6}\s*[:：]))"
_MORE = rf"(?:\s*[、,，/ ]\s*(?!责任编辑|{HAN}{{0,5}}(?:综合|摄影)?(?:报道|报导)){NAME}{_NO_LABEL})*"
NAMES = rf"{NAME}{_NO_LABEL}{_MORE}"
KNOWN = rf"(?:{'|'.join(map(re.escape, PUBLISHERS))})网?"
