"""On a slow machine a visit still reaches its shot, and nobody is photographed moving or blinking."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.standards.registry import load_standard
from kiosk.guidance.analysis_rate import REQUIRED_RATE_HZ, AnalysisRate
from kiosk.guidance.coaching.timing import CoachTiming
from kiosk.guidance.live import LiveGuidance
from kiosk.guidance.verdict import Outcome
from kiosk.visit.step import Step
from kiosk.visit.timeouts import VisitTimeouts
from kiosk.workers.live_analysis import LiveAnalyzer
from tests.kiosk.visit.harness import CARD, VisitHarness, studio
from tests.kiosk.workers.slow_machine import SlowVisit, slow_visit

__all__ = ["studio"]


@pytest.fixture(scope="module")
def guide() -> Iterator[LiveGuidance]:
    """One guidance for all tests: loading its networks takes half a second."""
    guidance = LiveGuidance(load_standard("chsi"))
    yield guidance
    guidance.close()


@pytest.fixture(params=[3.0, 0.8], ids=lambda rate: f"{rate:g} a second")
def visit(request: pytest.FixtureRequest, tmp_path: Path, guide: LiveGuidance) -> Iterator[SlowVisit]:
    running = slow_visit(tmp_path, request.param, guide)
    yield running
    running.studio.controller.close()
    running.studio.outbox.close()
    running.camera.close()


def is_shooting(visit: SlowVisit) -> bool:
    return visit.studio.step is Step.SHOOT


def test_a_neutral_sitter_is_photographed(visit: SlowVisit) -> None:
    visit.scene("right")
    began = visit.studio.now
    assert visit.play(30, lambda: is_shooting(visit)), visit.advices[-1]
    assert len(visit.studio.camera.requests) == 1
    assert visit.studio.now - began <= 3 + 2.5 / visit.rate + VisitTimeouts().countdown + 2.5 / visit.rate


def test_the_rate_is_measured(visit: SlowVisit) -> None:
    visit.scene("right")
    visit.play(12)
    rate = visit.meter.rate
    assert rate is not None
    assert rate.rate_hz == pytest.approx(visit.rate, rel=0.15)
    assert rate.required_hz == REQUIRED_RATE_HZ
    assert rate.slow


def test_a_fault_is_reported_and_corrected(visit: SlowVisit) -> None:
    visit.scene("too_near")
    assert visit.play(10, lambda: bool(visit.advices) and visit.advices[-1].hint == "hint.back")
    visit.scene("right")
    assert visit.play(30, lambda: is_shooting(visit))


def test_a_sitter_who_never_stops_moving_is_not_photographed(visit: SlowVisit) -> None:
    """The sitter moves back and forth. At 0.8 analyses a second only the earlier frame of each analysis shows it: the
    sitter begins to move when that frame is taken, and has stopped long before the next analysis."""
    visit.scene("right")
    assert visit.play(20, lambda: visit.studio.step is Step.COUNTDOWN)
    first = len(visit.advices)
    for turn in range(12):
        visit.scene("right" if turn % 2 else "off_centre")
        assert not visit.play(0.1, lambda: is_shooting(visit)), "one analysis"
    moved = [v.outcome for advice in visit.advices[first:] for v in advice.verdicts if v.rule == "stillness"]
    assert set(moved) <= {Outcome.FAIL, Outcome.UNSURE}
    assert visit.studio.step is Step.POSE


def test_shut_eyes_stop_the_countdown(visit: SlowVisit) -> None:
    visit.scene("right")
    assert visit.play(20, lambda: visit.studio.step is Step.COUNTDOWN)
    visit.scene("eyes_shut")
    assert not visit.play(10, lambda: is_shooting(visit))
    assert visit.advices[-1].eyes_shut
    visit.scene("right")
    assert visit.play(20, lambda: is_shooting(visit))


def test_a_blink_at_the_end_of_the_countdown_is_waited_out(visit: SlowVisit) -> None:
    visit.scene("right")
    assert visit.play(20, lambda: visit.studio.step is Step.COUNTDOWN)
    began = visit.studio.now

    def remaining() -> float:
        return began + visit.studio.controller.timeouts.countdown - visit.studio.now

    visit.play(20, lambda: remaining() < 1.0 + 1.2 / visit.rate)
    visit.scene("eyes_shut")
    visit._advance(0.75)  # until they are shut
    assert visit.play(1.0 / visit.rate, lambda: visit.advices[-1].eyes_shut)
    visit.scene("right")
    assert 0 < remaining() < 1.0 / visit.rate, "control: the next analysis is not overdue when the countdown ends"
    visit._advance(remaining() + 0.1)
    assert visit.studio.step is Step.COUNTDOWN
    assert visit.play(2.0 / visit.rate, lambda: is_shooting(visit))
    assert not visit.advices[-1].eyes_shut


def test_at_the_required_rate_nothing_changes() -> None:
    quick = AnalysisRate(REQUIRED_RATE_HZ)
    assert VisitTimeouts().for_rate(quick) == VisitTimeouts().for_rate(None) == VisitTimeouts()
    assert CoachTiming().for_rate(quick) == CoachTiming().for_rate(None) == CoachTiming()


def test_timeouts_grow_with_the_period() -> None:
    slow = AnalysisRate(0.5)
    timeouts, timing = VisitTimeouts().for_rate(slow), CoachTiming().for_rate(slow)
    assert (timeouts.all_clear, timeouts.countdown) == (3.0, 5.0)
    assert timeouts.pose == pytest.approx(180 + 60 * 1.8)
    assert (timing.max_frame_gap, timing.max_unmeasured) == (5.0, 3.0)
    assert timing.call_help_after == pytest.approx(15 + 6 * 1.8)
    assert VisitTimeouts().for_rate(AnalysisRate(0.01)).pose == 180 + 600, "the extension is limited"


def test_the_shot_waits_for_an_overdue_analysis_but_not_forever(studio: VisitHarness) -> None:
    studio.analyzer.rate = AnalysisRate(0.5)
    studio.to_countdown()
    studio.now += 5.0  # the countdown is over, and the last analysis older than it should be
    studio.controller.process_events()
    assert studio.step is Step.COUNTDOWN
    studio.now += 2.1
    studio.controller.process_events()
    assert studio.step is Step.SHOOT


def test_a_portrait_is_waited_for_as_long_as_the_engine_works_on_it(studio: VisitHarness) -> None:
    studio.to_shoot()
    studio.engine.is_busy = True
    for _ in range(100):
        studio.now += 10
        studio.controller.process_events()
    assert studio.step is Step.SHOOT
    studio.engine.is_busy = False
    studio.now += VisitTimeouts().shoot - 1
    studio.controller.process_events()
    assert studio.step is Step.SHOOT, "its result may be on the way"
    studio.now += 1
    studio.controller.process_events()
    assert studio.step is Step.ERROR


def test_slowness_is_reported_once_and_so_is_its_end() -> None:
    reported: list[AnalysisRate | None] = []
    analyzer = LiveAnalyzer(lambda after: None, lambda advice, frame: None, lambda error: None, on_rate=reported.append)
    for measured in (30.0, 4.9, 2.0, 5.1, 4.9, 5.9, 6.1, 30.0):
        analyzer._rate = AnalysisRate(measured)
        analyzer._report_rate()
    assert reported == [AnalysisRate(4.9), None]


def test_a_sitter_s_time_begins_when_the_analysis_does(studio: VisitHarness) -> None:
    """The networks are still being loaded. A student once saw only "one moment" until the time was up."""
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    studio.controller.consent()
    studio.analyzer.is_starting = True
    for _ in range(40):
        studio.now += 10
        studio.controller.process_events()
    assert studio.step is Step.POSE
    studio.analyzer.is_starting = False
    studio.now += VisitTimeouts().pose - 1
    studio.controller.process_events()
    assert studio.step is Step.POSE
    studio.now += 1
    studio.controller.process_events()
    assert studio.step is Step.ENDED


def test_an_analysis_that_never_begins_does_not_keep_a_sitter_forever(studio: VisitHarness) -> None:
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    studio.controller.consent()
    studio.analyzer.is_starting = True
    for _ in range(200):
        studio.now += 10
        studio.controller.process_events()
    assert studio.step is not Step.POSE
