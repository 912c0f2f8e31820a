"""Identify the columns of a table by the names that school offices give them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from config.id_number import DocumentType
from config.text_normalization import normalize_text, remove_whitespace
from server.records.tables.table import Sheet

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": (
        "姓名", "学生姓名", "中文姓名", "姓名全称", "xm", "name", "student name", "full name", "chinese name",
    ),
    "number": (
        "身份证号", "身份证号码", "公民身份号码", "公民身份证号码", "公民身份证号", "居民身份证号",
        "居民身份证号码", "身份证", "身份证件号", "身份证件号码", "身分证号", "身分证号码", "有效身份证件号",
        "有效身份证件号码", "证件号", "证件号码", "证件编号", "身份號碼", "身份證號", "身份證號碼", "身分證號",
        "身分證號碼", "證件號", "證件號碼", "sfzh", "sfzhm", "sfzjh", "zjh", "zjhm", "id number", "id no",
        "id card number", "id card no", "id card", "identity number", "identity card number", "document number",
        "document no", "number", "护照号", "护照号码", "通行证号", "通行证号码", "passport number", "passport no",
        "passport",
    ),
    "document_type": (
        "证件类型", "证件类别", "证件种类", "身份证件类型", "身份证件种类", "證件類型", "證件類別", "zjlx",
        "sfzjlx", "document type", "id type", "id document type", "type of document",
    ),
    "student_no": (
        "学号", "学生学号", "學號", "学籍学号", "学生编号", "xh", "student number", "student no", "student id",
        "student_no", "sid",
    ),
    "candidate_no": (
        "考生号", "考生號", "学籍号", "学籍号/考生号", "ksh", "candidate number", "candidate no",
    ),
    "class_name": (
        "班级", "班级名称", "行政班", "行政班级", "所在班级", "班", "班号", "班級", "班級名稱", "bj", "bjmc", "bh",
        "class", "class name", "class_name",
    ),
    "major": (
        "专业", "专业名称", "专业名", "所学专业", "录取专业", "專業", "專業名稱", "zy", "zymc", "major",
        "major name", "programme", "program",
    ),
    "department": (
        "学院", "院系", "系", "系部", "院系名称", "院系部", "学院名称", "所在学院", "所属学院", "系所", "分院",
        "二级学院", "學院", "院系所", "yx", "xy", "yxmc", "department", "college", "faculty",
    ),
    "study_level": (
        "层次", "培养层次", "学历层次", "層次", "培養層次", "cc", "level", "study level", "level of study",
    ),
    "study_years": (
        "学制", "学制年", "修业年限", "學制", "xz", "years of study", "study years", "length of study",
    ),
    "phone": (
        "手机号", "手机号码", "手机", "移动电话", "联系电话", "联系手机", "电话", "电话号码", "本人手机", "本人手机号",
        "本人电话", "学生手机", "学生手机号", "学生电话", "手機", "手機號", "手機號碼", "行動電話", "聯絡電話", "電話",
        "sjh", "sjhm", "lxdh", "yddh", "phone", "phone number", "phone no", "mobile", "mobile phone", "mobile number",
        "telephone", "telephone number", "cell phone",
    ),
    "email": (
        "电子邮箱", "邮箱", "电子邮件", "邮箱地址", "电子邮箱地址", "电子邮件地址", "本人邮箱", "学生邮箱", "電子郵件",
        "電子信箱", "信箱", "郵箱", "dzyx", "dzxx", "email", "e-mail", "email address", "e-mail address", "mail",
    ),
    "school_code": (
        "院校代码", "学校代码", "院校代碼", "學校代碼", "yxdm", "school code", "institution code",
    ),
}  # fmt: skip
REQUIRED: Final = ("name", "number")
MAX_LENGTHS: Final = {
    "name": 100, "student_no": 40, "candidate_no": 20, "class_name": 60, "major": 60, "department": 60,
    "study_level": 12, "study_years": 3,
}  # fmt: skip
_HEADER_SEARCH_LINES: Final = 20
_BRACKETED: Final = re.compile(r"[(\[{【〔<].*?[)\]}】〕>]")
_NON_WORD: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Header:
    """`row_index` is the position of the header among a sheet's lines. `places` has the positions of each known column,
    best match first; `unused` the names of columns that are not read."""

    row_index: int
    places: Mapping[str, tuple[int, ...]]
    unused: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(COLUMNS[column][0] for column in REQUIRED if column not in self.places)

    @property
    def is_complete(self) -> bool:
        return not self.missing


def normalize_column_name(name: str) -> str:
    """Normalize a column's name for comparison: without blanks, marks and text in brackets.

    >>> normalize_column_name(" 身份证 号（必填）*"), normalize_column_name("ID_Number")
    ('身份证号', 'idnumber')
    """
    bare = remove_whitespace(normalize_text(name))
    return _NON_WORD.sub("", _BRACKETED.sub("", bare) or bare).casefold()


_COLUMN_OF_NAME: Final = {
    normalize_column_name(name): (column, rank) for column, names in COLUMNS.items() for rank, name in enumerate(names)
}


def recognize_column(name: str) -> tuple[str, int] | None:
    """Return the column that this name means, and the rank of the name among its names; None if it is not known."""
    return _COLUMN_OF_NAME.get(normalize_column_name(name))


def find_header(rows: Sequence[Sequence[str]]) -> Header | None:
    """Find the line of column names among the first lines, below possible titles: the one with every required column,
    else the one with the most known ones."""
    headers = [_parse_header(place, cells) for place, cells in enumerate(rows[:_HEADER_SEARCH_LINES])]
    known = [header for header in headers if header.places]
    whole = [header for header in known if header.is_complete]
    if whole:
        return whole[0]
    return max(known, key=lambda header: len(header.places), default=None)


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    header = find_header(rows)
    return header is not None and header.is_complete


def sheet_header(sheet: Sheet) -> Header | None:
    return find_header([line.cells for line in sheet.lines[:_HEADER_SEARCH_LINES]])


def _parse_header(place: int, cells: Sequence[str]) -> Header:
    matches: dict[str, list[tuple[int, int]]] = {}
    unused = []
    for at, cell in enumerate(cells):
        known = recognize_column(cell)
        if known is not None:
            matches.setdefault(known[0], []).append((known[1], at))
        elif cell.strip():
            unused.append(" ".join(cell.split())[:30])
    places = {column: tuple(at for _, at in sorted(ranked)) for column, ranked in matches.items()}
    return Header(place, places, tuple(unused))


_DOCUMENT_TYPE_PATTERNS: Final = (
    (r"永久居留|永居|permanent", DocumentType.PERMANENT_RESIDENCE),
    (r"居住证|居住證|residencepermit", DocumentType.RESIDENCE_PERMIT),
    (r"台胞证|台胞證|(台湾|臺灣|台灣).*(通行证|通行證)|taiwan", DocumentType.TAIWAN_PERMIT),
    (r"回乡证|回鄉證|港澳.*(通行证|通行證)|hkmacau|returnpermit|hometurn|homereturn", DocumentType.RETURN_PERMIT),
    (r"护照|護照|passport", DocumentType.PASSPORT),
    (r"身份证|身分证|身份證|身分證|residentid|identitycard|idcard|resident", DocumentType.RESIDENT),
    (r"其他|其它|难民|旅行证|other|refugee|travel", DocumentType.OTHER),
)


def parse_document_type(text: str) -> DocumentType | None:
    """Return the document type that a cell of the column 证件类型 names; None if it names none that is known.

    >>> parse_document_type("港澳居民来往内地通行证").value, parse_document_type("居民身份证").value
    ('return_permit', 'resident')
    """
    word = normalize_column_name(text)
    return next((kind for form, kind in _DOCUMENT_TYPE_PATTERNS if re.search(form, word)), None)
