"""Signs and bounds of the coach whose change no other test would detect."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kiosk.guidance.coaching.advice import Advice
from kiosk.guidance.coaching.coach import Coach
from kiosk.guidance.coaching.hints import HOLD_STILL, LOOK_AT_CAMERA, NO_PROGRESS, ONE_MOMENT, REPHRASED_SUFFIX
from kiosk.guidance.coaching.timing import CoachTiming
from tests.kiosk.guidance.coaching.test_coach import ADVISORY_RULES, RULES, STEP, Session, hints_shown, session

__all__ = ["session"]


def test_an_empty_chair_calls_nobody(session: Session) -> None:
    seconds = CoachTiming().never_ready_timeout + 5.0
    assert not any(advice.needs_help or advice.operator_hints for advice in session.play(seconds, faces=0))
    assert session.play(seconds, pitch=15)[-1].operator_hints == (NO_PROGRESS,), "control: a sitter without progress"


def test_the_time_without_readiness_begins_when_somebody_sits_down(session: Session) -> None:
    session.play(CoachTiming().never_ready_timeout + 5.0, faces=0)
    assert not any(advice.needs_help for advice in session.play(CoachTiming().call_help_after - 1.0, pitch=15))


def test_without_verdicts_nobody_is_ready(session: Session) -> None:
    for _ in range(round(3.0 / STEP)):
        advice = session.coach.advise((), session.now)
        session.now += STEP
        assert (advice.hint, advice.ready, advice.steady_for, advice.needs_help) == (LOOK_AT_CAMERA, False, 0.0, False)
    session.play(2.0, roll=8)
    assert session.coach.advise((), session.now).hint == "hint.tilt_right", (
        "the fault stays until something is evaluated"
    )


@pytest.mark.parametrize(("gap", "ready"), [(0.5, True), (1.5, False)])
def test_the_machine_may_pause_for_a_moment_and_no_longer(gap: float, ready: bool, session: Session) -> None:
    session.play(2.0)
    session.now += gap - STEP
    assert session.frame(movement=None).ready is ready


def test_a_corrected_fault_near_its_bound_must_last_longer(session: Session) -> None:
    """The margin of `roll` is 0.5: a value 1 beyond the band is near, 4 beyond is not."""
    assert hints_shown(session.play(0.6, roll=5)) == ["hint.tilt_right"], "control: it was not corrected before"
    session.play(3.0)
    assert hints_shown(session.play(0.6, roll=5)) == [HOLD_STILL]
    for far in (8, 5.5):  # three margins are no longer near
        session.play(3.0)
        assert hints_shown(session.play(0.6, roll=far)) == [HOLD_STILL, "hint.tilt_right"], far


def test_without_rules_nothing_is_near(session: Session) -> None:
    session.coach = Coach()
    for _ in range(2):
        session.play(3.0)
        assert hints_shown(session.play(0.6, roll=5)) == [HOLD_STILL, "hint.tilt_right"]


def test_an_unmeasured_metric_comes_after_a_failed_one(session: Session) -> None:
    last = session.play(6.0, roll=None, yaw=15)[-1]
    assert (last.hint, last.operator_hint, last.operator_hints) == (
        "hint.turn_right",
        "not_measured.x",
        ("not_measured.x",),
    )
    assert session.play(3.0, roll=None)[-1].hint == ONE_MOMENT


def test_advice_ends_after_its_time(session: Session) -> None:
    advice = Session(ADVISORY_RULES).play(6.0, roll=9)
    seconds_shown = [a.hint for a in advice].count("hint.tilt_right") * STEP
    assert seconds_shown == pytest.approx(CoachTiming().advice_duration, abs=2 * STEP)


@pytest.mark.parametrize(
    ("roll", "hints"),
    [(4.4, [HOLD_STILL]), (4.5, ["hint.tilt_right", HOLD_STILL]), (4.6, ["hint.tilt_right", HOLD_STILL])],
)
def test_advice_is_given_only_where_a_rule_would_fail(roll: float, hints: list[str]) -> None:
    """The band ends at 4, and the margin is 0.5."""
    assert hints_shown(Session(ADVISORY_RULES).play(6.0, roll=roll)) == hints


def test_eyes_shut_are_reported_as_a_blink_and_doubtful_ones_are_not(session: Session) -> None:
    session.play(2.0)
    assert session.frame(eye_openness=0.3).eyes_shut
    assert not session.frame(eye_openness=0.62).eyes_shut
    assert not session.frame(mouth_opening=0.3).eyes_shut


def test_readiness_restarts_the_time_until_help_is_called(session: Session) -> None:
    for _ in range(4):
        assert not any(a.needs_help for a in session.play(CoachTiming().call_help_after - 2.0, pitch=15))
        assert session.play(3.0)[-1].ready


# Times exact to the frame: with 32 frames a second the sums have no rounding errors.
FRAME = 1 / 32


@pytest.fixture
def exact() -> Session:
    return Session(step=FRAME)


def first_frame(advice: list[Advice], matches: Callable[[Advice], bool]) -> int:
    return next(i for i, one in enumerate(advice) if matches(one))


def test_another_wording_and_help_come_after_their_times(exact: Session) -> None:
    advice = exact.play(20.0, pitch=15)
    shown = first_frame(advice, lambda a: a.hint == "hint.chin_down")
    rephrased = first_frame(advice, lambda a: a.hint == "hint.chin_down" + REPHRASED_SUFFIX)
    called = first_frame(advice, lambda a: a.needs_help)
    assert (rephrased - shown, called - shown) == (round(6.0 / FRAME), round(15.0 / FRAME))


def test_a_sitter_who_is_never_ready_gets_help_after_its_time(exact: Session) -> None:
    advice = [a for _ in range(6) for a in (*exact.play(4.0, pitch=15), *exact.play(4.0, roll=8))]
    assert first_frame(advice, lambda a: a.needs_help) == round(40.0 / FRAME)


def test_a_hint_may_be_replaced_after_one_second(exact: Session) -> None:
    exact.play(2.0)
    advice = exact.play(0.4, yaw=15) + exact.play(3.0)
    assert [a.hint for a in advice].count("hint.turn_right") == round(1.0 / FRAME)


def test_advice_is_shown_for_its_time() -> None:
    advice = Session(ADVISORY_RULES, FRAME).play(6.0, roll=9)
    assert [a.hint for a in advice].count("hint.tilt_right") == round(2.5 / FRAME)


@pytest.mark.parametrize(
    ("wrong", "frames"), [({"eye_openness": 0.3}, round(0.25 / FRAME)), ({"pitch": None}, round(0.5 / FRAME))], ids=str
)
def test_a_blink_and_a_late_metric_are_tolerated_to_the_frame(
    exact: Session, wrong: dict[str, float | None], frames: int
) -> None:
    exact.play(2.0)
    assert [a.ready for a in exact.play(1.0, **wrong)].count(True) == frames


@pytest.mark.parametrize(("gap", "ready"), [(1.0, True), (1.0 + FRAME, False)])
def test_a_pause_of_the_machine_is_tolerated_to_the_frame(exact: Session, gap: float, ready: bool) -> None:
    exact.play(2.0)
    exact.now += gap - FRAME
    assert exact.frame(movement=None).ready is ready


def test_a_metric_that_was_never_measured_is_not_late_but_missing(exact: Session) -> None:
    exact.rules = {name: rule for name, rule in RULES.items() if name != "pitch"}
    assert exact.play(2.0)[-1].ready
    exact.rules = RULES
    assert not exact.frame(pitch=None).ready
