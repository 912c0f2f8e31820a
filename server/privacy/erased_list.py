"""The list of students who were erased on request. It is a file outside the database, so that it is newer than any
backup: after a restore they are erased again. It contains ids, which identify nobody once the student is erased."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from django.conf import settings

from server.secrets.private_files import private_file

NAME: Final = "erased-students"


def list_files() -> list[Path]:
    """Return the paths of the list: in the data folder, in [backup] folder next to the backups, and the path of
    [privacy] erased_list."""
    backups, more = settings.APP.backup.folder, settings.APP.privacy.erased_list
    others = [*([Path(backups) / NAME] if backups else []), *([Path(more)] if more else [])]
    return [Path(settings.FILES).parent / NAME, *others]


def add_to_list(students: Iterable[str]) -> None:
    """Append the ids that a file lacks to it, synced to disk; the file in the data folder comes first.

    Raises OSError if a file lacks an id and cannot be written, as the folder of the backups cannot be by the service,
    which may only write its data folder: `zhengguan server backup` then adds the ids with `complete_lists`.
    """
    ids = list(students)
    for path in list_files():
        _append(path, ids)


def complete_lists(folder: Path) -> None:
    """Add what any file lists to all of them, and to the one in `folder`, where a backup has been made. Raises OSError
    if one cannot be written, after the others are complete."""
    ids, errors = sorted(listed_students()), list[OSError]()
    for path in dict.fromkeys([*list_files(), folder / NAME]):
        try:
            _append(path, ids)
        except OSError as error:
            errors.append(error)
    if errors:
        raise errors[0]


def _append(path: Path, ids: Iterable[str]) -> None:
    known = set(path.read_text("ascii", errors="replace").split()) if path.is_file() else set()
    lines = "".join(f"{one}\n" for one in ids if one not in known)
    if not lines:
        return
    with private_file(path).open("a") as file:
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


def listed_students() -> set[str]:
    """Return the ids in all files."""
    return {line for path in list_files() if path.is_file() for line in path.read_text("ascii").split()}


def take_over_list(folder: Path) -> None:
    """Add the ids of the list in a folder of backups: a new server may have no [backup] folder yet. Raises OSError."""
    path = folder / NAME
    if path.is_file():
        add_to_list(sorted(set(path.read_text("ascii").split())))
