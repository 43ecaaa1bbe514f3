"""Made-up data in the shape of what the models are trained on, for the tests of training."""

import json
from pathlib import Path
from typing import Any

NAMES = ["林小满", "何守义", "周明远", "陈立新", "赵海燕", "孙文涛", "吴佳琪", "郑国栋", "冯晓梅", "许志强"]
PLACES = ["青石镇", "柳溪县", "东港市", "梧桐镇", "白云山", "南湖区", "清水河", "北岭村", "西坪乡", "临江市"]


def quiet(_line: str) -> None:
    """Say nothing."""


def passage(i: int) -> str:
    """Return an invented passage, each a little different."""
    name, place = NAMES[i % 10], PLACES[(i // 10 + i) % 10]
    year, people = 1950 + i % 70, 100 + 7 * i
    return (
        f"{name}出生于{place},{year}年进入当地的纺织厂工作,后来担任厂长。第{i}号车间由他主持建成,"
        f"共有工人{people}名,每年生产棉布{people * 3}万米。由于设备老化,工厂在{year + 30}年停产,"
        f"厂房改成了{place}工业博物馆。博物馆每周二至周日开放,门票{5 + i % 20}元,由{place}文化局负责管理。"
    )


def rows(source: str, count: int, licence: str = "CC BY-SA 4.0") -> list[dict[str, Any]]:
    """Return rows of invented questions in the shape of the public sets."""
    return [
        {
            "id": f"{source}-{i}",
            "question": f"{NAMES[i % 10]}出生于哪里?",
            "passage": passage(i),
            "answers": [PLACES[(i // 10 + i) % 10]],
            "answerable": True,
            "source": source,
            "license": licence,
        }
        for i in range(count)
    ]


def write_rows(path: Path, content: list[dict[str, Any]]) -> None:
    """Write JSON Lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in content), encoding="utf-8")


def write_data(folder: Path, news: dict[str, str] | None = None) -> Path:
    """Write a folder of tiny data sets, its news (texts by id) in `news`, and return it."""
    for name, count in (("cmrc2018_train", 60), ("cmrc2018_trial", 5), ("drcd_dev", 5), ("xquad_zh", 5)):
        write_rows(folder / "rc" / f"{name}.jsonl", rows(name, count))
    for name in ("laws", "gov_work_report", "uhgeval_xinhua", "zhwiki_sample"):
        texts = [{"title": "规定", "text": passage(200 + i) * 2, "license": "official texts, free"} for i in range(3)]
        write_rows(folder / "text" / f"{name}.jsonl", texts)
    news = {f"n{i}": passage(300 + i) + passage(400 + i) for i in range(40)} | (news or {})
    lines = [{"id": name, "published": "2025-03-01", "text": text} for name, text in news.items()]
    write_rows(folder / "news" / "news-1.jsonl", lines)
    return folder
