"""Accepted submissions, and refused ones with their reasons; over real HTTP, into real files."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import struct
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files import uploadedfile
from django.utils import timezone
from PIL import Image

from kiosk.upload.envelope import SubmissionReceipt, VisitOutcome
from kiosk.upload.roster_payload import StudentState
from server.records.models import Student
from server.submissions import store as store_module
from server.submissions.models import AuditEntry, Submission
from server.submissions.states import State
from server.submissions.store import file_sha256, picture_store
from tests.server.conftest import make_campaign, make_student
from tests.server.sample_pictures import portrait_jpeg, shot_jpeg
from tests.server.station_client import VERDICTS, StationClient, Visit
from tests.server.stations.test_pairing import refused


def stored_files() -> list[Path]:
    return [path for path in picture_store().root.rglob("*") if path.is_file()]


def nested_json(depth: int) -> dict[str, Any]:
    return {"a": nested_json(depth - 1)} if depth else {}


def png(width: int, height: int) -> bytes:
    """Return a PNG of 8 x 8 pixels whose header states this size."""
    out = io.BytesIO()
    Image.new("L", (8, 8)).save(out, "PNG")
    content = bytearray(out.getvalue())
    content[16:24] = struct.pack(">II", width, height)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    return bytes(content)


def test_the_receipt_has_the_hashes_of_the_stored_files(station: StationClient, visit: Visit, student: Student) -> None:
    receipt = SubmissionReceipt.model_validate_json(station.submit(visit).text)
    submission = Submission.objects.get(pk=visit.envelope.id)
    assert (receipt.state, submission.version) == ("received", 1)
    stored_sha256 = file_sha256(picture_store().path(submission.shot_sha256))
    assert receipt.shot_sha256 == stored_sha256 == visit.envelope.shot.sha256
    assert picture_store().path(receipt.portrait_sha256 or "").read_bytes() == visit.portrait
    assert receipt.progress_url.endswith(student.progress_token)
    student.refresh_from_db()
    assert student.state == StudentState.CAPTURED.value
    entry = AuditEntry.objects.get()
    assert (entry.from_state, entry.to_state, entry.station_id) == ("", "received", station.pairing.station)
    assert len(stored_files()) == 2  # and no temporary file


def test_a_repeated_request_is_the_same_submission(station: StationClient, visit: Visit) -> None:
    first = station.submit(visit)
    assert station.submit(visit).text == first.text
    assert Submission.objects.count() == AuditEntry.objects.count() == 1


def test_a_repeated_request_after_the_campaign_closed_gets_the_same_receipt(
    station: StationClient, visit: Visit, student: Student
) -> None:
    first = station.submit(visit)
    student.campaign.closes_at = timezone.now() - timedelta(hours=1)
    student.campaign.save()
    assert station.submit(visit).text == first.text


def test_a_repeated_request_repairs_a_damaged_file(station: StationClient, visit: Visit) -> None:
    station.submit(visit)
    path = picture_store().path(visit.envelope.shot.sha256)
    path.write_bytes(b"rot")
    assert station.submit(visit).status_code == 200
    assert path.read_bytes() == visit.shot


def test_an_id_belongs_to_its_pictures(station: StationClient, visit: Visit, student: Student) -> None:
    station.submit(visit)
    other = Visit.of(student, seed=2, id=visit.envelope.id)
    assert refused(station.submit(other)) == (409, "id_taken")
    assert {path.name for path in stored_files()} == {visit.envelope.shot.sha256, visit.envelope.portrait.sha256}


def test_a_second_portrait_of_a_student_waits_for_a_person(
    station: StationClient, visit: Visit, student: Student
) -> None:
    station.submit(visit)
    assert refused(station.submit(Visit.of(student, seed=2))) == (409, "already_received")
    assert Submission.objects.count() == 1
    assert len(stored_files()) == 2


def test_a_broken_off_visit_is_superseded_by_a_finished_one(station: StationClient, student: Student) -> None:
    assert station.submit(Visit.interrupted(student)).status_code == 200
    student.refresh_from_db()
    assert student.state == StudentState.EXPECTED.value
    assert station.submit(Visit.of(student)).status_code == 200
    assert list(Submission.objects.order_by("version").values_list("version", "state")) == [
        (1, State.SUPERSEDED.value),
        (2, State.RECEIVED.value),
    ]
    assert refused(station.submit(Visit.interrupted(student, seed=8))) == (409, "already_received")


def test_pictures_of_two_students_may_be_the_same_bytes(station: StationClient, student: Student) -> None:
    other = make_student(student.campaign, 2)
    assert [station.submit(Visit.of(s)).status_code for s in (student, other)] == [200, 200]
    assert refused(station.submit(Visit.of(other))) == (409, "already_received")
    assert len(stored_files()) == 2  # the refusal removed no file of another submission


WRONG_PORTRAITS = {
    "not_jpeg": lambda: png(480, 640) + b" " * 35000,
    "wrong_size": lambda: portrait_jpeg(1, (600, 640)),
    "file_too_small": lambda: portrait_jpeg(1)[:2000],
    "file_too_large": lambda: portrait_jpeg(1) + b"\0" * 40000,
    "portrait_unreadable": lambda: portrait_jpeg(1)[:31800],
}
WRONG_SHOTS = {
    "shot_unreadable": lambda: b"this is no picture" * 100,
    "shot_too_large": lambda: png(30_000, 30_000),
}


@pytest.mark.parametrize("reason", WRONG_PORTRAITS)
def test_a_portrait_outside_the_standard_is_refused(reason: str, station: StationClient, student: Student) -> None:
    assert refused(station.submit(Visit.of(student, portrait=WRONG_PORTRAITS[reason]()))) == (422, reason)
    assert (Submission.objects.count(), stored_files()) == (0, [])


@pytest.mark.parametrize("reason", WRONG_SHOTS)
def test_a_shot_that_no_camera_made_is_refused(reason: str, station: StationClient, student: Student) -> None:
    assert refused(station.submit(Visit.of(student, shot=WRONG_SHOTS[reason]()))) == (422, reason)
    assert (Submission.objects.count(), stored_files()) == (0, [])


def test_an_unknown_and_a_withdrawn_student_and_a_closed_campaign(station: StationClient, student: Student) -> None:
    closed = make_campaign("closed", closes_at=timezone.now() - timedelta(days=2))
    withdrawn = make_student(student.campaign, 2, state=StudentState.WITHDRAWN.value)
    assert refused(station.submit(Visit.of(student).with_changes(student="0" * 32))) == (422, "student_unknown")
    assert refused(station.submit(Visit.of(student).with_changes(campaign="closed"))) == (422, "student_unknown")
    assert refused(station.submit(Visit.of(withdrawn))) == (422, "student_withdrawn")
    assert station.submit(Visit.of(make_student(closed))).status_code == 200  # the reviewer sees it: no photo is lost


def test_a_simulated_shot_cannot_enter_a_real_campaign(station: StationClient, student: Student) -> None:
    real = make_student(make_campaign("realcp", simulated=False))
    assert refused(station.submit(Visit.of(real))) == (422, "simulated_shot")
    assert station.submit(Visit.of(real, simulated=False)).status_code == 200


def test_bytes_that_changed_on_the_way_are_refused(station: StationClient, visit: Visit) -> None:
    cut = Visit(visit.envelope, visit.shot[:-9], visit.portrait)
    flipped = Visit(visit.envelope, visit.shot[:-1] + b"?", visit.portrait)
    assert refused(station.submit(cut)) == (422, "size_differs")
    assert refused(station.submit(flipped)) == (422, "hash_differs")
    assert refused(station.submit(Visit(visit.envelope, visit.shot, None))) == (422, "portrait_missing")
    unannounced = visit.with_changes(portrait=None)
    assert refused(station.submit(unannounced)) == (422, "portrait_unannounced")
    assert (Submission.objects.count(), stored_files()) == (0, [])
    assert station.submit(visit).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"id": "short"},
        {"version": 0},
        {"taken_at": "2026-05-01T10:00:00"},
        {"taken_at": "1969-12-31T23:59:59+00:00"},
        {"taken_at": "2101-01-01T00:00:00+00:00"},
        {"consent": {"text_version": "1", "given_at": "9999-12-31T23:59:59Z"}},
        {"consent": {"text_version": "1", "given_at": "2026-05-01T10:00:00Z", "ready_at": "0001-01-01T00:00:00+14:00"}},
        {"consent": {"text_version": "1", "given_at": "2026-05-01T10:00:00Z", "prompts_shown": ["x"] * 41}},
        {"verdicts": [VERDICTS[0].model_dump()] * 201},
        {"verdicts": [{**VERDICTS[0].model_dump(), "rule": "x" * 121}]},
        {"discarded_shots": ["0" * 64] * 101},
        {"error": "x" * 2001},
        {"recipe": {"a": "x" * 65536}},
        {"recipe": {"a": 10**30}},
        {"recipe": nested_json(13)},
        {"shot": {"name": "x" * 121, "size": 1, "sha256": "0" * 64}},
        {"clock_offset_seconds": 1e12},
    ],
    ids=str,
)
def test_a_malformed_envelope_is_refused_with_the_field_that_is_wrong(
    change: dict[str, Any], station: StationClient, visit: Visit
) -> None:
    envelope = json.dumps({**json.loads(visit.envelope.model_dump_json()), **change})
    response = station.submit(visit, envelope)
    assert refused(response) == (422, "envelope_wrong")
    assert next(iter(change)) in response.json()["en"]


def test_fields_of_a_later_version_are_ignored(station: StationClient, visit: Visit) -> None:
    envelope = {**json.loads(visit.envelope.model_dump_json()), "version": 2, "surprise": {"of": [1, 2]}}
    assert station.submit(visit, json.dumps(envelope)).status_code == 200


def test_a_newer_envelope_is_distinguished_from_a_wrong_one(station: StationClient, visit: Visit) -> None:
    newer = {**json.loads(visit.envelope.model_dump_json()), "version": 3, "taken_at": {"a": "new form"}}
    assert refused(station.submit(visit, json.dumps(newer))) == (422, "version_newer")


def test_no_json_at_all(station: StationClient, visit: Visit) -> None:
    assert refused(station.submit(visit, "{")) == (422, "envelope_wrong")


def test_a_full_disk_stores_nothing_and_is_reported(
    station: StationClient, visit: Visit, student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as fault:
        fault.setattr(store_module.os, "fsync", full)
        assert refused(station.submit(visit)) == (507, "disk_full")
    student.refresh_from_db()
    assert (Submission.objects.count(), stored_files(), student.state) == (0, [], "expected")
    assert station.submit(visit).status_code == 200


def test_an_upload_that_fills_the_disk_is_removed(
    station: StationClient, student: Student, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    written: list[Path] = []

    def fail(upload: Any, content: bytes) -> int:
        written.extend(tmp_path.glob("*.upload*"))
        raise OSError(errno.ENOSPC, "No space left on device")

    large = Visit.of(student, shot=shot_jpeg(3) + b"\0" * (3 << 20))
    with monkeypatch.context() as fault:
        fault.setattr(uploadedfile.TemporaryUploadedFile, "write", fail, raising=False)
        assert refused(station.submit(large)) == (507, "disk_full")
    assert written  # the file existed when the fault occurred
    assert not [path for path in written if path.exists()]
    assert station.submit(large).status_code == 200


def test_temporary_files_of_a_killed_server_are_removed() -> None:
    temp_file = picture_store().write_temp([b"half a shot"])
    picture_store().remove_temp_files()
    assert not temp_file.path.exists()


def test_a_failure_after_the_files_were_stored_removes_them(
    station: StationClient, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        assert len(stored_files()) == 4  # both files are stored, and both temporary files still exist
        raise RuntimeError("out of order")

    with monkeypatch.context() as fault:
        fault.setattr(AuditEntry.objects, "create", fail)
        assert station.submit(visit).status_code == 500
    assert (Submission.objects.count(), stored_files()) == (0, [])
    assert station.submit(visit).status_code == 200


def test_stored_files_are_private_and_named_by_their_hash(station: StationClient, visit: Visit) -> None:
    station.submit(visit)
    files = stored_files()
    assert len(files) == 2
    for path in files:
        assert path.name == hashlib.sha256(path.read_bytes()).hexdigest()
        assert path.stat().st_mode & 0o077 == 0


def test_an_interrupted_visit_with_a_portrait_is_no_capture_yet(station: StationClient, student: Student) -> None:
    station.submit(Visit.of(student, outcome=VisitOutcome.INTERRUPTED))
    student.refresh_from_db()
    assert student.state == StudentState.EXPECTED.value


def test_an_unconfirmed_portrait_waits_for_review_until_the_student_comes_again(
    station: StationClient, student: Student
) -> None:
    first, second = (Visit.of(student, outcome=VisitOutcome.UNCONFIRMED) for _ in range(2))
    assert station.submit(first).status_code == 200
    student.refresh_from_db()
    assert student.state == StudentState.EXPECTED.value, "they may come again"
    assert station.submit(second).status_code == 200
    assert station.submit(Visit.of(student)).status_code == 200
    states = [(row.outcome, row.state) for row in Submission.objects.order_by("version")]
    assert states == [("unconfirmed", "superseded"), ("unconfirmed", "superseded"), ("accepted", "received")]


def test_a_value_that_is_no_number_is_stored_as_none(station: StationClient, visit: Visit) -> None:
    envelope = visit.envelope.model_dump_json().replace('"value":251.0', '"value":NaN')
    assert station.submit(visit, envelope).status_code == 200
    assert Submission.objects.get().envelope["verdicts"][0]["value"] is None


def test_a_large_shot_passes_through_a_file(station: StationClient, student: Student) -> None:
    large = shot_jpeg(3, (1500, 2000)) + b"\0" * (3 << 20)
    assert station.submit(Visit.of(student, shot=large)).status_code == 200
