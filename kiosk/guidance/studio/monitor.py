"""Monitor a studio after set-up: report a change once it has lasted, until it is corrected.

It compares small copies of live frames with the reference image of the empty studio. People in the picture are
excluded: by the person mask where there is one, and always as pixels that follow neither smooth changes of light nor
one motion of the whole picture. Hidden parts are not evaluated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from config.arrays import Floats, Mask, Pixels
from config.opencv import cv2
from config.settings.studio import StudioSettings
from kiosk.guidance.studio.alignment import Alignment, Motion
from kiosk.guidance.studio.finding import Finding
from kiosk.guidance.studio.hysteresis import LatchedAlarm
from kiosk.guidance.studio.illumination import fit_illumination
from kiosk.guidance.studio.reference_image import LIGHT_FLOOR, ReferenceImage, average_frames
from kiosk.guidance.studio.studio_change import (
    StudioChange,
    colour_finding,
    exposure_finding,
    foreign_finding,
    lamp_finding,
    moved_finding,
    rotated_finding,
)

_STRIDE_PX: Final = 4  # every fourth pixel of an image is enough for light
_MAX_STILL_STOPS: Final = 0.06  # stops between two analyses: people move more
_MIN_FREE_SIDE_SHARE: Final = 0.15  # share of the backdrop's left and of its right third that must be free
_MIN_INLIER_SHARE: Final = 0.5  # share of the structure that took part in the motion
_MIN_EXPLAINED_SHARE: Final = 0.5  # share of the difference that the motion explains
_CLIPPED_LEVEL: Final = 0.96  # linear
_ALIGNMENT_INTERVAL: Final = 2  # analyses between two alignments


@dataclass(frozen=True)
class Drift:
    """A change as a finding, and its start (seconds of the caller's clock)."""

    finding: Finding
    since: float


class DriftMonitor:
    """Compares one studio with `reference`. Use it from one thread and pass every frame; it skips most of them."""

    def __init__(self, reference: ReferenceImage, settings: StudioSettings) -> None:
        self._reference, self._settings = reference, settings
        self._alignment = Alignment(reference)
        self._needed_mask = reference.box_mask(settings.frame.portrait_area)
        names = ("lamp", "exposure", "colour", "shift", "rotation", "foreign")
        self._alarms = {name: LatchedAlarm(getattr(settings.monitor, name)) for name in names}
        self._active_findings: dict[str, Finding] = {}
        self._previous_stops: Floats | None = None
        self._last_check_at: float | None = None
        self._check_count = 0
        self._motion: Motion | None = None
        self.change = StudioChange()

    def update(self, frame: Pixels, now: float, person: Floats | None = None) -> tuple[Drift, ...]:
        """Process `frame`, uint8 (h, w, 3) RGB, taken at `now`; `person` is its mask, 0 to 1, of any size."""
        if self._last_check_at is None or now - self._last_check_at >= self._settings.monitor.interval:
            self._last_check_at = now
            self.change = self.measure(average_frames([frame]), person)
            self._update_alarms(self.change, now)
        return tuple(
            Drift(self._active_findings[name], alarm.since)
            for name, alarm in self._alarms.items()
            if alarm.since is not None and name in self._active_findings
        )

    def measure(self, image: ReferenceImage, person: Floats | None = None) -> StudioChange:
        """Return the changes in `image`. An image of another shape than the reference means a rotated or replaced
        camera."""
        if image.codes.shape != self._reference.codes.shape:
            return StudioChange()
        if self._check_count % _ALIGNMENT_INTERVAL == 0:
            self._motion = self._reliable_motion(self._alignment.estimate_motion(image))
        self._check_count += 1
        open_view = self._comparable_mask(image, person)
        ratio = image.stops - self._reference.stops
        tint, alike = self._tint_change(image, open_view)
        if alike.sum() < self._settings.monitor.min_free_backdrop * alike.size / _STRIDE_PX**2:
            return StudioChange(motion=self._motion)
        light = fit_illumination(ratio, alike)
        follows = alike & (np.abs(ratio - light.stops) < self._settings.monitor.max_light_difference)
        foreign = self._foreign_share(image, ratio - light.stops, tint, person)
        if not self._are_sides_visible(follows):
            return StudioChange(foreign=foreign, motion=self._motion)
        box = self._settings.frame.portrait_area
        across = light.left_over_right(box)
        middle = float(np.median(light.stops[self._needed_mask]))
        cast = np.median((image.tint - self._reference.tint)[follows], axis=0)
        return StudioChange(
            middle, middle + across / 2, middle - across / 2, (float(cast[0]), float(cast[1])), foreign, self._motion
        )

    # ------------------------------------------------------------------ measuring

    def _comparable_mask(self, image: ReferenceImage, person: Floats | None) -> Mask:
        """Return the pixels at which light can be compared: no people, not clipped, not black."""
        free = np.ones(self._reference.stops.shape, np.bool_)
        for one in (image, self._reference):
            free &= (one.linear.max(axis=2) < _CLIPPED_LEVEL) & (one.luminance > 4 * LIGHT_FLOOR)
        if person is not None:
            free &= ~self._people_mask(person)
        coarse = np.zeros_like(free)
        coarse[::_STRIDE_PX, ::_STRIDE_PX] = True
        return free & coarse

    def _people_mask(self, person: Floats) -> Mask:
        height, width = self._reference.stops.shape
        mask = (cv2.resize(person, (width, height), interpolation=cv2.INTER_LINEAR) > 0.3).astype(np.uint8)
        return np.asarray(cv2.dilate(mask, np.ones((13, 13), np.uint8)) > 0)

    def _tint_change(self, image: ReferenceImage, mask: Mask) -> tuple[Floats, Mask]:
        """Return the difference of every pixel's colour change from the common one, and the mask of those that follow
        it."""
        moved = image.tint - self._reference.tint
        common = np.median(moved[mask], axis=0) if mask.any() else np.zeros(2)
        apart = np.asarray(np.linalg.norm(moved - common, axis=2), np.float32)
        return apart, mask & (apart < self._settings.limit("edge_colour"))

    def _are_sides_visible(self, follows: Mask) -> bool:
        """Return whether enough of the left and of the right third is visible to measure the light."""
        left, top, right, bottom = self._settings.frame.portrait_area
        third = (right - left) / 3
        for box in ((left, top, left + third, bottom), (right - third, top, right, bottom)):
            part = self._reference.box_mask(box)
            if follows[part].sum() * _STRIDE_PX**2 < _MIN_FREE_SIDE_SHARE * part.sum():
                return False
        return True

    def _foreign_share(
        self, image: ReferenceImage, deviation: Floats, tint: Floats, person: Floats | None
    ) -> float | None:
        """Return the share of the required part with a still foreign object that enters from above or from the side:
        people extend to the lower edge, fallen paper and leaning objects do not."""
        before, self._previous_stops = self._previous_stops, image.stops
        if before is None:
            return None
        out = self._needed_mask & (
            (np.abs(deviation) > self._settings.limit("edge")) | (tint > self._settings.limit("edge_colour"))
        )
        if person is not None:
            out &= ~self._people_mask(person)
        out = cv2.morphologyEx(out.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
        count, labels = cv2.connectedComponents(out.astype(np.uint8))
        top, bottom, left, right = _box_edges(self._needed_mask)
        hanging = np.isin(np.arange(count), [*labels[top], *labels[:, left], *labels[:, right]])
        standing = np.isin(np.arange(count), labels[bottom])
        still = np.abs(image.stops - before) < _MAX_STILL_STOPS
        return float((out & (hanging & ~standing)[labels] & still).sum() / self._needed_mask.sum())

    @staticmethod
    def _reliable_motion(motion: Motion) -> Motion | None:
        """Return the motion if most of the structure took part; None means unknown, not no motion."""
        if motion.inlier_share < _MIN_INLIER_SHARE:
            return None
        moved = motion.shift > 1.0 or abs(motion.rotation) > 0.1
        return motion if not moved or motion.explained_share > _MIN_EXPLAINED_SHARE else None

    # ------------------------------------------------------------------ reporting

    def _update_alarms(self, change: StudioChange, now: float) -> None:
        motion = change.motion
        sides, light = change.sides, change.light
        # A lamp that is off is reported alone, not as less light as well.
        lamp = self._alarms["lamp"].update(sides, now)
        common = None if light is None else max((change.left, change.right), key=lambda side: -abs(side))
        exposed = self._alarms["exposure"].update(0.0 if lamp and common is None else common, now)
        coloured = self._alarms["colour"].update(None if light is None else float(np.hypot(*change.tint)), now)
        moved = self._alarms["shift"].update(motion.shift if motion else None, now)
        turned = self._alarms["rotation"].update(motion.rotation if motion else None, now)
        camera_moved = moved or turned
        foreign = self._alarms["foreign"].update(0.0 if camera_moved else change.foreign, now)
        findings = {
            "lamp": lamp_finding(change) if lamp and sides is not None else None,
            "exposure": exposure_finding(common) if exposed and common is not None else None,
            "colour": colour_finding(change.tint) if coloured and light is not None else None,
            "shift": moved_finding(motion) if moved and motion else None,
            "rotation": rotated_finding(motion) if turned and motion else None,
            "foreign": foreign_finding(change.foreign) if foreign and change.foreign else None,
        }
        self._active_findings.update({name: finding for name, finding in findings.items() if finding is not None})


def _box_edges(mask: Mask) -> tuple[int, int, int, int]:
    """Return the first and last row and the first and last column of a box."""
    rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    return int(rows[0]), int(rows[-1]), int(columns[0]), int(columns[-1])
