"""The engine's results for remote students, and the report about the origin of a file."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from PIL import Image

from kiosk.upload.envelope import VerdictPayload
from kiosk.upload.photo_origin import FileReport, SuspicionReport
from server.remote.engine_work import RemotePhotos, file_report

MODEL, LENS, TAKEN, FOCAL_LENGTH_35MM, EXIF, GPS = 0x0110, 0xA434, 0x9003, 0xA405, 0x8769, 0x8825


def exif() -> bytes:
    tags = Image.Exif()
    tags[MODEL] = "Phone 9"
    tags.get_ifd(EXIF).update({LENS: "Phone 9 front camera", TAKEN: "2026:05:01 09:30:00", FOCAL_LENGTH_35MM: 26})
    tags.get_ifd(GPS).update({1: "N", 2: (30.0, 40.0, 50.0), 3: "E", 4: (104.0, 3.0, 2.0)})
    return tags.tobytes()


def picture(form: str, **options: Any) -> bytes:
    image, file = Image.effect_mandelbrot((640, 480), (-2, -1, 1, 1), 60).convert("RGB"), io.BytesIO()
    image.putpixel((0, 0), (255, 0, 0))
    image.save(file, form, **options)
    return file.getvalue()


def heic() -> bytes:
    file = io.BytesIO()
    image = Image.open(io.BytesIO(picture("PNG")))
    pillow_heif.from_pillow(image).save(file, exif=exif())
    return file.getvalue()


@pytest.mark.parametrize("data", [picture("JPEG", exif=exif()), heic()], ids=["jpeg", "heic"])
def test_the_file_names_camera_lens_and_time_and_no_place(data: bytes) -> None:
    report = FileReport.model_validate(file_report(data))
    assert (report.width, report.height) == (640, 480)
    assert (report.camera, report.lens, report.taken, report.focal_length_35mm) == (
        "Phone 9",
        "Phone 9 front camera",
        "2026-05-01 09:30:00",
        26,
    )
    assert "104" not in report.model_dump_json()


def test_a_file_without_metadata_reports_none() -> None:
    report = FileReport.model_validate(file_report(picture("PNG")))
    assert (report.kind, report.camera, report.lens, report.taken, report.quality) == ("png", "", "", "", None)


def test_the_results_fit_the_envelope(tmp_path: Path) -> None:
    """With the real engine on a rendered sitter."""
    from kiosk.guidance.detection.landmarks import FaceFinder
    from tests.bench.photo import studio_shot

    photo, result = tmp_path / "photo.jpg", tmp_path / "result.jpg"
    photo.write_bytes(studio_shot())
    work = RemotePhotos(FaceFinder(still=True))
    standard = {"name": "chsi", "background": "blue", "folder": ""}
    request = {"photo": str(photo), "result": str(result), "standard": standard, "camera": {"driver": "remote"}}
    proof = json.loads(json.dumps(work.proof(request, lambda _: None)))
    assert proof["problem_key"] == ""
    assert Image.open(result).size == (480, 640)
    result_of_photo = json.loads(json.dumps(work.photo(request, lambda _: None)))
    rules = [VerdictPayload.model_validate(verdict).rule for verdict in result_of_photo["verdicts"]]
    assert len(rules) == len(set(rules))
    assert {"hair_top", "shoulders_level"} <= set(rules)  # of the portrait and of the shot
    SuspicionReport.model_validate(result_of_photo["suspicion"])
    assert 0.05 < result_of_photo["face_share"] < 0.6
    assert result_of_photo["recipe"]["camera"]["driver"] == "remote"
