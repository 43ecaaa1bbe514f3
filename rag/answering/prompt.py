"""What a writer is told. The order serves the writer's cache: what stays the same between questions comes first."""

from collections.abc import Sequence

from models.protocols import Message
from rag.answering.checked import GivenPassage
from rag.types import History

REFUSAL = "资料中没有答案。"
_SYSTEM = """你的工作是根据给出的资料回答问题。请遵守：
一、只用资料里写明的内容，不用别的知识，不推测。
二、先用一句话直接回答，需要时再补充一两句；总共不超过五句。
三、每句话的末尾用方括号写出它所依据的资料的编号，例如[1]；依据几条就写几个，例如[1][3]。
四、数字、日期、人名、地名和机构名照资料原样写，不要换算。"""
_MAY_REFUSE = f"\n五、如果资料没有回答这个问题，只写：{REFUSAL}"
_EARLIER = 200  # characters of an earlier answer that are repeated


def messages(
    question: str, passages: Sequence[GivenPassage], history: History = (), *, may_refuse: bool = True
) -> list[Message]:
    """Return the chat that asks a writer to answer from passages."""
    parts = ["资料：", *map(_passage, passages)]
    if history:
        # A follow-up is written in view of what it follows; earlier turns would only lengthen the prompt.
        last = history[-1]
        parts.append(f"上一个问题：{last.question}\n上一个回答：{last.answer[:_EARLIER]}")
    parts.append(f"问题：{question}")
    return [Message("system", _SYSTEM + (_MAY_REFUSE if may_refuse else "")), Message("user", "\n\n".join(parts))]


def _passage(given: GivenPassage) -> str:
    about = "，".join(
        part for part in (f"《{given.title}》", given.source, given.published and given.published.isoformat()) if part
    )
    return f"[{given.number}] {about}\n{given.text}"
