"""A short soak: visits through the real controller while devices fail at random; tests/bench/soak.py is long."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import kiosk.visit.capture_results
from hardware.cameras.api import CameraInfo, Shot
from tests.soak.camera import labelled_jpeg, sitter_in
from tests.soak.run import Soak
from tests.waiting import eventually


def test_no_original_is_lost_or_stored_under_another_name(tmp_path: Path) -> None:
    result = Soak(tmp_path / "station", visits=5, faults=14, seed=3).run()
    assert (result.lost, result.wrong, result.open) == ([], [], 0)
    assert result.visits == 5
    assert sum(result.faults.values()) == 14
    assert result.exposed >= 3, "control: pictures were taken"
    assert result.recoveries, "control: the camera was away and came back"
    assert len({load.threads for load in result.loads[1:]}) == 1, "no thread is left"
    assert len({load.descriptors for load in result.loads[1:]}) == 1, "no file is left open"


def soak_of_one(folder: Path, spoil: Callable[[Soak], None]) -> Soak:
    """Return a soak of one visit without faults, with a call of `spoil` at its end."""
    soak = Soak(folder, visits=1, faults=0, seed=1)
    settle = soak._wait_until_idle

    def settle_and_spoil() -> None:
        settle()
        spoil(soak)

    soak._wait_until_idle = settle_and_spoil  # type: ignore[method-assign]
    return soak


def test_a_picture_that_is_not_stored_is_detected(tmp_path: Path) -> None:
    def expose_one_more(soak: Soak) -> None:
        (soak.studio.scene.card / "lost.jpg").write_bytes(labelled_jpeg("nobody lost"))

    assert soak_of_one(tmp_path / "station", expose_one_more).run().lost == ["lost"]


def test_a_picture_of_somebody_else_is_detected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A controller that assigns every shot on the body to the present sitter."""
    monkeypatch.setattr(kiosk.visit.capture_results, "surely_shows", lambda visit, after: True)
    soak = Soak(tmp_path / "station", visits=2, faults=0, seed=1)
    pose_and_review, before = (
        soak._pose_and_review,
        Shot(labelled_jpeg("the-one-before x"), "x.jpg", CameraInfo("soak", "Soak", "1", True, (1, 1), (1, 1))),
    )

    def pose_after_another() -> None:
        visit_controller = soak.studio.controller
        visit_controller.on_unsolicited_shot(before, 0.0)
        eventually(lambda: visit_controller.state.shot_count, visit_controller.process_events)
        pose_and_review()

    soak._pose_and_review = pose_after_another  # type: ignore[method-assign]
    result = soak.run()
    assert sitter_in(before.data) == "the-one-before"
    assert len(result.wrong) == 2
