"""Every kind of table file that offices save, and every kind of damage."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import Problem
from config.id_number import check_character
from server.records.roster_import.reader import RosterFile, read_roster
from server.records.tables import workbook_child
from tests.server.conftest import fake_number
from tests.server.sample_workbooks import Rows, html, ods, xls, xlsx, xml_2003, zipped

pytestmark = pytest.mark.process

HEADER = ("姓名", "身份证号", "学号", "班级")
PEOPLE: Rows = (
    HEADER,
    ("王小明", fake_number(1), "0022001", "一班"),
    ("李雷", fake_number(2), "0022002", "一班"),
)


def text(rows: Rows = PEOPLE, comma: str = ",", end: str = "\r\n") -> str:
    return "".join(comma.join(str(cell) for cell in row) + end for row in rows)


def rows_of(file: RosterFile) -> list[tuple[str, str, str, str]]:
    return [(row.name, row.number, row.student_no, row.class_name) for row in file.rows]


EXPECTED_ROWS = [("王小明", fake_number(1), "0022001", "一班"), ("李雷", fake_number(2), "0022002", "一班")]

FILES: dict[str, Callable[[], bytes]] = {
    "xlsx": lambda: xlsx(PEOPLE),
    "xls": xls,
    "ods": lambda: ods(PEOPLE),
    "html called xls": lambda: html(PEOPLE),
    "html in GBK": lambda: html(PEOPLE, "gbk"),
    "XML of 2003": lambda: xml_2003(PEOPLE),
    "csv": lambda: text().encode(),
    "csv with mark": lambda: text().encode("utf-8-sig"),
    "GBK": lambda: text().encode("gbk"),
    "GB 18030": lambda: text().encode("gb18030"),
    "Unicode text": lambda: text(comma="\t").encode("utf-16"),
    "UTF-16 big end": lambda: b"\xfe\xff" + text(comma="\t").encode("utf-16-be"),
    "UTF-16 without mark": lambda: text(comma="\t").encode("utf-16-le"),
    "UTF-16 big end without mark": lambda: text(comma="\t").encode("utf-16-be"),
    "UTF-32": lambda: text().encode("utf-32"),
    "semicolons": lambda: text(comma=";").encode(),
    "full-width commas": lambda: text(comma="，").encode(),
    "full-width commas in the header": lambda: text(PEOPLE[:1], "，").encode() + text(PEOPLE[1:]).encode(),
    "old Mac": lambda: text(end="\r").encode("gbk"),
    "Unix": lambda: text(end="\n").encode(),
    "no last line end": lambda: text().encode().rstrip(),
    "sep line": lambda: b"sep=;\r\n" + text(comma=";").encode(),
    "title above": lambda: ("虚构大学2026届毕业生名单,,,\r\n,,,\r\n" + text()).encode("gbk"),
    "title above in a workbook": lambda: xlsx([("名单",), (), *PEOPLE], merged="A1:D1"),
    "empty lines": lambda: text([PEOPLE[0], (), PEOPLE[1], ("", "", "", ""), PEOPLE[2]]).encode(),
    "header repeated": lambda: text([*PEOPLE[:2], HEADER, PEOPLE[2]]).encode(),
    "totals below": lambda: text([*PEOPLE, ("合计：2人",), ("制表人：某某",)]).encode(),
    "formulas": lambda: xlsx([HEADER, *([f'="{c}"|{c}' for c in row] for row in PEOPLE[1:])]),
    "formulas in csv": lambda: text([HEADER, *([f'="{c}"' for c in row] for row in PEOPLE[1:])]).encode(),
    "apostrophes": lambda: text([HEADER, *([a, f"'{b}", f"'{c}", d] for a, b, c, d in PEOPLE[1:])]).encode(),
    "quoted line ends": lambda: text([(*HEADER[:3], '"班级\n（行政）"'), *PEOPLE[1:]]).encode(),
    "another sheet first": lambda: xlsx([("说明", "请核对")], PEOPLE, names=("说明", "名单")),
    "class merged over students": lambda: xlsx([PEOPLE[0], PEOPLE[1], PEOPLE[2][:3]], merged="D2:D3"),
    "dashes in empty cells": lambda: text([(*HEADER, "专业"), *((*row, "——") for row in PEOPLE[1:])]).encode(),
    "stops behind numbers": lambda: text([HEADER, *([a, f"{b}。", c, d] for a, b, c, d in PEOPLE[1:])]).encode(),
    "padded with zero bytes": lambda: text().encode().replace("王小明".encode(), "王小明".encode() + bytes(3)),
    "date below": lambda: text([*PEOPLE, ("2026年6月1日",)]).encode(),
    "numbered": lambda: xlsx([("序号", *HEADER, "备注"), *((n, *row, "") for n, row in enumerate(PEOPLE[1:], 1))]),
}  # fmt: skip


@pytest.mark.parametrize("make", FILES.values(), ids=FILES)
def test_every_file_is_read(make: Callable[[], bytes]) -> None:
    file = read_roster(make())
    assert (file.bad_lines, rows_of(file)) == ((), EXPECTED_ROWS)


def html_rows(*rows: str) -> bytes:
    return f"<html><table>{''.join(f'<tr>{row}' for row in rows)}</table></html>".encode()


def xml_rows(*rows: str) -> bytes:
    """Return a workbook of 2003; `rows` are cells without closing tags: attributes, `>`, text."""
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    body = "".join(f"<Row>{''.join(map(_xml_cell, row.split('|')))}</Row>" for row in rows)
    return (
        f'<?xml version="1.0"?><Workbook xmlns="{space}" xmlns:ss="{space}"><Worksheet ss:Name="a"><Table>{body}'
        "</Table></Worksheet></Workbook>"
    ).encode()


def _xml_cell(cell: str) -> str:
    attributes, text = cell.rsplit(">", 1)
    return f'<Cell {attributes}><Data ss:Type="String">{text}</Data></Cell>'


ONE, TWO = fake_number(1), fake_number(2)
MERGED = {
    "html, class of several students": lambda: html_rows(
        "<th>班级<th>姓名<th>身份证号<th>学号",
        f"<td rowspan=2>一班<td>王小明<td>{ONE}<td>0022001",
        f"<td>李雷<td>{TWO}<td>0022002",
    ),
    "html, header over columns": lambda: html_rows(
        "<th colspan=2>姓名<th>身份证号<th>学号<th rowspan='2'>班级",
        "<td><td><td>18位<td>",
        f"<td>王小明<td>男<td>{ONE}<td>0022001<td rowspan=0>一班",
        f"<td>李雷<td>女<td>{TWO}<td>0022002",
    ),
    "html in another table": lambda: b"<table><tr><td><table></table>".join(
        [b"", html_rows("<th>姓名<th>身份证号<th>学号<th>班级", *(f"<td>{'<td>'.join(row)}" for row in EXPECTED_ROWS))]
    ),
    "xml, class of several students": lambda: xml_rows(
        ">班级|>姓名|>身份证号|>学号",
        f'ss:MergeDown="1">一班|>王小明|>{ONE}|>0022001',
        f'ss:Index="2">李雷|>{TWO}|>0022002',
    ),
    "xml, header over columns": lambda: xml_rows(
        'ss:MergeAcross="1">姓名|>身份证号|>学号|>班级',
        f'>王小明|>男|>{ONE}|>0022001|ss:MergeDown="1">一班',
        f">李雷|>女|>{TWO}|>0022002",
    ),
}


@pytest.mark.parametrize("make", MERGED.values(), ids=MERGED)
def test_merged_and_unclosed_cells_of_web_tables_move_no_column(make: Callable[[], bytes]) -> None:
    file = read_roster(make())
    lines = [bad for bad in file.bad_lines if bad.line > 2]
    assert (lines, rows_of(file)) == ([], EXPECTED_ROWS)


@pytest.mark.parametrize("index", ["x", "", "0", "-5", "1" * 5000])
def test_a_wrong_place_in_a_table_of_2003_is_reported(index: str) -> None:
    with pytest.raises(Problem) as problem:
        read_roster(xml_rows(">姓名|>身份证号", f'ss:Index="{index}">王小明|>{ONE}'))
    assert problem.value.key == "roster.workbook_damaged"


def test_merged_cells_that_expand_without_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.records.tables.markup._MAX_CELLS", 20_000)
    wide = "<td rowspan=60000>" * 999 + "<td rowspan=60000 colspan=1000>"
    for rows in ((wide, *[""] * 40), ("<td colspan=1000>" * 10 + "<td rowspan=99>", *[""] * 40)):
        with pytest.raises(Problem) as problem:
            read_roster(html_rows(*rows))
        assert problem.value.key == "roster.workbook_large"


HEADERS = {
    "blanks": ("姓 名", "身 份 证 号", "学　号", "班 级"),
    "official": ("姓名", "公民身份号码", "学号", "行政班"),
    "short": ("姓名", "证件号", "学号", "班"),
    "long": ("学生姓名", "居民身份证号码", "学生学号", "班级名称"),
    "traditional": ("姓名", "身份證號", "學號", "班級"),
    "required marks": ("*姓名", "身份证号（必填）", "学号*", "班级："),
    "with lengths": ("姓名", "身份证件号码(18位)", "学号", "班级"),
    "english": ("Name", "ID number", "Student No.", "Class"),
    "snake": ("name", "id_number", "student_no", "class_name"),
    "database": ("XM", "SFZH", "XH", "BJ"),
    "full width": ("ＮＡＭＥ", "ＩＤ　ＮＵＭＢＥＲ", "ＸＨ", "ＢＪ"),
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_every_header_is_known(header: tuple[str, ...]) -> None:
    assert rows_of(read_roster(xlsx([header, *PEOPLE[1:]]))) == EXPECTED_ROWS


def test_of_two_number_columns_the_first_filled_one_counts() -> None:
    rows = [("姓名", "护照号", "身份证号"), ("王小明", "", fake_number(1)), ("MARY SMITH", "EA1234567", "")]
    assert [row.number for row in read_roster(text(rows).encode()).rows] == [fake_number(1), "EA1234567"]


def test_traditional_characters_in_big5_are_read() -> None:
    people = [(name, fake_number(n), f"002200{n}", "甲班") for n, name in enumerate(("陳大文", "黃麗華"), 1)]
    rows = [("姓名", "身份證號", "學號", "班級"), *people]
    assert [row.name for row in read_roster(text(rows).encode("big5")).rows] == ["陳大文", "黃麗華"]


@pytest.mark.parametrize("encoding", ["gbk", "big5"])
def test_without_chinese_headers_the_everyday_characters_decide(encoding: str) -> None:
    names = ("王小明", "李雷", "張文華", "劉思雨") if encoding == "big5" else ("王小明", "李雷", "张文华", "刘思雨")
    rows = [("name", "number"), *((name, fake_number(n)) for n, name in enumerate(names, 1))]
    assert [row.name for row in read_roster(text(rows).encode(encoding)).rows] == list(names)


def test_an_ambiguous_encoding_is_reported() -> None:
    """Two characters that are everyday ones in both encodings."""
    with pytest.raises(Problem) as problem:
        read_roster(b"name,number\n\xb3\xaf\xb4\xfa," + fake_number(1).encode())
    assert problem.value.key == "roster.encoding_ambiguous"


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BROKEN: dict[str, tuple[Callable[[], bytes], str]] = {
    "cut in a character": (lambda: (text() + "韩梅梅").encode()[:-1], "cut_character"),
    "cut UTF-16": (lambda: text().encode("utf-16")[:-1], "cut_character"),
    "one cell of another encoding": (lambda: text().encode() * 20 + b"Garc\xeda,1\n", "encoding_mixed"),
    "no encoding at all": (lambda: bytes(range(128, 256)) * 3, "encoding"),
    "quote that never closes": (lambda: text().encode() + b'"' + text().encode() * 3, "form"),
    "locked": (lambda: OLE + bytes(500) + "EncryptedPackage".encode("utf-16-le"), "workbook_locked"),
    "cut xlsx": (lambda: xlsx(PEOPLE)[:-300], "workbook_damaged"),
    "cut xls": (lambda: xls()[:3000], "workbook_damaged"),
    "pdf": (lambda: b"%PDF-1.7 ...", "workbook_other"),
    "word": (lambda: zipped({"word/document.xml": "<w/>"}), "workbook_other"),
    "web archive": (lambda: b"MIME-Version: 1.0\r\n\r\n", "workbook_other"),
    "entities": (lambda: xml_2003(PEOPLE, '<!DOCTYPE a [<!ENTITY b "c">]>'), "workbook_damaged"),
    "two lists": (lambda: xlsx(PEOPLE, PEOPLE, names=("一", "二")), "sheets"),
    "header alone": (lambda: text(PEOPLE[:1]).encode(), "no_rows"),
    "no header": (lambda: text(PEOPLE[1:]).encode(), "header"),
    "empty": (lambda: b"", "header"),
    "empty workbook": (lambda: xlsx([]), "header"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "key"), BROKEN.values(), ids=BROKEN)
def test_a_damaged_file_is_reported_in_one_sentence(make: Callable[[], bytes], key: str) -> None:
    with pytest.raises(Problem) as problem:
        read_roster(make())
    assert problem.value.key == f"roster.{key}"
    assert problem.value.in_language("zh_CN") != problem.value.in_language("en")


def test_one_of_several_lists_is_chosen_by_its_name() -> None:
    workbook = xlsx(PEOPLE, PEOPLE[:2], names=("一", "二"))
    assert rows_of(read_roster(workbook, "二")) == EXPECTED_ROWS[:1]
    with pytest.raises(Problem, match="三"):
        read_roster(workbook, "三")


def test_a_workbook_that_expands_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_child, "MAX_ROWS", 100)
    rows = [HEADER, *(("甲", "1", "2", "3") for _ in range(200))]
    assert workbook_child.read_workbook(xlsx(rows)) == {"error": "large"}


def test_a_cell_in_the_last_corner_costs_no_memory() -> None:
    corner = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    with pytest.raises(Problem) as problem:
        read_roster(xlsx(PEOPLE, extra=corner))
    assert problem.value.key == "roster.workbook_large"


def test_random_damage_is_always_a_problem_or_a_file() -> None:
    chance = random.Random(7)
    for kind in ("xlsx", "ods", "xls", "html called xls", "GBK", "XML of 2003"):
        whole = FILES[kind]()
        for _ in range(4):
            damaged = bytearray(whole)
            for _ in range(chance.randrange(1, 9)):
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            assert_reported_in_words(bytes(damaged[: chance.randrange(1, len(damaged) + 1)]))


def assert_reported_in_words(content: bytes) -> None:
    """Check that the file is read or refused, and that everything wrong with it has a sentence in both languages."""
    try:
        file = read_roster(content)
    except Problem as problem:
        sentences = [problem]
    else:
        sentences = [*file.bad_lines, *file.notes]
    assert all(one.in_language("zh_CN") != one.key and one.in_language("en") != one.key for one in sentences)


# ---------------------------------------------------------------------- damage by programs to single lines


def bad_line_keys(rows: Rows, make: Callable[[Rows], bytes] = xlsx) -> list[tuple[int, str]]:
    return [(line.line, line.key.removeprefix("roster.")) for line in read_roster(make(rows)).bad_lines]


def rows_with(number: object = fake_number(1), name: str = "王小明", student_no: object = "0022001") -> Rows:
    return [HEADER, (name, number, student_no, "一班"), PEOPLE[2]]  # type: ignore[list-item]


DAMAGED = {
    "a number cell of 18 digits": (rows_with(990101200301020011), "number_cut"),
    "scientific": (rows_with("9.90101E+17"), "number_cut"),
    "student number of 17 digits": (rows_with(student_no=20220000000000001), "cell_cut"),
    "question mark": (rows_with(name="王?"), "name_lost"),
    "replacement character": (rows_with(name="王\ufffd"), "name_lost"),
    "geta": (rows_with(name="〓小明"), "name_lost"),
    "private character": (rows_with(name="王\ue000"), "name_lost"),
    "letter for digit": (rows_with(fake_number(1)[:5] + "Ж" + fake_number(1)[6:]), "number_character"),
    "seventeen": (rows_with(fake_number(1)[:-1]), "number_form"),
    "eight digits": (rows_with("12345678"), "number_ambiguous"),
    "no number yet": (rows_with("暂无"), "missing"),
    "letter O for nought": (rows_with(fake_number(1).replace("0", "O", 1)), "number_character"),
    "a name of digits": (rows_with(name="123"), "name_no_letters"),
    "student number with a lost character": (rows_with(student_no="S?1"), "cell_character"),
}


@pytest.mark.parametrize(("rows", "key"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_cell_is_reported(rows: Rows, key: str) -> None:
    assert bad_line_keys(rows) == [(2, key)]


def test_numbers_that_excel_has_cut_are_never_accepted_by_chance() -> None:
    days = [f"2003{1 + n % 12:02d}{1 + n % 28:02d}" for n in range(200)]
    rows = [HEADER, *((f"甲{n}", f"990101{day}0{n % 10}"[:15] + "000", f"S{n}", "") for n, day in enumerate(days))]
    file = read_roster(text(rows).encode())
    assert file.rows == ()
    assert {line.key for line in file.bad_lines} <= {"roster.number_cut", "roster.twice"}
    assert any("Excel" in line.in_language("zh_CN") for line in file.bad_lines)


def test_a_whole_number_that_ends_in_zeros_is_accepted_among_others() -> None:
    zeros = next(
        first + "0" for day in range(1, 29) for first in [f"990101200301{day:02d}000"] if check_character(first) == "0"
    )
    rows = [HEADER, ("王小明", zeros, "S1", ""), *((f"甲{n}", fake_number(n), f"T{n}", "") for n in range(3))]
    assert bad_line_keys(rows) == []


def test_a_date_in_a_class_is_reported() -> None:
    workbook = xml_2003([HEADER, PEOPLE[1]]).replace(
        b'ss:Type="String">\xe4\xb8\x80\xe7\x8f\xad', b'ss:Type="DateTime">2022-01-01'
    )
    assert bad_line_keys([], lambda _: workbook) == [(2, "cell_date")]


def test_latin_letters_read_as_chinese_are_reported() -> None:
    content = text([HEADER, ("X", fake_number(1), "1", "")]).encode("gbk").replace(b"X", b"Garc\xeda")
    assert bad_line_keys([], lambda _: content) == [(2, "name_garbled")]


def test_a_file_that_was_cut_off_is_reported() -> None:
    """At each byte of its last line after the first character; the line is read if only its end is missing."""
    whole = text([HEADER, *((f"甲{n}", fake_number(n), f"22{n:05d}", "") for n in range(9))])
    for cut in range(2, len(whole.splitlines()[-1].encode())):
        file = read_roster(whole.encode()[:-cut])
        assert [line.line for line in file.bad_lines] == ([10] if cut > 2 else []), cut
        assert "roster.no_end" in [note.key for note in file.notes]


def test_a_file_that_was_cut_off_in_the_last_cell_is_reported() -> None:
    whole = text([HEADER, *((f"甲{n}", fake_number(n), f"22{n:05d}", "计算机一班") for n in range(9))], end="\n")
    [line] = read_roster(whole.encode()[: -len("班\n".encode())]).bad_lines
    assert (line.line, line.key) == (10, "roster.cut_off")


def test_unused_columns_are_reported() -> None:
    notes = read_roster(text([(*HEADER, "宿舍号", "班主任"), *PEOPLE[1:]]).encode()).notes
    assert [(note.key, note.values["columns"]) for note in notes] == [("roster.unused", "宿舍号、班主任")]


def test_no_report_contains_the_number() -> None:
    for name, (rows, _) in DAMAGED.items():
        bad_lines = read_roster(xlsx(rows)).bad_lines
        assert bad_lines, name
        for line in bad_lines:
            assert fake_number(1)[:-1] not in line.in_language("zh_CN") + line.in_language("en") + repr(line)


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(lambda t: (text(PEOPLE[:1]) + t).encode("utf-8"))))
def test_any_content_is_read_or_refused_with_a_sentence(content: bytes) -> None:
    assert_reported_in_words(content)
