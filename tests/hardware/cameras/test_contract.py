"""Every driver meets the same contract."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hardware.cameras.api import Camera, CameraProblem
from hardware.cameras.registry import open_driver
from hardware.simulators.ptp_camera.simulated_dslr import SimulatedDslr
from tests.hardware.cameras.conftest import NetworkCamera, VideoDevice
from tests.hardware.cameras.contract import CHECKS, Open
from tests.hardware.cameras.supervised_camera import TIMEOUT_S, jpeg, script
from tests.paths import ROOT
from tests.waiting import scale_timeout

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def body(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedDslr]:
    """A tethered camera; libgphoto2 writes its own settings to the home folder."""
    pytest.importorskip("gphoto2")
    with pytest.MonkeyPatch.context() as patch, SimulatedDslr("--size", "600x400", "--delay", "0.01") as dslr:
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        yield dslr


@pytest.fixture(params=["folder", "scripted", "webcam over http", "studio", "dslr over ptpip"])
def new(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Camera]]:
    if request.param == "folder":
        (tmp_path / "one.jpg").write_bytes(jpeg(2000, 1500))
        yield lambda: open_driver(f"folder:{tmp_path}")
    elif request.param == "scripted":
        spec = script(tmp_path, "")
        yield lambda: open_driver(spec)
    elif request.param == "webcam over http":
        camera: NetworkCamera = request.getfixturevalue("network_camera")
        yield lambda: open_driver(camera.spec)
    elif request.param == "dslr over ptpip":
        body: SimulatedDslr = request.getfixturevalue("body")
        yield lambda: open_driver(f"dslr:ptpip:127.0.0.1:{body.port}")
    else:
        pytest.importorskip("hardware.simulators.studio_camera.driver")
        yield lambda: open_driver("studio")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_driver(check: Callable[[Open], None], new: Open) -> None:
    check(new)


def test_a_video_device_of_linux_keeps_the_contract_too(video_device: VideoDevice) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "tests.hardware.cameras.contract", "webcam:0"],
        env={**os.environ, **video_device.environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=scale_timeout(TIMEOUT_S),
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("passed:") == len(CHECKS)


@pytest.mark.parametrize(
    "spec",
    ["", "studio:2", "folder", "folder:", "webcam:", "webcam:first", "leica", "scripted:", "dslr:", "dslr:serial:"],
)
def test_a_wrong_setting_is_reported_in_one_sentence_with_the_known_ones(spec: str) -> None:
    with pytest.raises(CameraProblem) as caught:
        open_driver(spec)
    assert caught.value.reason == "spec"
    for language in ("en", "zh_CN"):
        sentence = caught.value.in_language(language)
        assert "folder:PATH" in sentence
        assert "\n" not in sentence
