"""Signs that a photo was not taken as the notice asks: by the student's own hand, of a screen, or long ago.

None of them proves anything (a page and a file that the student controls can be changed), and no photo is refused for
one: a reviewer sees them, and the student where it helps.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from kiosk.upload.photo_origin import DeviceReport, FileReport

FACE_WIDTH_M: Final = 0.14
"""Cheek to cheek of an adult; 5 % standard deviation (bizygomatic breadth, ISO 7250-1)."""
FILM_LONG_SIDE_MM: Final = 36.0
SELFIE_BELOW_M: Final = 0.7
"""An arm's length: a helper stands farther away."""
OLD_AFTER: Final = timedelta(days=180)
"""Standards require a recent portrait; the notices call half a year recent."""
SCREEN_RATIO_FROM: Final = 1.9
"""Cameras have 4:3 or 16:9 (1.78); screens of phones 2:1 and more."""
CHAT_LONG_SIDE_PX: Final = 2000
"""Messengers reduce photos to less and remove their EXIF data."""
TO_STUDENT: Final = ("front_camera", "near", "screenshot", "old", "chat")


def distance_m(file: FileReport, face_share: float | None) -> float | None:
    """Estimate the distance to the face from its width as a share of the longer side. Cropping and zooming falsify
    it."""
    focal_length = file.focal_length_35mm
    if not focal_length or not face_share or focal_length <= 0:
        return None
    return FACE_WIDTH_M * focal_length / FILM_LONG_SIDE_MM / face_share


def signs_of(device: DeviceReport, file: FileReport, distance: float | None, now: datetime) -> tuple[str, ...]:
    """Return the signs, by the names of the messages `origin.<sign>`."""
    taken = taken_at(file)
    signs = {
        "front_camera": device.facing == "user" or "front" in file.lens.lower(),
        "near": distance is not None and distance < SELFIE_BELOW_M,
        "old": taken is not None and now.replace(tzinfo=None) - taken > OLD_AFTER,
        "future": taken is not None and taken - now.replace(tzinfo=None) > timedelta(days=1),
        "screenshot": _is_screenshot(device, file),
        "chat": _is_from_chat(device, file),
        "no_camera": device.source != "stream" and not file.camera,
        "other_size": _has_other_size(device, file),
    }
    return tuple(name for name, holds in signs.items() if holds)


def taken_at(file: FileReport) -> datetime | None:
    """Return EXIF's time of the photo, in the camera's local time without a zone; None if there is none."""
    try:
        return datetime.strptime(file.taken, "%Y-%m-%d %H:%M:%S")
    except ValueError:
        return None


def _is_screenshot(device: DeviceReport, file: FileReport) -> bool:
    if device.source == "stream" or file.camera or not file.width or not file.height:
        return False
    ratio = max(file.width, file.height) / min(file.width, file.height)
    return file.kind == "png" or ratio >= SCREEN_RATIO_FROM


def _is_from_chat(device: DeviceReport, file: FileReport) -> bool:
    return (
        device.source != "stream"
        and file.kind == "jpeg"
        and not file.camera
        and 0 < max(file.width, file.height) < CHAT_LONG_SIDE_PX
    )


def _has_other_size(device: DeviceReport, file: FileReport) -> bool:
    """Whether the browser reported another picture than the one that arrived."""
    reported = sorted((device.width, device.height))
    return all(reported) and bool(file.width) and reported != sorted((file.width, file.height))
