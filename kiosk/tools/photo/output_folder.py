"""The folder of finished portraits: complete files, each with its recipe.

OUT/<name>.jpg              only portraits, ready to deliver
OUT/recipes/<name>.json     the recipe of each portrait
OUT/sheets/<name>.png       on request: each portrait with its lines and verdicts
OUT/report.csv              the result of every shot
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path, PurePath
from typing import Any, Final

from config.errors import Problem
from kiosk.capture.recipe.entries import reject_damaged
from kiosk.tools.photo.shots import printable

_DISK_FULL_ERRNOS: Final = (errno.ENOSPC, errno.EDQUOT)
_PARTIAL_SUFFIX: Final = ".zhengguan-part"
_PARTIAL_NAME_LENGTH: Final = 16


class OutputFolderProblem(Problem):
    """The output folder cannot be written, so nothing more can be made. Keys: `command.out_<reason>`."""


class OutputFolder:
    """The output folder. Only portraits of this program are overwritten: those with a recipe of the same name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Create the folder, test it, and remove partial files of an interrupted run; until the end of the block no
        other run can open it.

        Raises OutputFolderProblem.
        """
        if os.path.exists(self.folder) and not os.path.isdir(self.folder):
            raise OutputFolderProblem("command.out_no_folder", out=printable(str(self.folder)))
        with self._locked():
            with self.write_partial(PurePath("recipes", "try"), b""):
                pass
            self.remove_partial()
            yield

    def remove_partial(self) -> None:
        """Remove partial files. Call it only while no other process writes here."""
        for part in self.folder.rglob(f".*{_PARTIAL_SUFFIX}"):
            part.unlink(missing_ok=True)

    def recipe_of(self, name: PurePath) -> dict[str, Any] | None:
        """Return the recipe of the portrait of that name; None if there is none or it cannot be read."""
        try:
            recipe = json.loads((self.folder / recipe_name(name)).read_bytes())
            if isinstance(recipe, dict):
                reject_damaged(recipe)
                return recipe
        except (OSError, ValueError, RecursionError, Problem):
            pass
        return None

    def contains(self, name: PurePath, recipe: dict[str, Any]) -> bool:
        """Return whether the portrait exists, byte for byte as in `recipe`."""
        try:
            jpeg = (self.folder / name).read_bytes()
        except OSError:
            return False
        return bool(recipe.get("portrait", {}).get("sha256") == sha256(jpeg).hexdigest())

    def has(self, name: PurePath) -> bool:
        """Return whether there is a file of that name."""
        return os.path.isfile(self.folder / name)

    def is_foreign(self, name: PurePath) -> bool:
        """Return whether there is a file of that name without a recipe, so that another program made it."""
        return os.path.exists(self.folder / name) and not os.path.exists(self.folder / recipe_name(name))

    @contextmanager
    def write_partial(self, name: PurePath, jpeg: bytes) -> Iterator[Path]:
        """Provide a file of `jpeg`, synced and not yet called `name`; it is deleted unless `store` was called.

        Raises OutputFolderProblem, and Problem if the file system has no names of that length.
        """
        path = self.folder / name
        # Not the name itself: it may already be as long as the file system allows.
        short_name = sha256(os.fsencode(path.name)).hexdigest()[:_PARTIAL_NAME_LENGTH]
        part = path.with_name(f".{short_name}.{os.getpid()}{_PARTIAL_SUFFIX}")
        try:
            with self._translate_errors():
                path.parent.mkdir(parents=True, exist_ok=True)
                _write(part, jpeg)
            yield part
        finally:
            with contextlib.suppress(OSError):  # it was never written
                part.unlink(missing_ok=True)

    def store(self, partial: Path, name: PurePath, recipe: dict[str, Any]) -> None:
        """Rename a partial file. The recipe is written first: a portrait without one counts as another program's."""
        text = json.dumps(recipe, indent=1, ensure_ascii=False, sort_keys=True)
        self.write(recipe_name(name), text.encode())
        with self._translate_errors():
            os.replace(partial, self.folder / name)

    def write(self, name: PurePath, data: bytes) -> None:
        """Write a complete file or none: a partial file is synced and renamed. Raises OutputFolderProblem."""
        with self.write_partial(name, data) as partial, self._translate_errors():
            os.replace(partial, self.folder / name)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._translate_errors():
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise OutputFolderProblem("command.out_in_use", out=printable(str(self.folder))) from error
        except OSError:  # some network drives have no locks
            pass
        try:
            yield
        finally:
            os.close(descriptor)  # which also ends the lock

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:  # the next portrait may have a shorter name
                raise Problem("command.name_too_long") from error
            key = "command.out_full" if error.errno in _DISK_FULL_ERRNOS else "command.out_failed"
            why = error.strerror or type(error).__name__
            raise OutputFolderProblem(key, out=printable(str(self.folder)), why=why) from error


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def recipe_name(portrait: PurePath) -> PurePath:
    """Return the path of a portrait's recipe, below OUT."""
    return PurePath("recipes") / portrait.with_suffix(".json")


def sheet_name(portrait: PurePath) -> PurePath:
    """Return the path of a portrait's sheet, below OUT."""
    return PurePath("sheets") / portrait.with_suffix(".png")
