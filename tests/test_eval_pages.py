"""What the measure of incoming pages counts: not how well the pages come in."""

import json
from pathlib import Path

import pytest

from eval import pages
from models.errors import BadInputError

GOLD = {
    "title": "桥通了",
    "published": "2024-05-06",
    "date_as_written": "2024年5月6日",
    "source": "青禾报",
    "author": "王一",
    "editor": None,
    "body": "桥通了。\n走路只要八分钟。",
    "shape": "test",
}
PAGE = "桥通了\n\n2024年5月6日 来源：青禾报\n\n桥通了。走路只要八分钟。\n\n全长三百二十米，投资一千万元，每天有两千人走过。\n"


def _folder(tmp_path, gold=GOLD, page=PAGE):
    (tmp_path / "bridge.txt").write_text(page, encoding="utf-8")
    (tmp_path / "bridge.gold.json").write_text(json.dumps(gold, ensure_ascii=False), encoding="utf-8")
    return tmp_path


def _result(got, gold, *, name="a", shape="s", right=True):
    matched, missing, surplus = pages.compare(got, gold)
    fields = dict.fromkeys(pages.FIELDS, right)
    return pages.Result(name, shape, matched, len(got), len(gold), missing, surplus, fields, {})


def test_width_spaces_and_line_breaks_do_not_count():
    assert pages.fold("ＡＢ　１２，\n 三\u00a0四") == "AB12,三四"
    assert pages.fold(None) == ""


@pytest.mark.parametrize(
    "written", ["来源：青禾报", "來源:青禾报", "稿源：青禾报", "文章来源：青禾报", "来源于：青禾报", " 青禾报"]
)
def test_a_source_counts_without_its_label(written):
    assert pages.bare_source(written) == "青禾报"


@pytest.mark.parametrize("written", ["王一、李二", "本报记者 王一 通讯员 李二", "文/王一 图/李二", "作者：王一 李二"])
def test_an_author_is_the_names(written):
    assert pages.bare_author(written) == "王一、李二"


def test_what_is_lost_and_what_is_foreign_is_told_in_order():
    assert pages.compare("首页甲乙丙丁己庚分享", "甲乙丙丁戊己庚") == (6, ("戊",), ("首页", "分享"))
    assert pages.compare("", "甲乙") == (0, ("甲乙",), ())
    assert pages.compare("甲乙", "甲乙") == (2, (), ())


def test_micro_counts_characters_and_macro_counts_pages():
    figures = pages.summarise([_result("甲" * 90, "甲" * 90), _result("甲" * 10 + "乙" * 30, "甲" * 10, right=False)])
    assert figures["micro_precision"] == pytest.approx(100 / 130)
    assert figures["macro_precision"] == pytest.approx((1 + 10 / 40) / 2)
    assert figures["micro_recall"] == figures["macro_recall"] == 1
    assert (figures["pages"], figures["exact"], figures["refused"]) == (2, 1, 0)
    assert [figures[field] for field in pages.FIELDS] == [0.5] * 4


def test_a_page_of_which_nothing_came_has_lost_everything(tmp_path):
    folder = _folder(tmp_path, page=" \n\n ")
    (result,) = pages.measure_folder(folder)
    assert result.refused
    assert (result.recall, result.got, result.missing) == (0, 0, (pages.fold(GOLD["body"]),))
    assert not any(result.fields.values())


def test_a_page_is_taken_in_as_the_product_does(tmp_path):
    (result,) = pages.measure_folder(_folder(tmp_path))
    assert (result.name, result.shape, result.refused) == ("bridge.txt", "test", None)
    assert result.gold == len(pages.fold(GOLD["body"]))
    assert result.recall == 1
    assert 0 < result.precision < 1
    assert any("三百二十米" in stretch for stretch in result.surplus)
    assert result.told["author"] == ("王一", None)


def test_the_words_of_a_date_count_where_gold_has_no_full_date(tmp_path):
    gold = GOLD | {"published": None, "date_as_written": "5月6日"}
    (result,) = pages.measure_folder(_folder(tmp_path, gold))
    assert not result.fields["date"]  # the page says which year


@pytest.mark.parametrize(
    "gold",
    [{}, GOLD | {"body": ""}, GOLD | {"title": 1}, GOLD | {"published": "2024年5月6日"}, []],
)
def test_what_is_no_gold_is_told_in_one_line(tmp_path, gold, capsys):
    folder = _folder(tmp_path, gold)
    with pytest.raises(BadInputError, match="no gold of a page"):
        pages.measure_folder(folder)
    assert pages.main([str(folder)]) == BadInputError.exit_code
    assert capsys.readouterr().err.count("\n") == 1


def test_gold_needs_one_page_and_a_folder_needs_gold(tmp_path):
    with pytest.raises(BadInputError, match="no page with gold"):
        pages.measure_folder(tmp_path)
    (_folder(tmp_path) / "bridge.txt").unlink()
    with pytest.raises(BadInputError, match="0 pages beside it"):
        pages.measure_folder(tmp_path)


def test_the_command_prints_a_table_or_json(tmp_path, capsys):
    folder = str(_folder(tmp_path))
    assert pages.main([folder, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["all"]["pages"] == 1
    assert list(told["shapes"]) == ["test"]
    assert told["pages"][0]["surplus"]
    assert pages.main([folder, "--worst", "1"]) == 0
    shown = capsys.readouterr().out
    assert "bridge.txt: precision" in shown
    assert "  + " in shown
    assert pages.main([folder, "--worst", "0"]) == 0
    assert "bridge.txt" not in capsys.readouterr().out


def test_the_gold_pages_are_whole_and_some_held_out_shapes_are_new():
    root = Path(__file__).parent / "data" / "pages"
    shapes = {}
    for part, count in (("dev", 37), ("held_out", 13)):
        paths = sorted((root / part).glob(f"*{pages.GOLD}"))
        golds = [pages.read_gold(path) for path in paths]
        assert len(golds) == count
        assert len([page for page in (root / part).iterdir() if not page.name.endswith(pages.GOLD)]) == count
        assert all(300 <= len(gold.body) <= 1500 for gold in golds)
        shapes[part] = {gold.shape for gold in golds}
    assert len(shapes["dev"] | shapes["held_out"]) >= 16
    assert len(shapes["held_out"] - shapes["dev"]) >= 5


@pytest.mark.parametrize(
    ("part", "precision", "fields"),
    [("dev", 1, 1), ("held_out", 1, 1), ("unseen", 1, 1), ("unseen2", 1, 1), ("unseen3", 1, 1)],
)
def test_pages_come_in_as_well_as_they_did(part, precision, fields):
    """Floors: what was reached on pages that the rules know. What counts is the first look at pages they do not."""
    figures = pages.summarise(pages.measure_folder(Path(__file__).parent / "data" / "pages" / part))
    assert figures["macro_precision"] >= precision
    assert figures["macro_recall"] == 1
    assert min(figures[field] for field in pages.FIELDS) >= fields


def test_a_dateline_in_the_head_is_not_lost():
    """The product may read the dateline into the head; what stands in neither is missing."""
    gold, head = "新华社兰州5月11日电(记者顾长林)一滴水。", "水的家谱新华社兰州5月11日电(记者顾长林)"
    assert pages.without_dateline(gold, head, "一滴水。") == "一滴水。"
    assert pages.without_dateline(gold, head, gold) == gold
    assert pages.without_dateline(gold, "水的家谱", "一滴水。") == gold
