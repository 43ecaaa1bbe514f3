"""Question sets in tables: headers, encodings, cells, and that a table says what was written into it."""

import csv
import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.loaders.answers import read_answer_cell, write_answer_cell
from eval.loaders.spreadsheet import cell_text
from eval.questions import load_questions, read_set
from models.errors import BadInputError
from rag.types import Context, Turn

CHINESE = "编号,问题,答案,文档,引文,标签,可答,参考,提问日期,备注\n甲一,书展何时开幕？,8月6日|八月六日&青石镇,d1|d2,书展八月六日开幕,日期、书展,是,八月开幕。,2023-09-01,复核\n"
ENGLISH = "id,question,answers,doc,quote,tags,answerable,reference,as_of,备注\n甲一,书展何时开幕？,8月6日|八月六日&青石镇,d1|d2,书展八月六日开幕,日期 书展,true,八月开幕。,2023-09-01,复核\n"


def _csv(tmp_path, text, encoding="utf-8", name="set.csv"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def _xlsx(tmp_path, *rows, title="题目", formats=()):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    for cell, shape in formats:
        book.active[cell].number_format = shape
    path = tmp_path / "set.xlsx"
    book.save(path)
    return path


def _message(source):
    with pytest.raises(BadInputError) as raised:
        load_questions(source)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def _check_all_columns(question):
    assert (question.id, question.question, question.reference) == ("甲一", "书展何时开幕？", "八月开幕。")
    assert question.answers == (("8月6日", "八月六日"), ("青石镇",))
    assert [(item.doc_id, item.quote) for item in question.evidence] == [
        ("d1", "书展八月六日开幕"),
        ("d2", "书展八月六日开幕"),
    ]
    assert (question.tags, question.answerable, question.as_of) == (("日期", "书展"), True, date(2023, 9, 1))
    assert question.fields["备注"] == "复核"


@pytest.mark.parametrize(
    "text", [CHINESE, ENGLISH, CHINESE.replace(",", "\t"), CHINESE.replace(",", ";"), CHINESE.replace("\n", "\r\n")]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_headers_delimiters_and_encodings(tmp_path, text, encoding):
    """Whatever a spreadsheet program saves in China is read alike."""
    (question,) = load_questions(_csv(tmp_path, text, encoding))
    _check_all_columns(question)


def test_a_sheet_is_read_like_a_csv(tmp_path):
    """XLSX by its suffix, from the first sheet; blank rows and columns on the right do not count."""
    rows = list(csv.reader(io.StringIO(CHINESE)))
    path = _xlsx(tmp_path, rows[0], [None] * 10, rows[1], [None, " "])
    (question,) = load_questions(path)
    _check_all_columns(question)
    assert "there is no sheet '二'; it has: '题目'" in _message(f"xlsx:{path}?sheet=二")
    assert len(load_questions(f"xlsx:{path}?sheet=题目")) == 1


def test_cells_of_a_sheet_count_as_they_are_shown(tmp_path):
    """A percentage, a whole number, a day and a truth value come as people read them."""
    rows = [
        ["序号", "问题", "答案", "可答", "提问日期"],
        [7, "增长多少？", 0.125, True, datetime.fromisoformat("2024-03-05")],
        [8.0, "哪天？", date(2024, 3, 5), False, None],
    ]
    path = _xlsx(tmp_path, *rows, formats=[("C2", "0.0%")])
    first, second = load_questions(path)
    assert (first.id, first.answers, first.answerable, first.as_of) == ("7", (("12.5%",),), True, date(2024, 3, 5))
    assert (second.id, second.answers, second.answerable) == ("8", (("2024年3月5日",),), False)


@pytest.mark.parametrize(
    ("value", "shape", "text"),
    [
        (None, "General", ""),
        (2023.0, "General", "2023"),
        (0.35, "0%", "35%"),
        (1.5, "General", "1.5"),
        (datetime.fromisoformat("2024-03-05T09:30"), "General", "2024年3月5日 09:30:00"),
        (" x ", "@", " x "),
    ],
)
def test_cell_texts(value, shape, text):
    """Numbers lose what only the file format gave them."""
    assert cell_text(value, shape) == text


def test_missing_ids_are_the_row_as_the_spreadsheet_counts(tmp_path):
    """The header is row 1; blank rows count, rows of a cell with line ends count once."""
    text = '问题\n一？\n\n"二\n行？"\n三？\n'
    assert [q.id for q in load_questions(_csv(tmp_path, text))] == ["row-2", "row-4", "row-5"]


def test_a_row_may_bring_its_own_passage_and_history(tmp_path):
    """材料 is the row's passage, which its quote is from; earlier turns are JSON."""
    text = '问题,材料,引文,历史\n何时？,书展八月开幕。,八月,"[{""question"": ""谁办？"", ""answer"": ""镇里""}]"\n'
    (question,) = load_questions(_csv(tmp_path, text))
    assert question.contexts == (Context("context", "书展八月开幕。"),)
    assert (question.evidence[0].doc_id, question.evidence[0].quote) == ("context", "八月")
    assert question.history == (Turn("谁办？", "镇里"),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("题,答案\n一？,甲\n", "row 1: no column is headed question or 问题"),
        ("", "the file is empty"),
        ("问题\n", "holds no question"),
        ("问题,question\n一？,二？\n", "row 1: the columns 问题 and question mean the same"),
        ("问题,答案\n,甲\n", "row 2: 问题 is blank"),
        ("问题,可答\n一？,也许\n", "row 2: 可答 is '也许', but must be 是 or 否"),
        ("问题,答案\n一？,甲||乙\n", "row 2: 答案 is '甲||乙', where nothing stands beside"),
        ("问题,答案\n一？,甲,乙\n", "row 2: a cell stands under no header"),
        ("问题,引文\n一？,甲\n", "row 2: 引文 is of no document"),
        ("问题,历史\n一？,甲\n", "row 2: 历史 is '甲', but must be JSON"),
        ("问题,提问日期\n一？,去年\n", "row 2: `as_of` is '去年'"),
        ("问题,status\n一？,ok\n", "row 2: `status` is a field that a run writes"),
        ("编号,问题\n1,一？\n1,二？\n", "row 3: the id '1' is that of row 2"),
        ('问题\n一？\n"二？\n', "row 3: not CSV"),
        ('问题\n"一"？\n', "row 2: not CSV"),
    ],
)
def test_mistakes_name_the_row_and_the_column(tmp_path, text, words):
    """A table is mended in a spreadsheet, so its rows and headers are named, not fields and lines."""
    path = _csv(tmp_path, text)
    message = _message(path)
    assert words in message
    assert str(path) in message


def test_check_names_every_row(tmp_path):
    """All mistakes at once."""
    problems = read_set(_csv(tmp_path, "问题,可答\n一？,也许\n二？,是\n,是\n")).problems
    assert [problem.split(": ")[1] for problem in problems] == ["row 2", "row 4"]


def test_a_row_that_cannot_be_read_is_one_problem(tmp_path):
    """What a broken row seems to lack is not told as well."""
    assert len(read_set(_csv(tmp_path, '问题\n"一"？\n')).problems) == 1


def test_files_that_are_no_tables_are_refused(tmp_path):
    """Bytes that are no text, and files that only have the suffix."""
    (tmp_path / "a.csv").write_bytes(b"\x00\x01\x02" * 99)
    assert "binary" in _message(tmp_path / "a.csv")
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04 no")
    assert "not a spreadsheet" in _message(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "c.xlsx", "w") as packed:
        packed.writestr("[Content_Types].xml", "<no")
    assert "not a spreadsheet" in _message(tmp_path / "c.xlsx")
    (tmp_path / "b.xlsx").write_bytes(b"id,question")
    assert "not a spreadsheet" in _message(tmp_path / "b.xlsx")
    assert "must be one of: auto, comma" in _message(f"csv:{_csv(tmp_path, CHINESE)}?delimiter=x")
    assert len(load_questions(f"csv:{_csv(tmp_path, CHINESE)}?delimiter=comma")) == 1


def test_an_error_in_a_cell_is_told(tmp_path):
    """A formula that failed must not become the gold answer `#N/A`."""
    path = _xlsx(tmp_path, ["问题", "答案"], ["一？", "#N/A"])
    assert "row 2: the cell B2 holds the error #N/A" in _message(path)


def test_half_a_sentence_is_no_delimiter(tmp_path):
    """One column of questions, with marks of all kinds in them."""
    questions = load_questions(_csv(tmp_path, "问题\n甲；乙？\n丙\t丁？\n戊;己？\n"))
    assert [question.question for question in questions] == ["甲；乙？", "丙\t丁？", "戊;己？"]


_text = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters='\n\r\t",;|&\\｜'), min_size=1, max_size=12
)
_shown = _text.filter(str.strip)
_alias = _text.map(str.strip).filter(lambda text: any(c.isalnum() for c in text))
_aliases = st.lists(st.lists(_alias, min_size=1, max_size=3), min_size=1, max_size=3)


@given(_aliases)
def test_an_answer_cell_reads_back(groups):
    """What is escaped when written is the same when read."""
    assert read_answer_cell(write_answer_cell(groups)) == groups


@given(st.lists(st.tuples(_shown, _shown), min_size=1, max_size=4), st.sampled_from(",\t;"))
def test_a_csv_says_what_was_written_into_it(tmp_path_factory, rows, delimiter):
    """Quotation marks, delimiters and line ends inside cells come back as they were."""
    path = tmp_path_factory.mktemp("csv") / "set.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(["问题", "参考"])
        writer.writerows(rows)
    assert [(question.question, question.reference) for question in load_questions(path)] == rows


@given(_aliases)
def test_answers_survive_a_csv(tmp_path_factory, groups):
    """Gold answers with any signs in them pass through a table."""
    path = tmp_path_factory.mktemp("csv") / "set.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([["问题", "答案"], ["一？", write_answer_cell(groups)]])
    wanted = tuple(tuple(group) for group in groups)
    problems = read_set(path).problems
    assert all("all punctuation" in problem for problem in problems)
    assert problems or load_questions(path)[0].answers == wanted


def test_nuggets_and_forbidden_values_have_columns(tmp_path):
    """Facts by `&`, their wordings by `|`; forbidden values by `|`; what is expected in the word of the format."""
    table = "问题,要点,不得出现,预期\n书展何时开幕？,八月六日|8月6日&青石镇,九月|7月,known_fail\n"
    (question,) = load_questions(_csv(tmp_path, table))
    assert [nugget.aliases for nugget in question.nuggets] == [("八月六日", "8月6日"), ("青石镇",)]
    assert (question.must_not, question.expect) == (("九月", "7月"), "known_fail")
    (problem,) = read_set(_csv(tmp_path, "问题,要点\n一？,甲|\n")).problems
    assert "row 2: 要点 is" in problem
