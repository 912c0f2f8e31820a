"""The rendered faults of the benchmark have their described effect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.metrics.registry import measure
from tests.bench import rendered_backdrop as backdrop
from tests.bench import rendered_face as expression
from tests.bench import rendered_light as light
from tests.bench import rendered_pose as pose
from tests.bench import rendered_wear as wear
from tests.bench.rendered_faults import Model, changes
from tests.bench.rendered_scene import Scene, photograph, to_codes, to_light
from tests.bench.rendered_sitters import Sitter
from tests.kiosk.guidance.pictures import astronaut

Measuring = Callable[[Scene], dict[str, float]]


@pytest.fixture(scope="module")
def sitter(finder: FaceFinder) -> Sitter:
    """The astronaut, cut out roughly by the person mask."""
    detections = finder.find(astronaut())
    mask = detections.person_mask_at((512, 512))
    assert mask is not None
    return Sitter("astronaut", to_light(astronaut()), np.clip(mask * 1.5 - 0.2, 0, 1), detections.faces[0])


@pytest.fixture(scope="module")
def scene(sitter: Sitter) -> Scene:
    return sitter.scene()


@pytest.fixture(scope="module")
def measure_scene(finder: FaceFinder) -> Measuring:
    def values(scene: Scene) -> dict[str, float]:
        picture = photograph(scene)
        return {name: m.value for name, m in measure(picture, finder.find(picture)).items() if m.value is not None}

    return values


@pytest.fixture(scope="module")
def before(measure_scene: Measuring, scene: Scene) -> dict[str, float]:
    return measure_scene(scene)


def test_a_scene_gives_the_same_bytes_again_and_another_does_not(scene: Scene) -> None:
    assert np.array_equal(photograph(scene), photograph(scene))
    assert not np.array_equal(photograph(scene), photograph(light.change_exposure(scene, -0.5)))


def test_code_values_go_to_light_and_back() -> None:
    codes = np.arange(256, dtype=np.uint8)
    assert np.abs(to_codes(to_light(codes)) - codes).max() < 0.6


def test_no_two_changes_have_the_same_name() -> None:
    titles = [change.title for change in changes()]
    assert len(titles) == len(set(titles))


def test_every_kind_of_change_can_be_rendered_and_every_fault_shows(sitter: Sitter) -> None:
    small = replace(sitter, frame=(320, 240))
    model = Model(small.scene(), small, small)
    before = photograph(model.scene).astype(int)
    for change in {change.name: change for change in changes()}.values():
        picture = change.render(model)
        assert picture is not None, change.title
        assert picture.dtype == np.uint8
        assert not change.faults or np.abs(picture - before).max() > 10, change.title


def test_the_sitter_is_rendered_at_the_requested_place(measure_scene: Measuring, sitter: Sitter) -> None:
    there = measure_scene(sitter.scene(0.18, (0.6, 0.35)))
    assert there["face_size"] == pytest.approx(0.18, abs=0.01)
    assert there["face_x"] == pytest.approx(0.1, abs=0.01)
    assert there["eye_y"] == pytest.approx(0.35, abs=0.01)


@pytest.mark.parametrize("angle", [-15.0, 15.0])
def test_a_turned_head_turns_to_the_labelled_side(
    measure_scene: Measuring, scene: Scene, before: dict, angle: float
) -> None:
    assert (measure_scene(pose.turn_head(scene, yaw=angle))["yaw"] - before["yaw"]) / angle > 0.4
    assert (measure_scene(pose.turn_head(scene, pitch=angle))["pitch"] - before["pitch"]) / angle > 0.4


def test_tilting_the_head_leaves_the_shoulders_and_tilting_the_shoulders_leaves_the_head(scene: Scene) -> None:
    chin, low = round(float(scene.face.chin[1])), round(float(scene.face.chin[1]) + scene.height)
    whole = photograph(scene).astype(int)
    tilted, askew = photograph(pose.tilt_head(scene, 8)), photograph(pose.tilt_shoulders(scene, 8))
    assert np.abs(tilted[low:].astype(int) - whole[low:]).mean() < 0.5
    assert np.abs(tilted[:chin].astype(int) - whole[:chin]).mean() > 2
    assert np.abs(askew[: chin - 30].astype(int) - whole[: chin - 30]).mean() < 0.5
    assert np.abs(askew[low:].astype(int) - whole[low:]).mean() > 2


def test_a_head_is_tilted_by_the_requested_angle(measure_scene: Measuring, scene: Scene, before: dict) -> None:
    assert measure_scene(pose.tilt_head(scene, 8))["roll"] - before["roll"] == pytest.approx(8, abs=1)


def test_eyes_shut_and_mouth_opens(measure_scene: Measuring, scene: Scene, before: dict) -> None:
    assert measure_scene(expression.set_eye_opening(scene, 0))["eye_opening"] < 0.6 * before["eye_opening"]
    assert measure_scene(expression.open_mouth(scene, 0.4))["mouth_opening"] > before["mouth_opening"] + 0.15


def test_the_irises_move_and_nothing_around_the_eyes(finder: FaceFinder, scene: Scene) -> None:
    face = finder.find(photograph(scene)).faces[0]
    moved = expression.shift_gaze(scene, 0.2)
    aside = finder.find(photograph(moved)).faces[0]
    assert (aside.left_iris - aside.left_eye - (face.left_iris - face.left_eye))[0] > 1
    assert (aside.right_iris - aside.right_eye - (face.right_iris - face.right_eye))[0] > 1
    changed = np.abs(moved.colours - scene.colours).max(axis=(1, 2)) > 0.01
    tall = scene.face.width * 0.12
    assert changed.any()
    assert np.abs(np.flatnonzero(changed) - scene.face.eyes[1]).max() < tall


def test_exposure_is_changed_in_stops(scene: Scene) -> None:
    darker = light.change_exposure(scene, -1)
    assert darker.colours.mean() == pytest.approx(scene.colours.mean() / 2, rel=1e-3)
    assert darker.behind.mean() == pytest.approx(scene.behind.mean() / 2, rel=1e-3)


def test_light_from_the_sitter_s_left_leaves_the_right_side_dark(
    measure_scene: Measuring, scene: Scene, before: dict
) -> None:
    assert measure_scene(light.add_side_light(scene, 1.5))["light_balance"] > before["light_balance"] + 0.2
    assert measure_scene(light.add_side_light(scene, -1.5))["light_balance"] < before["light_balance"] - 0.2


@pytest.mark.parametrize(
    "add_fault",
    [
        lambda scene: backdrop.add_wall_shadow(scene, 0.3),
        lambda scene: backdrop.uneven_light(scene, 1),
        lambda scene: backdrop.add_folds(scene, 0.15),
        lambda scene: backdrop.add_object(scene, 0.5),
    ],
)
def test_a_fault_of_the_backdrop_changes_nothing_of_the_sitter(
    scene: Scene, add_fault: Callable[[Scene], Scene]
) -> None:
    changed = add_fault(scene)
    assert changed.colours is scene.colours
    assert np.abs(changed.behind - scene.behind).max() > 0.02


def test_blur_reduces_sharpness_and_a_smear_has_a_direction(
    measure_scene: Measuring, scene: Scene, before: dict
) -> None:
    assert measure_scene(light.defocus(scene, 2))["sharpness"] < 0.8 * before["sharpness"]
    sideways, upright = (photograph(light.smear(scene, 0.06, angle)).astype(float) for angle in (0, 90))
    assert np.abs(np.diff(sideways, axis=1)).mean() < np.abs(np.diff(upright, axis=1)).mean()


def test_darker_skin_is_darker_and_nothing_else(scene: Scene) -> None:
    dark = wear.change_skin(scene, 0.4)
    cheek = tuple(scene.face.landmark(50).astype(int)[::-1])
    assert dark.colours[cheek].mean() < 0.55 * scene.colours[cheek].mean()
    assert np.array_equal(dark.behind, scene.behind)


def test_a_photograph_is_not_changed_in_ways_that_need_a_cut_out(sitter: Sitter) -> None:
    small = replace(sitter, frame=(320, 240)).scene()
    photograph = Model(replace(small, alpha=np.ones_like(small.alpha)))
    for change in {change.name: change for change in changes()}.values():
        picture = change.render(photograph)
        assert (picture is None) == change.cut_out, change.title
        assert picture is None or picture.shape == (240, 320, 3)
