"""What a change of one sign or bound in the coach would do, where no other test would notice."""

from __future__ import annotations

import pytest

from kiosk.guidance.coaching.hints import HOLD_STILL, LOOK_AT_CAMERA, NO_PROGRESS, ONE_MOMENT
from kiosk.guidance.coaching.timing import CoachTiming
from tests.kiosk.guidance.coaching.test_coach import ADVISORY_RULES, STEP, Session, hints_shown, session

__all__ = ["session"]


def test_an_empty_chair_calls_nobody(session: Session) -> None:
    seconds = CoachTiming().never_ready_timeout + 5.0
    assert not any(advice.needs_help or advice.operator_hints for advice in session.play(seconds, faces=0))
    assert session.play(seconds, pitch=15)[-1].operator_hints == (NO_PROGRESS,), (
        "control: somebody in it who gets no further"
    )


def test_where_nothing_is_judged_nobody_is_ready(session: Session) -> None:
    for _ in range(round(3.0 / STEP)):
        advice = session.coach.advise((), session.now)
        session.now += STEP
        assert (advice.hint, advice.ready, advice.steady_for, advice.needs_help) == (LOOK_AT_CAMERA, False, 0.0, False)


@pytest.mark.parametrize(("gap", "ready"), [(0.5, True), (1.5, False)])
def test_the_machine_may_look_away_for_a_moment_and_no_longer(gap: float, ready: bool, session: Session) -> None:
    session.play(2.0)
    session.now += gap - STEP
    assert session.frame(movement=None).ready is ready


def test_what_was_mended_and_is_nearly_right_must_be_wrong_for_longer(session: Session) -> None:
    """The margin of `roll` is 0.5: one beyond the band is near, four beyond is not."""
    assert hints_shown(session.play(0.6, roll=5)) == ["hint.tilt_right"], "control: it was not mended before"
    session.play(3.0)
    assert hints_shown(session.play(0.6, roll=5)) == [HOLD_STILL]
    session.play(3.0)
    assert hints_shown(session.play(0.6, roll=8)) == [HOLD_STILL, "hint.tilt_right"]


def test_what_is_not_measured_comes_after_what_is_wrong(session: Session) -> None:
    last = session.play(6.0, roll=None, yaw=15)[-1]
    assert (last.hint, last.operator_hint, last.operator_hints) == (
        "hint.turn_right",
        "not_measured.x",
        ("not_measured.x",),
    )
    assert session.play(3.0, roll=None)[-1].hint == ONE_MOMENT


def test_advice_is_let_go_after_its_time(session: Session) -> None:
    advice = Session(ADVISORY_RULES).play(6.0, roll=9)
    asked = [a.hint for a in advice].count("hint.tilt_right") * STEP
    assert asked == pytest.approx(CoachTiming().advice_duration, abs=2 * STEP)


@pytest.mark.parametrize(
    ("roll", "hints"),
    [(4.4, [HOLD_STILL]), (4.5, ["hint.tilt_right", HOLD_STILL]), (4.6, ["hint.tilt_right", HOLD_STILL])],
)
def test_advice_is_given_only_where_a_rule_would_fail(roll: float, hints: list[str]) -> None:
    """The band ends at 4, and the margin is 0.5."""
    assert hints_shown(Session(ADVISORY_RULES).play(6.0, roll=roll)) == hints


def test_eyes_shut_are_told_as_a_blink_and_doubtful_ones_are_not(session: Session) -> None:
    session.play(2.0)
    assert session.frame(eye_openness=0.3).eyes_shut
    assert not session.frame(eye_openness=0.62).eyes_shut
    assert not session.frame(mouth_opening=0.3).eyes_shut


def test_help_is_for_the_one_who_was_not_right_since(session: Session) -> None:
    """The time without being right begins anew with each time of being right."""
    for _ in range(4):
        assert not any(a.needs_help for a in session.play(CoachTiming().call_help_after - 2.0, pitch=15))
        assert session.play(3.0)[-1].ready
