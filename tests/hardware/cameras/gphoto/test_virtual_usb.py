"""The same driver on libgphoto2's virtual USB camera, in a separate process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("gphoto2")

from tests.hardware.cameras.gphoto.virtual_usb import USB_CHECKS
from tests.hardware.cameras.supervised_camera import TIMEOUT_S, jpeg
from tests.paths import ROOT
from tests.waiting import scale_timeout


def test_the_driver_passes_its_checks_on_libgphoto2s_own_virtual_camera(tmp_path: Path) -> None:
    card = tmp_path / "card"
    card.mkdir()
    (card / "picture.jpg").write_bytes(jpeg(640, 480))  # the size that the virtual camera reports
    result = subprocess.run(
        [sys.executable, "-m", "tests.hardware.cameras.gphoto.virtual_usb"],
        env={**os.environ, "VCAMERADIR": str(card), "HOME": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=scale_timeout(TIMEOUT_S),
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count("passed:") == len(USB_CHECKS)
