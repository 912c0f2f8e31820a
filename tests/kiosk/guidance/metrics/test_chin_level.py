"""The level of the chin: 0 is the canonical face, only points on the skull count, and the band is wide."""

from __future__ import annotations

import random

import numpy as np
import pytest
from PIL import Image

from config.standards.registry import Stage, load_standard
from kiosk.guidance.coaching.coach import Coach
from kiosk.guidance.coaching.hints import HOLD_STILL
from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.metrics.pose import EAR_LANDMARKS, GLABELLA_LANDMARK, PITCH_SENSITIVITY, pitch
from kiosk.guidance.verdict import Metric, Outcome, evaluate
from tests.bench.canonical_face import LEVEL, seen_by_camera
from tests.kiosk.guidance.scripted_sitters import FRAME_S, RULES, good_value
from tests.paths import PHOTOS

SPREAD = 3.5  # one standard deviation between eight correct neutral studio faces, around 0
FRAME_NOISE = 1.5  # degrees from frame to frame, more than the mesh's own 0.5
STANDARDS = ("chsi", "guizhou", "xinhua-2020", "xinhua-upload")
STUDIO = sorted((PHOTOS / "studio").glob("london-*.jpg"))


def outcome(value: float, standard: str = "chsi", stage: Stage = Stage.SHOT) -> set[tuple[Outcome, str]]:
    rules = {n: rule for n, rule in load_standard(standard).rules_for(stage).items() if rule.metric == "pitch"}
    return {(v.outcome, v.reason.rpartition(".")[2]) for v in evaluate({"pitch": Metric("pitch", value, "deg")}, rules)}


def test_the_canonical_face_is_level() -> None:
    assert pitch(LEVEL) == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("nod", [-20.0, -8.0, 8.0, 20.0])
def test_a_nod_of_the_canonical_face_shows_its_whole_angle(nod: float) -> None:
    """Exact geometry shows the whole angle; the mesh shows PITCH_SENSITIVITY of it."""
    assert pitch(seen_by_camera(1e6, 0.0, nod)) * PITCH_SENSITIVITY == pytest.approx(nod, abs=0.1)


def test_a_camera_above_the_eyes_shows_the_chin_lower_by_its_angle() -> None:
    for height, angle in ((20.0, -5.7), (-20.0, 5.7)):
        assert pitch(seen_by_camera(200.0, height, 0.0)) * PITCH_SENSITIVITY == pytest.approx(angle, abs=0.5)


def test_the_lens_changes_the_pitch_by_less_than_the_noise_of_a_frame() -> None:
    """The perspective of a phone at arm's length, compared with a long lens."""
    assert abs(pitch(seen_by_camera(60.0, 0.0, 0.0)) - pitch(LEVEL)) < FRAME_NOISE


def test_neither_roll_nor_yaw_changes_the_pitch() -> None:
    face = seen_by_camera(1e6, 0.0, 10.0)
    c, s = np.cos(np.radians(12)), np.sin(np.radians(12))
    rolled = face.points @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]], np.float32)
    turned = (face.points - face.points[9]) @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]], np.float32)
    for points in (rolled, turned):
        assert pitch(Face(points.astype(np.float32))) == pytest.approx(pitch(face), abs=0.05)


def test_nothing_but_ears_and_brow_bone_counts() -> None:
    """Jaw, lips and cheeks do not change the pitch."""
    points = LEVEL.points.copy()
    others = [k for k in range(len(points)) if k not in (*EAR_LANDMARKS, GLABELLA_LANDMARK)]
    points[others] += 50
    assert pitch(Face(points)) == pitch(LEVEL)


@pytest.mark.parametrize("name", STANDARDS)
@pytest.mark.parametrize("stage", [Stage.LIVE, Stage.SHOT, Stage.PORTRAIT])
def test_a_neutral_face_passes(name: str, stage: Stage) -> None:
    """With an additional nod of 8 degrees up or down the rule must not fail."""
    for sigmas in (-2, -1, 0, 1, 2):
        assert outcome(sigmas * SPREAD, name, stage) == {(Outcome.PASS, "")}, sigmas
        for nod in (-8, 8):
            assert Outcome.FAIL not in {one for one, _ in outcome(sigmas * SPREAD + nod, name, stage)}


@pytest.mark.parametrize("name", STANDARDS)
def test_a_chin_15_degrees_off_does_not_pass_and_one_far_off_fails(name: str) -> None:
    for own in (-3, 0, 3):
        assert outcome(15 + own, name) <= {(Outcome.UNSURE, "high"), (Outcome.FAIL, "high")}
        assert outcome(-15 + own, name) <= {(Outcome.UNSURE, "low"), (Outcome.FAIL, "low")}
    assert outcome(20, name) == {(Outcome.FAIL, "high")}
    assert outcome(-25, name) == {(Outcome.FAIL, "low")}


@pytest.mark.parametrize("stage", [Stage.LIVE, Stage.SHOT, Stage.PORTRAIT])
def test_the_band_is_that_of_neutral_studio_faces(stage: Stage) -> None:
    """All but 3 of 102 read -11.2 to 9.3; the chin of the three is raised to 10.5 and more."""
    for value in (-11.2, 9.3):
        assert outcome(value, stage=stage) == {(Outcome.PASS, "")}
    for value, side in ((-12.0, "low"), (10.5, "high"), (16.9, "high")):
        assert outcome(value, stage=stage) == {(Outcome.UNSURE, side)}
    for value, side in ((-19.6, "low"), (18.1, "high")):
        assert outcome(value, stage=stage) == {(Outcome.FAIL, side)}


def play(pitch_at: float, seconds: float = 20.0) -> tuple[list[str], int, int]:
    """Return the hints in order, the first ready frame (0: none), and the number of later frames not ready."""
    rng, coach = random.Random(7), Coach(RULES)
    hints: list[str] = []
    first, lost = 0, 0
    for frame in range(round(seconds / FRAME_S)):
        values = {rule.metric: good_value(rule) for rule in RULES.values()}
        values["pitch"] = pitch_at + rng.gauss(0, FRAME_NOISE)
        metrics = {name: Metric(name, value, "") for name, value in values.items()}
        advice = coach.advise(evaluate(metrics, RULES), frame * FRAME_S)
        hints += [advice.hint] if not hints or hints[-1] != advice.hint else []
        if advice.ready and not first:
            first = frame
        lost += bool(first) and not advice.ready
    return hints, first, lost


@pytest.mark.parametrize("level", [-12.0, -2 * SPREAD, 0.0, 2 * SPREAD])
def test_a_sitter_gets_no_hint_about_the_chin_and_is_ready_at_once(level: float) -> None:
    """Many people hold the chin at -12 degrees for a portrait."""
    hints, first, lost = play(level)
    assert "hint.chin_down" not in hints
    assert "hint.chin_up" not in hints
    assert hints[-1] == HOLD_STILL
    assert 0 < first * FRAME_S < 2
    assert lost == 0


@pytest.mark.parametrize(("level", "hint"), [(-28.0, "hint.chin_up"), (24.0, "hint.chin_down")])
def test_a_raised_or_lowered_chin_gets_its_hint_and_is_not_ready(level: float, hint: str) -> None:
    hints, first, _ = play(level, 5.0)
    assert hint in hints
    assert first == 0


@pytest.mark.skipif(not STUDIO, reason="the photographs for measuring are not beside the repository")
@pytest.mark.parametrize("path", STUDIO, ids=lambda path: path.stem)
def test_a_neutral_studio_face_is_level(finder: FaceFinder, path) -> None:  # type: ignore[no-untyped-def]
    picture = np.asarray(Image.open(path).convert("RGB"))
    value = pitch(finder.find(picture).faces[0])
    assert abs(value) < 6
    assert outcome(value) == {(Outcome.PASS, "")}


def test_the_rule_states_the_reason_of_its_numbers() -> None:
    rule = load_standard("chsi").rules["pitch"]
    assert not rule.advice
    assert "canonical face" in (rule.rationale or "")
