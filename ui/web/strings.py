"""Every word the page says. `{}` fields are filled with `str.format`; nothing here holds markup."""

from models.writers import ProblemKind
from rag.types import AbstainReason, FaultKind, Mode

NAME = "依据"
TAGLINE = "从您的文章里找答案，并给出原句"
WELCOME = "问一个问题，看它的依据"
WELCOME_HOW = "答案只从您的文章里来；每一条都能翻到原文，看到那一句。"

MODES: dict[Mode, str] = {"quote": "引用式", "write": "生成式"}
LIBRARY = "{articles} 篇文章 · {passages} 段"

QUESTION_LABEL = "您的问题"
QUESTION_PLACEHOLDER = "问一个这些文章能回答的问题"
ASK = "提问"
STOP = "停止"
CLEAR = "新对话"
EXCHANGE_LABEL = "第 {number} 问"
PANEL_LABEL = "原文"
EXAMPLES = "可以这样问"
EXAMPLES_PENDING = "正在从文章里找可以问的问题…"

EMPTY_LIBRARY = "还没有文章"
EMPTY_LIBRARY_HOW = "在终端里运行下面这一行，把“文件夹”换成存放文章的文件夹："
EMPTY_LIBRARY_COMMAND = "{command} 文件夹"
EMPTY_LIBRARY_KINDS = "能读的文件：{kinds}。子文件夹里的也算；原文件不会被改动。"
EMPTY_LIBRARY_THEN = "建好以后，本页自己会发现，不用刷新。"
EMPTY_LIBRARY_ASKED = "还没有文章：先在终端里运行 {command} 文件夹，再提问。"
FILE_KINDS = (".txt", ".md", ".html", ".pdf", ".docx", ".epub", ".csv", ".xlsx", ".jsonl", ".zip")

CHOOSER_LABEL = "用什么回答；现在是{chosen}"
CHOOSER_TITLE = "用什么回答"
CHOOSER_ABOUT: dict[Mode, str] = {
    "quote": "直接摘出原文里的话，快",
    "write": "用自己的话写，每句都与原文核对，较慢",
}
CHOOSER_HINT = "把对话模型（GGUF）放进 {folder} 就会出现在这里"
WRITER_GONE = "找不到生成模型 {name}：它的文件可能被移走了；请在输入框下面重新选择用什么回答。"
WRITER_PROBLEM = "生成模型 {name} 不能用：{problem}"
WRITER_PROBLEMS: dict[ProblemKind, str] = {
    "unreadable": "文件读不了：请检查它的权限，或重新放一份。",
    "broken": "文件头是坏的：还在复制就等一等，否则请重新下载。",
    "cut": "文件不完整：还在复制就等一等，否则请重新下载。",
    "empty": "里面没有模型：请换成对话模型的 GGUF 文件。",
    "addition": "这是附加文件（如 LoRA），不是模型本身：请放入模型的主文件。",
    "encoder": "这是只读不写的模型（向量或编码器）：请换成对话模型。",
    "base": "这是没有对话模板的基础模型：请换成 chat 或 instruct 版本。",
    "later_part": "这是分卷模型的后续部分：请选第一卷，其余各卷会一起读。",
    "missing_part": "分卷不全：请把所有分卷放在同一个文件夹里。",
}

QUEUED = "正在排队…前面还有 {ahead} 个问题"
STARTING = "马上开始…"
OPENING_WRITER = "正在打开 {name}…"
RETRIEVING = "正在检索…"
READING = "正在阅读…"
READING_PASSAGES = "正在阅读 {passages} 段…"
COMPOSING = "正在写回答…"
PREPARING = "正在读资料…"
PREPARING_SHARE = "正在读资料 {percent}%"
THINKING = "正在思考…"
WRITING = "正在写 — 尚未核对"
CHECKING = "正在逐句核对…"
DRAFT = "草稿，写完后逐句核对"
SECONDS = "用时 {seconds:.1f} 秒"
CONFIDENCE = "把握 {percent}%"
CONFIDENCE_ABOUT = "估计答对的可能，按考题校准过"
CONDITIONS = "按问题里的话限定"
CONDITION_DROP = "去掉“{label}”，重新提问"
CONDITION_HARD = "只看这样的文章；日期或来源不明的不算"
CONDITION_SOFT = "这样的文章排在前面，其他的也不漏"
CONDITION_DROPPED = "已去掉"
CONDITIONS_LINE = "按问题里的话：{labels}（想去掉就加 --no-filters）"
STANDALONE = "按这个问题查找：{question}"

ABSTAINED = "这些文章里没有找到答案"
ABSTAIN_REASONS: dict[AbstainReason, str] = {
    AbstainReason.NOTHING_FOUND: "没有一段文字与这个问题相关。",
    AbstainReason.NOT_ANSWERED: "最接近的段落谈到了它，但没有回答这个问题。",
    AbstainReason.UNSUPPORTED: "写出的回答没有原文支持，所以没有给出。",
}
CLOSEST = "最接近的段落"
HITS = "找到的段落（{count}）"
MORE_HITS = "其余 {count} 段"
CITATIONS = "依据"
OPEN_CITATION = "在原文中查看第 {marker} 条依据"
OPEN_HIT = "在原文中查看这一段"
FROM_HEAD = "标题与署名"

WITHDRAWN = "撤下 {count} 句：与原文对不上"
LEFT_OUT = "略去 {count} 句：重复，或没有写完"
DRAFT_FOLDED = "模型原文"
THINKING_FOLDED = "思考过程（不属于回答）"
FINISH_LENGTH = "写到长度上限，后面的没有写出来。"
FINISH_LOOP = "开始重复自己，到这里停下。"
FAULTS: dict[FaultKind, str] = {
    FaultKind.MARKER: "标注{quoted}不指向任何一段资料",
    FaultKind.UNCITED: "没有注明出处，资料里也没有能支持它的话",
    FaultKind.NUMBER: "数字{quoted}不在所引的原文里",
    FaultKind.DATE: "日期{quoted}不在所引的原文里",
    FaultKind.NAME: "名称{quoted}不在所引的原文里",
    FaultKind.CONTRADICTED: "{quoted}与所引原文的说法相反",
    FaultKind.UNSUPPORTED: "{quoted}所引的原文没有这样说",
    FaultKind.UNFINISHED: "没有写完",
    FaultKind.REPEATED: "与前面的话重复",
}
FAULT_QUOTED = "“{text}”"
FAULTS_JOINED = "；"

STOPPED = "已停止，没有得出回答。"
FAILED = "没能回答："
INTERNAL = "程序内部出错（{kind}）。详情在运行 yiju chat 的终端里；可以再问一次。"

EMPTY_QUESTION = "问题是空的：请先写下要问的话，再提交。"
LONG_QUESTION = "问题有 {length} 个字，最多 {limit} 个字：请缩短后再提交。"
BUSY = "上一个问题还在回答：请等它结束，或者先按“停止”。"

PANEL_EMPTY = "原文会在这里打开，并标出答案所依据的那一句。"
PANEL_GONE = "打不开原文："
PANEL_STALE = "原文已经变了，与引用时不同：请重新提问。"
PANEL_UNKNOWN = "这条引用不在当前的对话里：请重新提问。"
PANEL_HEAD = "标题与署名"
PANEL_BODY = "正文"
PANEL_BACK = "回到回答"
ALSO_IN = "另见：{articles}"
ALSO_IN_MORE = "{articles}等 {count} 篇"
ALSO_IN_JOINED = "；"
ALSO_IN_SHOWN = 3

READY = "依据 已就绪: {url}"
OPEN_TO_NETWORK = "注意：地址 {host} 对网络开放，能连到这台机器的人都可以提问和阅读文章。"
PORT_TAKEN = "端口 {port} 已被占用：同一地址上一个端口只能给一个程序用；请换一个，例如 yiju chat --port {other}"
PORTS_TAKEN = (
    "端口 {first}–{last} 都被占用：同一地址上一个端口只能给一个程序用；请指定一个空闲的，例如 yiju chat --port {other}"
)
PORT_RANGE = "端口 {port} 不能用：端口是 1 到 65535 之间的整数；例如 yiju chat --port {other}"
PORT_REFUSED = "端口 {port} 不能用（{reason}）：1024 以下的端口要有管理员权限；请换一个，例如 yiju chat --port {other}"
HOST_UNKNOWN = "地址 {host} 不能用（{reason}）：它得是这台机器自己的地址；不写 --host 就是 127.0.0.1"
