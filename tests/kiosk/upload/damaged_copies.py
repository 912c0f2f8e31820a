"""Damaged copies of an outbox: flipped bits, zeroed pages, missing ends; the same in every run."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.kiosk.upload.data_folder import STUDENTS, fill, photos, start_station

PAGE = 4096


@dataclass(frozen=True)
class Damage:
    kind: str
    number: int

    def apply(self, data: bytes) -> bytes:
        chance = random.Random(f"{self.kind} {self.number}")
        if self.kind == "flip":
            at, bit = chance.randrange(len(data)), chance.randrange(8)
            return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]
        if self.kind == "header flip":
            at, bit = chance.randrange(100), chance.randrange(8)
            return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]
        if self.kind == "page":
            at = chance.randrange(len(data) // PAGE) * PAGE
            return data[:at] + bytes(PAGE) + data[at + PAGE :]
        return data[: chance.randrange(len(data))]


ALL = [
    *(Damage("flip", number) for number in range(150)),
    *(Damage("page", number) for number in range(40)),
    *(Damage("cut", number) for number in range(40)),
    *(Damage("header flip", number) for number in range(40)),
]
FEW = [*ALL[:16], *ALL[150:158], *ALL[190:196], *ALL[230:236]]


def undamaged(folder: Path) -> Path:
    """Return a data folder whose outbox is one file, without a write-ahead log."""
    folder.mkdir()
    fill(folder).outbox.close()
    with sqlite3.connect(folder / "outbox.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return folder


def problem_after(damage: Damage, source: Path, copy: Path, backups: bool) -> str:
    """Start a station on a damaged copy of `source`; return what is wrong afterwards, or an empty string."""
    folder = Path(shutil.copytree(source, copy))
    if not backups:
        shutil.rmtree(folder / "outbox-backups")
    path = folder / "outbox.db"
    path.write_bytes(damage.apply(path.read_bytes()))
    before = photos(folder)
    try:
        started = start_station(folder)
        students = started.students()
        counts = started.outbox.stats()
        started.outbox.close()
    except Exception as error:
        return f"{damage}: {type(error).__name__}: {error}"
    lost = set(before) - set(photos(folder))
    shutil.rmtree(folder)
    if lost:
        return f"{damage}: {len(lost)} photos are gone"
    if sorted(students) != sorted(STUDENTS):
        return f"{damage}: {len(set(students))} of {len(STUDENTS)} students, {len(students)} visits, {counts}"
    return ""


def problems(damages: list[Damage], folder: Path) -> Iterator[str]:
    """Yield the problem after each damage, if there is one; every second copy has no backups either."""
    source = undamaged(folder / "whole")
    for number, damage in enumerate(damages):
        if problem := problem_after(damage, source, folder / "copy", backups=number % 2 == 0):
            yield problem
