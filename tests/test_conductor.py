"""The conductor: a visit's parts together, with real files and a real outbox, and devices that obey the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from config.problem import Problem
from config.standard import PhotoStandard, standard
from hardware.cameras.camera import CameraInfo, CameraProblem, Frame, Shot
from hardware.cameras.supervisor import CameraState
from hardware.identity.reader import CardReading
from kiosk.capture.originals import Kept, Originals
from kiosk.capture.portrait import PhotoProblem, Portrait
from kiosk.conductor import Conductor
from kiosk.guidance.advice import Advice
from kiosk.guidance.best_shot import ShotLook
from kiosk.guidance.questions import no_questions, questions
from kiosk.guidance.verdict import Outcome, Verdict
from kiosk.parts import Clocks, Parts
from kiosk.sitting import Pace, Saying, Sitting, Step
from kiosk.upload.envelope import Ending, StudentState, WireCampaign, WireStudent
from kiosk.upload.outbox import Outbox
from kiosk.upload.roster_book import Found, RosterBook
from kiosk.upload.visit import Item
from kiosk.visits import VisitKeeper
from tests.waiting import eventually

INFO = CameraInfo("test", "Test", "1", True, (8, 6), (8, 6))
SHOT = Shot(b"the original", "IMG_1.JPG", INFO)
CARD = CardReading("王小明", "990101200001011234", "mainland")
READY = Advice("hint.hold", ready=True, steady_for=9.0)
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)


def verdict(rule: str, outcome: Outcome, reason: str = "") -> Verdict:
    return Verdict(rule, outcome, 1.0, "ratio", 0.0, 2.0, reason)


@dataclass
class Camera:
    state: CameraState = field(default_factory=lambda: CameraState("live", INFO, None, 0.0))
    asked: list[Future[Shot]] = field(default_factory=list)
    busy: bool = False

    def newest(self, after: int = 0) -> Frame | None:
        return None

    def shoot(self) -> Future[Shot]:
        self.asked.append(Future())
        if self.busy:  # as the real one: refused at once
            self.asked[-1].set_exception(CameraProblem("camera.busy"))
        return self.asked[-1]


@dataclass
class Analyst:
    watching: bool = False

    def watch(self, standard: PhotoStandard) -> None:
        self.watching = True

    def pause(self) -> None:
        self.watching = False


@dataclass
class Engine:
    asked: list[Future[tuple[Portrait, Kept]]] = field(default_factory=list)
    looks: list[ShotLook] = field(default_factory=list)  # what is seen of the next shots

    def develop(
        self, shot: Kept, standard: PhotoStandard, camera: Mapping[str, object]
    ) -> Future[tuple[Portrait, Kept]]:
        self.asked.append(Future())
        return self.asked[-1]

    def look(self, shot: Kept, standard: PhotoStandard) -> Future[ShotLook]:
        seen: Future[ShotLook] = Future()
        seen.set_result(self.looks.pop(0) if self.looks else ShotLook(()))
        return seen


@dataclass
class Roster:
    captured: list[str] = field(default_factory=list)
    refusal: Problem | None = None

    def find(self, number: str, now: datetime) -> Found:
        if self.refusal:
            raise self.refusal
        campaign = WireCampaign(
            code="zgdemo",
            school="School",
            title="2026",
            standard="chsi",
            background="blue",
            opens=NOW - timedelta(days=1),
            closes=NOW + timedelta(days=1),
            simulated=True,
        )
        student = WireStudent(
            id="a" * 32,
            campaign="zgdemo",
            name="王*明",
            number_hash="0" * 64,
            last_four="1234",
            state=StudentState.EXPECTED,
            progress_url="http://localhost/p/x",
        )
        return Found(student, campaign)

    def mark_captured(self, student: str) -> None:
        self.captured.append(student)


class Disk(Originals):
    """Originals whose disk can be filled by the test."""

    full = False

    def write(self, kept: Kept, data: bytes) -> None:
        if self.full:
            raise PhotoProblem("photo.disk_full")
        super().write(kept, data)


class Studio:
    """The conductor with everything around it, and a clock that only the test moves."""

    def __init__(
        self,
        folder: Path,
        on_change: Callable[[Sitting], None] = lambda sitting: None,
        burst: int = 1,
        questions: Callable[[PhotoStandard], tuple[str, ...]] = no_questions,
    ) -> None:
        self.now = 100.0
        self.camera, self.analyst, self.engine, self.roster = Camera(), Analyst(), Engine(), Roster()
        self.disk = Disk(folder / "files")
        self.outbox = Outbox(folder / "outbox.db")
        keeper = VisitKeeper(self.disk, self.outbox, lambda: None)
        parts = Parts(self.camera, self.analyst, self.engine, keeper, cast(RosterBook, self.roster))
        clocks = Clocks(lambda: self.now, lambda: NOW)
        self.conductor = Conductor(parts, Pace(), "2026-1", clocks, on_change, burst=burst, questions=questions)

    @property
    def step(self) -> Step:
        return self.conductor.sitting.step

    def until(self, happened: Callable[[], object]) -> None:
        eventually(happened, self.conductor.pump)

    def to_shoot(self) -> None:
        """A card, consent, all well, the countdown: up to the moment the camera is asked."""
        self.conductor.hear_card(CARD)
        self.conductor.pump()
        self.conductor.consent()
        self.pose_right()

    def pose_right(self) -> None:
        asked = len(self.camera.asked)
        self.conductor.hear_advice(READY, cast(Frame, None))
        self.conductor.pump()
        assert self.step is Step.COUNTDOWN
        self.now += Pace().countdown
        self.conductor.pump()
        assert self.step is Step.SHOOT
        assert len(self.camera.asked) == asked + 1

    def portrait(self) -> tuple[Portrait, Kept]:
        kept = Originals(self.disk.folder).keep(b"a portrait", "portrait.jpg")
        return Portrait(b"a portrait", kept.sha256, (), {"standard": "chsi"}), kept

    def to_review(self) -> None:
        self.to_shoot()
        self.camera.asked[-1].set_result(SHOT)
        self.until(lambda: self.engine.asked)
        self.engine.asked[-1].set_result(self.portrait())
        self.until(lambda: self.step is Step.REVIEW)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    made = Studio(tmp_path)
    yield made
    made.conductor.close()
    made.outbox.close()


def test_what_was_asked_before_posing_is_noted_with_the_visit(tmp_path: Path) -> None:
    studio = Studio(tmp_path, questions=questions)
    studio.conductor.hear_card(CARD)
    studio.conductor.pump()
    studio.conductor.consent()
    assert studio.step is Step.PREPARE
    assert not studio.analyst.watching
    studio.conductor.prepared()
    studio.pose_right()
    studio.camera.asked[-1].set_result(SHOT)
    studio.until(lambda: studio.engine.asked)
    studio.engine.asked[-1].set_result(studio.portrait())
    studio.until(lambda: studio.step is Step.REVIEW)
    studio.conductor.accept()
    studio.until(lambda: studio.step is Step.DONE)
    item = studio.outbox.lease(60)
    assert item is not None
    noted = item.submission().consent
    assert (noted.asked, noted.ready_at) == (questions(standard("chsi")), NOW)
    studio.conductor.close()
    studio.outbox.close()


def test_a_visit_from_card_to_goodbye(studio: Studio) -> None:
    studio.to_review()
    studio.conductor.accept()
    studio.until(lambda: studio.step is Step.DONE)
    assert studio.roster.captured == ["a" * 32]
    item = studio.outbox.lease(60)
    assert item is not None
    assert item.submission().ending is Ending.ACCEPTED
    assert studio.disk.read(item.chosen.original) == SHOT.data


def test_the_original_is_safe_before_the_engine_sees_it(studio: Studio) -> None:
    studio.to_shoot()
    assert studio.outbox.counts().open == 0
    studio.camera.asked[-1].set_result(SHOT)
    studio.until(lambda: studio.engine.asked)
    assert studio.outbox.counts().open == 1
    assert studio.disk.read(studio.outbox.interrupted()[0].chosen.original) == SHOT.data


def test_a_full_disk_is_told_and_the_same_shot_is_kept_on_retry(studio: Studio) -> None:
    studio.disk.full = True
    studio.to_shoot()
    studio.camera.asked[-1].set_result(SHOT)
    studio.until(lambda: studio.step is Step.TROUBLE)
    assert studio.conductor.sitting.notice is not None
    assert studio.conductor.sitting.notice.key == "photo.disk_full"
    assert studio.outbox.counts().open == 0, "a shot that is not on disk is not in the outbox either"
    studio.disk.full = False
    studio.conductor.retry()
    studio.until(lambda: studio.engine.asked)
    assert len(studio.camera.asked) == 1, "the shot in hand is kept; the sitter is not photographed again"
    assert studio.outbox.counts().open == 1


def test_a_camera_lost_while_posing_interrupts_and_brings_back(studio: Studio) -> None:
    studio.conductor.hear_card(CARD)
    studio.conductor.pump()
    studio.conductor.consent()
    lost = CameraState("lost", INFO, CameraProblem("camera.lost"), 0.0)
    studio.camera.state = lost
    studio.conductor.hear_camera(lost)
    studio.conductor.pump()
    assert studio.step is Step.TROUBLE
    studio.camera.state = CameraState("live", INFO, None, 0.0)
    studio.conductor.hear_camera(studio.camera.state)
    studio.conductor.pump()
    assert studio.step is Step.POSE
    assert studio.analyst.watching


def test_without_a_camera_the_visit_says_so_instead_of_posing(studio: Studio) -> None:
    studio.camera.state = CameraState("lost", None, CameraProblem("camera.absent"), 0.0)
    studio.conductor.hear_card(CARD)
    studio.conductor.pump()
    studio.conductor.consent()
    assert studio.step is Step.TROUBLE
    assert studio.conductor.sitting.notice is not None
    assert studio.conductor.sitting.notice.key == "camera.absent"


def test_a_shot_that_does_not_come_goes_back_to_posing_with_its_reason(studio: Studio) -> None:
    studio.to_shoot()
    studio.camera.asked[-1].set_exception(CameraProblem("camera.slow"))
    studio.until(lambda: studio.step is Step.POSE)
    assert studio.conductor.sitting.notice is not None
    assert studio.conductor.sitting.notice.key == "camera.slow"


def test_a_shot_without_portrait_says_why_and_is_still_sent_if_the_sitter_gives_up(studio: Studio) -> None:
    studio.to_shoot()
    studio.camera.asked[-1].set_result(SHOT)
    studio.until(lambda: studio.engine.asked)
    studio.engine.asked[-1].set_exception(PhotoProblem("photo.no_face"))
    studio.until(lambda: studio.step is Step.POSE)
    studio.conductor.leave()
    studio.until(lambda: studio.outbox.counts().ready == 1)
    item = studio.outbox.lease(60)
    assert item is not None
    sent = item.submission()
    assert (sent.ending, sent.portrait) == (Ending.INTERRUPTED, None)
    assert sent.trouble == str(PhotoProblem("photo.no_face"))


def test_a_retake_is_the_same_submission_with_the_newest_shot_chosen(studio: Studio) -> None:
    studio.to_review()
    studio.conductor.retake()
    studio.pose_right()
    studio.camera.asked[-1].set_result(Shot(b"a second original", "IMG_2.JPG", INFO))
    studio.until(lambda: len(studio.engine.asked) == 2)
    studio.engine.asked[-1].set_result(studio.portrait())
    studio.until(lambda: studio.step is Step.REVIEW)
    studio.conductor.accept()
    studio.until(lambda: studio.outbox.counts().ready == 1)
    item = studio.outbox.lease(60)
    assert item is not None
    assert studio.disk.read(item.chosen.original) == b"a second original"
    assert len(item.submission().retaken) == 1


def test_a_late_portrait_of_a_sitter_who_left_does_not_touch_the_next_one(studio: Studio) -> None:
    studio.to_shoot()
    studio.camera.asked[-1].set_result(SHOT)
    studio.until(lambda: studio.engine.asked)
    studio.conductor.leave()
    studio.to_shoot()
    studio.engine.asked[0].set_result(studio.portrait())
    studio.until(lambda: studio.outbox.counts().ready == 1)
    assert studio.step is Step.SHOOT, "the next sitter still waits for their own shot"
    assert studio.conductor.sitting.portrait is None
    item = studio.outbox.lease(60)
    assert item is not None
    assert item.submission().ending is Ending.INTERRUPTED


def test_a_card_that_may_not_be_taken_is_told_in_words(studio: Studio) -> None:
    studio.roster.refusal = Problem("roster.unknown")
    studio.conductor.hear_card(CARD)
    studio.conductor.pump()
    assert studio.step is Step.IDENTIFY
    assert studio.conductor.sitting.notice is not None
    assert studio.conductor.sitting.notice.key == "roster.unknown"


def test_a_card_put_down_while_somebody_else_is_posing_changes_nothing(studio: Studio) -> None:
    studio.to_shoot()
    before = studio.conductor.sitting
    studio.conductor.hear_card(CARD)
    studio.conductor.pump()
    assert studio.conductor.sitting is before


def test_a_screen_that_fails_does_not_stop_the_visit(tmp_path: Path) -> None:
    def fails(sitting: Sitting) -> None:
        raise RuntimeError("cannot draw")

    studio = Studio(tmp_path, on_change=fails)
    studio.to_review()
    assert studio.outbox.counts().open == 1
    studio.conductor.close()
    studio.outbox.close()


def test_a_camera_that_comes_after_consent_takes_the_visit_on(studio: Studio) -> None:
    studio.camera.state = CameraState("lost", None, CameraProblem("camera.absent"), 0.0)
    studio.conductor.hear_card(CARD)
    studio.conductor.pump()
    studio.conductor.consent()
    studio.camera.state = CameraState("live", INFO, None, 0.0)
    studio.conductor.hear_camera(studio.camera.state)
    studio.conductor.pump()
    studio.pose_right()
    assert studio.step is Step.SHOOT


def test_a_late_shot_stays_with_whom_it_shows(studio: Studio) -> None:
    studio.to_shoot()
    studio.camera.asked[-1].set_exception(CameraProblem("camera.slow"))
    studio.until(lambda: studio.step is Step.POSE)
    studio.conductor.leave()
    studio.camera.busy = True
    studio.to_shoot()  # the next sitter
    studio.until(lambda: studio.step is Step.POSE)
    studio.conductor.hear_late_shot(Shot(b"the one before", "IMG_0.JPG", INFO))
    studio.until(lambda: studio.engine.asked)
    studio.engine.asked[-1].set_exception(PhotoProblem("photo.no_face"))
    studio.until(lambda: studio.outbox.counts().ready == 1)
    assert (studio.step, studio.conductor.sitting.shots) == (Step.POSE, 0)
    studio.conductor.leave()
    studio.conductor.pump()
    assert len(studio.outbox.items()) == 1, "the next sitter has no picture yet"


def test_a_portrait_of_the_shot_before_is_neither_shown_nor_sent_as_this_ones(studio: Studio) -> None:
    studio.to_shoot()
    studio.camera.asked[-1].set_exception(CameraProblem("camera.slow"))
    studio.until(lambda: studio.step is Step.POSE)
    studio.conductor.hear_late_shot(Shot(b"late", "IMG_0.JPG", INFO))
    studio.until(lambda: len(studio.engine.asked) == 1)
    studio.pose_right()
    studio.engine.asked[0].set_result(studio.portrait())
    studio.camera.asked[-1].set_result(SHOT)
    studio.until(lambda: len(studio.engine.asked) == 2)
    assert studio.step is Step.SHOOT
    second = studio.portrait()
    studio.engine.asked[1].set_result(second)
    studio.until(lambda: studio.step is Step.REVIEW)
    studio.conductor.accept()
    studio.until(lambda: studio.outbox.counts().ready == 1)
    item = studio.outbox.lease(60)
    assert item is not None
    assert (studio.disk.read(item.shot), item.portrait) == (SHOT.data, second[1])
    assert item.shots[0].portrait not in (None, second[1])


def test_a_touch_on_retake_after_accept_changes_nothing(studio: Studio) -> None:
    studio.to_review()
    studio.conductor.accept()
    studio.conductor.retake()
    studio.until(lambda: studio.step is Step.DONE)
    assert studio.outbox.counts().ready == 1


# ------------------------------------------------------------------------------------------------------------- bursts

FAST = CameraInfo("test", "Test", "1", True, (8, 6), (8, 6), burst=3)
SHUT = verdict("eyes_open", Outcome.FAIL, "rule.eyes_open.low")
DARK = verdict("exposure", Outcome.FAIL, "rule.exposure.low")


@pytest.fixture
def fast(tmp_path: Path) -> Iterator[Studio]:
    """A studio whose camera can take three in a row."""
    made = Studio(tmp_path, burst=3)
    made.camera.state = CameraState("live", FAST, None, 0.0)
    yield made
    made.conductor.close()
    made.outbox.close()


def take(studio: Studio, number: int) -> None:
    """The camera delivers the shot of that number, once it has been asked for it."""
    studio.until(lambda: len(studio.camera.asked) == number)
    studio.camera.asked[-1].set_result(Shot(f"original {number}".encode(), f"IMG_{number}.JPG", FAST))


def take_three(studio: Studio, *looks: ShotLook) -> None:
    studio.engine.looks = list(looks)
    studio.to_shoot()
    for number in (1, 2, 3):
        take(studio, number)


def accepted(studio: Studio) -> Item:
    studio.engine.asked[-1].set_result(studio.portrait())
    studio.until(lambda: studio.step is Step.REVIEW)
    studio.conductor.accept()
    studio.until(lambda: studio.outbox.counts().ready == 1)
    item = studio.outbox.lease(60)
    assert item is not None
    return item


def test_of_a_burst_the_best_is_developed_and_sent_and_all_are_kept(fast: Studio) -> None:
    take_three(fast, ShotLook((SHUT,)), ShotLook((), 0.3, 0.4), ShotLook((), 0.3, 0.2))
    fast.until(lambda: fast.engine.asked)
    assert fast.conductor.sitting.shots == 1, "a burst is one photo to the sitter"
    item = accepted(fast)
    assert fast.disk.read(item.shot) == b"original 2"
    assert {fast.disk.read(shot.original) for shot in item.shots} == {b"original 1", b"original 2", b"original 3"}
    assert item.submission().portrait is not None
    assert len(fast.engine.asked) == 1


def test_a_slow_camera_takes_one(studio: Studio) -> None:
    studio.to_review()
    assert len(studio.camera.asked) == 1


def test_a_camera_that_is_slow_today_takes_one_as_well(fast: Studio) -> None:
    fast.to_shoot()
    fast.now += 3
    take(fast, 1)
    fast.until(lambda: fast.engine.asked)
    assert len(fast.camera.asked) == 1


def test_a_burst_that_breaks_off_goes_on_with_what_there_is(fast: Studio) -> None:
    fast.to_shoot()
    take(fast, 1)
    fast.until(lambda: len(fast.camera.asked) == 2)
    fast.camera.asked[-1].set_exception(CameraProblem("camera.slow"))
    fast.until(lambda: fast.engine.asked)
    assert fast.step is Step.SHOOT
    fast.conductor.hear_late_shot(Shot(b"late", "IMG_2.JPG", FAST))
    item = accepted(fast)
    assert fast.disk.read(item.shot) == b"original 1", "what comes late is kept, and not sent instead of what was shown"
    assert {fast.disk.read(shot.original) for shot in item.shots} == {b"original 1", b"late"}


def test_who_leaves_in_the_middle_of_a_burst_is_not_photographed_any_more(fast: Studio) -> None:
    fast.to_shoot()
    take(fast, 1)
    fast.until(lambda: len(fast.camera.asked) == 2)
    fast.conductor.leave()
    take(fast, 2)
    fast.until(lambda: fast.engine.asked)
    fast.engine.asked[-1].set_result(fast.portrait())
    fast.until(lambda: fast.outbox.counts().ready == 1)
    assert len(fast.camera.asked) == 2


def test_a_full_disk_in_the_middle_of_a_burst_costs_no_shot(fast: Studio) -> None:
    fast.to_shoot()
    take(fast, 1)
    fast.until(lambda: len(fast.camera.asked) == 2)
    fast.disk.full = True
    take(fast, 2)
    fast.until(lambda: fast.step is Step.TROUBLE)
    fast.disk.full = False
    fast.conductor.retry()
    take(fast, 3)
    fast.until(lambda: fast.engine.asked)
    shots = fast.outbox.interrupted()[0].shots
    assert {fast.disk.read(s.original) for s in shots} == {b"original 1", b"original 2", b"original 3"}


def test_a_shot_with_shut_eyes_is_refused_in_words_and_taken_again_unasked(fast: Studio) -> None:
    take_three(fast, *[ShotLook((SHUT,))] * 3)
    fast.until(lambda: fast.step is Step.POSE)
    assert fast.conductor.sitting.notice == Saying("photo.refused", {"why": Saying("rule.eyes_open.low")})
    assert fast.engine.asked == []
    fast.conductor.leave()
    fast.until(lambda: fast.outbox.counts().ready == 1)
    item = fast.outbox.lease(60)
    assert item is not None
    assert item.submission().trouble == "In this one the eyes are not open. Let us take another right away."


def test_after_two_refusals_the_portrait_is_shown_with_what_is_wrong(studio: Studio) -> None:
    studio.engine.looks = [ShotLook((SHUT,))] * 3
    studio.to_shoot()
    for number in (1, 2):
        take(studio, number)
        studio.until(lambda: studio.step is Step.POSE)
        studio.pose_right()
    take(studio, 3)
    studio.until(lambda: studio.engine.asked)
    assert studio.step is Step.SHOOT


def test_what_the_sitter_cannot_mend_is_no_reason_to_refuse(fast: Studio) -> None:
    take_three(fast, *[ShotLook((DARK,))] * 3)
    fast.until(lambda: fast.engine.asked)
    assert fast.step is Step.SHOOT
