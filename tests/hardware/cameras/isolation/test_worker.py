"""The camera process ends with the kiosk, leaves nothing behind, and imports none of its modules."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from hardware.cameras.api import Camera, CameraInfo
from hardware.simulators.scripted_camera import ScriptedCamera
from tests.descriptors import open_descriptors
from tests.hardware.cameras.supervised_camera import SHORT_TIMEOUTS, TIMEOUT_S, script, supervise
from tests.paths import ROOT
from tests.waiting import scale_timeout

pytestmark = pytest.mark.process

KIOSK = """
import sys, threading
import PyQt5.QtCore, kiosk.visit.state          # as in a kiosk
from hardware.cameras.isolation.supervisor import CameraSupervisor
from tests.hardware.cameras.isolation.test_worker import open_introspective

def print_serial(state):
    if state.kind == "live":
        print(state.info.serial, flush=True)

if __name__ == "__main__":
    supervisor = CameraSupervisor(sys.argv[1], print_serial, driver=open_introspective)
    supervisor.start()
    sys.stdin.readline()
    if "stop" in sys.argv:
        supervisor.stop()
"""


class IntrospectiveCamera(ScriptedCamera):
    """A scripted camera whose serial number is JSON: its process, that process's modules and signals."""

    def open(self) -> CameraInfo:
        report = {
            "pid": os.getpid(),
            "modules": sorted(sys.modules),
            "ignores_interrupt": signal.getsignal(signal.SIGINT) is signal.SIG_IGN,
        }
        self._info = replace(super().open(), serial=json.dumps(report))
        return self._info


def open_introspective(spec: str) -> Camera:
    return IntrospectiveCamera(spec.removeprefix("scripted:"))


class Kiosk:
    """The process of a kiosk with a live camera; `camera` is the report of the camera process."""

    def __init__(self, folder: Path, *lines: str, how: str = "") -> None:
        program = folder / "kiosk_like.py"
        program.write_text(KIOSK)
        self.process = subprocess.Popen(
            [sys.executable, "-W", "always::ResourceWarning", program, script(folder, *lines), how],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            text=True,
        )
        assert self.process.stdout is not None
        self.camera = json.loads(self.process.stdout.readline())
        self.camera_process = psutil.Process(self.camera["pid"])

    def finish(self) -> tuple[int, str]:
        """Wait for the end of the kiosk; return its exit code and its stderr."""
        _, errors = self.process.communicate("\n", timeout=scale_timeout(TIMEOUT_S))
        return self.process.returncode, errors


def shared_memory() -> set[str]:
    return set(os.listdir("/dev/shm")) if os.path.isdir("/dev/shm") else set()


@pytest.mark.parametrize("lines", ["", "frame 1 hang", "frame 1 hang_holding_gil"])
def test_a_killed_kiosk_takes_its_camera_process_with_it(tmp_path: Path, lines: str) -> None:
    before = shared_memory()
    kiosk = Kiosk(tmp_path, lines)
    assert kiosk.camera_process.is_running(), "control: it runs while the kiosk runs"
    kiosk.process.kill()
    kiosk.process.communicate(timeout=scale_timeout(TIMEOUT_S))
    kiosk.camera_process.wait(scale_timeout(TIMEOUT_S))
    assert not {name for name in shared_memory() - before if name.startswith("psm_")}


@pytest.mark.parametrize("how", ["stop", "just end"])
def test_a_kiosk_ends_without_a_warning_and_without_its_camera_process(tmp_path: Path, how: str) -> None:
    kiosk = Kiosk(tmp_path, "", how=how)
    code, errors = kiosk.finish()
    kiosk.camera_process.wait(scale_timeout(TIMEOUT_S))
    assert code == 0
    assert "Warning" not in errors
    assert "Traceback" not in errors


def test_the_camera_process_imports_nothing_of_the_kiosk(tmp_path: Path) -> None:
    kiosk = Kiosk(tmp_path, "")
    kiosk.finish()
    tops = {name.partition(".")[0] for name in kiosk.camera["modules"]}
    assert "hardware" in tops
    assert not tops & {"PyQt5", "kiosk", "server", "cv2", "django"}


def test_ctrl_c_reaches_the_kiosk_only(tmp_path: Path) -> None:
    kiosk = Kiosk(tmp_path, "")
    assert kiosk.camera["ignores_interrupt"]
    assert os.getpgid(kiosk.camera["pid"]) != os.getpgid(kiosk.process.pid)
    kiosk.finish()


def test_no_descriptor_stays_open_after_many_runs(tmp_path: Path) -> None:
    children = _children()
    with supervise(script(tmp_path, ""), SHORT_TIMEOUTS) as camera:
        camera.wait_for("live")
    descriptors = open_descriptors()
    (tmp_path / "script.txt.runs").unlink()
    with supervise(script(tmp_path, *["frame 2 crash"] * 3), SHORT_TIMEOUTS) as camera:
        camera.wait_for("live", "crashed", "live", "crashed", "live", "crashed", "live")
    assert not open_descriptors() - descriptors
    assert not _children() - children


def test_a_hanging_camera_does_not_delay_the_stop(tmp_path: Path) -> None:
    children = _children()
    timeouts = replace(SHORT_TIMEOUTS, heartbeat=TIMEOUT_S, stop=0.1)
    with supervise(script(tmp_path, "frame 3 hang_holding_gil"), timeouts) as camera:
        camera.wait_for("live")
        camera.supervisor.stop()
        assert camera.supervisor.state.kind == "stopped"
    assert not _children() - children


def _children() -> set[psutil.Process]:
    """Return the child processes of this process, including those that have ended and were not waited for."""
    return set(psutil.Process().children())
