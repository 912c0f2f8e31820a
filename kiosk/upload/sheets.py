"""Sheets of photos on the wire: what a station may print, and the request for one PDF.

The server draws the sheet, because the station has neither the portraits of other stations nor complete names.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from kiosk.upload.envelope import Payload
from kiosk.upload.wire_types import Key

SHEETS_HEADER: Final = "Zhengguan-Sheets"
PHOTOS_HEADER: Final = "Zhengguan-Photos"
REPRINTS_HEADER: Final = "Zhengguan-Reprints"
MAX_PDF_BYTES: Final = 256 << 20
"""500 photos of half a megabyte."""
Length = Annotated[float, Field(gt=0, le=2000, allow_inf_nan=False)]


class SheetKind(Payload):
    """A sheet by its name: `kind` is "student" (one student's photo several times) or "class"; `paper` in mm."""

    name: Key
    kind: Key
    title: dict[str, Key] = Field(max_length=16)
    paper: tuple[Length, Length]


class SheetClass(Payload):
    """A class with portraits that may be printed; `name` is empty for students without a class."""

    campaign: Key
    campaign_title: Key
    name: Key
    photos: int = Field(ge=0, le=1_000_000)


class SheetChoices(Payload):
    sheets: tuple[SheetKind, ...] = Field(default=(), max_length=100)
    classes: tuple[SheetClass, ...] = Field(default=(), max_length=5000)


class SheetStudent(Payload):
    """`name` is masked, as in the roster."""

    id: Key
    name: Key
    student_no: Key


class SheetStudents(Payload):
    students: tuple[SheetStudent, ...] = Field(default=(), max_length=5000)


class SheetRequest(Payload):
    """The sheet of a class, or of one `student` of it. `key` is random and the same in every repetition of one print,
    so that only another print is marked as a reprint."""

    campaign: Key
    class_name: Key
    student: Key = ""
    sheet: Key
    key: str = Field(pattern=r"^[0-9a-f]{32}$")
    language: Literal["zh_CN", "en"] = "zh_CN"
