"""The process is killed at every change of the disk, during a visit and during the repair at a start.

After the next start every acknowledged photo exists and is queued once.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database
from sqlite_utils.db import Table

from config import atomic_file
from tests.kiosk.upload.data_folder import STUDENTS, DataFolder, fill, photos, start_station

MAX_STEPS = 400
WRITES = ("INSERT", "UPDATE", "DELETE", "COMMIT")


class Killed(BaseException):
    """Stands for kill -9: no `except Exception` catches it, so that only `finally` blocks run after it."""


class KillSwitch:
    """Raises `Killed` at the `at`-th change of the disk, before or after the change."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: int, after: bool) -> None:
        self.remaining, self.after = at, after
        for owner, name in ((os, "replace"), (os, "rename"), (os, "link"), (atomic_file, "sync_folder"), (os, "fsync")):
            monkeypatch.setattr(owner, name, self._guarded(getattr(owner, name)))
        monkeypatch.setattr(Database, "execute", self._guarded_writes(Database.execute))
        for name in ("insert", "update", "delete", "delete_where"):
            monkeypatch.setattr(Table, name, self._guarded(getattr(Table, name)))

    def _guarded_writes(self, execute: Callable[..., Any]) -> Callable[..., Any]:
        write = self._guarded(execute)

        def guarded(database: Database, sql: str, *args: Any) -> Any:
            return (write if sql.startswith(WRITES) else execute)(database, sql, *args)

        return guarded

    def _guarded(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*args: Any, **kwargs: Any) -> Any:
            self.remaining -= 1
            here = self.remaining == 0
            if here and not self.after:
                raise Killed
            result = real(*args, **kwargs)
            if here:
                raise Killed
            return result

        return guarded


@pytest.mark.parametrize("after", [False, True])
def test_a_visit_killed_at_any_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: bool) -> None:
    folder = tmp_path / "c"
    for at in range(1, MAX_STEPS):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        data_folder = DataFolder(folder)
        acknowledged: list[str] = []
        completed = kill_during(lambda: take_visit(data_folder, acknowledged), monkeypatch, at, after)  # noqa: B023
        data_folder.outbox.database.close()
        before = {name.removeprefix(".").removesuffix(".part") for name in photos(folder)}
        started = start_station(folder)
        items = started.outbox.open_visits() or [item for item in iter(lambda: started.outbox.lease(3600), None)]  # noqa: B023
        queued = [shot.original.sha256 for item in items for shot in item.shots]
        assert set(acknowledged) <= set(queued), f"step {at}: an acknowledged shot is not queued"
        assert len(queued) == len(set(queued)), f"step {at}: a shot is queued twice"
        assert before <= set(photos(folder)), f"step {at}: a photo is gone"
        started.outbox.close()
        if completed:
            assert at > 20, "control: the visit changes the disk many times"
            return
    pytest.fail("the visit has more steps than are tried")


def take_visit(data_folder: DataFolder, acknowledged: list[str]) -> None:
    visit, first = data_folder.begin_visit(1)
    acknowledged.append(first.sha256)
    second = data_folder.shoot(visit, "retake")
    acknowledged.append(second.sha256)
    data_folder.store_portrait(visit, second)
    data_folder.end(visit)


def kill_during(work: Callable[[], object], monkeypatch: pytest.MonkeyPatch, at: int, after: bool) -> bool:
    """Kill the work at its `at`-th change of the disk; return whether it was complete before."""
    with monkeypatch.context() as patched:
        KillSwitch(patched, at, after)
        try:
            work()
        except Killed:
            return False
    return True


@pytest.mark.parametrize("lost", ["deleted", "damaged"])
def test_a_start_that_is_killed_repeatedly_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    """Each start is killed some steps later than the one before, on the folder as the one before changed it."""
    folder = tmp_path / "c"
    folder.mkdir()
    data_folder = fill(folder)
    old = data_folder.originals.store(b"a shot of 86a4649", "IMG_1.JPG")
    data_folder.outbox.close()
    path = folder / "outbox.db"
    if lost == "deleted":
        shutil.rmtree(folder / "outbox-backups")
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:20_000])
    before = set(photos(folder))
    completed = False
    for at in range(1, MAX_STEPS, 7):
        completed = kill_during(lambda: start_station(folder).outbox.close(), monkeypatch, at, after=at % 2 == 0)
        assert before <= set(photos(folder)), f"step {at}: a photo is gone"
        if completed:
            break
    assert completed
    started = start_station(folder)
    assert sorted(started.students()) == sorted(STUDENTS)
    assert (folder / "unassigned" / old.path.name).exists()
    started.outbox.close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    connection.close()
