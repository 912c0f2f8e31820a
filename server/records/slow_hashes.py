"""Computes the slow hashes of students who were imported before there were any."""

from __future__ import annotations

from typing import Final

from server.records.id_numbers import decrypt_number, slow_keyed_hashes
from server.records.models import Student

BATCH_SIZE: Final = 500


def compute_missing_hashes() -> int:
    """Returns how many were computed; about 3 ms each on one processor. Between the slices other writers get their
    turn."""
    done = 0
    while students := list(Student.objects.filter(number_slow="").only("id", "number_sealed")[:BATCH_SIZE]):
        slow = slow_keyed_hashes([decrypt_number(student.number_sealed) for student in students])
        for student, number_slow in zip(students, slow, strict=True):
            student.number_slow = number_slow
        Student.objects.bulk_update(students, ["number_slow"])
        done += len(students)
    return done
