"""Whom a scanned code names: asked of every scheme in turn, then as a number that stands in it as such."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from config.id_number import has_resident_format, is_valid_number, normalize_number
from kiosk.identification.code_resolver import CodeProblem, CodeResolver
from kiosk.upload.roster import Enrolment, Roster, RosterProblem

_STUDENT_NO: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_./-]{3,39}")
"""What a school prints as a barcode on its student cards. A shorter one is too easily read out of nothing."""

_AIM_PREFIX: Final = re.compile(r"^\][A-Za-z][0-9A-Za-z]")
"""What scanners put before a code to tell its kind (ISO/IEC 15424): "]C1", "]Q3". No code of ours begins so."""


class CodeLookup:
    """`student_numbers` says whether a bare student number is enough to be asked "is it you?"."""

    def __init__(self, roster: Roster, resolvers: Sequence[CodeResolver], student_numbers: bool = True) -> None:
        self._roster = roster
        self._resolvers = tuple(resolvers)
        self._student_numbers = student_numbers

    def find(self, payload: str, now: datetime) -> Enrolment:
        """Who may be photographed `now` (aware) on this code. Raises CodeProblem or RosterProblem: why nobody may.

        An ID number in a code finds as the card does; it proves as little as any other code.
        """
        payload = _AIM_PREFIX.sub("", payload)
        for scheme in self._resolvers:
            found = _find_or_none(scheme.resolve, payload, now)
            if found is not None:
                return found
        # A scanner set to full width types full-width digits.
        number = unicodedata.normalize("NFKC", payload).strip().upper()
        for applies, look in self._lookups():
            found = _find_or_none(look, number, now) if applies(number) else None
            if found is not None:
                return found
        raise CodeProblem("code.unknown")

    def _lookups(self) -> list[tuple[Callable[[str], bool], Callable[[str, datetime], Enrolment]]]:
        """ID numbers first; but what looks like a passport's number is mostly a student number, and is looked up as
        one first: the slow hash of an ID number takes a moment."""
        lookups: list[tuple[Callable[[str], bool], Callable[[str, datetime], Enrolment]]] = []
        lookups.append((_is_card_number, self._roster.find))
        if self._student_numbers:
            lookups.append((lambda number: bool(_STUDENT_NO.fullmatch(number)), self._roster.find_student_no))
        lookups.append((lambda number: is_valid_number(normalize_number(number)), self._roster.find))
        return lookups


def _is_card_number(number: str) -> bool:
    return is_valid_number(number) and has_resident_format(number)


def _find_or_none(find: Callable[[str, datetime], Enrolment | None], number: str, now: datetime) -> Enrolment | None:
    """The roster's own words for whom it does not know speak of a card."""
    try:
        return find(number, now)
    except RosterProblem as problem:
        if problem.key != "roster.unknown":
            raise
        return None
