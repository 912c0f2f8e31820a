"""The fields of a student that names and lists may contain, called as the national student record calls them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from server.records.id_number_protection import decrypt_number
from server.records.models import Campaign, Student

ID_NUMBER: Final = "sfzh"
"""Only in deliveries of campaigns that allow it."""


@dataclass(frozen=True)
class Field:
    """`width` is in bytes of GBK, as school systems define the column (list of fields of 学籍 at hollyten.com,
    jxjyxy/info/1100/2118.htm). The record has 15 bytes for a student number and 20 for a class; ours may be longer."""

    name: str
    width: int

    @property
    def column(self) -> str:
        return self.name.upper()


FIELDS: Final = (
    Field("yxdm", 5),
    Field("yxmc", 60),
    Field("ksh", 20),
    Field("xh", 40),
    Field("xm", 60),
    Field("fy", 60),
    Field("zymc", 60),
    Field("bh", 60),
    Field("cc", 12),
    Field("xz", 3),
    Field(ID_NUMBER, 30),
)
NAMES: Final = tuple(field.name for field in FIELDS)
Values = Mapping[str, str]


def values_of(student: Student, campaign: Campaign, with_id_number: bool) -> dict[str, str]:
    """Return the value of each field; the ID number only `with_id_number`, because it has to be decrypted."""
    return {
        "yxdm": campaign.school_id,
        "yxmc": campaign.school.name,
        "ksh": student.candidate_no,
        "xh": student.student_no,
        "xm": student.name,
        "fy": student.department,
        "zymc": student.major,
        "bh": student.class_name,
        "cc": student.study_level,
        "xz": student.study_years,
        ID_NUMBER: decrypt_number(student.id_number_encrypted) if with_id_number else "",
    }
