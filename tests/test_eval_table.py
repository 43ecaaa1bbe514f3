"""`results.csv` as a spreadsheet reads it."""

import csv
import io

import pytest

from eval.folder import Row
from eval.metrics import METRICS
from eval.questions import Question
from eval.table import Table, _cell
from tests.report_demo import ARTICLES, demo_run, rows


def _written(folder, some):
    table = Table(demo_run(folder, len(some)))
    for row in some:
        table.add(row)
    assert not (folder / "results.csv").exists()
    table.finish({})
    return (folder / "results.csv").read_bytes()


def test_table_opens_in_excel(tmp_path):
    """BOM, CRLF, a row a question, and the columns that people look for."""
    some = list(rows(40))
    content = _written(tmp_path, some)
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == 41 == content.replace(b'"', b"").count(b"\r\n")
    table = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert [row["id"] for row in table] == [row.question.id for row in some]
    assert list(table[0])[:3] == ["id", "question", "verdict"]
    names = [metric.name for metric in METRICS if metric.name != "abstained"]  # a column of its own, further left
    assert list(table[0])[-len(names) :] == names
    assert {row["verdict"] for row in table} > {"right", "wrongly_declined"}
    answered = [row for row in table if row["status"] == "ok"]
    assert {row["top_hit"] for row in answered} <= {source.path for source in ARTICLES.values()}
    assert all(float(row["total_ms"]) > 0 for row in answered)
    assert {path.name for path in tmp_path.iterdir()} == {"results.csv"}


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+8613800000000", "'+8613800000000"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
        ("＝1+1", "'＝1+1"),
        (" =1+1", "' =1+1"),
        ("\t=1+1", "'\t=1+1"),
        ("\n=1+1", "'\n=1+1"),
        ("-3.5%", "-3.5%"),
        ("-1,200", "-1,200"),
        ("3-5人", "3-5人"),
        ("a\x00b", "ab"),
        (0.5, "0.5"),
        (-0.25, "-0.25"),
        (1.0, "1"),
        (True, "true"),
        (None, ""),
    ],
)
def test_no_cell_is_a_formula(value, cell):
    """What a spreadsheet would run is led by an apostrophe; negative numbers stay numbers."""
    assert _cell(value) == cell


def test_long_cells_do_not_run_over():
    """Excel holds 32,767 characters in a cell and breaks what is longer into other rows."""
    assert len(_cell("长" * 40_000)) == 32_767


def test_an_error_has_a_row(tmp_path):
    """An error row has its error, and no scores."""
    content = _written(tmp_path, [Row(Question("x", "=问？"), "error", None, {}, "RuntimeError: 坏了")])
    (row,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert (row["question"], row["verdict"], row["error"], row["acc"]) == ("'=问？", "error", "RuntimeError: 坏了", "")
