"""When a step of the visit begins, what it brings along, and what of the step before goes with it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.guidance.analysis_rate import AnalysisRate
from kiosk.sitting import Pace, Saying, Sitting, Step
from tests.test_sitting import AT, EVENTS, PACE, READY, SITTER, TABLE, at

MOVES = [(step, event) for step, events in TABLE.items() for event in events]
UNTROUBLED = (Step.IDLE, Step.DONE, Step.ENDED, Step.TROUBLE)


@pytest.mark.parametrize(("step", "event"), MOVES)
def test_a_step_begins_when_the_event_came_and_without_the_help_of_the_one_before(step: Step, event: str) -> None:
    before = replace(at(step), notice=Saying("hint.closer")).needs_help(Saying("help.asked"), 101.0)
    after = EVENTS[event](before, 103.0)
    assert after.since == 103.0 + (PACE.pose if event == "later" else 0.0)
    assert after.help is None
    assert after.notice != before.notice


def test_who_touched_the_screen_and_then_laid_a_card_on_the_reader_is_there() -> None:
    named = Sitting(Step.IDENTIFY, 90.0).touched(100.0).identified(SITTER, 101.0)
    assert named.present(100.0 + PACE.presence, PACE)
    assert not named.present(100.1 + PACE.presence, PACE)


def test_on_a_slow_machine_who_was_missed_in_one_of_three_analyses_is_not_gone() -> None:
    assert Pace().at(AnalysisRate(0.1)).presence == pytest.approx(30.0)
    assert Pace().at(AnalysisRate(0.5)).presence == Pace().presence, "never shorter"


def test_a_document_that_is_looked_for_is_told_of_and_each_look_after_it() -> None:
    looking = Sitting(Step.IDENTIFY, 100.0).shows_document(103.0)
    assert looking.notice == Saying("document.looking")
    assert looking.document_looked_at(Saying("document.almost")).notice == Saying("document.almost")


def test_what_was_asked_and_when_it_was_answered_stays_with_the_visit() -> None:
    asked = at(Step.CONSENT).consented(AT, 103.0, ("glasses", "hair"))
    assert (asked.consent_at, asked.questions, asked.prepared_at) == (AT, ("glasses", "hair"), None)
    answered = asked.prepared(AT, 109.0)
    assert (answered.questions, answered.prepared_at) == (("glasses", "hair"), AT)


def test_exactly_steady_for_long_enough_is_long_enough() -> None:
    assert at(Step.POSE).advised(replace(READY, steady_for=PACE.steady), 103.0, PACE).step is Step.COUNTDOWN


# ------------------------------------------------------------------ trouble


@pytest.mark.parametrize("step", [step for step in Step if step not in UNTROUBLED])
def test_trouble_leads_back_to_what_it_interrupted_and_a_shot_is_posed_for_again(step: Step) -> None:
    again = at(step).troubled(Saying("trouble.guidance"), 103.0).retried(109.0)
    assert again.step is (Step.POSE if step in (Step.COUNTDOWN, Step.SHOOT) else step)
    assert (again.since, again.notice, again.came_from) == (109.0, None, None)


def test_only_from_trouble_there_is_a_way_back() -> None:
    for sitting in (replace(at(Step.POSE), came_from=Step.REVIEW), replace(at(Step.TROUBLE), came_from=None)):
        assert sitting.retried(103.0) is sitting


@pytest.mark.parametrize("step", Step)
def test_trouble_may_turn_out_to_be_another_and_nothing_else_is_told_of_it(step: Step) -> None:
    before, absent = replace(at(step), notice=Saying("camera.lost")), Saying("camera.absent")
    after = before.still_troubled(absent)
    assert after == (replace(before, notice=absent) if step is Step.TROUBLE else before)


def test_a_portrait_that_does_not_come_is_told_as_that() -> None:
    shooting = at(Step.SHOOT)
    assert shooting.ticked(99.9 + PACE.shoot, PACE) is shooting
    assert shooting.ticked(100.0 + PACE.shoot, PACE).notice == Saying("trouble.no_portrait")


# ------------------------------------------------------------------ the last four characters


@pytest.mark.parametrize("step", [step for step in Step if step is not Step.LAST_FOUR])
def test_characters_are_typed_only_where_they_are_asked_for(step: Step) -> None:
    for sitting in (at(step), replace(at(step), checking=True)):
        assert sitting.typed_last_four(103.0) is sitting
        assert sitting.last_four_wrong(Saying("last_four.wrong"), 103.0) is sitting
        assert sitting.awaits_somebody("code") is sitting.awaits_somebody("id_card")
    assert not at(Step.LAST_FOUR).awaits_somebody("code")
    assert at(Step.LAST_FOUR).awaits_somebody("id_card")


def test_while_they_are_checked_or_locked_nothing_is_typed() -> None:
    for busy in (replace(at(Step.LAST_FOUR), checking=True), replace(at(Step.LAST_FOUR), locked=True)):
        assert busy.typed_last_four(103.0) is busy


def test_typing_is_a_touch_and_takes_the_last_answer_away() -> None:
    wrong = Saying("last_four.wrong", {"left": 2})
    typed = replace(at(Step.LAST_FOUR), notice=wrong).typed_last_four(103.0)
    assert (typed.checking, typed.notice, typed.touched_at, typed.since) == (True, None, 103.0, 100.0)
    refused = typed.last_four_wrong(wrong, 107.0)
    assert (refused.checking, refused.locked, refused.notice, refused.touched_at) == (False, False, wrong, 107.0)
    assert refused.since == 100.0, "it is the same step"
    assert typed.last_four_wrong(wrong, 107.0, locked=True).locked


@pytest.mark.parametrize("event", ["identified", "vouched", "types"])
def test_of_the_keypad_nothing_is_left_once_it_is_known_who_sits_here(event: str) -> None:
    known = EVENTS[event](replace(at(Step.LAST_FOUR), locked=event != "types"), 103.0)
    assert (known.step, known.checking, known.locked) == (Step.CONSENT, False, False)
    assert known.ticked(103.0 + PACE.consent, PACE).step is Step.ENDED, "in the time of that step"


# ------------------------------------------------------------------ who is there


@pytest.mark.parametrize("step", [Step.IDLE, Step.COUNTDOWN, Step.SHOOT])
def test_where_nothing_waits_for_a_touch_it_changes_nothing(step: Step) -> None:
    sitting = at(step)
    assert sitting.touched(103.0) is sitting
    assert sitting.help_over() is sitting, "nobody has asked for any"


@pytest.mark.parametrize("step", [Step.DONE, Step.ENDED, Step.DOCUMENT])
def test_where_no_visit_is_lost_nobody_is_asked_whether_they_are_there(step: Step) -> None:
    assert at(step).warning(99.9 + getattr(PACE, step.value), PACE) is None
