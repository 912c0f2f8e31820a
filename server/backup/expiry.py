"""The backups that stay: the newest one, the newest of each day and of each week, as set in [backup]."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from django.conf import settings

from config.errors import Problem
from server.backup.manifest import check_sums, read_file_list
from server.backup.repository import PART_SUFFIX, Repository, backup_time


def expire(repository: Repository) -> tuple[str, ...]:
    """Delete old backups and the contents that no other backup has; return the names of the deleted backups.

    Nothing is deleted unless the newest backup is complete. If the file list of a remaining backup cannot be read,
    its contents are unknown, and all contents stay.
    """
    backups = repository.backups()
    check_sums(backups[-1])
    remaining = backups_to_keep(backups, settings.APP.backup.keep_daily, settings.APP.backup.keep_weekly)
    expired = [path for path in backups if path not in remaining]
    for path in expired:
        part = path.with_name(f"{path.name}{PART_SUFFIX}")  # so that a half-deleted backup does not count as one
        path.rename(part)
        shutil.rmtree(part)
    _delete_unused_objects(repository)
    return tuple(path.name for path in expired)


def backups_to_keep(backups: list[Path], daily: int, weekly: int) -> set[Path]:
    """Return the newest backup, the newest ones of the last `daily` days and of the last `weekly` weeks that have any.

    >>> folders = [Path(f"202611{day:02d}-030000") for day in range(1, 30)]
    >>> sorted(path.name[:8] for path in backups_to_keep(folders, 2, 3))
    ['20261115', '20261122', '20261128', '20261129']
    """
    newest_first = sorted(backups, key=backup_time, reverse=True)
    days = _newest_of_each(newest_first, lambda at: at.date().toordinal())
    weeks = _newest_of_each(newest_first, lambda at: at.isocalendar()[:2])
    return {*newest_first[:1], *days[:daily], *weeks[:weekly]}


def _newest_of_each(newest_first: Iterable[Path], period: Callable[[datetime], object]) -> list[Path]:
    newest: dict[object, Path] = {}
    for path in newest_first:
        newest.setdefault(period(backup_time(path)), path)
    return list(newest.values())


def _delete_unused_objects(repository: Repository) -> None:
    used: set[str] = set()
    try:
        for folder in repository.backups():
            check_sums(folder)
            used.update(entry.sha256 for entry in read_file_list(folder))
    except Problem:
        return
    for path in repository.objects():
        if path.name not in used:
            path.unlink()
