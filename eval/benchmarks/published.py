"""Figures of other systems, with their sources, for orientation: none of them was measured here under one protocol."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """Published figures and what sets them apart from ours."""

    differs: str  # the protocol
    header: tuple[str, ...]  # system, its size, figures, source
    lines: tuple[tuple[str, ...], ...]


_MINIRBT = "repo iflytek/MiniRBT"
_ELECTRA = "repo ymcui/Chinese-ELECTRA"

CMRC = Table(
    "Theirs: the official development set (3,219 questions, three gold answers each, of which the best counts),"
    " fine-tuned on the whole training set (10,142 questions), question and passage given. Ours: part of the"
    " training set that our training did not see, with one gold answer each, which lowers both figures; the rest of"
    " that set, and others, trained the reader.",
    ("system", "parameters", "EM", "F1", "source"),
    (
        ("human (test set)", "–", "92.4", "97.9", "ymcui.com/cmrc2018"),
        ("MacBERT-large, mean", "324 M", "68.6", "88.2", "repo ymcui/MacBERT"),
        ("RoBERTa-wwm-ext, mean", "102 M", "66.5", "86.5", "repo ymcui/MacBERT"),
        ("BERT-base-Chinese, mean", "102 M", "64.4", "84.0", "repo ymcui/MacBERT"),
        ("ELECTRA-small, pretrained on 5.4 billion tokens", "12 M", "62.9", "80.2", _ELECTRA),
        ("MiniRBT-h288, distilled twice", "12.3 M", "58.8", "80.5", _MINIRBT),
        ("RBT3", "38 M", "57.7", "80.3", _MINIRBT),
        ("RBT4-h312", "11.4 M", "54.9", "77.9", _MINIRBT),
        ("ERNIE 3.0 Nano, 4 layers of 312", "–", "52.0", "76.4", "repo PaddleNLP, ernie-3.0"),
        ("SRC+DS, no pretraining", "–", "49.2", "65.4", "repo ymcui/cmrc2018, baseline"),
        ("best sentence of the gold paragraph by BM25", "0", "–", "23.9", "measured by us"),
    ),
)
DRCD = Table(
    "Theirs: the whole development set (3,524 questions), fine-tuned on DRCD's training set (26,936 questions), which"
    " ours never had. Ours: the part of the development set that our training did not see; the rest of it is all"
    " the DRCD that trained the reader.",
    ("system", "parameters", "EM", "F1", "source"),
    (
        ("human (test set)", "–", "–", "93.3", "nubint.ai"),
        ("MacBERT-large, mean", "324 M", "90.8", "95.3", "repo ymcui/MacBERT"),
        ("BERT-base-Chinese, mean", "102 M", "82.7", "89.6", "repo ymcui/MacBERT"),
        ("ELECTRA-small", "12 M", "79.4", "86.4", _ELECTRA),
        ("MiniRBT-h288", "12.3 M", "78.7", "87.1", _MINIRBT),
        ("RBT4-h312", "11.4 M", "75.1", "84.1", _MINIRBT),
        ("SRC+DS, no pretraining", "–", "55.4", "67.7", "repo ymcui/cmrc2018, baseline"),
        ("best sentence of the gold paragraph by BM25", "0", "–", "17.1", "measured by us"),
    ),
)
REFUSAL = Table(
    "Theirs: RGB's Chinese questions over five passages that do not answer; how often answerable questions are declined"
    " is not reported, so that the figures cannot be put beside each other without it. Ours: no passage of the"
    " question's article is in the library, and what is declined among answerable questions is told.",
    ("system", "unanswerable declined", "answerable declined", "source"),
    (
        ("ChatGPT (2023), by phrase / as a model judges", "5.3 / 43.3", "not reported", "RGB (AAAI-24), Rej / Rej*"),
        ("ChatGLM2-6B", "6.3 / 36.3", "not reported", "RGB (AAAI-24)"),
        ("Qwen-7B-Chat", "8.7 / 25.3", "not reported", "RGB (AAAI-24)"),
        ("a threshold on bge-small-zh's score", "19.1", "at most 10", "a public repository, one author, unreviewed"),
        ("a threshold on lexical coverage, RGB zh_refine", "28", "5", "measured by us"),
    ),
)
RETRIEVAL = Table(
    "Theirs: other questions over other articles. Small libraries of encyclopedia paragraphs are easy for any lexical"
    " search (saturated): they show that nothing is broken, not which system is better.",
    ("system and library", "success@1", "MRR", "source"),
    (
        ("BM25, 848 paragraphs of CMRC's development set", "95.8", "–", "measured by us"),
        ("BM25, 1,000 paragraphs of DRCD's development set", "93.9", "–", "measured by us"),
        ("BM25 on character bigrams, CRUD-RAG, 5,681 articles", "75.9", "85.7", "a public repository, one author"),
        ("Qwen3-Embedding-8B, the same", "78.0", "–", "the same"),
        ("both fused, the same", "79.9", "88.1", "the same"),
    ),
)
RGB = Table(
    "Chinese part; accuracy in per cent by share of noise among five passages. The paper's figures are on `zh`; ours,"
    " marked so, on `zh_refine`, where passages and answers were mended. An answer is right when it contains the gold,"
    " so that copying everything is always right: read figures with a bound on length, and beside the copying rows.",
    ("system", "0", "0.2", "0.4", "0.6", "0.8", "source"),
    (
        ("ChatGPT (2023)", "95.7", "94.7", "91.0", "87.7", "70.7", "RGB (AAAI-24), table 1"),
        ("ChatGLM-6B", "94.3", "90.7", "89.0", "82.3", "69.0", "the same"),
        ("Qwen-7B-Chat", "94.0", "92.3", "88.0", "84.3", "68.7", "the same"),
        ("BELLE-7B-2M", "92.0", "88.7", "85.3", "78.3", "67.7", "the same"),
        ("ChatGLM2-6B", "86.7", "82.3", "76.7", "72.3", "54.0", "the same"),
        ("Vicuna-7B-v1.3", "85.7", "82.7", "77.0", "69.3", "49.7", "the same"),
        ("copying all five passages", "100", "100", "100", "100", "100", "measured by us, zh_refine"),
        ("best three sentences by BM25", "92.3", "92.0", "87.3", "82.7", "67.3", "measured by us, zh_refine"),
        (
            "sentences by BM25, at most 80 characters",
            "69.7",
            "68.3",
            "63.0",
            "55.7",
            "41.3",
            "measured by us, zh_refine",
        ),
    ),
)
RGB_COMMANDS = (
    "yiju eval run 'rgb:zh_refine.json?noise=0,0.2,0.4,0.6,0.8' --answer-always --out runs/rgb",
    "yiju eval run 'rgb:zh_refine.json?noise=0.4,1' --out runs/rgb-rejection",
    "yiju eval run 'rgb:zh_int.json?noise=0,0.2,0.4' --answer-always --out runs/rgb-integration",
    "yiju eval run 'rgb:zh_fact.json' --answer-always --out runs/rgb-counterfactual",
)
CRUD = Table(
    "Retrieval over CRUD-RAG's news, mean reciprocal rank × 100, as a reader's notes on the paper (arXiv 2401.17043v3)"
    " have it: chunks of 128 tokens, eight of them. Scores of generation are not quoted: they could not be read in the"
    " paper itself.",
    ("questions", "dense (bge-base-zh)", "BM25", "hybrid and reranker", "source"),
    (
        ("one article", "49.8", "49.1", "52.5", "notes on the paper"),
        ("two articles", "42.3", "41.3", "44.2", "notes on the paper"),
        ("three articles", "38.5", "37.3", "41.2", "notes on the paper"),
    ),
)
_KEY_PHRASES = ",".join(f"QuestAnswer{task}_quest_gt_save.json" for task in ("1Doc", "2Docs", "3Docs"))
CRUD_COMMANDS = (
    "yiju index 80000_docs/ --library .crud",
    f"yiju eval run 'crud:split_merged.json?nuggets={_KEY_PHRASES}' --library .crud --out runs/crud",
    "yiju eval run 'crud:split_merged.json?task=3docs&passages=own' --out runs/crud-own",
)
