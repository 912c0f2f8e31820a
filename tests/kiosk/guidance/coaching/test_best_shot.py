"""The choice of the best of several shots, and the faults for which a shot is repeated."""

from __future__ import annotations

import itertools

import pytest

from config.standards.registry import Stage, load_standard
from kiosk.guidance.coaching.best_shot import ShotQuality, best_index, retake_reason, shot_quality
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.detection.types import Detections
from kiosk.guidance.live import ImageAnalysis, analyze_image
from kiosk.guidance.verdict import Outcome, Verdict
from tests.kiosk.guidance.pictures import blur, place_astronaut


def verdict(rule: str, outcome: Outcome, side: str = "high") -> Verdict:
    reason = "" if outcome is Outcome.PASS else f"rule.{rule}.{side}"
    return Verdict(rule, outcome, 1.0, "ratio", 0.0, 2.0, reason)


GOOD = ShotQuality((verdict("eyes_open", Outcome.PASS),), 0.30, 0.40)
BLURRED = ShotQuality(GOOD.verdicts, 0.30, 0.30)
HALF_SHUT = ShotQuality(GOOD.verdicts, 0.20, 0.50)
DOUBTFUL = ShotQuality((verdict("yaw", Outcome.UNSURE),), 0.30, 0.50)
TURNED = ShotQuality((verdict("yaw", Outcome.FAIL),), 0.30, 0.50)
TURNED_AND_OPEN_MOUTHED = ShotQuality((verdict("yaw", Outcome.FAIL), verdict("mouth_closed", Outcome.FAIL)), 0.30, 0.50)
EYES_SHUT = ShotQuality((verdict("eyes_open", Outcome.FAIL, "low"),), 0.05, 0.60)
BEST_TO_WORST = (GOOD, BLURRED, DOUBTFUL, HALF_SHUT, TURNED, TURNED_AND_OPEN_MOUTHED, EYES_SHUT, None)


@pytest.mark.parametrize(("better", "worse"), itertools.combinations(BEST_TO_WORST, 2))
def test_the_better_of_two_shots_is_chosen_in_either_order(better: ShotQuality, worse: ShotQuality | None) -> None:
    assert best_index([better, worse]) == 0
    assert best_index([worse, better]) == 1


def test_the_first_of_equal_shots_is_chosen() -> None:
    assert best_index([GOOD, GOOD, GOOD]) == 0
    assert best_index([None, None]) == 0


@pytest.mark.parametrize(
    "unmeasured",
    [
        ShotQuality((verdict("yaw", Outcome.NOT_MEASURED),), 0.30, 0.50),
        ShotQuality(GOOD.verdicts, None, 0.50),
        ShotQuality(GOOD.verdicts, 0.30, None),
    ],
    ids=["rule", "eyes", "sharpness"],
)
def test_an_unmeasured_value_counts_against_a_shot(unmeasured: ShotQuality) -> None:
    assert best_index([unmeasured, GOOD]) == 1
    assert best_index([unmeasured, None]) == 0


def test_an_analysis_without_a_face_has_neither_eyes_nor_sharpness() -> None:
    assert shot_quality(ImageAnalysis({}, DOUBTFUL.verdicts, Detections((80, 60), ()))) == ShotQuality(
        DOUBTFUL.verdicts
    )


def test_narrow_eyes_are_only_compared_with_the_same_eyes() -> None:
    narrow = ShotQuality(GOOD.verdicts, 0.15, 0.4), ShotQuality(GOOD.verdicts, 0.14, 0.5)
    assert best_index(narrow) == 1, "both are open, the second is sharper"


def test_eyes_count_as_open_from_85_percent_of_the_widest() -> None:
    wide = ShotQuality(GOOD.verdicts, 1.0, 0.4)
    assert best_index([wide, ShotQuality(GOOD.verdicts, 0.85, 0.5)]) == 1, "as open, and sharper"
    assert best_index([wide, ShotQuality(GOOD.verdicts, 0.84, 0.5)]) == 0


@pytest.mark.parametrize(
    ("quality", "rule"), [(EYES_SHUT, "eyes_open"), (TURNED, "yaw"), (GOOD, None), (DOUBTFUL, None), (None, None)]
)
def test_a_shot_is_repeated_only_for_faults_of_the_sitter(quality: ShotQuality | None, rule: str | None) -> None:
    verdict_to_retake = retake_reason(quality)
    assert (verdict_to_retake.rule if verdict_to_retake else None) == rule


def test_light_and_backdrop_are_no_reason_to_repeat_a_shot_but_sharpness_is() -> None:
    light = (verdict("exposure", Outcome.FAIL), verdict("backdrop_shadow", Outcome.FAIL))
    assert retake_reason(ShotQuality(light)) is None
    reason = retake_reason(ShotQuality((*light, verdict("focus", Outcome.FAIL, "low"))))
    assert reason is not None
    assert reason.rule == "focus"


def test_the_number_of_faces_and_their_place_are_left_to_the_photo_engine() -> None:
    assert (
        retake_reason(ShotQuality((verdict("one_face", Outcome.FAIL), verdict("place_across", Outcome.FAIL)))) is None
    )


def test_the_sharp_one_of_real_shots_is_chosen(finder: FaceFinder) -> None:
    qualities = [
        shot_quality(analyze_image(shot, load_standard("chsi"), Stage.SHOT, finder))
        for shot in (blur(place_astronaut(), 2.5), place_astronaut(), blur(place_astronaut(), 1.0))
    ]
    assert best_index(qualities) == 1
    assert [quality.eye_opening is not None for quality in qualities] == [True] * 3
