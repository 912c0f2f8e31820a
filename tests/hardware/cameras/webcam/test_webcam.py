"""Webcams with the real OpenCV over HTTP and over V4L2: disconnections, frozen streams and settings."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from hardware.cameras.api import CameraProblem
from hardware.cameras.webcam import WebcamCamera, WebcamSettings
from tests.hardware.cameras.conftest import NetworkCamera, VideoDevice
from tests.hardware.cameras.mjpeg_server import SIZE, mirrored
from tests.hardware.cameras.supervised_camera import SHORT_TIMEOUTS, SupervisedCamera, jpeg, supervise
from tests.hardware.cameras.test_video_device import sha256

pytestmark = pytest.mark.process

QUICK = WebcamSettings.read().model_copy(update={"read_timeout": 0.6})


def opened(camera: NetworkCamera) -> WebcamCamera:
    webcam = WebcamCamera(camera.spec.removeprefix("webcam:"), settings=QUICK)
    webcam.open()
    webcam.frame()  # control: it runs
    return webcam


def reason_of(webcam: WebcamCamera) -> str:
    """Return the reason why live view ends; frames in transit arrive first."""
    for _ in range(200):
        try:
            webcam.frame()
        except CameraProblem as problem:
            return problem.reason
    raise AssertionError("live view continues")


def test_an_unplugged_camera_is_lost_and_a_new_object_finds_it_again(network_camera: NetworkCamera) -> None:
    webcam = opened(network_camera)
    network_camera.send_command("unplug")
    assert reason_of(webcam) == "lost"
    with pytest.raises(CameraProblem) as caught:
        WebcamCamera(network_camera.spec.removeprefix("webcam:"), settings=QUICK).open()
    assert caught.value.reason == "absent"
    network_camera.send_command("plug")
    opened(network_camera).close()


def test_a_frozen_stream_is_hung(network_camera: NetworkCamera) -> None:
    webcam = opened(network_camera)
    network_camera.send_command("freeze")
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


def test_truncated_pictures_are_skipped(network_camera: NetworkCamera) -> None:
    webcam = opened(network_camera)
    network_camera.send_command("cut")
    for _ in range(10):
        assert (webcam.frame()[-8:] != 128).any(), "a decoder fills missing parts with grey"
        assert sha256(webcam.shoot().data) == sha256(jpeg(*SIZE)), "every second one is truncated"
    webcam.close()


def test_the_address_of_a_network_camera_contains_no_password(capfd: pytest.CaptureFixture[str]) -> None:
    webcam = WebcamCamera("http://someone:secret@127.0.0.1:1/video", settings=QUICK)
    with pytest.raises(CameraProblem) as caught:
        webcam.open()
    assert caught.value.reason == "absent"
    output = capfd.readouterr()
    assert "secret" not in str(caught.value) + output.out + output.err


@pytest.fixture
def preloaded(video_device: VideoDevice, monkeypatch: pytest.MonkeyPatch) -> VideoDevice:
    """The device, preloaded in every camera process that is started from now on."""
    for name, value in video_device.environment.items():
        monkeypatch.setenv(name, value)
    return video_device


def assert_live(camera: SupervisedCamera) -> None:
    frame = camera.frame()
    assert frame.pixels.shape == (720, 1280, 3)
    with Image.open(io.BytesIO(camera.shot().data)) as still:
        assert still.size == (1920, 1080)


def test_a_video_device_that_is_unplugged_and_plugged_in_again(preloaded: VideoDevice) -> None:
    with supervise("webcam:/dev/video0") as camera:
        camera.wait_for("live")
        assert_live(camera)
        preloaded.unplug()
        camera.wait_for("live", "lost")
        preloaded.plug()
        camera.wait_for("live", "lost", "live")
        assert_live(camera)


def test_a_video_device_that_freezes(preloaded: VideoDevice) -> None:
    # The driver's read ends after the 3 s of webcam.toml, so the watchdog must be slower.
    with supervise("webcam:0", replace(SHORT_TIMEOUTS, heartbeat=30.0)) as camera:
        camera.wait_for("live")
        assert_live(camera)
        preloaded.freeze()
        camera.wait_for("live", "hung")
        preloaded.thaw()
        camera.wait_for("live", "hung", "live")
        assert_live(camera)


def test_a_video_device_that_returns_as_another_one(preloaded: VideoDevice) -> None:
    with supervise("webcam:name:fake") as camera:
        camera.wait_for("live")
        preloaded.unplug()
        camera.wait_for("live", "lost")
        preloaded.plug(2)
        camera.wait_for("live", "lost", "live")
        assert_live(camera)


def test_a_video_device_that_another_program_uses_and_releases(preloaded: VideoDevice) -> None:
    preloaded.trigger("busy")
    with supervise("webcam") as camera:
        camera.wait_for("lost")
        problem = camera.state_of_kind("lost").problem
        assert problem is not None
        assert problem.reason == "taken"
        preloaded.clear("busy")
        camera.wait_for("lost", "live")
        assert_live(camera)


def test_a_video_device_that_changes_its_size_without_notice(preloaded: VideoDevice) -> None:
    preloaded.set_picture("shrunk.jpg", jpeg(640, 480))
    with supervise("webcam") as camera:
        camera.wait_for("live")
        assert_live(camera)
        preloaded.trigger("shrunk")
        camera.wait_for("live", "lost", "live")
        info = camera.states[-1].info
        assert info is not None
        assert info.shot_size == (640, 480), "opened again, with its current size"


def test_no_device_is_absent() -> None:
    with pytest.raises(CameraProblem) as caught:
        WebcamCamera("/dev/video99", settings=QUICK).open()
    assert caught.value.reason == "absent"
