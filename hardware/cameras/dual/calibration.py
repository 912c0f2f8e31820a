"""Calibrate the framing of two cameras from the same still scene, and monitor whether it is still valid."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from PIL import ImageOps

from config.arrays import Doubles, Pixels
from config.image_file import DECODE_ERRORS, PHOTO_FORMATS, open_image
from config.opencv import cv2
from hardware.cameras.api import Camera, CameraInfo, CameraProblem, Shot
from hardware.cameras.dual.framing import Framing, camera_label, check_usable, same_aspect, uncovered_share
from hardware.cameras.dual.matching import FramingProblem, Match, match_pictures
from hardware.cameras.dual.settings import DualCameraSettings, dual_camera_settings
from hardware.cameras.dual.similarity import Size, displacement

_SETTLE_FRAMES = 3  # live frames before the one that counts: the first ones may have been buffered


def calibrate(live: Camera, shot: Camera) -> Framing:
    """Open both cameras, take a shot, find their framing (see `CalibrationViews`) and close them again.

    Raises FramingProblem, and CameraProblem of either camera.
    """
    try:
        shot_info, live_info = shot.open(), live.open()
        return capture_views(live.frame, shot.shoot).find_framing(live_info, shot_info)
    finally:
        live.close()
        shot.close()


@dataclass(frozen=True)
class CalibrationViews:
    """A shot, and the live frames before and after it."""

    before: Pixels = field(repr=False)
    shot: Shot = field(repr=False)
    after: Pixels = field(repr=False)

    def find_framing(self, live_info: CameraInfo, shot_info: CameraInfo) -> Framing:
        """Return the framing of the cameras that took these pictures of a still scene: a person sitting still at the
        sitter's mark, or an object rich in detail there. Raises FramingProblem."""
        settings = dual_camera_settings()
        picture, shot_size = load_upright(self.shot.data, settings.calibration_width)
        first, second = (_match_reliably(frame, picture, settings) for frame in (self.before, self.after))
        motion = displacement(first.similarity, second.similarity, shot_size[1] / shot_size[0])
        if np.abs(motion).max() > settings.max_scene_motion + first.error:
            raise FramingProblem("camera.warning.framing_moved")
        best = min(first, second, key=lambda match: match.error)
        live_size = (self.before.shape[1], self.before.shape[0])
        check_usable(best.similarity, live_size, shot_size, settings)
        return _make_framing(best, live_size, shot_size, live_info, shot_info)


def capture_views(frame: Callable[[], Pixels], shoot: Callable[[], Shot]) -> CalibrationViews:
    """Take one shot, and live frames before and after it, with open cameras."""
    before = _settled_frame(frame)
    shot = shoot()
    return CalibrationViews(before, shot, _settled_frame(frame))


def _make_framing(match: Match, live_size: Size, shot_size: Size, live: CameraInfo, shot: CameraInfo) -> Framing:
    similarity = match.similarity
    return Framing(
        scale=round(similarity.scale, 6),
        roll=round(similarity.roll, 5),
        x=round(similarity.x, 6),
        y=round(similarity.y, 6),
        error=round(match.error, 5),
        matches=match.inliers,
        missed=round(uncovered_share(similarity, live_size, shot_size), 4),
        live=camera_label(live),
        shot=camera_label(shot),
        live_size=live_size,
        shot_size=shot_size,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
    )


class DriftMonitor:
    """Compares each shot with the live frame before it, to detect a camera that was moved."""

    def __init__(self, framing: Framing, settings: DualCameraSettings) -> None:
        self._framing, self._settings = framing, settings
        self._recent: deque[Doubles | None] = deque(maxlen=settings.drift_shots)

    def check(self, live: Pixels, shot: bytes) -> str:
        """Return the warning after this shot, "" if there is none."""
        self._recent.append(self._offsets(live, shot))
        if len(self._recent) < self._settings.drift_shots:
            return ""
        offsets = [offset for offset in self._recent if offset is not None]
        if 2 * len(offsets) <= len(self._recent):
            return "framing_unsure"
        drift = np.abs(np.median(offsets, axis=0)).max()
        return "framing_drifted" if drift > self._settings.max_drift else ""

    def _offsets(self, live: Pixels, shot: bytes) -> Doubles | None:
        """Return the displacement of the shot relative to the view, 9 x 2; None if it cannot be measured."""
        width = self._settings.monitoring_width
        try:
            picture, size = load_upright(shot, width)
            match = match_pictures(_downscale(live, width), picture, self._settings)
        except CameraProblem:
            return None
        if not same_aspect(size, self._framing.shot_size):
            return np.full((9, 2), np.inf)  # another crop, or the camera was turned to portrait orientation
        return displacement(self._framing.similarity, match.similarity, size[1] / size[0])


def load_upright(data: bytes, width: int) -> tuple[Pixels, Size]:
    """Return a shot as RGB, at most `width` wide, and its full (width, height) upright.

    Raises CameraProblem camera.unreadable.
    """
    try:
        with open_image(data, PHOTO_FORMATS) as image:
            is_rotated = image.getexif().get(0x0112, 1) >= 5
            size = (image.height, image.width) if is_rotated else image.size
            image.draft("RGB", (2 * width, 2 * width))
            picture = ImageOps.exif_transpose(image).convert("RGB")
    except DECODE_ERRORS as error:
        raise CameraProblem("camera.unreadable") from error
    return _downscale(np.asarray(picture), width), size


def _match_reliably(live: Pixels, picture: Pixels, settings: DualCameraSettings) -> Match:
    try:
        match = match_pictures(live, picture, settings)
    except FramingProblem as problem:
        raise _detect_mirroring(live, picture, settings) or problem from None
    if match.error > settings.max_error:
        raise FramingProblem("camera.warning.framing_unsure")
    return match


def _detect_mirroring(live: Pixels, picture: Pixels, settings: DualCameraSettings) -> FramingProblem | None:
    """Return the problem of a mirrored live camera, if that is the reason for the failure."""
    try:
        match_pictures(np.ascontiguousarray(live[:, ::-1]), picture, settings)
    except FramingProblem:
        return None
    return FramingProblem("camera.warning.framing_mirrored")


def _settled_frame(frame: Callable[[], Pixels]) -> Pixels:
    for _ in range(_SETTLE_FRAMES):
        frame()
    return frame()


def _downscale(picture: Pixels, width: int) -> Pixels:
    if picture.shape[1] <= width:
        return picture
    size = (width, round(picture.shape[0] * width / picture.shape[1]))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
