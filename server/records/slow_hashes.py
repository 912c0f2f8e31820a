"""Compute the slow hashes of students that an older version imported."""

from __future__ import annotations

from typing import Final

from server.records.id_number_protection import decrypt_number, slow_keyed_hashes
from server.records.models import Student

BATCH_SIZE: Final = 500


def compute_missing_hashes() -> int:
    """Store the missing hashes and return how many; about 3 ms each on one processor. Other writers can work between
    the batches."""
    count = 0
    while students := list(
        Student.objects.filter(id_number_slow_hash="").only("id", "id_number_encrypted")[:BATCH_SIZE]
    ):
        slow = slow_keyed_hashes([decrypt_number(student.id_number_encrypted) for student in students])
        for student, id_number_slow_hash in zip(students, slow, strict=True):
            student.id_number_slow_hash = id_number_slow_hash
        Student.objects.bulk_update(students, ["id_number_slow_hash"])
        count += len(students)
    return count
