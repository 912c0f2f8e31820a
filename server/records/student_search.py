"""The search for students by name or number, in the clerk's and the reviewer's lists."""

from __future__ import annotations

import re
from typing import Final

from django.db.models import Q

from config.id_number import has_resident_format, normalize_number, normalize_student_no
from config.person_names import normalize_name

MAX_TERM: Final = 60
_FOUR: Final = re.compile(r"[0-9]{3}[0-9Xx]|[0-9A-Za-z]{4}")


def parse_term(text: str) -> tuple[str, bool]:
    """Return the term to search for, and whether a complete ID number was entered instead: that is not searched for,
    because it would appear in addresses and logs."""
    term = text.replace("\x00", "").strip()[:MAX_TERM]
    complete = has_resident_format(normalize_number(term))
    return ("" if complete else term), complete


def matches(term: str) -> Q:
    """Match a part of the name, the beginning of a student or candidate number, or the last four of the ID number."""
    number = normalize_student_no(term)
    condition = Q(name__contains=normalize_name(term)) | Q(student_no__startswith=number)
    condition |= Q(candidate_no__startswith=number)
    if _FOUR.fullmatch(number):
        condition |= Q(last_four=number.upper())
    return condition
