"""The end of a visit is reported, and does not affect the next sitter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.errors import Problem
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step
from tests.kiosk.visit.harness import CARD, SHOT, VisitHarness, studio

__all__ = ["studio"]


@pytest.fixture
def states() -> list[VisitState]:
    return []


@pytest.fixture
def harness(tmp_path: Path, states: list[VisitState]) -> Iterator[VisitHarness]:
    harness = VisitHarness(tmp_path, states.append)
    yield harness
    harness.controller.close()
    harness.outbox.close()


def test_every_change_of_the_state_is_reported_once_and_in_order(
    harness: VisitHarness, states: list[VisitState]
) -> None:
    harness.to_shoot()
    assert [state.step for state in states] == [Step.CONSENT, Step.POSE, Step.COUNTDOWN, Step.SHOOT]
    assert states[-1] is harness.controller.state
    harness.controller.process_events()
    assert len(states) == 4, "nothing has changed"


def fail_to_store_portrait(studio: VisitHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a shot whose portrait the outbox will fail to record."""
    studio.to_shoot()
    studio.camera.requests[-1].set_result(SHOT)
    studio.until(lambda: studio.engine.requests)

    def full(*args: object, **kwargs: object) -> None:
        raise Problem("outbox.disk_full")

    monkeypatch.setattr(studio.outbox, "record_result", full)


def test_a_portrait_that_cannot_be_recorded_is_an_error_for_its_sitter(
    studio: VisitHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_to_store_portrait(studio, monkeypatch)
    studio.engine.requests[-1].set_result(studio.portrait())
    studio.until(lambda: studio.step is Step.ERROR)
    notice = studio.controller.state.notice
    assert notice is not None
    assert notice.key == "outbox.disk_full"


def test_a_portrait_that_cannot_be_recorded_is_no_error_for_the_next_sitter(
    studio: VisitHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_to_store_portrait(studio, monkeypatch)
    studio.controller.leave()
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    studio.controller.consent()
    assert studio.step is Step.POSE
    studio.engine.requests[-1].set_result(studio.portrait())
    drained = studio.controller.recover(lambda: 0)
    studio.until(drained.done)
    studio.controller.process_events()
    assert studio.step is Step.POSE


def test_an_accepted_portrait_that_cannot_be_recorded_is_no_error_for_the_next_sitter(
    studio: VisitHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.to_review()

    def full(*args: object, **kwargs: object) -> None:
        raise Problem("outbox.disk_full")

    monkeypatch.setattr(studio.outbox, "mark_ready", full)
    studio.controller.accept()
    studio.controller.leave()
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    studio.controller.consent()
    drained = studio.controller.recover(lambda: 0)
    studio.until(drained.done)
    studio.controller.process_events()
    assert studio.step is Step.POSE


def test_an_accepted_portrait_that_cannot_be_recorded_can_be_accepted_again(
    studio: VisitHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.to_review()

    def full(*args: object, **kwargs: object) -> None:
        raise Problem("outbox.disk_full")

    with monkeypatch.context() as patch:
        patch.setattr(studio.outbox, "mark_ready", full)
        studio.controller.accept()
        studio.until(lambda: studio.step is Step.ERROR)
    studio.controller.retry()
    assert studio.step is Step.REVIEW
    studio.controller.accept()
    studio.until(lambda: studio.step is Step.DONE)
