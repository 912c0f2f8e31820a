"""A station's data folder with 20 unsent visits, as the kiosk writes it, and the start of the kiosk.

Eighteen visits are finished, two are open as after a crash; some have a retake, one has no portrait.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from config.standards.registry import load_standard
from hardware.cameras.api import CameraInfo, Shot
from kiosk.capture.storage import FileStore, StoredFile
from kiosk.capture.types import Portrait
from kiosk.guidance.verdict import Outcome, Verdict
from kiosk.upload.encryption import FileCipher
from kiosk.upload.envelope import Consent, VisitOutcome
from kiosk.upload.outbox.models import OutboxVisit
from kiosk.upload.outbox.opening import OpenedOutbox, open_outbox
from kiosk.upload.outbox.outbox import Outbox
from kiosk.upload.outbox.photo_header import portrait_header
from kiosk.upload.outbox.rebuild import FolderReport
from kiosk.visit.interrupted_visits import finish_open_visits
from kiosk.visit.recorder import VisitRecorder
from kiosk.visit.visit import Visit

VISITS = 20
OPEN = 2
NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
CAMERA = CameraInfo("test", "Test", "1", True, (8, 6), (8, 6))
VERDICTS = (Verdict("eyes_open", Outcome.PASS, 0.3, "", 0.2, None, ""),)
STUDENTS = {f"{number:032x}" for number in range(VISITS)}


def photos(folder: Path) -> list[str]:
    """Return the names of all files in the two folders of photos."""
    paths = [path for kind in ("files", "unassigned") for path in (folder / kind).glob("*") if path.is_file()]
    return sorted(path.name for path in paths)


class DataFolder:
    """A data folder, with the objects that write to it during a day."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cipher = FileCipher.load_or_create(folder / "station.key")
        self.originals = FileStore(folder / "files", self.cipher.encrypt, self.cipher.decrypt)
        self.outbox = Outbox(folder / "outbox.db", cipher=self.cipher)
        self.recorder = VisitRecorder(self.originals, self.outbox, lambda: None)

    def begin_visit(self, number: int, last_four: str | None = None) -> tuple[Visit, StoredFile]:
        visit = Visit(
            student=f"{number:032x}",
            campaign="zgdemo",
            name="王*明",
            consent=Consent(text_version="1", given_at=NOON),
            standard=load_standard("chsi"),
            taken_at=NOON + timedelta(minutes=number),
        )
        return visit, self.shoot(visit, f"shot of {number}")

    def shoot(self, visit: Visit, content: str) -> StoredFile:
        return self.recorder.store_shot(visit, Shot(content.encode() * 20, "IMG_1.JPG", CAMERA))

    def store_portrait(self, visit: Visit, shot: StoredFile) -> None:
        portrait, file = make_portrait(self.originals, shot)
        self.recorder.store_portrait(visit, shot, portrait, file)

    def end(self, visit: Visit) -> None:
        self.recorder.end(visit, VisitOutcome.ACCEPTED)

    def visit(self, number: int) -> Visit:
        """Run a whole visit; every fifth has a retake."""
        visit, shot = self.begin_visit(number)
        self.store_portrait(visit, shot)
        if number % 5 == 0:
            shot = self.shoot(visit, f"retake of {number}")
            self.store_portrait(visit, shot)
        self.end(visit)
        return visit


def make_portrait(originals: FileStore, shot: StoredFile) -> tuple[Portrait, StoredFile]:
    """Store a portrait of the shot as the photo engine does; always the same bytes."""
    content = originals.read_content(shot)
    jpeg = b"portrait of " + content.data[:40]
    recipe = {"standard": "chsi", "crop": [1, 2, 3, 4]}
    header = portrait_header(content.header, recipe, VERDICTS, 0.0) if content.header else None
    file = originals.store(jpeg, "portrait.jpg", header)
    return Portrait(jpeg, file.sha256, VERDICTS, recipe), file


def fill(folder: Path, visits: int = VISITS, unfinished: int = OPEN) -> DataFolder:
    """Fill the folder as a day without network does; the outbox stays open, as after a killed kiosk."""
    data_folder = DataFolder(folder)
    for number in range(visits - unfinished):
        data_folder.visit(number)
    for number in range(visits - unfinished, visits):
        visit, shot = data_folder.begin_visit(number)
        if number % 2:
            data_folder.store_portrait(visit, shot)
    return data_folder


@dataclass
class StartedStation:
    """The station after its start."""

    opened: OpenedOutbox
    originals: FileStore
    report: FolderReport
    finished: int

    @property
    def outbox(self) -> Outbox:
        return self.opened.outbox

    def students(self) -> list[str]:
        """Lease all visits that a worker would send now; return their students in order."""
        items = []
        while (item := self.outbox.lease(3600)) is not None:
            submission = item.submission()
            self.originals.read(item.shot_file)
            if item.portrait_file:
                self.originals.read(item.portrait_file)
            assert submission.consent.given_at == NOON
            items.append(submission.student)
        return items


def start_station(folder: Path) -> StartedStation:
    """Start the station as kiosk.station.station does."""
    file_cipher = FileCipher.load_or_create(folder / "station.key")
    originals = FileStore(folder / "files", file_cipher.encrypt, file_cipher.decrypt)
    opened = open_outbox(folder / "outbox.db", file_cipher)
    reports: list[FolderReport] = []

    def develop(item: OutboxVisit) -> tuple[Portrait, StoredFile]:
        return make_portrait(originals, item.shot_file)

    finished = finish_open_visits(opened.outbox, originals, develop, on_report=reports.append)
    return StartedStation(opened, originals, reports[0], finished)
