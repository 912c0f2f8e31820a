"""Import the list of capture codes of a campaign: which code belongs to which student, stored as keyed hashes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import transaction

from config.capture_code_list import parse_bindings
from config.id_number import normalize_student_no
from server.accounts.capture_codes import keyed_code_hash
from server.accounts.models import CaptureCode
from server.records.models import Campaign

MAX_BYTES: Final = 20_000_000
_BATCH: Final = 1000


@dataclass(frozen=True)
class ImportedCodes:
    """`unknown`: the student numbers of the list that this campaign does not have, or has twice."""

    stored: int
    unknown: tuple[str, ...]


def import_codes(campaign: Campaign, content: bytes, file_name: str) -> ImportedCodes:
    """Replace the codes of the campaign by those of a CSV file (config.capture_code_list). Lines of other campaigns are
    left out. Raises Problem with the wrong line; then nothing has changed."""
    bindings = parse_bindings(content, file_name)
    own = {code: normalize_student_no(no) for code, (no, of) in bindings.items() if of in ("", campaign.pk)}
    students = _students(campaign)
    rows = [
        CaptureCode(campaign=campaign, code_hmac=keyed_code_hash(code), student_id=students[number])
        for code, number in own.items()
        if number in students
    ]
    with transaction.atomic():
        CaptureCode.objects.filter(campaign=campaign).delete()
        CaptureCode.objects.bulk_create(rows, batch_size=_BATCH)
    return ImportedCodes(len(rows), tuple(sorted({number for number in own.values() if number not in students})))


def _students(campaign: Campaign) -> dict[str, str]:
    """Return the enrolment of each student number that occurs once."""
    students: dict[str, str] = {}
    twice = set()
    for number, identifier in campaign.students.values_list("student_no", "id"):
        if number in students:
            twice.add(number)
        students[number] = identifier
    return {number: identifier for number, identifier in students.items() if number and number not in twice}
