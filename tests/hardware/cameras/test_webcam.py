"""Webcams: the plug, the freeze and the settings, through the real OpenCV over HTTP and over V4L2."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from config.problem import Problem
from config.words import LANGUAGES, words
from hardware.cameras.camera import CameraProblem
from hardware.cameras.webcam import WebcamCamera, WebcamSettings
from hardware.cameras.webcam.controls import before_settling, once_settled
from hardware.cameras.webcam.driver import WARNINGS
from hardware.cameras.webcam.settling import settle
from hardware.cameras.webcam.stream import Picture
from tests.hardware.cameras.conftest import NetworkCamera, VideoDevice
from tests.hardware.cameras.mjpeg_server import SIZE, mirrored
from tests.hardware.cameras.test_video_device import sha256
from tests.hardware.cameras.watching import SHORT, Watched, jpeg, watched

QUICK = WebcamSettings.read().model_copy(update={"silence": 0.6})


def opened(camera: NetworkCamera) -> WebcamCamera:
    webcam = WebcamCamera(camera.spec.removeprefix("webcam:"), settings=QUICK)
    webcam.open()
    webcam.frame()  # the control: it runs
    return webcam


def reason_of(webcam: WebcamCamera) -> str:
    """The reason at which live view ends; frames already on their way come first."""
    for _ in range(200):
        try:
            webcam.frame()
        except CameraProblem as problem:
            return problem.reason
    raise AssertionError("live view goes on")


def test_pulling_the_plug_is_lost_and_a_new_object_finds_it_again(network_camera: NetworkCamera) -> None:
    webcam = opened(network_camera)
    network_camera.obey("unplug")
    assert reason_of(webcam) == "lost"
    with pytest.raises(CameraProblem) as caught:
        WebcamCamera(network_camera.spec.removeprefix("webcam:"), settings=QUICK).open()
    assert caught.value.reason == "absent"
    network_camera.obey("plug")
    opened(network_camera).close()


def test_a_frozen_stream_is_hung(network_camera: NetworkCamera) -> None:
    webcam = opened(network_camera)
    network_camera.obey("freeze")
    assert reason_of(webcam) == "hung"


def test_colours_are_red_green_blue_and_the_still_is_the_cameras_own_file(network_camera: NetworkCamera) -> None:
    webcam = opened(network_camera)
    # The server alternates two pictures, so the still may be the other one: compare with the nearer of the frames.
    frames = [webcam.frame().astype(np.float64) for _ in range(4)]
    data = webcam.shoot().data
    webcam.close()
    with Image.open(io.BytesIO(data)) as still:
        shot = np.asarray(still.convert("RGB"), np.float64)
    assert sha256(data) in {sha256(jpeg(*SIZE)), sha256(mirrored(jpeg(*SIZE)))}, "byte for byte"
    right = min(np.abs(shot - frame).mean() for frame in frames)
    swapped = min(np.abs(shot - frame[..., ::-1]).mean() for frame in frames)
    assert right < swapped / 3


def test_half_pictures_are_passed_over(network_camera: NetworkCamera) -> None:
    webcam = opened(network_camera)
    network_camera.obey("cut")
    for _ in range(10):
        assert (webcam.frame()[-8:] != 128).any(), "grey is what a decoder puts for what is missing"
        assert sha256(webcam.shoot().data) == sha256(jpeg(*SIZE)), "each second one is cut"
    webcam.close()


class PlayedStream:
    """A stream of ready pictures, as fast as they are read: every `spoilt`-th is cut (0: none).

    The n-th was exposed at n / rate seconds, and is padded with n bytes. `fresh` says of those without a time (`timed`
    False) from which one on they were waited for.
    """

    rate = 30.0

    def __init__(self, *, timed: bool = True, fresh: int = 0) -> None:
        self.spoilt = self.read_so_far = 0
        self._timed, self._fresh = timed, fresh

    def read(self, tries: int = 1) -> Picture:
        self.read_so_far += 1
        data = np.frombuffer(jpeg(32, 32), np.uint8)
        cut = self.spoilt and self.read_so_far % self.spoilt == 0
        data = data[: data.size // 2] if cut else np.append(data, np.zeros(self.read_so_far, np.uint8))
        return Picture(
            data, None, self.read_so_far / self.rate if self._timed else None, self.read_so_far >= self._fresh
        )

    def release(self) -> None:
        """Nothing is held."""


@pytest.mark.parametrize(("timed", "fresh"), [(True, 0), (False, 16)], ids=["timed", "untimed"])
def test_a_shot_shows_the_moment_at_which_it_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, timed: bool, fresh: int
) -> None:
    stream = PlayedStream(timed=timed, fresh=fresh)
    monkeypatch.setattr("hardware.cameras.webcam.driver.open_network", lambda *_: stream)
    webcam = WebcamCamera("http://here/", settings=QUICK, clock=lambda: 0.49)
    webcam.open()
    assert stream.read_so_far < 14, "the control: what is read next was exposed before 0.49 s"
    assert len(webcam.shoot().data) - len(jpeg(32, 32)) == 16, "at 16/30 s, by one exposure after it was asked for"


def test_a_source_that_never_lets_us_wait_is_shot_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = PlayedStream(timed=False, fresh=10_000)
    monkeypatch.setattr("hardware.cameras.webcam.driver.open_network", lambda *_: stream)
    webcam = WebcamCamera("http://here/", settings=QUICK)
    webcam.open()
    before = stream.read_so_far
    assert len(webcam.shoot().data) - len(jpeg(32, 32)) == before + 16, "when whatever lay ready is used up"


def test_a_cable_that_spoils_frames_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = PlayedStream(timed=False)
    monkeypatch.setattr("hardware.cameras.webcam.driver.open_network", lambda *_: stream)
    webcam = WebcamCamera("http://here/", settings=QUICK)
    webcam.open()

    def told(spoilt: int) -> list[tuple[str, ...]]:
        stream.spoilt = spoilt
        for _ in range(600):
            webcam.frame()
        return [health.warnings for health in webcam.heard()]

    assert told(spoilt=0) == [], "the control"
    assert told(spoilt=200) == [], "one in a while is nobody's fault"
    assert told(spoilt=20) == [("cable",)]
    assert told(spoilt=20) == [], "once"


def test_a_covered_lens_is_told_until_it_is_uncovered(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Tinted(moving=0)
    monkeypatch.setattr("hardware.cameras.webcam.driver.open_network", lambda *_: stream)
    webcam = WebcamCamera("http://here/", settings=QUICK)
    webcam.open()

    def told(level: int) -> list[tuple[str, ...]]:
        stream.level = level
        for _ in range(40):
            webcam.frame()
        return [health.warnings for health in webcam.heard()]

    assert told(120) == [], "the control"
    assert told(2) == [("black",)]
    assert told(2) == []
    assert told(60) == [()], "and taken back"


def test_nothing_but_spoilt_frames_is_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = PlayedStream(timed=False)
    monkeypatch.setattr("hardware.cameras.webcam.driver.open_network", lambda *_: stream)
    webcam = WebcamCamera("http://here/", settings=QUICK)
    webcam.open()
    webcam.shoot()  # the control
    stream.spoilt = 1
    for use in (webcam.frame, webcam.shoot):
        with pytest.raises(CameraProblem) as caught:
            use()
        assert caught.value.reason == "unreadable"


def test_the_address_of_a_network_camera_tells_no_password(capfd: pytest.CaptureFixture[str]) -> None:
    webcam = WebcamCamera("http://someone:secret@127.0.0.1:1/video", settings=QUICK)
    with pytest.raises(CameraProblem) as caught:
        webcam.open()
    assert caught.value.reason == "absent"
    said = capfd.readouterr()
    assert "secret" not in str(caught.value) + said.out + said.err


@pytest.fixture
def preloaded(video_device: VideoDevice, monkeypatch: pytest.MonkeyPatch) -> VideoDevice:
    """The device, there for every camera process that is started from now on."""
    for name, value in video_device.environment.items():
        monkeypatch.setenv(name, value)
    return video_device


def assert_live(seen: Watched) -> None:
    frame = seen.frame()
    assert frame.pixels.shape == (720, 1280, 3)
    with Image.open(io.BytesIO(seen.shot().data)) as still:
        assert still.size == (1920, 1080)


def test_a_video_device_that_is_unplugged_and_plugged_in_again(preloaded: VideoDevice) -> None:
    with watched("webcam:/dev/video0") as seen:
        seen.wait_for("live")
        assert_live(seen)
        preloaded.unplug()
        seen.wait_for("live", "lost")
        preloaded.plug()
        seen.wait_for("live", "lost", "live")
        assert_live(seen)


def test_a_video_device_that_freezes(preloaded: VideoDevice) -> None:
    # The driver gives up after the 3 s of webcam.toml, so the watchdog, which is behind it, must be slower.
    with watched("webcam:0", replace(SHORT, heartbeat=30.0)) as seen:
        seen.wait_for("live")
        assert_live(seen)
        preloaded.freeze()
        seen.wait_for("live", "hung")
        preloaded.thaw()
        seen.wait_for("live", "hung", "live")
        assert_live(seen)


def test_a_video_device_that_comes_back_as_another_one(preloaded: VideoDevice) -> None:
    with watched("webcam:name:fake") as seen:
        seen.wait_for("live")
        preloaded.unplug()
        seen.wait_for("live", "lost")
        preloaded.plug(2)
        seen.wait_for("live", "lost", "live")
        assert_live(seen)


def test_a_video_device_that_another_programme_holds_and_lets_go(preloaded: VideoDevice) -> None:
    preloaded.does("busy")
    with watched("webcam") as seen:
        seen.wait_for("lost")
        problem = seen.told("lost").problem
        assert problem is not None
        assert problem.reason == "taken"
        preloaded.does_no_more("busy")
        seen.wait_for("lost", "live")
        assert_live(seen)


def test_a_video_device_that_changes_its_size_behind_our_back(preloaded: VideoDevice) -> None:
    preloaded.has_picture("shrunk.jpg", jpeg(640, 480))
    with watched("webcam") as seen:
        seen.wait_for("live")
        assert_live(seen)
        preloaded.does("shrunk")
        seen.wait_for("live", "lost", "live")
        info = seen.states[-1].info
        assert info is not None
        assert info.shot_size == (640, 480), "opened anew, with what it sends now"


def test_no_device_is_absent() -> None:
    with pytest.raises(CameraProblem) as caught:
        WebcamCamera("/dev/video99", settings=QUICK).open()
    assert caught.value.reason == "absent"


def test_a_setting_of_the_stations_own_is_checked(tmp_path: Path) -> None:
    own = tmp_path / "webcam.toml"
    own.write_text("exposure = 100\npower_line = 60\n", encoding="utf-8")
    assert WebcamSettings.read(own) == WebcamSettings.read().model_copy(update={"exposure": 100, "power_line": 60})
    for wrong in ("power_line = 55", "exposure = -1", "colour = 3"):
        own.write_text(wrong, encoding="utf-8")
        with pytest.raises(Problem) as caught:
            WebcamSettings.read(own)
        assert caught.value.values["key"] == wrong.split()[0]
        assert caught.value.values["file"] == "webcam.toml"


@pytest.mark.parametrize("warning", WARNINGS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_warning_has_words(warning: str, language: str) -> None:
    assert words(language).has(f"camera.warning.{warning}")


class Tinted(PlayedStream):
    """A stream whose white balance moves for `moving` frames, at the same brightness."""

    def __init__(self, moving: int) -> None:
        super().__init__()
        self._moving, self.level = moving, 120

    def read(self, tries: int = 1) -> Picture:
        self.read_so_far += 1
        tint = 4 * max(0, self._moving - self.read_so_far)
        pixels = np.full((32, 32, 3), (self.level - tint, self.level, self.level + tint), np.uint8)
        return Picture(None, pixels, None, fresh=True)


def test_colour_is_waited_for_as_brightness_is() -> None:
    def frames_until_rest(stream: Tinted, at_least: float = 0.0) -> int:
        _, rests = settle(stream, 3.0, lambda: stream.read_so_far / 30, at_least)  # type: ignore[arg-type]
        assert rests
        return stream.read_so_far

    assert frames_until_rest(Tinted(moving=0)) == 6, "the control"
    assert frames_until_rest(Tinted(moving=20)) >= 24
    assert frames_until_rest(Tinted(moving=0), at_least=0.7) == 21, "0.7 s of 30 frames each"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_setting_that_can_be_refused_has_a_name_in_words(language: str) -> None:
    by_hand = QUICK.model_copy(update={"gain": 1, "white_balance": 5000, "focus": 1})
    by_itself = QUICK.model_copy(update={"exposure": 0})
    wishes = [wish for each in (by_hand, by_itself) for wish in (*before_settling(each), *once_settled(each))]
    names = {wish.name for wish in wishes} | {"format", "width", "height", "frames_per_second", "buffers"}
    assert len(names) == 17
    assert [name for name in sorted(names) if not words(language).has(f"camera.setting.{name}")] == []
