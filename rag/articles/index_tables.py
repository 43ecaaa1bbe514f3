"""The index table above a government notice: 索引号, 发文机关, 发布日期 and the like."""

import re

from rag.articles.dates import FULL_DATE
from rag.articles.drafts import Draft
from rag.articles.labels import meta_line
from rag.articles.paragraphs import first_paragraph
from rag.types import HeadField, Span

_SHORT_LINE = 120
_INDEX = re.compile(
    r"\s*(?:索\s*引\s*号|主题分类|组配分类|信息分类|信息类别|体裁分类|服务对象|发文机关|发文单位|发布机构|发布单位|制发机关|公开(?:日期|方式|范围|时限|目录|程序|责任部门|类别)|成文日期"
    r"|生成日期|生效日期|有\s*效\s*性|效力状态|是否有效|废止日期"
    r"|发文字号|文\s*号|文件编号|标\s*题|名\s*称|关\s*键\s*词|主\s*题\s*词|内容概述|内容分类|发布日期|发文日期|责任部门|统一登记号|信息来源)\s*(?:[:：\t]"
    r"|\s{1,4}(?=\S)|$)"
)
_INDEX_LABEL = re.compile(
    r"(?:索\s*引\s*号|主题分类|组配分类|信息分类|信息类别|发文机关|发布机构|制发机关|公开日期|公开方式|公开范围|成文日期|生成日期|有\s*效\s*性|发文字号|文\s*号|名\s*称|标\s*题"
    r"|关\s*键\s*词|主\s*题\s*词|发布日期|责任部门)\s*[:：\t]"
)
_INDEX_SOURCE = re.compile(
    r"(?:发布机构|发文机关|制发机关|发布单位|发文单位|信息来源)\s*[:：\s]\s*(?P<value>[^\s:：]{3,30})"
)
_INDEX_DATE = re.compile(rf"(?:发布日期|公开日期|发文日期)\s*[:：\s]\s*(?P<value>{FULL_DATE})")


def _is_index(simple: str) -> bool:
    return _INDEX.match(simple) is not None


def _meta_free(simple: str) -> bool:
    """Whether a row with one label of an index table is not the date-and-source line below the title."""
    meta = meta_line(simple)
    return meta is None or not (meta.dropped or len(meta.fields) > 1)


def take_index_table(draft: Draft) -> None:
    """Drop the index table of a government page; who published it and when is kept for the head."""
    end = first_paragraph(draft) + 1
    rows = [
        line
        for line in draft.body[:end]
        if _is_index(simple := draft.simple(line))
        and len(line) <= 2 * _SHORT_LINE
        and (len(_INDEX_LABEL.findall(simple)) > 1 or _meta_free(simple))
    ]
    labels = sum(max(1, len(_INDEX_LABEL.findall(draft.simple(row)))) for row in rows)
    if len(rows) < 2 and labels < 3:
        return
    for row in rows:
        simple = draft.simple(row)
        for field, pattern in ((HeadField.SOURCE, _INDEX_SOURCE), (HeadField.DATE, _INDEX_DATE)):
            match = pattern.search(simple)
            if match is not None and field not in draft.index:
                draft.index[field] = Span(row.start + match.start("value"), row.start + match.end("value"))
        position = row.start
        for value in sorted(span for span in draft.index.values() if row.start <= span.start < row.end):
            draft.drop(draft.trimmed(position, value.start), "index table")
            position = value.end
        draft.drop(draft.trimmed(position, row.end), "index table")
        draft.body.remove(row)
