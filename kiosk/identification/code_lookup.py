"""Find the student of a scanned code: try each resolver, then the payload as an ID number or student number."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from config.id_number import has_resident_format, is_valid_number, normalize_number
from kiosk.identification.code_resolver import CodeProblem, CodeResolver
from kiosk.upload.roster import Roster, RosterProblem
from kiosk.upload.roster_index import Enrolment

_STUDENT_NO: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_./-]{3,39}")
"""The barcode that schools print on student cards. A shorter one is too easily misread."""

_AIM_PREFIX: Final = re.compile(r"^\][A-Za-z][0-9A-Za-z]")
"""The prefix with which scanners mark the kind of code (ISO/IEC 15424): "]C1", "]Q3". None of our codes starts with
it."""


class CodeLookup:
    """Finds students by codes; `student_numbers`: a plain student number is enough for the question "is it you?"."""

    def __init__(self, roster: Roster, resolvers: Sequence[CodeResolver], student_numbers: bool = True) -> None:
        self._roster = roster
        self._resolvers = tuple(resolvers)
        self._student_numbers = student_numbers

    def find(self, payload: str, now: datetime) -> Enrolment:
        """Return the enrolments that this code names at `now` (aware). Raises CodeProblem or RosterProblem with the
        reason.

        An ID number in a code is looked up like that of a card, but it proves no more than any other code.
        """
        payload = _AIM_PREFIX.sub("", payload)
        for resolver in self._resolvers:
            enrolment = _find_or_none(resolver.resolve, payload, now)
            if enrolment is not None:
                return enrolment
        # A scanner set to full width types full-width digits.
        number = unicodedata.normalize("NFKC", payload).strip().upper()
        for applies, find in self._lookups():
            enrolment = _find_or_none(find, number, now) if applies(number) else None
            if enrolment is not None:
                return enrolment
        raise CodeProblem("code.unknown")

    def _lookups(self) -> list[tuple[Callable[[str], bool], Callable[[str, datetime], Enrolment]]]:
        """Return the lookups of a typed number in their order, each with the test whether it applies.

        A number like that of a passport is first looked up as a student number, because most of those are student
        numbers and the hash of an ID number is slow.
        """
        lookups: list[tuple[Callable[[str], bool], Callable[[str, datetime], Enrolment]]] = []
        lookups.append((_is_card_number, self._roster.find))
        if self._student_numbers:
            lookups.append((lambda number: bool(_STUDENT_NO.fullmatch(number)), self._roster.find_student_no))
        lookups.append((lambda number: is_valid_number(normalize_number(number)), self._roster.find))
        return lookups


def _is_card_number(number: str) -> bool:
    return is_valid_number(number) and has_resident_format(number)


def _find_or_none(find: Callable[[str, datetime], Enrolment | None], number: str, now: datetime) -> Enrolment | None:
    """Return the enrolments, or None for an unknown person, because the roster's own message mentions a card."""
    try:
        return find(number, now)
    except RosterProblem as problem:
        if problem.key != "roster.unknown":
            raise
        return None
