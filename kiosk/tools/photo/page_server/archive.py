"""The portraits of the page as one zip file, with the files that `zhengguan photo make` writes for the same photos."""

from __future__ import annotations

import logging
import threading
import zipfile
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import cycle
from pathlib import PurePosixPath
from typing import Final

from config.errors import Problem
from config.i18n import translations
from config.standards.registry import PhotoStandard, Stage
from kiosk.guidance.verdict import NEEDS_SHOT, Outcome
from kiosk.tools.photo.job import Job, JobResult, JobStatus
from kiosk.tools.photo.output_folder import recipe_name, sheet_name
from kiosk.tools.photo.page_server.collection import Collection
from kiosk.tools.photo.page_server.folders import Folders
from kiosk.tools.photo.page_server.photo import PagePhoto
from kiosk.tools.photo.page_server.production import Production
from kiosk.tools.photo.page_server.worker import draw_sheet
from kiosk.tools.photo.report import REPORT_NAME, as_csv
from kiosk.tools.photo.shots import printable

ARCHIVE_NAME: Final = "portraits.zip"
log = logging.getLogger(__name__)

_Contents = tuple[tuple[str, str], ...]


class ArchiveState(StrEnum):
    NONE = "none"
    WRITING = "writing"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True)
class ArchiveStatus:
    """`done` of `total` portraits are written; `contents` identifies the photos at the start, to detect changes."""

    state: ArchiveState = ArchiveState.NONE
    done: int = 0
    total: int = 0
    problem: Problem | None = None
    contents: _Contents = ()


class Archive:
    """Writes the zip file in a thread. May be used from any thread."""

    def __init__(self, collection: Collection, folders: Folders, production: Production) -> None:
        self._collection, self._folders, self._production = collection, folders, production
        self.path = folders.top / ARCHIVE_NAME
        self._lock = threading.Lock()
        self._status = ArchiveStatus()

    @property
    def status(self) -> ArchiveStatus:
        """The status; NONE if the photos have changed since."""
        with self._lock:
            status = self._status
        outdated = status.state is not ArchiveState.NONE and status.contents != self._contents()
        return ArchiveStatus() if outdated else status

    def start(self, with_sheets: bool, language: str) -> None:
        """Begin to write. Raises Problem if portraits or a zip file are being made, or if there is no portrait."""
        if self._collection.is_busy:
            raise Problem("photo_page.archive_busy")
        photos = [photo for photo in self._collection.photos() if photo.portrait is not None]
        if not photos:
            raise Problem("photo_page.archive_empty")
        with self._lock:
            if self._status.state is ArchiveState.WRITING:
                raise Problem("photo_page.archive_busy")
            self._status = ArchiveStatus(ArchiveState.WRITING, 0, len(photos), None, self._contents())
        threading.Thread(target=self._run, args=(photos, with_sheets, language), daemon=True).start()

    def _run(self, photos: list[PagePhoto], with_sheets: bool, language: str) -> None:
        part = self.path.with_suffix(".part")
        try:
            with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as file:  # JPEG and PNG are compressed already
                self._write(file, photos, with_sheets, language)
            part.replace(self.path)
            self._update(state=ArchiveState.READY)
        except Problem as problem:
            self._update(state=ArchiveState.FAILED, problem=problem)
        except OSError as error:
            self._update(state=ArchiveState.FAILED, problem=Problem("photo_page.disk", why=error.strerror))
        except Exception as error:
            log.exception("the zip file was not written")
            self._update(state=ArchiveState.FAILED, problem=Problem("command.unexpected", what=type(error).__name__))

    def _write(self, file: zipfile.ZipFile, photos: list[PagePhoto], with_sheets: bool, language: str) -> None:
        names = self._collection.names()
        options = self._production.options(self._collection.settings, language)
        workers = cycle(self._production.workers)
        for done, photo in enumerate(photos, start=1):
            if self.status.state is ArchiveState.NONE or photo.portrait is None:
                raise Problem("photo_page.archive_outdated")
            path, name = photo.portrait.path, names[photo.id]
            file.writestr(name.as_posix(), self._folders.portrait(path).read_bytes())
            file.writestr(recipe_name(name).as_posix(), self._folders.recipe(path).read_bytes())
            if with_sheets:
                sheet = next(workers)(draw_sheet, options, self._folders.portrait(path), printable(name.name))
                file.writestr(sheet_name(name).as_posix(), sheet.result())
            self._update(done=done)
        results = [_result(photo, names[photo.id], options.standard) for photo in self._collection.photos()]
        file.writestr(REPORT_NAME, as_csv(results, translations(language)))

    def _update(self, **changes: object) -> None:
        with self._lock:
            self._status = replace(self._status, **changes)  # type: ignore[arg-type]
        self._collection.touch()

    def _contents(self) -> _Contents:
        return tuple((photo.id, str(photo.version)) for photo in self._collection.photos())


def _result(photo: PagePhoto, name: PurePosixPath, standard: PhotoStandard) -> JobResult:
    """Return the result that `make` reports for this photo."""
    job = Job(photo.file, name, photo.shot.display_name)
    if photo.portrait is None:
        return JobResult(job, JobStatus.FAILED, problem=photo.problem)
    measured = standard.rules_for(Stage.PORTRAIT)
    evaluated = [v for v in photo.portrait.verdicts if v.rule in measured and v.reason != NEEDS_SHOT]
    verdicts = [v for v in evaluated if v.outcome is not Outcome.PASS]
    return JobResult(job, JobStatus.MADE, tuple((verdict.rule, verdict.outcome) for verdict in verdicts))
