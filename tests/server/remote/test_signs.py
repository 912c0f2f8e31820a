"""Signs for the reviewer: each is reported for photos of its kind, none for a usual photo."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kiosk.upload.photo_origin import DeviceReport, FileReport
from server.remote.signs import distance_m, signs_of

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
USUAL: dict[str, Any] = {
    "kind": "jpeg",
    "width": 3024,
    "height": 4032,
    "camera": "Apple iPhone X",
    "lens": "iPhone X back dual camera 4mm f/1.8",
    "taken": "2026-05-30 09:30:00",
}


def signs(distance: float | None = 1.5, source: str = "album", facing: str = "", **file: Any) -> set[str]:
    device = DeviceReport.model_validate({"source": source, "facing": facing, "width": 3024, "height": 4032})
    return set(signs_of(device, FileReport(**{**USUAL, **file}), distance, NOW))


def test_a_usual_photo_has_none() -> None:
    assert signs() == set()
    assert signs(distance=None, taken="") == set()


@pytest.mark.parametrize(
    ("changes", "sign"),
    [
        ({"lens": "iPhone X front TrueDepth camera"}, "front_camera"),
        ({"facing": "user"}, "front_camera"),
        ({"distance": 0.5}, "near"),
        ({"taken": "2025-09-01 09:30:00"}, "old"),
        ({"taken": "2026-06-03 13:00:00"}, "future"),
        ({"camera": "", "kind": "png"}, "screenshot"),
        ({"camera": "", "width": 1170, "height": 2532}, "screenshot"),
        ({"camera": "", "width": 1080, "height": 1440}, "chat"),
        ({"camera": ""}, "no_camera"),
        ({"width": 3000}, "other_size"),
    ],
)
def test_a_sign_is_found(changes: dict[str, Any], sign: str) -> None:
    assert sign in signs(**changes)


def test_a_frame_of_the_stream_has_no_camera_data() -> None:
    assert signs(source="stream", camera="", lens="", taken="", kind="jpeg") == set()


@pytest.mark.parametrize("taken", ["", "0000-00-00 00:00:00", "2026-13-01 00:00:00", "yesterday", "2026-05-30"])
def test_an_invalid_time_is_no_sign(taken: str) -> None:
    assert signs(taken=taken) == set()


def test_the_distance_follows_from_the_width_of_the_face() -> None:
    """A face as wide as a fifteenth of the long side, at 26 mm (35 mm film), is 1.5 m away."""
    assert distance_m(FileReport(focal_length_35mm=26), 0.14 * 26 / 36 / 1.5) == pytest.approx(1.5)
    assert distance_m(FileReport(), 0.2) is None
    assert distance_m(FileReport(focal_length_35mm=26), None) is None
