"""The file in which CHSI, or the unit that uploads, reports the state of each portrait.

No format is published, so the columns are found by their names, and each state by the words that are in use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from config.errors import Problem
from config.i18n import Message
from config.id_number import normalize_student_no
from server.records.roster_import.columns import normalize_column_name
from server.records.roster_import.number_cell import strip_formula
from server.records.tables.file import read_sheets
from server.records.tables.table import Line, Sheet

_HEADER_SEARCH_LINES: Final = 20
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "xh": ("学号", "xh", "studentnumber", "studentno"),
    "ksh": ("考生号", "ksh", "candidatenumber", "candidateno"),
    "state": ("状态", "上传状态", "上网状态", "采集状态", "结果", "上传结果", "state", "status", "result"),
    "reason": ("原因", "不通过原因", "未通过原因", "失败原因", "退回原因", "备注", "说明", "reason", "remark"),
}


Places = Mapping[str, Sequence[int]]
"""The positions of each column, by the order of its names."""


class FileState(StrEnum):
    """`uploaded`: CHSI has the portrait, and it is not public yet."""

    UPLOADED = "uploaded"
    PUBLISHED = "published"
    REFUSED = "refused"


_WORDS: Final[Mapping[FileState, tuple[str, ...]]] = {
    FileState.PUBLISHED: ("采集成功学信网可查", "学信网可查", "采集成功", "已上网", "上网成功", "可查", "published"),
    FileState.UPLOADED: ("已上传", "上传成功", "待上网", "上网中", "uploaded", "received"),
    FileState.REFUSED: (
        "不通过", "未通过", "审核不通过", "审核未通过", "上传失败", "失败", "退回", "拒绝", "refused", "rejected",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class StateLine:
    """One line. `word` is the text of the state in the file; `state` is None if the word is not known, or if several
    columns contradict each other."""

    line: int
    student_no: str
    candidate_no: str
    word: str
    state: FileState | None
    reason: str

    @property
    def number(self) -> str:
        return self.student_no or self.candidate_no


def read_states(content: bytes) -> list[StateLine]:
    """Return the lines of the first sheet that has the columns.

    Raises Problem: delivery.state_columns, and those of server.records.tables.file.
    """
    for sheet in read_sheets(content):
        found = _find_columns(sheet)
        if found is not None:
            row, places = found
            return [_state_line(line, places) for line in sheet.lines[row + 1 :] if not line.is_empty]
    raise Problem("delivery.state_columns")


def _find_columns(sheet: Sheet) -> tuple[int, Places] | None:
    for row, line in enumerate(sheet.lines[:_HEADER_SEARCH_LINES]):
        places = _places(line.cells)
        if "state" in places and ("xh" in places or "ksh" in places):
            return row, places
    return None


def _places(cells: Sequence[str]) -> Places:
    """Return the positions of each column; a file may have several of one kind, such as 原因 and 备注."""
    names = [normalize_column_name(cell) for cell in cells]
    found = {
        column: tuple(place for one in known for place, name in enumerate(names) if name == normalize_column_name(one))
        for column, known in _COLUMNS.items()
    }
    return {column: places for column, places in found.items() if places}


def _state_line(line: Line, places: Places) -> StateLine:
    def filled(column: str) -> list[str]:
        cells = (" ".join(line.cell(place).split()) for place in places.get(column, ()))
        return [cell for cell in cells if cell]

    def number(column: str) -> str:
        """Return the number as the roster stores it: programs write `="0022001"` to keep its zeros."""
        return next((normalize_student_no(strip_formula(cell)) for cell in filled(column)), "")

    words, reason = filled("state"), next(iter(filled("reason")), "")
    return StateLine(line.number, number("xh"), number("ksh"), " / ".join(words), _state_of_all(words), reason)


def _state_of_all(words: Sequence[str]) -> FileState | None:
    """Return the state of a line with several columns of states; None if no word is known, or two contradict each
    other. An upload that succeeded precedes every result."""
    states = {state for word in words if (state := state_of(word)) is not None}
    results = states - {FileState.UPLOADED} or states
    return results.pop() if len(results) == 1 else None


def state_of(word: str) -> FileState | None:
    """Return the state that a word means.

    >>> state_of("采集成功，学信网可查"), state_of("审核 不通过"), state_of("?")
    (<FileState.PUBLISHED: 'published'>, <FileState.REFUSED: 'refused'>, None)
    """
    plain = "".join(one for one in word.lower() if one.isalnum())
    return next((state for state, words in _WORDS.items() if plain in words), None)


def line_problem(line: StateLine) -> Message | None:
    """Return the message about an error in the line itself, None if there is none."""
    if not line.number:
        return Message("delivery.state_no_number")
    if line.state is None:
        return Message("delivery.state_word", {"word": line.word[:30] or "–"})
    if line.state is FileState.REFUSED and not line.reason:
        return Message("delivery.state_no_reason")
    return None
