"""Each fault with the real supervisor and the real process.

The tests check the state, the result of the shot's Future, the recovery of the camera, and that no picture is lost.
Each first shows that the camera works without the fault.
"""

from __future__ import annotations

import io
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from config.arrays import Pixels
from hardware.cameras.api import Camera, CameraProblem
from tests.hardware.cameras.supervised_camera import (
    SHORT_TIMEOUTS,
    TIMEOUT_S,
    SupervisedCamera,
    saved_shots,
    script,
    supervise,
)
from tests.waiting import scale_timeout

pytestmark = pytest.mark.process


def reason_of(camera: SupervisedCamera, deadline: float | None = None) -> str:
    """Return the reason of a shot that must fail."""
    problem = camera.supervisor.shoot(deadline).exception(scale_timeout(TIMEOUT_S))
    assert isinstance(problem, CameraProblem)
    return problem.reason


def assert_works(camera: SupervisedCamera) -> None:
    """Assert as a control that live view runs and a shot is a picture."""
    frame = camera.frame()
    camera.frame(after=frame.number)
    with Image.open(io.BytesIO(camera.shot().data)) as picture:
        picture.load()


def test_without_a_fault_frames_and_shots_come(tmp_path: Path) -> None:
    with supervise(script(tmp_path, "")) as camera:
        camera.wait_for("starting", "live")
        assert_works(camera)
        shot = camera.shot()
        assert saved_shots(tmp_path)[shot.name] == shot.data
    assert [state.kind for state in camera.states] == ["starting", "live", "stopped"]
    assert camera.state_of_kind("stopped").problem is None


# During a shot: the script's line, the reason of the shot's failure, the state of the camera.
MID_SHOT = {
    "lost": ("shot 2 lost", "lost", "lost"),
    "hung": ("shot 2 hung", "hung", "hung"),
    "crash": ("shot 2 crash", "crashed", "crashed"),
}


@pytest.mark.parametrize(("line", "reason", "kind"), MID_SHOT.values(), ids=MID_SHOT)
def test_a_camera_that_fails_during_a_shot(tmp_path: Path, line: str, reason: str, kind: str) -> None:
    with supervise(script(tmp_path, line)) as camera:
        camera.wait_for("live")
        assert_works(camera)
        assert reason_of(camera) == reason
        camera.wait_for("live", kind, "live")
        assert_works(camera)
        problem = camera.state_of_kind(kind).problem
        assert problem is not None
        assert problem.reason == reason


@pytest.mark.parametrize("how", ["hang", "hang_holding_gil"])
def test_a_hang_during_a_shot_is_slow_first_and_then_ended(tmp_path: Path, how: str) -> None:
    with supervise(script(tmp_path, f"shot 2 {how}"), replace(SHORT_TIMEOUTS, late_shot=0.2)) as camera:
        camera.wait_for("live")
        assert_works(camera)
        assert reason_of(camera, deadline=0.2) == "slow"
        camera.wait_for("live", "hung", "live")
        assert_works(camera)


MID_VIEW = {
    "lost": ("lost", "lost"),
    "hang": ("hang", "hung"),
    "hang holding the lock": ("hang_holding_gil", "hung"),
    "crash": ("crash", "crashed"),
}


@pytest.mark.parametrize(("fault", "kind"), MID_VIEW.values(), ids=MID_VIEW)
def test_a_camera_that_fails_during_live_view(tmp_path: Path, fault: str, kind: str) -> None:
    timeouts = replace(SHORT_TIMEOUTS, restart=0.5, max_restart=0.5)  # long enough to check between two runs
    with supervise(script(tmp_path, f"frame 100 {fault}"), timeouts) as camera:
        camera.wait_for("live")
        assert_works(camera)
        before = camera.frame().number
        camera.wait_for("live", kind)
        camera.wait_for("live", kind, "live")
        assert camera.frame(after=before).number > before, "frame numbers keep growing"
        assert_works(camera)
    assert len(saved_shots(tmp_path)) == 2


def test_a_shot_requested_without_a_camera_fails_at_once_with_the_reason(tmp_path: Path) -> None:
    with supervise(script(tmp_path, "shot 2 crash", "open absent"), replace(SHORT_TIMEOUTS, retry=600.0)) as camera:
        camera.wait_for("live")
        assert_works(camera)
        assert reason_of(camera) == "crashed"
        camera.wait_for("live", "crashed", "lost")
        assert camera.supervisor.newest() is None, "an old frame must not be shown as a live one"
        assert reason_of(camera) == "absent"


def test_a_slow_shot_fails_in_time_and_its_picture_is_kept(tmp_path: Path) -> None:
    with supervise(script(tmp_path, "shot 2 slow 1.0"), replace(SHORT_TIMEOUTS, late_shot=TIMEOUT_S)) as camera:
        camera.wait_for("live")
        assert_works(camera)
        assert reason_of(camera, deadline=0.05) == "slow"
        assert reason_of(camera) == "busy", "one shot at a time, also after its deadline"
        camera.wait_for_late(1)
        assert {shot.name: shot.data for shot in camera.late}.items() <= saved_shots(tmp_path).items()
        assert_works(camera)
    assert [state.kind for state in camera.states] == ["starting", "live", "stopped"]


def test_a_picture_delivered_just_before_a_crash_is_not_lost(tmp_path: Path) -> None:
    with supervise(script(tmp_path, "shot 2 deliver_then_crash")) as camera:
        camera.wait_for("live")
        assert_works(camera)
        shot = camera.shot()
        assert shot.data == saved_shots(tmp_path)[shot.name]
        camera.wait_for("live", "crashed", "live")
        assert_works(camera)


@pytest.mark.parametrize("reason", ["out_of_focus", "busy", "card_full"])
def test_a_refused_shot_has_a_reason_and_the_camera_stays(tmp_path: Path, reason: str) -> None:
    with supervise(script(tmp_path, f"shot 2 {reason}")) as camera:
        camera.wait_for("live")
        assert_works(camera)
        assert reason_of(camera) == reason
        assert_works(camera)
    assert [state.kind for state in camera.states] == ["starting", "live", "stopped"]


def test_bytes_that_are_no_picture_are_delivered_as_they_are(tmp_path: Path) -> None:
    with supervise(script(tmp_path, "shot 2 unreadable")) as camera:
        camera.wait_for("live")
        assert_works(camera)
        shot = camera.shot()
        assert shot.data == saved_shots(tmp_path)[shot.name]
        with pytest.raises(OSError, match="cannot identify"):
            Image.open(io.BytesIO(shot.data))
        assert_works(camera)


def test_an_absent_camera_is_found_when_it_is_connected(tmp_path: Path) -> None:
    with supervise(script(tmp_path, "open absent", "open absent", "")) as camera:
        camera.wait_for("starting", "lost", "live")
        problem = camera.state_of_kind("lost").problem
        assert problem is not None
        assert problem.reason == "absent"
        assert_works(camera)
    assert [state.kind for state in camera.states].count("lost") == 1, "reported once, not at every attempt"


@pytest.mark.parametrize(("fault", "kind"), [("hang", "hung"), ("crash", "crashed")])
def test_a_camera_that_fails_while_it_is_opened(tmp_path: Path, fault: str, kind: str) -> None:
    with supervise(script(tmp_path, f"open {fault}"), replace(SHORT_TIMEOUTS, open=4.0)) as camera:
        camera.wait_for("starting", kind, "live")
        assert_works(camera)


def test_live_view_that_fails_is_reported_and_shots_still_come(tmp_path: Path) -> None:
    with supervise(script(tmp_path, "; ".join(f"frame {number} no_live_view" for number in range(5, 9)))) as camera:
        camera.wait_for("live", "live")
        degraded = [state for state in camera.states if state.problem is not None]
        assert degraded[0].problem is not None
        assert degraded[0].problem.reason == "no_live_view"
        assert_works(camera)
        camera.wait_for("live", "live", "live")
        assert camera.supervisor.state.problem is None


def test_one_shot_at_a_time(tmp_path: Path) -> None:
    with supervise(script(tmp_path, "shot 1 slow 0.5")) as camera:
        camera.wait_for("live")
        first = camera.supervisor.shoot()
        assert reason_of(camera) == "busy"
        assert not first.cancel(), "an exposure cannot be undone"
        shot = first.result(scale_timeout(TIMEOUT_S))
        assert list(saved_shots(tmp_path)) == [shot.name]


def test_a_shot_under_way_when_the_station_stops_ends_too(tmp_path: Path) -> None:
    with supervise(script(tmp_path, "shot 2 hang"), replace(SHORT_TIMEOUTS, stop=0.2)) as camera:
        camera.wait_for("live")
        assert_works(camera)
        future = camera.supervisor.shoot()
        camera.supervisor.stop()
        problem = future.exception(0)
        assert isinstance(problem, CameraProblem)
        assert problem.reason == "stopped"
        assert reason_of(camera) == "stopped"
    assert camera.supervisor.state.kind == "stopped"


def test_a_process_killed_from_outside_is_started_again(tmp_path: Path) -> None:
    with supervise(script(tmp_path, ""), driver=open_reporting_pid) as camera:
        camera.wait_for("live")
        assert_works(camera)
        info = camera.supervisor.state.info
        assert info is not None
        os.kill(int(info.serial), signal.SIGKILL)
        camera.wait_for("live", "crashed", "live")
        assert_works(camera)


def test_a_wrong_setting_is_not_tried_again(tmp_path: Path) -> None:
    with supervise(script(tmp_path, "shot 1 explode")) as camera:
        camera.wait_for("starting", "stopped")
        problem = camera.state_of_kind("stopped").problem
        assert problem is not None
        assert problem.reason == "script"
        assert "line 1" in str(problem)
        assert reason_of(camera) == "script"


def test_a_callback_that_fails_does_not_stop_the_camera(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    camera = SupervisedCamera(script(tmp_path, ""))

    def fail(state: object) -> None:
        on_state(state)
        raise RuntimeError("the screen is gone")

    publisher = camera.supervisor._publisher
    on_state = publisher._on_state
    monkeypatch.setattr(publisher, "_on_state", fail)
    camera.supervisor.start()
    try:
        camera.wait_for("live")
        assert_works(camera)
    finally:
        camera.supervisor.stop()
    assert "the screen is gone" in caplog.text


def test_a_driver_with_a_bug_is_a_crash_and_reported_on_stderr(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with supervise(script(tmp_path, ""), driver=open_with_bug) as camera:
        camera.wait_for("live", "crashed", "live")
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_a_process_that_cannot_be_started_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    camera = SupervisedCamera(script(tmp_path, ""))
    monkeypatch.setattr("sys.executable", str(tmp_path / "no python here"))
    camera.supervisor.start()
    try:
        camera.wait_for("starting", "crashed")
        assert reason_of(camera) == "crashed"
        monkeypatch.undo()
        camera.wait_for("crashed", "live")
        assert_works(camera)
    finally:
        camera.supervisor.stop()


def open_with_bug(spec: str) -> Camera:
    """Return a scripted camera that divides by zero at its third frame."""
    from hardware.simulators.scripted_camera import ScriptedCamera

    class FaultyCamera(ScriptedCamera):
        def frame(self) -> Pixels:
            1 // (3 - min(self._count["frame"], 3))
            return super().frame()

    return FaultyCamera(spec.removeprefix("scripted:"))


def open_reporting_pid(spec: str) -> Camera:
    """Return a scripted camera whose serial number is the id of its process."""
    from hardware.cameras.api import CameraInfo
    from hardware.simulators.scripted_camera import ScriptedCamera

    class ReportingCamera(ScriptedCamera):
        def open(self) -> CameraInfo:
            self._info = replace(super().open(), serial=str(os.getpid()))
            return self._info

    return ReportingCamera(spec.removeprefix("scripted:"))
