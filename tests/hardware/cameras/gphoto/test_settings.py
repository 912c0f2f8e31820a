"""Settings are chosen by capability: with the dumps of nine real cameras, and with the simulated one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.cameras.api import CameraProblem
from hardware.cameras.gphoto.apply_config import apply_settings
from hardware.cameras.gphoto.camera_handle import CameraHandle
from hardware.cameras.gphoto.library_log import LibraryLog
from hardware.cameras.gphoto.profile import CameraProfile, DesiredSetting, read_profile
from hardware.simulators.ptp_camera.simulated_dslr import SimulatedDslr
from tests.hardware.cameras.gphoto.conftest import Open
from tests.hardware.cameras.gphoto.dumped_camera import DUMPS, DumpedCamera
from tests.hardware.cameras.gphoto.helpers import poll_until

ISO = DesiredSetting(settings=("iso",), preferred=("200",), required=True)


@pytest.fixture
def library_log() -> Iterator[LibraryLog]:
    log = LibraryLog()
    yield log
    log.close()


def profile() -> CameraProfile:
    return read_profile()


@pytest.mark.parametrize("name", DUMPS)
def test_settings_that_nine_cameras_offer_are_set_and_the_others_are_reported(
    name: str, library_log: LibraryLog
) -> None:
    camera = DumpedCamera(DUMPS[name])
    refused = apply_settings(CameraHandle(camera, library_log), {**profile().on_connect, "iso": ISO})
    assert list(refused) == DUMPS[name]["expect"]
    assert {node: camera.value(node) for node in DUMPS[name]["after"]} == DUMPS[name]["after"]


def test_a_setting_that_has_the_requested_value_is_not_set_again(library_log: LibraryLog) -> None:
    camera = DumpedCamera({"iso": ["200", "100", "200"]})
    assert apply_settings(CameraHandle(camera, library_log), {"iso": ISO}) == ()
    assert camera.set == []
    assert apply_settings(CameraHandle(camera, library_log), {"iso": ISO.model_copy(update={"force": True})}) == ()
    assert camera.set == ["iso"]


def test_the_first_value_that_the_camera_offers_is_taken(library_log: LibraryLog) -> None:
    camera = DumpedCamera({"liveviewsize": ["QVGA", "QVGA", "vga"]})
    setting = DesiredSetting(settings=("evfsize", "liveviewsize"), preferred=("XGA", "VGA", "QVGA"))
    assert apply_settings(CameraHandle(camera, library_log), {"size": setting}) == ()
    assert camera.value("liveviewsize") == "vga", "in upper or lower case"


def test_settings_for_the_shot_and_for_live_view_alternate(body: SimulatedDslr, opened: Open) -> None:
    lines = (
        "[shot.iso]",
        'settings = ["iso"]',
        'preferred = ["400"]',
        "[live_view.iso]",
        'settings = ["iso"]',
        'preferred = ["1600"]',
    )
    camera = opened(body, *lines)
    assert body.status()["settings"]["iso"] == 1600
    camera.shoot()
    assert body.status()["settings"]["iso"] == 400
    camera.frame()
    assert body.status()["settings"]["iso"] == 1600


def test_a_refused_setting_is_a_warning_and_no_error(body: SimulatedDslr, unopened: Open) -> None:
    body.send_command("set iso refused")
    camera = unopened(
        body,
        "[shot.iso]",
        'settings = ["iso"]',
        'preferred = ["400"]',
        "[shot.magic]",
        'settings = ["magic"]',
        "preferred = [1]",
    )
    assert camera.open().refused == ("iso",), "magic is not required, so its absence is not reported"
    events = poll_until(camera, lambda events: events)
    assert "settings_refused" in events[0].warnings  # type: ignore[union-attr]
    camera.shoot()


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        ('[shot.iso]\nsettings = ["iso"]', "shot.iso.preferred"),
        ("[timeouts]\nmirror_settle = -1", "timeouts.mirror_settle"),
        ("[patience]\nsettle = 1", "patience"),
        ('[shot.iso]\nsettings = ["iso"]\npreferred = [1]\nkeep_if = "("', "shot.iso.keep_if"),
        ("no toml", "own.toml"),
    ],
)
def test_a_wrong_settings_file_is_reported_with_its_key(tmp_path: Path, lines: str, key: str) -> None:
    own = tmp_path / "own.toml"
    own.write_text(lines, encoding="utf-8")
    with pytest.raises(CameraProblem) as caught:
        read_profile(own)
    assert caught.value.reason == "profile"
    for language in ("en", "zh_CN"):
        assert key in caught.value.in_language(language)
    assert "settings file" not in caught.value.in_language("zh_CN"), "the reason is in Chinese, too"
