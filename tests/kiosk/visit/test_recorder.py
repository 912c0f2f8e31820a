"""The recorder loses no visit when the disk or the photo engine fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from config.errors import Problem
from config.standards.registry import load_standard
from hardware.cameras.api import CameraInfo, Shot
from kiosk.capture.storage import FileStore, StoredFile
from kiosk.capture.types import PhotoProblem, Portrait
from kiosk.upload.encryption import KEY_SIZE, FileCipher
from kiosk.upload.envelope import Consent, VisitOutcome
from kiosk.upload.outbox.models import OutboxVisit, VisitDraft
from kiosk.upload.outbox.outbox import Outbox
from kiosk.upload.outbox.photo_header import parse_header
from kiosk.visit.interrupted_visits import finish_open_visits
from kiosk.visit.recorder import VisitRecorder
from kiosk.visit.visit import Visit

NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
CONSENT = Consent(text_version="1", given_at=NOON)
SHOT = Shot(b"the original", "IMG_1.JPG", CameraInfo("test", "Test", "1", True, (8, 6), (8, 6)))


class RecorderHarness:
    def __init__(self, folder: Path) -> None:
        self.outbox = Outbox(folder / "outbox.db", cipher=FileCipher(bytes(KEY_SIZE)))
        self.originals = FileStore(folder / "files")
        self.ready = 0
        self.recorder = VisitRecorder(self.originals, self.outbox, self._count_ready)

    def _count_ready(self) -> None:
        self.ready += 1

    def visit(self, student: str = "a" * 32, shot: Shot = SHOT, **details: Any) -> Visit:
        visit = Visit(
            student=student,
            campaign="zgdemo",
            name="王*明",
            consent=CONSENT,
            standard=load_standard("chsi"),
            taken_at=NOON,
            **details,
        )
        self.recorder.store_shot(visit, shot)
        return visit


@pytest.fixture
def recorder_harness(tmp_path: Path) -> Iterator[RecorderHarness]:
    harness = RecorderHarness(tmp_path)
    yield harness
    harness.outbox.close()


def test_a_portrait_that_cannot_be_recorded_does_not_delay_its_visit(
    recorder_harness: RecorderHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = recorder_harness.visit()
    shot = recorder_harness.outbox.open_visits()[0].shot_file
    with monkeypatch.context() as full:
        full.setattr(recorder_harness.outbox, "record_result", _full_disk)
        with pytest.raises(Problem, match="disk"):
            recorder_harness.recorder.record_portrait_failure(visit, shot, PhotoProblem("photo.no_face"))
    recorder_harness.recorder.end(visit, VisitOutcome.INTERRUPTED)
    item = recorder_harness.outbox.lease(60)
    assert item is not None
    assert item.submission().portrait is None
    assert recorder_harness.originals.read(item.shot_file) == SHOT.data


def test_an_end_that_a_full_disk_does_not_record_is_recorded_with_a_later_shot(
    recorder_harness: RecorderHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = recorder_harness.visit()
    shot = recorder_harness.outbox.open_visits()[0].shot_file
    recorder_harness.recorder.record_portrait_failure(visit, shot, PhotoProblem("photo.no_face"))
    with monkeypatch.context() as full:
        full.setattr(recorder_harness.outbox, "mark_ready", _full_disk)
        with pytest.raises(Problem, match="disk"):
            recorder_harness.recorder.end(visit, VisitOutcome.ACCEPTED)
        recorder_harness.visit("b" * 32)
    assert recorder_harness.outbox.stats().ready == 0, "control: the disk is still full"
    recorder_harness.visit("c" * 32)
    item = recorder_harness.outbox.lease(60)
    assert item is not None
    assert (item.id, item.outcome) == (visit.id, VisitOutcome.ACCEPTED)


def lose_shot(harness: RecorderHarness, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Record a shot on a full disk, which stores neither its file nor the removal of its record."""
    with monkeypatch.context() as full:
        full.setattr(harness.originals, "write", _full_disk)
        full.setattr(harness.outbox, "remove_shot", _full_disk)
        with pytest.raises(Problem, match="disk"):
            harness.recorder.store_shot(visit, Shot(b"refused", "IMG_2.JPG", SHOT.camera))
    assert any(not shot.original.path.exists() for item in harness.outbox.open_visits() for shot in item.shots)


def test_the_record_of_a_shot_that_was_not_written_is_removed_by_the_next_shot_and_by_the_end(
    recorder_harness: RecorderHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = recorder_harness.visit()
    lose_shot(recorder_harness, visit, monkeypatch)
    last = recorder_harness.recorder.store_shot(visit, Shot(b"second", "IMG_3.JPG", SHOT.camera))
    [item] = recorder_harness.outbox.open_visits()
    assert [recorder_harness.originals.read(shot.original) for shot in item.shots] == [SHOT.data, b"second"]
    recorder_harness.recorder.record_portrait_failure(visit, last, PhotoProblem("photo.no_face"))
    lose_shot(recorder_harness, visit, monkeypatch)
    recorder_harness.recorder.end(visit, VisitOutcome.INTERRUPTED)
    sent = recorder_harness.outbox.lease(60)
    assert sent is not None
    assert [shot.original for shot in sent.shots] == [shot.original for shot in item.shots]


def test_a_visit_whose_only_shot_was_not_written_leaves_no_record(
    recorder_harness: RecorderHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = recorder_harness.visit()
    other = replace(visit, id=None, processing_shot=None, student="b" * 32)
    lose_shot(recorder_harness, other, monkeypatch)
    recorder_harness.recorder.end(other, VisitOutcome.INTERRUPTED)
    assert [item.id for item in recorder_harness.outbox.open_visits()] == [visit.id]
    assert recorder_harness.outbox.stats().ready == 0


@pytest.mark.parametrize("simulated", [True, False])
def test_person_and_identification_are_in_the_outbox_and_with_the_photo(
    simulated: bool, recorder_harness: RecorderHarness
) -> None:
    details: dict[str, Any] = {
        "identified_by": "code",
        "progress_token": "A" * 22,
        "last_four": "123X",
        "last_four_confirmed": True,
        "also_for": ("b" * 32,),
    }
    shot = replace(SHOT, camera=replace(SHOT.camera, simulated=simulated))
    visit = recorder_harness.visit(shot=shot, **details)
    [item] = recorder_harness.outbox.open_visits()
    assert item.draft == VisitDraft("a" * 32, "zgdemo", "王*明", NOON, consent=CONSENT, simulated=simulated, **details)
    header = parse_header(recorder_harness.originals.read_content(item.shot_file).header)
    assert header is not None
    assert (header.visit, header.draft, header.file) == (visit.id, item.draft, item.shot_file.path.name)
    assert header.camera["simulated"] == item.chosen_shot.camera["simulated"] == simulated


def test_a_visit_becomes_ready_once_however_often_it_ends(recorder_harness: RecorderHarness) -> None:
    visit = recorder_harness.visit()
    shot = recorder_harness.outbox.open_visits()[0].shot_file
    recorder_harness.recorder.record_portrait_failure(visit, shot, PhotoProblem("photo.no_face"))
    assert recorder_harness.ready == 0
    for outcome in (VisitOutcome.ACCEPTED, VisitOutcome.INTERRUPTED):
        recorder_harness.recorder.end(visit, outcome)
    assert recorder_harness.ready == 1


def test_only_the_first_outcome_counts(recorder_harness: RecorderHarness) -> None:
    visit = recorder_harness.visit()
    shot = recorder_harness.outbox.open_visits()[0].shot_file
    recorder_harness.recorder.end(visit, VisitOutcome.ACCEPTED)
    assert recorder_harness.outbox.stats().ready == 0, "its shot is still being processed"
    recorder_harness.recorder.end(visit, VisitOutcome.INTERRUPTED)
    recorder_harness.recorder.record_portrait_failure(visit, shot, PhotoProblem("photo.no_face"))
    item = recorder_harness.outbox.lease(60)
    assert item is not None
    assert item.outcome is VisitOutcome.ACCEPTED


def test_a_stored_shot_is_reported_with_its_hash(tmp_path: Path) -> None:
    harness, stored = RecorderHarness(tmp_path), list[str]()
    harness.recorder = VisitRecorder(harness.originals, harness.outbox, lambda: None, stored.append)
    harness.visit()
    assert stored == [harness.outbox.open_visits()[0].shot_file.sha256]
    harness.outbox.close()


def test_a_shot_at_which_the_engine_fails_delays_no_other_visit_after_a_crash(
    recorder_harness: RecorderHarness,
) -> None:
    broken, sound = recorder_harness.visit("b" * 32), recorder_harness.visit("c" * 32)

    def develop(item: OutboxVisit) -> tuple[Portrait, StoredFile]:
        if item.id == broken.id:
            raise ZeroDivisionError
        file = recorder_harness.originals.store(b"a portrait", "portrait.jpg")
        return Portrait(b"a portrait", file.sha256, (), {"standard": "chsi"}), file

    assert finish_open_visits(recorder_harness.outbox, recorder_harness.originals, develop) == 2
    first, second = recorder_harness.outbox.lease(60), recorder_harness.outbox.lease(60)
    assert first is not None
    assert second is not None
    assert (first.id, first.portrait_file, bool(first.error)) == (broken.id, None, True)
    assert (second.id, second.portrait_file is not None) == (sound.id, True)


def _full_disk(*_: object) -> None:
    raise Problem("upload.disk_full")
