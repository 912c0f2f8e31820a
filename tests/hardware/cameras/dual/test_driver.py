"""Two cameras behave like one whose live view has the framing of the shot."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from config.arrays import Pixels
from config.similarity import Similarity
from hardware.cameras.api import Camera, CameraHealth, CameraProblem
from hardware.cameras.dual.calibration import DriftMonitor, calibrate
from hardware.cameras.dual.driver import DualCamera
from hardware.cameras.dual.framing import Framing, camera_label, read_framing, write_framing
from hardware.cameras.dual.matching import FramingProblem
from hardware.cameras.dual.settings import dual_camera_settings
from hardware.cameras.registry import open_driver
from tests.hardware.cameras.conftest import NetworkCamera
from tests.hardware.cameras.contract import CHECKS, Open
from tests.hardware.cameras.dual.synthetic_scenes import (
    LIVE,
    LIVE_POSITION,
    SHOT,
    SHOT_POSITION,
    TwoFolders,
    degrade,
    scene,
    true_error,
    two_folders,
    view_of,
)
from tests.hardware.cameras.supervised_camera import supervise


@pytest.fixture(scope="module")
def photographed(tmp_path_factory: pytest.TempPathFactory) -> TwoFolders:
    """Two cameras with pictures of one scene; in `knocked` the live camera has moved, and `wall` shows a plain wall."""
    folders = two_folders(tmp_path_factory.mktemp("pair"))
    folders.add("a", scene())
    knocked = Similarity(LIVE_POSITION.scale, LIVE_POSITION.roll, LIVE_POSITION.x + 0.05, LIVE_POSITION.y)
    folders.add("knocked", scene(), live=knocked)
    folders.add("wall", np.full((800, 1000, 3), 128, np.uint8))
    return folders


@pytest.fixture(scope="module")
def framed(photographed: TwoFolders) -> Path:
    """The file with the framing of the two cameras."""
    file = photographed.live.parent / "framing.toml"
    live, shot = (open_driver(f"folder:{folder}") for folder in (photographed.live, photographed.shot))
    write_framing(file, calibrate(live, shot))
    return file


@pytest.fixture
def pair(photographed: TwoFolders, framed: Path) -> Iterator[DualCamera]:
    camera = open_driver(photographed.spec, framing=framed)
    assert isinstance(camera, DualCamera)
    camera.open()
    yield camera
    camera.close()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_pair_is_a_camera(check: Callable[[Open], None], photographed: TwoFolders, framed: Path) -> None:
    check(lambda: open_driver(photographed.spec, framing=framed))


def test_the_framing_is_found_to_within_its_error(framed: Path) -> None:
    framing = read_framing(framed)
    assert framing is not None
    assert true_error(framing.similarity, LIVE_POSITION, SHOT_POSITION).max() <= framing.error
    assert framing.missed == 0


def test_the_live_view_has_the_framing_of_the_shot(pair: DualCamera, photographed: TwoFolders) -> None:
    view = pair.frame()
    assert (view.shape[1], view.shape[0]) == SHOT
    with Image.open(io.BytesIO(pair.shoot().data)) as picture:
        shot = np.asarray(picture.convert("RGB"))
    assert correlation(view, shot) > 0.9
    assert correlation(view, np.roll(shot, 12, axis=1)) < 0.8  # a shift of twelve pixels would be detected


def test_a_shot_is_the_shot_cameras_own_file(pair: DualCamera, photographed: TwoFolders) -> None:
    shot = pair.shoot()
    assert shot.data == (photographed.shot / "a.jpg").read_bytes()
    assert shot.camera.simulated


def test_without_a_framing_nothing_is_shown_and_shots_are_taken(photographed: TwoFolders) -> None:
    camera = open_driver(photographed.spec)
    camera.open()
    with pytest.raises(CameraProblem) as caught:
        camera.frame()
    assert caught.value.reason == "framing_unknown"
    assert camera.shoot().data
    camera.close()


def test_calibration_is_shown_and_stored(photographed: TwoFolders, tmp_path: Path) -> None:
    file = tmp_path / "framing.toml"
    camera = open_driver(photographed.spec, framing=file)
    camera.open()
    camera.send_command("calibrate")
    camera.shoot()
    assert camera.frame().shape == (400, 600, 3)
    camera.close()
    another = open_driver(photographed.spec, framing=file)
    another.open()
    assert another.frame().shape == (400, 600, 3)
    another.close()


def test_calibration_on_a_wall_warns_and_keeps_the_old_framing(pair: DualCamera, framed: Path) -> None:
    before = framed.read_bytes()
    pair.send_command("show wall.png")
    pair.send_command("shot show wall.jpg")
    pair.send_command("calibrate")
    pair.shoot()
    assert warnings_of(pair) == ("framing_few",)
    assert framed.read_bytes() == before
    pair.frame()


def test_a_live_view_that_is_mirrored_is_recognized(photographed: TwoFolders, tmp_path: Path) -> None:
    with Image.open(photographed.live / "a.png") as picture:
        picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "mirrored.png")
    with pytest.raises(FramingProblem) as caught:
        calibrate(open_driver(f"folder:{tmp_path}"), open_driver(f"folder:{photographed.shot}"))
    assert caught.value.warning == "framing_mirrored"


def test_a_camera_that_moves_during_calibration_gives_no_framing(photographed: TwoFolders) -> None:
    live, shot = (open_driver(f"folder:{folder}") for folder in (photographed.live, photographed.shot))
    take = shot.shoot

    def moving() -> object:
        live.send_command("show knocked")
        return take()

    shot.shoot = moving  # type: ignore[assignment, method-assign]
    with pytest.raises(FramingProblem) as caught:
        calibrate(live, shot)
    assert caught.value.warning == "framing_moved"


def test_a_border_that_the_live_camera_does_not_cover_is_reported(photographed: TwoFolders, tmp_path: Path) -> None:
    folders, file = two_folders(tmp_path), tmp_path / "framing.toml"
    folders.add("a", scene(), live=Similarity(1.5, 0.0, -0.31, -0.17))
    camera = open_driver(folders.spec, framing=file)
    camera.open()
    camera.send_command("calibrate")
    camera.shoot()
    assert (camera.frame()[3:-3, :8] == 128).all()
    assert warnings_of(camera) == ("framing_border",)
    camera.close()


def test_a_knocked_camera_is_detected_by_the_shots(pair: DualCamera) -> None:
    pair.send_command("live show knocked")
    warnings = [warnings_after_shot(pair) for _ in range(5)]
    assert warnings[0] == ()  # one shot is no proof
    assert warnings[-1] == ("framing_drifted",)


def test_a_sitter_who_moves_to_and_fro_is_no_drift(photographed: TwoFolders, framed: Path) -> None:
    monitor, shot = monitor_of_three(framed), (photographed.shot / "a.jpg").read_bytes()
    for shift in (0.04, -0.04, 0.0):
        moved = Similarity(LIVE_POSITION.scale, LIVE_POSITION.roll, LIVE_POSITION.x + shift, LIVE_POSITION.y)
        assert monitor.check(degrade(view_of(scene(), moved, LIVE), seed=3), shot) == ""


def test_shots_that_cannot_be_matched_make_the_framing_unsure(photographed: TwoFolders, framed: Path) -> None:
    monitor, wall = monitor_of_three(framed), (photographed.shot / "wall.jpg").read_bytes()
    live = view_of(scene(), LIVE_POSITION, LIVE)
    assert [monitor.check(live, wall) for _ in range(3)] == ["", "", "framing_unsure"]


def test_a_camera_turned_on_its_side_is_drift(photographed: TwoFolders, framed: Path) -> None:
    monitor, turned = monitor_of_three(framed), io.BytesIO()
    with Image.open(photographed.shot / "a.jpg") as picture:
        picture.transpose(Image.Transpose.ROTATE_90).save(turned, "JPEG")
    live = view_of(scene(), LIVE_POSITION, LIVE)
    assert [monitor.check(live, turned.getvalue()) for _ in range(3)][-1] == "framing_drifted"


@pytest.mark.process
def test_a_lost_live_camera_is_a_lost_pair_and_is_named(
    network_camera: NetworkCamera, photographed: TwoFolders, tmp_path: Path
) -> None:
    spec, file = f"dual:{network_camera.spec}+folder:{photographed.shot}", tmp_path / "framing.toml"
    write_framing(file, identity_framing(network_camera.spec, f"folder:{photographed.shot}"))
    with supervise(spec, driver=partial(open_driver, framing=file)) as camera:
        camera.frame()
        network_camera.send_command("unplug")
        camera.wait_for("live", "lost")
        assert_message(camera.state_of_kind("lost").problem, "camera.dual_live")
        network_camera.send_command("plug")
        camera.wait_for("live", "lost", "live")
        camera.frame()


@pytest.mark.process
def test_a_lost_shot_camera_is_a_lost_pair_and_is_named(photographed: TwoFolders, framed: Path, tmp_path: Path) -> None:
    folders = two_folders(tmp_path)
    for side in ("live", "shot"):
        shutil.copytree(getattr(photographed, side), getattr(folders, side), dirs_exist_ok=True)
    with supervise(folders.spec, driver=partial(open_driver, framing=framed)) as camera:
        camera.frame()
        folders.shot.rename(tmp_path / "away")
        with pytest.raises(CameraProblem):
            camera.shot()
        camera.wait_for("live", "lost")
        assert_message(camera.state_of_kind("lost").problem, "camera.dual_shot")
        (tmp_path / "away").rename(folders.shot)
        camera.wait_for("live", "lost", "live")
        assert camera.shot().data


@pytest.mark.parametrize(
    "spec", ["dual:", "dual:folder:/a", "dual:folder:/a+leica", "dual:folder:/a+folder:/b+folder:/c", "dual:+folder:/b"]
)
def test_a_pair_has_exactly_two_cameras(spec: str) -> None:
    with pytest.raises(CameraProblem) as caught:
        open_driver(spec)
    assert caught.value.reason == "spec"


def test_a_plus_in_the_name_of_a_folder_is_no_separator(tmp_path: Path) -> None:
    folders = two_folders(tmp_path / "a+b")
    folders.add("a", scene(width=400, height=300))
    camera = open_driver(folders.spec)
    assert camera.open().shot_size == SHOT
    camera.close()


def monitor_of_three(framed: Path) -> DriftMonitor:
    """Return a drift monitor that needs three shots for a warning."""
    framing = read_framing(framed)
    assert framing is not None
    return DriftMonitor(framing, dual_camera_settings().model_copy(update={"drift_shots": 3}))


def identity_framing(live_spec: str, shot_spec: str) -> Framing:
    """Return a framing for these two cameras that leaves the live camera's picture unchanged."""
    live, shot = open_driver(live_spec), open_driver(shot_spec)
    infos = live.open(), shot.open()
    live.close()
    shot.close()
    names = [camera_label(info) for info in infos]
    return Framing(1.0, 0.0, 0.0, 0.0, 0.001, 100, 0.0, *names, infos[0].frame_size, infos[1].shot_size, "2026-06-01")


def assert_message(problem: CameraProblem | None, key: str) -> None:
    assert problem is not None
    assert problem.key == key
    for language in ("en", "zh_CN"):
        assert "{" not in problem.in_language(language)


def correlation(one: Pixels, other: Pixels) -> float:
    """Return the correlation of two pictures, 1 for equal ones."""
    return float(np.corrcoef(one.astype(float).ravel(), other.astype(float).ravel())[0, 1])


def warnings_after_shot(camera: DualCamera) -> tuple[str, ...]:
    camera.frame()
    camera.shoot()
    return warnings_of(camera)


def warnings_of(camera: Camera) -> tuple[str, ...]:
    assert isinstance(camera, DualCamera)
    for event in camera.poll_events():
        assert isinstance(event, CameraHealth)
    return camera.health.warnings
