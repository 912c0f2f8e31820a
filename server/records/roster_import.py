"""Puts a roster file into a campaign: all of it or nothing, unless bad lines are knowingly skipped."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from server.records.models import Campaign, Student
from server.records.number import hash_of, sealed
from server.records.roster_csv import BadLine, Row, read_roster


@dataclass(frozen=True)
class Imported:
    """How many students a file brought, changed or left as they were, and the lines that were not taken."""

    created: int
    changed: int
    unchanged: int
    bad: tuple[BadLine, ...]

    @property
    def done(self) -> bool:
        """Whether anything was written at all."""
        return bool(self.created or self.changed or self.unchanged)


def import_roster(campaign: Campaign, content: bytes, skip_bad: bool = False) -> Imported:
    """Reads `content` and writes its students. The ID number says who is who, so a second import changes nothing.

    With a bad line nothing is written, unless `skip_bad`. Students that the file does not name stay as they are.
    Raises Problem where the file cannot be read at all.
    """
    file = read_roster(content)
    if file.bad and not skip_bad:
        return Imported(0, 0, 0, file.bad)
    with transaction.atomic():
        done = [_written(campaign, row) for row in file.rows]
    return Imported(done.count("created"), done.count("changed"), done.count("unchanged"), file.bad)


def _written(campaign: Campaign, row: Row) -> str:
    details = {"name": row.name, "student_no": row.student_no, "class_name": row.class_name}
    known = Student.objects.filter(campaign=campaign, number_hash=hash_of(row.number)).first()
    if known is None:
        Student.objects.create(
            campaign=campaign,
            number_hash=hash_of(row.number),
            number_sealed=sealed(row.number),
            last_four=row.number[-4:],
            **details,
        )
        return "created"
    if all(getattr(known, column) == value for column, value in details.items()):
        return "unchanged"
    Student.objects.filter(pk=known.pk).update(**details)
    return "changed"
