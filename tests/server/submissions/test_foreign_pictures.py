"""Shots are decoded once, in a child process with limits, before the database is locked; pages send stored files."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from PIL import Image

from kiosk.capture.isolated_decoding.decoder import IsolatedDecoder
from kiosk.capture.types import PhotoProblem
from kiosk.upload.envelope import VisitOutcome
from server.records.models import Student
from server.stations.models import Station
from server.submissions import pictures
from server.submissions.incoming_files import IncomingSubmission
from server.submissions.intake import ingest
from server.submissions.models import AuditEntry, Submission
from server.submissions.store import picture_store
from tests.kiosk.capture.image_io.test_jpeg_completeness import truncate
from tests.kiosk.capture.picture_files import POSTSCRIPT, encode, one_colour_png, picture
from tests.server.review.test_review_pages import signed_in
from tests.server.sample_pictures import portrait_jpeg, shot_jpeg
from tests.server.station_client import StationClient, Visit
from tests.server.stations.test_pairing import refused

__all__ = ["signed_in"]


def wide_webp(width: int, height: int) -> bytes:
    """Lossy; method 0 is WebP's fastest, a third of the usual time."""
    return encode(Image.new("RGB", (width, height)), "WEBP", quality=1, method=0)


NO_SHOTS = {
    "PostScript": (lambda: POSTSCRIPT, "shot_unreadable"),
    "PostScript after a JPEG's first bytes": (lambda: b"\xff\xd8\xff" + POSTSCRIPT, "shot_unreadable"),
    "PDF": (lambda: encode(picture(), "PDF"), "shot_unreadable"),
    "GIF": (lambda: encode(picture(), "GIF"), "shot_unreadable"),
    "a bomb of 118 MP": (lambda: one_colour_png(10_900, 10_900), "shot_too_large"),
    "a WebP of 65 MP": (lambda: wide_webp(16_000, 4_050), "shot_too_large"),
}


@pytest.mark.parametrize("name", NO_SHOTS)
def test_a_file_that_is_no_photograph_is_refused(name: str, station: StationClient, student: Student) -> None:
    make_file, reason = NO_SHOTS[name]
    visit = Visit.of(student, shot=make_file(), outcome=VisitOutcome.INTERRUPTED)
    assert refused(station.submit(visit)) == (422, reason)
    assert not Submission.objects.exists()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "HEIF", "AVIF"])
def test_the_original_is_sent_with_its_own_type(kind: str, signed_in: Client, student: Student) -> None:
    submission = upload_shot(student, encode(picture(600, 400), kind))
    response = signed_in.get(f"/review/{submission.pk}/original")
    suffix = {"JPEG": "jpg", "PNG": "png", "TIFF": "tif", "WEBP": "webp", "HEIF": "heic", "AVIF": "avif"}[kind]
    assert response.headers["Content-Disposition"] == f'attachment; filename="{submission.pk}.{suffix}"'
    assert response.headers["Content-Type"] == f"image/{suffix.replace('jpg', 'jpeg').replace('tif', 'tiff')}"
    small = signed_in.get(f"/review/{submission.pk}/shot.jpg")
    with Image.open(io.BytesIO(b"".join(small.streaming_content))) as image:  # type: ignore[attr-defined]
        assert (image.format, image.size) == ("JPEG", (600, 400))


def test_a_page_decodes_nothing(signed_in: Client, student: Student, monkeypatch: pytest.MonkeyPatch) -> None:
    submission = upload_shot(student, shot_jpeg(4, (300, 400)))
    monkeypatch.setattr(pictures, "_DECODER", None)
    monkeypatch.setattr(Image, "open", None)
    for part in ("", "shot.jpg", "portrait.jpg", "original"):
        assert signed_in.get(f"/review/{submission.pk}/{part}").status_code == 200


def test_nothing_is_decoded_while_the_database_is_locked(
    station: StationClient, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_transaction: list[bool] = []
    decode = IsolatedDecoder.preview

    def recording_decode(self: IsolatedDecoder, path: Path, edge: int) -> Any:
        in_transaction.append(connection.in_atomic_block)
        return decode(self, path, edge)

    monkeypatch.setattr(IsolatedDecoder, "preview", recording_decode)
    assert station.submit(visit).status_code == 200
    assert in_transaction == [False, False]
    assert station.submit(visit).status_code == 200
    assert len(in_transaction) == 2, "pictures that are stored are not decoded again"


def test_a_stored_shot_without_a_preview_gets_it_once(
    signed_in: Client, student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    submission = upload_shot(student, shot_jpeg(4, (300, 400)))
    preview = picture_store().preview_path(submission.shot_sha256)
    preview.unlink()
    decodings = record_decodings(monkeypatch)
    for _ in range(3):
        assert signed_in.get(f"/review/{submission.pk}/shot.jpg").status_code == 200
    assert (len(decodings), preview.stat().st_mode & 0o077) == (1, 0)


def test_a_stored_shot_that_is_no_picture_is_checked_once(
    signed_in: Client, student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    """86a4649 accepted such files: PostScript is in the store."""
    submission = upload_shot(student, shot_jpeg(4, (300, 400)))
    picture_store().path(submission.shot_sha256).write_bytes(POSTSCRIPT)
    picture_store().preview_path(submission.shot_sha256).unlink()
    decodings = record_decodings(monkeypatch)
    for _ in range(3):
        assert signed_in.get(f"/review/{submission.pk}/shot.jpg").status_code == 404
    assert len(decodings) == 1
    response = signed_in.get(f"/review/{submission.pk}/original")
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert signed_in.get(f"/review/{submission.pk}/").status_code == 200


def test_a_busy_decoder_is_a_temporary_failure(
    station: StationClient, visit: Visit, signed_in: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: Any) -> None:
        raise PhotoProblem("photo.decoder_busy")

    with monkeypatch.context() as fault:
        fault.setattr(IsolatedDecoder, "preview", busy)
        assert refused(station.submit(visit)) == (503, "decoder_busy")
    assert station.submit(visit).status_code == 200
    picture_store().preview_path(visit.envelope.shot.sha256).unlink()
    with monkeypatch.context() as fault:
        fault.setattr(IsolatedDecoder, "preview", busy)
        assert signed_in.get(f"/review/{visit.envelope.id}/shot.jpg").status_code == 503
    assert signed_in.get(f"/review/{visit.envelope.id}/shot.jpg").status_code == 200


def test_a_picture_over_the_limits_is_refused_permanently(
    station: StationClient, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def costly(*_: Any) -> None:
        raise PhotoProblem("photo.too_costly")

    monkeypatch.setattr(IsolatedDecoder, "preview", costly)
    assert refused(station.submit(visit)) == (422, "picture_too_costly")


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
def test_truncated_pictures_with_an_end_marker_are_refused(
    options: dict[str, object], station: StationClient, student: Student
) -> None:
    """A portrait of such a shot has a grey lower half. The shot of an interrupted visit is stored as it is."""
    with Image.open(io.BytesIO(shot_jpeg(4, (300, 400)))) as image:
        half = truncate(encode(image, quality=90, **options), 0.5)
    assert refused(station.submit(Visit.of(student, shot=half))) == (422, "shot_damaged")
    whole = portrait_jpeg(1)
    short = truncate(whole, 0.5)
    padded = short + bytes(len(whole) - len(short))
    assert refused(station.submit(Visit.of(student, portrait=padded))) == (422, "portrait_unreadable")
    broken_off = Visit.of(student, shot=half, outcome=VisitOutcome.INTERRUPTED)
    assert station.submit(broken_off).status_code == 200
    assert picture_store().preview_path(broken_off.envelope.shot.sha256).stat().st_size


def test_a_refused_visit_leaves_no_preview(
    station: StationClient, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("out of order")

    with monkeypatch.context() as fault:
        fault.setattr(AuditEntry.objects, "create", fail)
        assert station.submit(visit).status_code == 500
    assert not picture_store().preview_path(visit.envelope.shot.sha256).exists()


def upload_shot(student: Student, shot: bytes) -> Submission:
    """Return a submission with this shot."""
    station = Station.objects.create(token_hash="1" * 64, paired_at=timezone.now(), name="二号站")
    visit = Visit.of(student, shot=shot)
    delivery = IncomingSubmission(visit.envelope.model_dump_json(), [visit.shot], [visit.portrait or b""])
    return ingest(delivery, station, timezone.now())


def record_decodings(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    decodings: list[Path] = []
    decode = IsolatedDecoder.preview

    def recording_decode(self: IsolatedDecoder, path: Path, edge: int) -> Any:
        decodings.append(path)
        return decode(self, path, edge)

    monkeypatch.setattr(IsolatedDecoder, "preview", recording_decode)
    return decodings
