from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from config.arrays import Pixels
from config.opencv import cv2
from config.settings.studio import AlarmSettings, studio_settings
from kiosk.guidance.studio.hysteresis import LatchedAlarm
from kiosk.guidance.studio.monitor import DriftMonitor
from kiosk.guidance.studio.reference_image import ReferenceImage, average_frames
from tests.kiosk.guidance.studio.synthetic_studio import (
    Light,
    add_sitter,
    add_walker,
    apply_gain,
    photograph,
    photographs,
    shift,
    static_scene,
    studio,
)

SETTINGS = studio_settings()
Scene = Callable[[float], Pixels]


@pytest.fixture(scope="module")
def reference() -> ReferenceImage:
    return average_frames(photographs(studio()))


def drift_names(reference: ReferenceImage, scene: Scene, seconds: float = 6.0) -> set[str]:
    """Return the names of all drifts that were reported within `seconds` seconds."""
    monitor, names = DriftMonitor(reference, SETTINGS), set()
    for number in range(round(seconds * 2)):
        names |= {drift.finding.name for drift in monitor.update(scene(number / 2), number / 2)}
    return names


def test_an_unchanged_studio_has_no_drift(reference: ReferenceImage) -> None:
    assert drift_names(reference, static_scene(studio())) == set()


@pytest.mark.parametrize(
    ("room", "expected"),
    [
        (apply_gain(studio(), 0.8, 1.0), "left_weaker"),
        (apply_gain(studio(), 1.0, 0.8), "right_weaker"),
        (apply_gain(studio(), 0.4, 1.0), "left_weaker"),
        (apply_gain(studio(), 1.35, 1.0), "left_stronger"),
        (apply_gain(studio(), 0.7, 0.7), "darker"),
        (apply_gain(studio(), 1.4, 1.4), "brighter"),
        (shift(studio(), x=8), "camera_left"),
        (shift(studio(), x=-8), "camera_right"),
        (shift(studio(), turn=1), "camera_tilted"),
        (studio() * (1.08, 1.0, 0.85), "warmer"),
    ],
)
def test_a_drift_is_reported_by_its_name_and_side(reference: ReferenceImage, room: Light, expected: str) -> None:
    assert drift_names(reference, static_scene(room)) == {f"drift.{expected}"}


def test_the_camera_knocked_upwards_is_reported_where_an_edge_shows_it() -> None:
    room = studio()
    room[440:] = (120, 100, 80)
    assert drift_names(average_frames(photographs(room)), static_scene(shift(room, y=8))) == {"drift.camera_up"}


def test_a_person_who_walks_through_is_no_drift(reference: ReferenceImage) -> None:
    assert (
        drift_names(reference, lambda now: photograph(add_walker(studio(), -200 + 240 * (now - 1)), int(now * 2)), 6)
        == set()
    )


def test_a_sitter_is_no_drift(reference: ReferenceImage) -> None:
    assert (
        drift_names(reference, lambda now: photograph(add_sitter(studio(), 3 * np.sin(now)), int(now * 2)), 10) == set()
    )


def test_clouds_are_not_reported(reference: ReferenceImage) -> None:
    def clouds(now: float) -> Pixels:
        dimmed = 1 - 0.04 * (1 - np.cos(now))  # varies by 8 % of the light, more at the window on the left
        return photograph(apply_gain(studio(), dimmed, 1 - (1 - dimmed) / 2), int(now * 2))

    assert drift_names(reference, clouds, 12) == set()


@pytest.mark.parametrize(
    ("room", "expected"),
    [(apply_gain(studio(), 0.7, 1.0), "drift.left_weaker"), (shift(studio(), x=-9), "drift.camera_right")],
)
def test_a_drift_behind_a_sitter_is_reported(reference: ReferenceImage, room: Light, expected: str) -> None:
    assert drift_names(reference, lambda now: photograph(add_sitter(room, np.sin(now)), int(now * 2))) == {expected}


def test_fallen_paper_is_reported_as_such_and_not_as_a_moved_camera(reference: ReferenceImage) -> None:
    room = studio()
    cv2.fillPoly(room, [np.array([[430, 0], [600, 0], [600, 150]])], (230, 225, 215))
    assert drift_names(reference, static_scene(room), 10) == {"drift.backdrop"}


def test_while_people_hide_everything_reports_stay_unchanged(reference: ReferenceImage) -> None:
    monitor = DriftMonitor(reference, SETTINGS)
    dim, crowd = apply_gain(studio(), 0.6, 1.0), add_walker(add_walker(add_walker(studio(), 0), 160), 320)
    crowd[:, 60:600] = np.random.default_rng(5).integers(0, 255, (12, 12, 3)).repeat(40, 0).repeat(45, 1)
    for number in range(6):
        monitor.update(photograph(dim, number), number / 2)
    drifts = monitor.update(photograph(crowd), 3.0)
    assert monitor.change.light is None
    assert [drift.finding.name for drift in drifts] == ["drift.left_weaker"]


def test_a_corrected_lamp_clears_its_alarm_at_once(reference: ReferenceImage) -> None:
    monitor = DriftMonitor(reference, SETTINGS)
    for number in range(6):
        drifts = monitor.update(photograph(apply_gain(studio(), 0.6, 1.0), number), number / 2)
    assert drifts
    assert monitor.update(photograph(studio()), 3.0) == ()


def test_a_person_mask_hides_its_part(reference: ReferenceImage) -> None:
    """With a mask over the whole left side of the paper the light cannot be measured."""
    room = studio()
    mask = np.zeros((48, 64), np.float32)
    mask[:, :28] = 1
    monitor = DriftMonitor(reference, SETTINGS)
    assert monitor.measure(average_frames([photograph(room)]), mask).light is None  # the left side is hidden
    assert monitor.measure(average_frames([photograph(room)])).light is not None


def test_frames_that_follow_too_soon_are_not_measured(reference: ReferenceImage) -> None:
    monitor = DriftMonitor(reference, SETTINGS)
    monitor.update(photograph(studio()), 0.0)
    change = monitor.change
    monitor.update(photograph(apply_gain(studio(), 0.3, 1.0)), 0.1)
    assert monitor.change is change


def test_an_alarm_waits_holds_and_ends() -> None:
    alarm = LatchedAlarm(AlarmSettings(raise_above=1.0, clear_below=0.5, hold_seconds=2.0, unit="", source=""))
    assert [alarm.update(v, t) for v, t in ((2, 0), (2, 1), (0.4, 1.5), (2, 2), (2, 3))] == [False] * 5  # interrupted
    assert alarm.update(2, 4) is True
    assert alarm.since == 2
    assert alarm.update(0.7, 5) is True  # between both thresholds it stays
    assert alarm.update(None, 6) is True  # a hidden fault is not a corrected one
    assert alarm.update(0.4, 7) is False
    assert alarm.update(0.7, 8) is False
