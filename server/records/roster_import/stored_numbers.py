"""The stored values of a student's ID number: hashes, the encrypted number and the last four characters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from config.id_number import last_four
from kiosk.upload.number_hashing import number_hash
from server.records.id_number_protection import encrypt_number, roster_key, slow_keyed_hashes
from server.records.roster_import.import_plan import ImportPlan
from server.records.roster_import.row import Row

BATCH_SIZE: Final = 500

SECRET_COLUMNS: Final = ("id_number_hmac", "id_number_encrypted", "id_number_slow_hash", "last_four")

Progress = Callable[[int, int], None]

Secrets = dict[int, tuple[str, str, str, str]]
"""By line, the stored values of a number: see SECRET_COLUMNS."""


def prepare_secrets(planned: ImportPlan, progress: Progress) -> Secrets:
    """Return the stored values of each new number by line: see SECRET_COLUMNS."""
    rows = [*planned.created, *(change.row for change in planned.changed if change.changes_number)]
    key, prepared = roster_key(), {}
    for part in _batches(rows):
        slow = slow_keyed_hashes([row.number for row in part])
        for row, id_number_slow_hash in zip(part, slow, strict=True):
            prepared[row.line] = (
                number_hash(key, row.number),
                encrypt_number(row.number),
                id_number_slow_hash,
                last_four(row.number),
            )
        progress(len(prepared), len(rows))
    return prepared


def _batches(rows: list[Row]) -> Iterator[list[Row]]:
    for start in range(0, len(rows), BATCH_SIZE):
        yield rows[start : start + BATCH_SIZE]
