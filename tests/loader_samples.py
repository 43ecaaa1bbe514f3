"""A sound sample for every loader: all text is written for these tests."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

PARAGRAPH = "青石镇书展八月六日开幕，入场三万五千人次。书展由镇文化站承办。"
SECOND = "镇文化站说，书展明年移到新馆。"


def _json(folder: Path, name: str, value: object) -> Path:
    path = folder / name
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return path


def _text(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _squad(folder: Path, loader: str) -> list[str]:
    qas = [
        {"id": "q1", "question": "书展何时开幕？", "answers": [{"text": "八月六日", "answer_start": 5}]},
        {"id": "q2", "question": "票价多少？", "answers": [], "is_impossible": True},
    ]
    data = [{"title": "书展", "paragraphs": [{"id": "P7", "context": PARAGRAPH, "qas": qas}]}]
    flat = {"id": "f1", "question": "书展由谁承办？", "passage": PARAGRAPH, "answers": ["镇文化站"], "answerable": True}
    nested = _json(folder, "dev.json", {"version": "1", "data": data})
    return [f"{loader}:{nested}", f"{loader}:{_json(folder, 'dev.jsonl', flat)}"]


def _rgb(folder: Path) -> list[str]:
    base = {
        "id": 1,
        "query": "书展何时开幕？",
        "answer": [["八月六日", "8月6日"]],
        "positive": [f"{PARAGRAPH}第{n}版。" for n in range(5)],
        "negative": [f"灯会第{n}天。" for n in range(5)],
    }
    parts = {
        "id": 2,
        "query": "书展何时开幕，明年在哪里？",
        "answer": ["八月六日", "新馆"],
        "positive": [[PARAGRAPH, f"{PARAGRAPH}又。"], [SECOND]],
        "negative": ["灯会第一天。"],
    }
    wrong = base | {"fakeanswer": "九月九日", "positive_wrong": [PARAGRAPH.replace("八月六日", "九月九日")] * 5}
    written = f"rgb:{_json(folder, 'zh.json', base)}?noise=0,0.4,1"
    return [
        written,
        f"rgb:{_json(folder, 'zh_int.json', parts)}?noise=0.2",
        f"rgb:{_json(folder, 'zh_fact.json', wrong)}?correct=0.2",
    ]


def _crud(folder: Path) -> list[str]:
    item = {"ID": "u1", "questions": "书展何时开幕？", "answers": "八月六日。", "news1": PARAGRAPH, "news2": SECOND}
    path = _json(folder, "split_merged.json", {"questanswer_2docs": [item]})
    nuggets = _json(folder, "gt.json", {"u1": {"key_info": ["八月六日", "——"]}})
    return [f"crud:{path}", f"crud:{path}?passages=own&nuggets={nuggets}"]


def _beir(folder: Path) -> list[str]:
    _text(folder, "queries.jsonl", json.dumps({"_id": "q1", "text": "书展何时开幕？"}, ensure_ascii=False))
    _text(folder, "qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\n")
    return [f"beir:{folder}"]


def _trec(folder: Path) -> list[str]:
    queries, qrels = _text(folder, "q.tsv", "7\t书展何时开幕？\n"), _text(folder, "qrels", "7 0 d1 2\n")
    return [f"trec:{queries}?qrels={qrels}"]


def _ragas(folder: Path) -> list[str]:
    row = {"user_input": "何时？", "reference": "八月六日。", "reference_contexts": [PARAGRAPH]}
    path = _json(folder, "ragas.jsonl", row | {"reference_context_ids": ["d1"]})
    return [f"ragas:{path}", f"ragas:{path}?passages=own"]


def _deepeval(folder: Path) -> list[str]:
    path = _json(folder, "goldens.json", [{"input": "何时？", "expected_output": "八月。", "context": [PARAGRAPH]}])
    return [f"deepeval:{path}", f"deepeval:{path}?passages=own"]


def _flashrag(folder: Path) -> list[str]:
    path = _json(folder, "flash.jsonl", {"id": "t0", "question": "何时？", "golden_answers": ["八月六日", "六日"]})
    return [f"flashrag:{path}"]


AUTORAG = {
    "qid": "a1",
    "query": "书展何时开幕，明年在哪里？",
    "retrieval_gt": [["d1", "d3"], ["d2"]],
    "generation_gt": ["八月六日开幕。", "八月六日"],
}
CORPUS = (
    {"doc_id": "d1", "contents": PARAGRAPH},
    {"doc_id": "d2", "contents": SECOND},
    {"doc_id": "d3", "contents": "六日"},
)


def _autorag(folder: Path) -> list[str]:
    path = _json(folder, "qa.jsonl", AUTORAG)
    corpus = _text(folder, "corpus.jsonl", "\n".join(json.dumps(row, ensure_ascii=False) for row in CORPUS))
    return [f"autorag:{path}", f"autorag:{path}?corpus={corpus}"]


def _csv(folder: Path) -> list[str]:
    table = f"问题,答案,材料,引文,要点,不得出现\n书展何时开幕？,八月六日|六日,{PARAGRAPH},书展八月六日开幕,八月六日|8月6日,九月\n"
    return [str(_text(folder, "set.csv", table))]


def _xlsx(folder: Path) -> list[str]:
    import openpyxl

    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["问题", "答案"])
    book.active.append(["书展何时开幕？", "八月六日"])
    book.save(folder / "set.xlsx")
    return [str(folder / "set.xlsx")]


SAMPLES: Mapping[str, Callable[[Path], list[str]]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "cmrc": lambda folder: _squad(folder, "cmrc"),
    "drcd": lambda folder: _squad(folder, "drcd"),
    "squad": lambda folder: _squad(folder, "squad"),
    "rgb": _rgb,
    "crud": _crud,
    "beir": _beir,
    "trec": _trec,
    "ragas": _ragas,
    "deepeval": _deepeval,
    "flashrag": _flashrag,
    "autorag": _autorag,
}
"""Loader → how its sample is written into a folder; returns what may be typed for it."""
