"""The coach alone: scripted metrics, evaluated by the real rules, with a clock that the test controls."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.standards.registry import Rule, load_standard
from kiosk.guidance.coaching.advice import Advice
from kiosk.guidance.coaching.coach import Coach
from kiosk.guidance.coaching.hints import (
    HINT_RULES,
    HOLD_STILL,
    LOOK_AT_CAMERA,
    NO_PROGRESS,
    ONE_MOMENT,
    REPHRASED_SUFFIX,
)
from kiosk.guidance.coaching.timing import CoachTiming
from kiosk.guidance.metrics.registry import METRIC_UNITS
from kiosk.guidance.verdict import Metric, evaluate

BANDS: Mapping[str, tuple[float | None, float | None, float]] = {  # rule: low, high, margin
    "one_face": (1, 1, 0),
    "place_across": (-0.1, 0.1, 0.02),
    "place_up": (0.3, 0.54, 0.02),
    "face_size": (0.16, 0.27, 0.01),
    "yaw": (-7, 7, 2),
    "pitch": (-9, 9, 2),
    "roll": (-4, 4, 0.5),
    "eyes_open": (0.12, None, 0.03),
    "no_blink": (0.65, None, 0.07),
    "mouth_closed": (None, 0.115, 0.02),
    "stillness": (None, 0.15, 0.03),
    "exposure": (0.15, 0.75, 0.03),
    "highlights": (None, 0.03, 0.01),
    "light_balance": (-0.3, 0.3, 0.05),
    "backdrop_shadow": (None, 0.08, 0.015),
    "backdrop_even": (None, 0.25, 0.03),
    "focus": (0.14, None, 0.02),
}
"""Separate bands, so that the scripts below do not depend on a standard. scripted_sitters.py uses the standard."""
STANDARD_RULES = load_standard("chsi").rules
RULES = {
    name: STANDARD_RULES[name].model_copy(update={"min": low, "max": high, "tolerance": margin, "advice": False})
    for name, (low, high, margin) in BANDS.items()
}
STEP = 1 / 30
GOOD: Mapping[str, float] = {
    "faces": 1,
    "face_size": 0.21,
    "face_x": 0,
    "eye_y": 0.4,
    "yaw": 0,
    "pitch": 0,
    "roll": 0,
    "eye_opening": 0.28,
    "eye_openness": 1,
    "mouth_opening": 0,
    "skin_luminance": 0.5,
    "blown_share": 0,
    "light_balance": 0,
    "backdrop_shadow": 0.02,
    "backdrop_unevenness": 0.05,
    "sharpness": 0.3,
    "movement": 0.01,
}
"""A sitter who passes every rule."""

EXPECTED_HINTS = {  # a failing metric -> the sitter's hint
    ("faces", 0): "hint.nobody",
    ("faces", 2): "hint.several",
    ("face_x", -0.2): "hint.move_left",
    ("face_x", 0.2): "hint.move_right",
    ("eye_y", 0.2): "hint.sit_lower",
    ("eye_y", 0.7): "hint.sit_higher",
    ("face_size", 0.1): "hint.closer",
    ("face_size", 0.4): "hint.back",
    ("yaw", -15): "hint.turn_left",
    ("yaw", 15): "hint.turn_right",
    ("roll", -8): "hint.tilt_left",
    ("roll", 8): "hint.tilt_right",
    ("pitch", -15): "hint.chin_up",
    ("pitch", 15): "hint.chin_down",
    ("eye_opening", 0.05): "hint.open_eyes",
    ("eye_openness", 0.3): "hint.open_eyes",
    ("mouth_opening", 0.3): "hint.close_mouth",
    ("movement", 0.5): "hint.keep_still",
    ("light_balance", -0.6): "hint.light",
    ("light_balance", 0.6): "hint.light",
    ("skin_luminance", 0.05): "hint.light",
    ("skin_luminance", 0.9): "hint.light",
    ("blown_share", 0.2): "hint.shine",
    ("backdrop_shadow", 0.3): "hint.backdrop",
    ("backdrop_unevenness", 0.6): "hint.backdrop",
    ("sharpness", 0.05): "hint.focus",
}
OPERATOR_METRICS = {
    "light_balance",
    "skin_luminance",
    "blown_share",
    "backdrop_shadow",
    "backdrop_unevenness",
    "sharpness",
}


class Session:
    """A coach and its clock, which moves on by `step` seconds with each frame."""

    def __init__(self, rules: Mapping[str, Rule] = RULES, step: float = STEP) -> None:
        self.rules, self.coach, self.now, self.step = rules, Coach(rules), 100.0, step

    def frame(self, **wrong: float | None) -> Advice:
        values = {**GOOD, **wrong}
        metrics = {
            name: Metric(name, value, METRIC_UNITS.get(name, "share"), "not_measured.x")
            for name, value in values.items()
        }
        advice = self.coach.advise(evaluate(metrics, self.rules), self.now)
        self.now += self.step
        return advice

    def play(self, seconds: float, **wrong: float | None) -> list[Advice]:
        return [self.frame(**wrong) for _ in range(round(seconds / self.step))]


@pytest.fixture
def session() -> Session:
    return Session()


def changes(advice: list[Advice]) -> list[str]:
    return [a.hint for i, a in enumerate(advice) if i == 0 or a.hint != advice[i - 1].hint]


def test_the_faults_cover_every_hint() -> None:
    assert {fault.hint for fault in HINT_RULES if fault.rule in RULES} == set(EXPECTED_HINTS.values())


@pytest.mark.parametrize(("fault", "hint"), EXPECTED_HINTS.items(), ids=lambda x: str(x))
def test_each_fault_has_its_hint_and_stops_the_shutter(session: Session, fault: tuple[str, float], hint: str) -> None:
    name, value = fault
    last = session.play(2.0, **{name: value})[-1]
    assert last.hint == hint
    assert not last.ready
    assert bool(last.operator_hint) == (name in OPERATOR_METRICS)


def test_of_many_faults_the_most_urgent_is_shown_first(session: Session) -> None:
    wrong: dict[str, float | None] = {
        "faces": 2, "face_x": 0.2, "eye_y": 0.2, "face_size": 0.4, "yaw": 15, "roll": 8, "pitch": 15,
        "eye_opening": 0.05, "mouth_opening": 0.3, "movement": 0.5, "skin_luminance": 0.05, "sharpness": 0.05,
    }  # fmt: skip
    shown_hints = []
    while wrong:
        shown_hints += changes(session.play(3.0, **wrong))
        wrong.pop(next(iter(wrong)))  # the sitter corrects the first fault
    shown_hints += changes(session.play(3.0))
    distinct_hints = [hint for i, hint in enumerate(shown_hints) if i == 0 or hint != shown_hints[i - 1]]
    assert distinct_hints == [
        LOOK_AT_CAMERA, "hint.several", "hint.move_right", "hint.sit_lower", "hint.back", "hint.turn_right",
        "hint.tilt_right", "hint.chin_down", "hint.open_eyes", "hint.close_mouth", "hint.keep_still", "hint.light",
        "hint.focus", HOLD_STILL,
    ]  # fmt: skip


def test_the_operator_gets_hints_about_the_light_while_the_sitter_gets_hints_about_the_pose(session: Session) -> None:
    last = session.play(2.0, yaw=15, skin_luminance=0.05)[-1]
    assert (last.hint, last.operator_hint) == ("hint.turn_right", "operator.too_dark")


def test_readiness_and_its_time_begin_when_everything_is_right(session: Session) -> None:
    assert not any(a.ready for a in session.play(2.0, roll=8))
    advice = session.play(3.0)
    first = next(i for i, a in enumerate(advice) if a.ready)
    assert all(a.ready and a.hint == HOLD_STILL for a in advice[first:])
    assert advice[first].steady_for == 0
    assert advice[-1].steady_for == pytest.approx((len(advice) - 1 - first) * STEP)


def test_an_unsure_verdict_does_not_prevent_readiness(session: Session) -> None:
    last = session.play(2.0, roll=4.2, sharpness=0.13)[-1]
    assert {v.rule for v in last.verdicts if v.outcome == "unsure"} == {"roll", "focus"}
    assert last.ready


@pytest.mark.parametrize("name", GOOD)
def test_an_unmeasured_metric_prevents_readiness(session: Session, name: str) -> None:
    assert not any(a.ready for a in session.play(3.0, **{name: None}))


@pytest.mark.parametrize("fault", [f for f in EXPECTED_HINTS if not f[0].startswith("eye_open")], ids=str)
def test_anything_wrong_ends_ready_at_once(session: Session, fault: tuple[str, float]) -> None:
    assert session.play(2.0)[-1].ready
    broken = session.frame(**{fault[0]: fault[1]})
    assert not broken.ready
    assert broken.steady_for == 0
    again = session.play(3.0)
    assert again[-1].ready
    assert again[-1].steady_for < 3.0


def test_a_short_fault_is_not_shown(session: Session) -> None:
    session.play(2.0)
    assert changes(session.play(0.2, yaw=15) + session.play(2.0)) == [HOLD_STILL]
    assert changes(session.play(0.6, yaw=15) + session.play(2.0)) == [
        HOLD_STILL,
        "hint.turn_right",
        HOLD_STILL,
    ]  # control


def test_a_hint_stays_long_enough_to_be_read(session: Session) -> None:
    session.play(2.0)
    advice = session.play(0.4, yaw=15) + session.play(3.0)
    seconds_shown = [a.hint for a in advice].count("hint.turn_right") * STEP
    assert seconds_shown >= CoachTiming().min_on_screen - STEP


def test_a_blink_does_not_break_the_countdown_but_the_shutter_can_wait_for_it(session: Session) -> None:
    session.play(2.0)
    blink = session.play(0.2, eye_openness=0.3, eye_opening=0.07)
    assert all(a.ready and a.eyes_shut and a.hint == HOLD_STILL for a in blink)
    after = session.frame()
    assert after.ready
    assert not after.eyes_shut


def test_a_blink_delays_the_beginning_of_readiness(session: Session) -> None:
    assert not any(a.ready for a in session.play(0.2, eye_openness=0.3))
    assert any(a.ready for a in session.play(0.2))  # control


def test_a_pause_of_the_machine_does_not_end_readiness(session: Session) -> None:
    session.play(2.0)
    assert session.frame(movement=None).ready
    assert session.frame().ready
    assert session.frame(movement=None).ready
    assert not session.frame(movement=None).ready, "on a machine too slow to measure movement nobody is ready"


def test_eyes_shut_for_longer_end_the_countdown_and_are_shown(session: Session) -> None:
    session.play(2.0)
    shut = session.play(1.5, eye_openness=0.3)
    assert not shut[-1].ready
    assert changes(shut) == [HOLD_STILL, "hint.open_eyes"]
    assert sum(a.ready for a in shut) * STEP == pytest.approx(CoachTiming().max_blink, abs=1.1 * STEP)


def test_movement_on_the_way_to_the_seat_gets_no_hint(session: Session) -> None:
    shown_hints = changes(
        session.play(1.2, faces=0) + session.play(0.7, movement=0.9) + session.play(2.0, face_size=0.1)
    )
    assert shown_hints == [LOOK_AT_CAMERA, "hint.nobody", "hint.closer"]


def test_noise_at_a_bound_never_makes_two_hints_alternate() -> None:
    for seed in range(5):
        session, rng = Session(), random.Random(seed)
        session.play(1.5, roll=8)
        noisy = [session.frame(roll=4 + rng.uniform(-0.49, 0.49), yaw=7 + rng.uniform(-1.9, 1.9)) for _ in range(600)]
        assert changes(noisy) in (["hint.tilt_right"], ["hint.tilt_right", HOLD_STILL]), seed


def test_a_nearly_right_pose_is_accepted_after_a_delay(session: Session) -> None:
    session.play(2.0, roll=8)
    doubtful = session.play(4.0, roll=3.9)  # in the band, but only just
    first = next(i for i, a in enumerate(doubtful) if a.ready)
    assert first * STEP == pytest.approx(1.5, abs=3 * STEP)
    session.play(2.0, roll=8)
    surely = session.play(4.0, roll=3.4)
    assert next(i for i, a in enumerate(surely) if a.ready) * STEP < CoachTiming().unsure_timeout / 2


def test_without_a_margin_a_rule_is_strict(session: Session) -> None:
    """`one_face` has no margin, so its verdict is never unsure."""
    assert not any(a.ready for a in session.play(10.0, faces=2))


def test_two_faults_in_turn_do_not_flicker(session: Session) -> None:
    """A fault that alternates faster than it can be corrected is not shown; a lasting one is."""
    flicker = [a for _ in range(14) for a in (*session.play(0.2, face_x=0.2, yaw=15), *session.play(0.2, yaw=15))]
    assert changes(flicker) == [LOOK_AT_CAMERA, "hint.turn_right"]


def test_a_fault_that_disappears_for_a_moment_stays(session: Session) -> None:
    session.play(2.0, yaw=15)
    wavering = [a for _ in range(20) for a in (*session.play(0.1), *session.play(0.1, yaw=15))]
    assert changes(wavering) == ["hint.turn_right"]
    assert not any(a.ready for a in wavering)


def test_swinging_from_side_to_side_gets_no_contradictory_hints(session: Session) -> None:
    session.play(2.0)
    swinging = [a for _ in range(15) for a in (*session.play(0.1, yaw=15), *session.play(0.1, yaw=-15))]
    assert changes(swinging) == [HOLD_STILL]
    assert not any(a.ready for a in swinging)


def test_without_a_sitter_the_operator_gets_no_hint_about_the_backdrop(session: Session) -> None:
    nothing: dict[str, float | None] = dict.fromkeys(GOOD)
    last = session.play(2.0, **{**nothing, "faces": 0})[-1]
    assert (last.hint, last.operator_hint) == ("hint.nobody", "")
    last = session.play(2.0, backdrop_shadow=None, backdrop_unevenness=None)[-1]
    assert last.operator_hint == "operator.backdrop_not_visible"  # control: a sitter, and no backdrop


def test_the_next_sitter_gets_no_hint_about_the_last_one(session: Session) -> None:
    session.play(2.0, roll=8)
    session.play(2.0, faces=0, roll=None)
    assert "hint.tilt_right" not in changes(session.play(3.0, roll=4.2))


def test_reset_clears_everything(session: Session) -> None:
    session.play(2.0, roll=8)
    session.coach.reset()
    assert session.frame(roll=4.2).hint != "hint.tilt_right"


def shown_periods(advice: list[Advice]) -> Iterator[tuple[str, float]]:
    """Yield each hint with the seconds for which it was shown."""
    start = 0
    for i in range(1, len(advice) + 1):
        if i == len(advice) or advice[i].hint != advice[start].hint:
            yield advice[start].hint, (i - start) * STEP
            start = i


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([*EXPECTED_HINTS, None]), st.integers(1, 40)), min_size=2, max_size=12))
def test_hints_always_stay_readable_and_ready_means_right(script: list) -> None:
    session = Session()
    advice = [
        session.frame(**({fault[0]: fault[1]} if fault else {})) for fault, frames in script for _ in range(frames)
    ]
    for hint, seconds in list(shown_periods(advice))[:-1]:
        assert hint == LOOK_AT_CAMERA or seconds >= CoachTiming().min_on_screen - STEP
    for a in advice:
        if a.ready and not a.eyes_shut:
            assert all(v.outcome in ("pass", "unsure") for v in a.verdicts)
            assert a.hint == HOLD_STILL
        assert (a.steady_for == 0) or a.ready


# ------------------------------------------------------------------------------------------ sitters without progress


def hints_shown(advice: list[Advice]) -> list[str]:
    return [hint for hint in changes(advice) if hint != LOOK_AT_CAMERA]


def test_without_progress_the_hint_is_rephrased_then_help_is_called(session: Session) -> None:
    advice = session.play(20.0, pitch=15)
    assert hints_shown(advice) == ["hint.chin_down", "hint.chin_down" + REPHRASED_SUFFIX]
    started = CoachTiming().debounce
    rephrased = next(i for i, a in enumerate(advice) if a.hint.endswith(REPHRASED_SUFFIX)) * STEP
    called = next(i for i, a in enumerate(advice) if a.needs_help) * STEP
    assert rephrased == pytest.approx(started + CoachTiming().rephrase_after, abs=2 * STEP)
    assert called == pytest.approx(started + CoachTiming().call_help_after, abs=2 * STEP)
    assert advice[-1].operator_hints == (NO_PROGRESS,)
    assert not advice[int(called / STEP) - 2].operator_hints


def test_progress_postpones_the_call_for_help(session: Session) -> None:
    steps = [a for degrees in (28, 25, 22, 19, 16) for a in session.play(5.0, pitch=degrees)]
    assert hints_shown(steps) == ["hint.chin_down"]
    assert not any(a.needs_help for a in steps)


def test_coming_nearer_by_less_than_the_margin_is_no_progress(session: Session) -> None:
    """15 % of the missing 4 degrees would be less than the margin of `pitch`, which is 2."""
    advice = [a for degrees in (13, 12.2, 11.4) for a in session.play(5.5, pitch=degrees)]
    assert advice[-1].needs_help


def test_noise_is_no_progress(session: Session) -> None:
    rng = random.Random(3)
    advice = [session.frame(pitch=18 + rng.gauss(0, 1)) for _ in range(1000)]
    assert advice[-1].needs_help


def test_the_call_for_help_ends_when_the_pose_is_right(session: Session) -> None:
    assert session.play(20.0, pitch=15)[-1].needs_help
    assert not any(a.needs_help for a in session.play(3.0)[-30:])


def test_a_sitter_with_alternating_faults_gets_help_too(session: Session) -> None:
    """Each fault is corrected and replaced by another: no hint stays long, but the sitter is never ready."""
    advice = [a for _ in range(6) for a in (*session.play(4.0, pitch=15), *session.play(4.0, roll=8))]
    assert advice[-1].needs_help
    assert not any(a.needs_help for a in advice[: round(30 / STEP)])


def test_a_fault_that_the_operator_must_correct_is_not_called_twice(session: Session) -> None:
    last = session.play(20.0, skin_luminance=0.05)[-1]
    assert last.needs_help
    assert last.operator_hints == ("operator.too_dark",)


def test_the_operator_gets_every_hint_once(session: Session) -> None:
    last = session.play(2.0, skin_luminance=0.05, light_balance=-0.6, backdrop_shadow=0.3, backdrop_unevenness=0.6)[-1]
    assert len(last.operator_hints) == len(set(last.operator_hints)) == 4
    assert last.operator_hint == last.operator_hints[0]


def test_a_fault_is_corrected_before_the_next_of_its_group(session: Session) -> None:
    session.play(2.0, pitch=15)
    assert hints_shown(session.play(2.0, pitch=15, yaw=15)) == ["hint.chin_down"]
    assert session.play(2.0, yaw=15)[-1].hint == "hint.turn_right"
    assert session.play(2.0, yaw=15, face_x=0.2)[-1].hint == "hint.move_right"  # control: a more urgent fault


# ------------------------------------------------------------------------------------- rules without their own sentence


def with_rule(name: str, **changes: object) -> dict[str, Rule]:
    return {**RULES, name: RULES["pitch"].model_copy(update=changes)}


def test_a_rule_of_the_school_without_a_hint_is_shown_to_the_operator() -> None:
    session = Session(with_rule("lean", metric="lean", unit="deg"))
    last = session.play(2.0, lean=30)[-1]
    assert (last.hint, last.operator_hint, last.ready) == (ONE_MOMENT, "rule.lean.high", False)
    assert session.play(3.0, lean=0)[-1].ready


def test_an_unmeasured_metric_is_reported_after_a_while(session: Session) -> None:
    advice = session.play(6.0, roll=None)
    assert (advice[-1].hint, advice[-1].operator_hint) == (ONE_MOMENT, "not_measured.x")
    first = next(i for i, a in enumerate(advice) if a.operator_hint)
    assert first * STEP == pytest.approx(3.0, abs=3 * STEP)


def test_a_late_metric_does_not_end_readiness(session: Session) -> None:
    session.play(2.0)
    assert all(a.ready for a in session.play(0.4, pitch=None))
    assert not any(a.ready for a in session.play(1.0, pitch=None)[-10:])
    assert not session.play(0.4, pitch=15)[-1].ready
    assert not session.play(0.1, pitch=None)[-1].ready, "it prevents the beginning of readiness"


ADVISORY_RULES = {**RULES, "roll": RULES["roll"].model_copy(update={"advice": True})}


def test_advice_is_shown_once_and_does_not_block() -> None:
    session = Session(ADVISORY_RULES)
    advice = session.play(6.0, roll=9)
    assert hints_shown(advice) == ["hint.tilt_right", HOLD_STILL]
    assert advice[-1].ready
    session.play(2.0)
    assert hints_shown(session.play(4.0, roll=9)) == [HOLD_STILL], "it was already shown"
    unmeasured = session.play(CoachTiming().debounce_unmeasured + 1.0, roll=None)[-1]
    assert (unmeasured.ready, unmeasured.operator_hints) == (True, ())


def test_advice_of_a_rule_of_the_school_is_for_the_operator() -> None:
    advice = Session(with_rule("lean", metric="lean", unit="deg", advice=True)).play(3.0, lean=30)
    assert hints_shown(advice) == [HOLD_STILL]
    assert (advice[-1].ready, advice[-1].operator_hints) == (True, ("rule.lean.high",))


def test_advice_waits_until_all_else_is_right() -> None:
    assert hints_shown(Session(ADVISORY_RULES).play(3.0, roll=9, mouth_opening=0.3)) == ["hint.close_mouth"]


def test_advice_for_the_operator_is_listed_but_not_the_current_hint() -> None:
    light = RULES["light_balance"].model_copy(update={"advice": True})
    advice = Session({**RULES, "light_balance": light}).play(3.0, light_balance=-0.6)
    assert hints_shown(advice) == [HOLD_STILL]
    assert advice[-1].ready
    assert (advice[-1].operator_hints, advice[-1].operator_hint) == (("operator.light_left",), "")
