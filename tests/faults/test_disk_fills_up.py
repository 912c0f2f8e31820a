"""A disk that fills up between two steps of a visit: what failed is done again once there is space."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.errors import Problem
from config.standards.registry import load_standard
from hardware.cameras.api import CameraInfo, Shot
from kiosk.capture.storage import FileStore
from kiosk.capture.types import PhotoProblem
from kiosk.upload.envelope import Consent, VisitOutcome
from kiosk.upload.outbox.outbox import Outbox
from kiosk.visit.recorder import VisitRecorder
from kiosk.visit.visit import Visit

NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
CAMERA = CameraInfo("test", "Test", "1", True, (8, 6), (8, 6))
FIRST, SECOND = Shot(b"the original", "IMG_1.JPG", CAMERA), Shot(b"another", "IMG_2.JPG", CAMERA)


class RecorderOnFullDisk:
    """A recorder with a real outbox and real files, whose disk can be filled."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.outbox, self.originals = Outbox(folder / "outbox.db"), FileStore(folder / "files")
        self.recorder = VisitRecorder(self.originals, self.outbox, lambda: None)
        self._patch = monkeypatch

    def fill(self, *methods: str) -> None:
        def full(*_: object) -> None:
            raise Problem("upload.disk_full")

        for method in methods:
            self._patch.setattr(self.originals if method == "write" else self.outbox, method, full)

    def make_room(self) -> None:
        self._patch.undo()

    def uploaded_shots(self) -> list[bytes]:
        """The originals that the worker would send now, oldest first."""
        items = iter(lambda: self.outbox.lease(60), None)
        return [self.originals.read(item.shot_file) for item in items]


@pytest.fixture
def recorder_on_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RecorderOnFullDisk:
    return RecorderOnFullDisk(tmp_path, monkeypatch)


def visit_of(student: str) -> Visit:
    consent = Consent(text_version="1", given_at=NOON)
    return Visit(
        student=student * 32,
        campaign="zgdemo",
        name="王*明",
        consent=consent,
        standard=load_standard("chsi"),
        taken_at=NOON,
    )


def test_a_visit_whose_end_could_not_be_recorded_is_sent_without_another_start(
    recorder_on_full_disk: RecorderOnFullDisk,
) -> None:
    visit, next_visit = visit_of("a"), visit_of("b")
    stored = recorder_on_full_disk.recorder.store_shot(visit, FIRST)
    recorder_on_full_disk.recorder.record_portrait_failure(visit, stored, PhotoProblem("photo.no_face"))
    recorder_on_full_disk.fill("mark_ready")
    with pytest.raises(Problem, match="disk"):
        recorder_on_full_disk.recorder.end(visit, VisitOutcome.INTERRUPTED)
    assert (recorder_on_full_disk.outbox.stats().open, recorder_on_full_disk.uploaded_shots()) == (1, []), (
        "control: the outbox did not record the end"
    )
    recorder_on_full_disk.make_room()
    recorder_on_full_disk.recorder.store_shot(next_visit, SECOND)
    assert recorder_on_full_disk.uploaded_shots() == [FIRST.data]


def test_a_shot_neither_written_nor_removed_from_the_outbox_leaves_nothing(
    recorder_on_full_disk: RecorderOnFullDisk,
) -> None:
    visit = visit_of("a")
    recorder_on_full_disk.fill("write", "remove_shot")
    with pytest.raises(Problem, match="disk"):
        recorder_on_full_disk.recorder.store_shot(visit, FIRST)
    assert recorder_on_full_disk.outbox.stats().open == 1, "control: the outbox still names a shot that has no file"
    recorder_on_full_disk.make_room()
    recorder_on_full_disk.recorder.end(visit, VisitOutcome.INTERRUPTED)
    assert (recorder_on_full_disk.outbox.stats().open, recorder_on_full_disk.outbox.stats().ready) == (0, 0)


def test_the_same_shot_tried_again_is_one_shot(recorder_on_full_disk: RecorderOnFullDisk) -> None:
    visit = visit_of("a")
    recorder_on_full_disk.fill("write", "remove_shot")
    with pytest.raises(Problem, match="disk"):
        recorder_on_full_disk.recorder.store_shot(visit, FIRST)
    recorder_on_full_disk.make_room()
    stored = recorder_on_full_disk.recorder.store_shot(visit, FIRST)
    recorder_on_full_disk.recorder.record_portrait_failure(visit, stored, PhotoProblem("photo.no_face"))
    recorder_on_full_disk.recorder.end(visit, VisitOutcome.INTERRUPTED)
    item = recorder_on_full_disk.outbox.lease(60)
    assert item is not None
    assert item.submission().discarded_shots == ()
    assert recorder_on_full_disk.originals.read(item.shot_file) == FIRST.data
