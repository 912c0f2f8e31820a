"""What the conductor passes on, and what of a visit that is over reaches the sitter of the next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.errors import Problem
from kiosk.visit.state import Step, VisitState
from tests.kiosk.visit.conducting import CARD, SHOT, Studio, studio

__all__ = ["studio"]


@pytest.fixture
def seen() -> list[VisitState]:
    return []


@pytest.fixture
def told(tmp_path: Path, seen: list[VisitState]) -> Iterator[Studio]:
    made = Studio(tmp_path, seen.append)
    yield made
    made.conductor.close()
    made.outbox.close()


def test_every_change_of_the_sitting_is_told_once_and_in_order(told: Studio, seen: list[VisitState]) -> None:
    told.to_shoot()
    assert [sitting.step for sitting in seen] == [Step.CONSENT, Step.POSE, Step.COUNTDOWN, Step.SHOOT]
    assert seen[-1] is told.conductor.sitting
    told.conductor.pump()
    assert len(seen) == 4, "nothing has changed"


def test_a_screen_that_fails_stops_no_visit(tmp_path: Path) -> None:
    def fails(sitting: VisitState) -> None:
        raise RuntimeError("cannot draw")

    studio = Studio(tmp_path, fails)
    try:
        studio.to_review()
    finally:
        studio.conductor.close()
        studio.outbox.close()


def a_portrait_that_cannot_be_noted(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to the moment at which the engine would answer; its portrait will not be taken by the outbox."""
    studio.to_shoot()
    studio.camera.asked[-1].set_result(SHOT)
    studio.until(lambda: studio.engine.asked)

    def full(*given: object, **named: object) -> None:
        raise Problem("outbox.disk_full")

    monkeypatch.setattr(studio.outbox, "portrait", full)


def test_a_portrait_that_cannot_be_noted_is_trouble_for_who_waits_for_it(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_portrait_that_cannot_be_noted(studio, monkeypatch)
    studio.engine.asked[-1].set_result(studio.portrait())
    studio.until(lambda: studio.step is Step.TROUBLE)
    notice = studio.conductor.sitting.notice
    assert notice is not None
    assert notice.key == "outbox.disk_full"


def test_and_not_for_the_next_sitter(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    a_portrait_that_cannot_be_noted(studio, monkeypatch)
    studio.conductor.leave()
    studio.conductor.hear_card(CARD)
    studio.conductor.pump()
    studio.conductor.consent()
    assert studio.step is Step.POSE
    studio.engine.asked[-1].set_result(studio.portrait())
    drained = studio.conductor.recover(lambda: 0)
    studio.until(drained.done)
    studio.conductor.pump()
    assert studio.step is Step.POSE


def test_an_accepted_portrait_that_cannot_be_noted_can_be_accepted_again(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.to_review()

    def full(*given: object, **named: object) -> None:
        raise Problem("outbox.disk_full")

    with monkeypatch.context() as patch:
        patch.setattr(studio.outbox, "ready", full)
        studio.conductor.accept()
        studio.until(lambda: studio.step is Step.TROUBLE)
    studio.conductor.retry()
    assert studio.step is Step.REVIEW
    studio.conductor.accept()
    studio.until(lambda: studio.step is Step.DONE)
