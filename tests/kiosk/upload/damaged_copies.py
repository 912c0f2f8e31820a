"""Damaged copies of an outbox: bits that flipped, pages of zeros, ends that are cut off. The same ones every time."""

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

    def do(self, data: bytes) -> bytes:
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
    """A data folder whose outbox is one file, without a write-ahead log."""
    folder.mkdir()
    fill(folder).outbox.close()
    with sqlite3.connect(folder / "outbox.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return folder


def problem_after(damage: Damage, whole: Path, place: Path, backups: bool) -> str:
    """What is wrong after the start on a damaged copy of `whole`; empty where nothing is."""
    folder = Path(shutil.copytree(whole, place))
    if not backups:
        shutil.rmtree(folder / "outbox-backups")
    path = folder / "outbox.db"
    path.write_bytes(damage.do(path.read_bytes()))
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
    """Every other one has no backups either."""
    whole = undamaged(folder / "whole")
    for place, damage in enumerate(damages):
        if said := problem_after(damage, whole, folder / "copy", backups=place % 2 == 0):
            yield said
