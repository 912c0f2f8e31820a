"""A webcam's live view with the shots of a tethered DSLR, with the real libgphoto2."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("gphoto2")

from hardware.cameras.dual.framing import read_framing
from hardware.cameras.registry import open_driver
from hardware.simulators.ptp_camera.simulated_dslr import SimulatedDslr
from tests.hardware.cameras.dual.synthetic_scenes import (
    LIVE_POSITION,
    SHOT_POSITION,
    TwoFolders,
    scene,
    true_error,
    two_folders,
)
from tests.hardware.cameras.supervised_camera import supervise

pytestmark = pytest.mark.process


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TwoFolders:
    monkeypatch.setenv("HOME", str(tmp_path))  # libgphoto2 stores its settings there
    folders = two_folders(tmp_path)
    folders.add("a", scene())
    return folders


@pytest.fixture
def dslr(folders: TwoFolders) -> Iterator[SimulatedDslr]:
    with SimulatedDslr("--lens", f"folder:{folders.shot}", "--delay", "0.01") as camera:
        yield camera


def test_after_a_calibration_command_the_pair_shows_shoots_and_reconnects(
    folders: TwoFolders, dslr: SimulatedDslr, tmp_path: Path
) -> None:
    file = tmp_path / "framing.toml"
    spec = f"dual:folder:{folders.live}+dslr:ptpip:127.0.0.1:{dslr.port}"
    with supervise(spec, driver=partial(open_driver, framing=file)) as camera:
        camera.wait_for("live")
        camera.supervisor.send_command("calibrate")
        assert camera.shot().data
        view = camera.frame().pixels
        framing = read_framing(file)
        assert framing is not None
        assert true_error(framing.similarity, LIVE_POSITION, SHOT_POSITION).max() <= framing.error
        shot = camera.shot()
        assert shot.data == (folders.shot / "a.jpg").read_bytes()
        with Image.open(io.BytesIO(shot.data)) as picture:
            assert np.corrcoef(np.asarray(picture).ravel(), view.ravel())[0, 1] > 0.9
        dslr.unplug()
        camera.wait_for("live", "lost")
        problem = camera.state_of_kind("lost").problem
        assert problem is not None
        assert problem.key == "camera.dual_shot"
        dslr.plug()
        camera.wait_for("live", "lost", "live")
        assert camera.shot().data == shot.data
