"""Each fault runs through the real supervisor and the real process: its state, the result of the shot's Future,
the recovery of the camera, and that no picture is lost. Each test first shows that it works without the fault."""

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


def reason_of(seen: SupervisedCamera, deadline: float | None = None) -> str:
    """The reason of a shot that must fail."""
    problem = seen.supervisor.shoot(deadline).exception(scale_timeout(TIMEOUT_S))
    assert isinstance(problem, CameraProblem)
    return problem.reason


def assert_well(seen: SupervisedCamera) -> None:
    """The control: live view runs, and a shot is a picture."""
    frame = seen.frame()
    seen.frame(after=frame.number)
    with Image.open(io.BytesIO(seen.shot().data)) as picture:
        picture.load()


def test_without_a_fault_frames_and_shots_come(tmp_path: Path) -> None:
    with supervise(script(tmp_path, "")) as seen:
        seen.wait_for("starting", "live")
        assert_well(seen)
        shot = seen.shot()
        assert saved_shots(tmp_path)[shot.name] == shot.data
    assert [state.kind for state in seen.states] == ["starting", "live", "stopped"]
    assert seen.state_of_kind("stopped").problem is None


# In the middle of a shot: the script's line, the reason that the shot gives, the state that is seen.
MID_SHOT = {
    "lost": ("shot 2 lost", "lost", "lost"),
    "hung": ("shot 2 hung", "hung", "hung"),
    "crash": ("shot 2 crash", "crashed", "crashed"),
}


@pytest.mark.parametrize(("line", "reason", "kind"), MID_SHOT.values(), ids=MID_SHOT)
def test_a_camera_gone_in_the_middle_of_a_shot(tmp_path: Path, line: str, reason: str, kind: str) -> None:
    with supervise(script(tmp_path, line)) as seen:
        seen.wait_for("live")
        assert_well(seen)
        assert reason_of(seen) == reason
        seen.wait_for("live", kind, "live")
        assert_well(seen)
        problem = seen.state_of_kind(kind).problem
        assert problem is not None
        assert problem.reason == reason


@pytest.mark.parametrize("how", ["hang", "hang_holding_gil"])
def test_a_hang_in_the_middle_of_a_shot_is_slow_first_and_then_ended(tmp_path: Path, how: str) -> None:
    with supervise(script(tmp_path, f"shot 2 {how}"), replace(SHORT_TIMEOUTS, late_shot=0.2)) as seen:
        seen.wait_for("live")
        assert_well(seen)
        assert reason_of(seen, deadline=0.2) == "slow"
        seen.wait_for("live", "hung", "live")
        assert_well(seen)


MID_VIEW = {
    "lost": ("lost", "lost"),
    "hang": ("hang", "hung"),
    "hang holding the lock": ("hang_holding_gil", "hung"),
    "crash": ("crash", "crashed"),
}


@pytest.mark.parametrize(("fault", "kind"), MID_VIEW.values(), ids=MID_VIEW)
def test_a_camera_gone_in_the_middle_of_live_view(tmp_path: Path, fault: str, kind: str) -> None:
    timeouts = replace(SHORT_TIMEOUTS, restart=0.5, max_restart=0.5)  # long enough to check between two runs
    with supervise(script(tmp_path, f"frame 100 {fault}"), timeouts) as seen:
        seen.wait_for("live")
        assert_well(seen)
        before = seen.frame().number
        seen.wait_for("live", kind)
        seen.wait_for("live", kind, "live")
        assert seen.frame(after=before).number > before, "frame numbers go on growing"
        assert_well(seen)
    assert len(saved_shots(tmp_path)) == 2


def test_a_shot_requested_without_a_camera_fails_at_once_with_the_reason(tmp_path: Path) -> None:
    with supervise(script(tmp_path, "shot 2 crash", "open absent"), replace(SHORT_TIMEOUTS, retry=600.0)) as seen:
        seen.wait_for("live")
        assert_well(seen)
        assert reason_of(seen) == "crashed"
        seen.wait_for("live", "crashed", "lost")
        assert seen.supervisor.newest() is None, "an old picture must not pass for a live one"
        assert reason_of(seen) == "absent"


def test_a_slow_shot_fails_in_time_and_its_picture_is_kept(tmp_path: Path) -> None:
    with supervise(script(tmp_path, "shot 2 slow 1.0"), replace(SHORT_TIMEOUTS, late_shot=TIMEOUT_S)) as seen:
        seen.wait_for("live")
        assert_well(seen)
        assert reason_of(seen, deadline=0.05) == "slow"
        assert reason_of(seen) == "busy", "one shot at a time, also when nobody waits for it any more"
        seen.wait_for_late(1)
        assert {shot.name: shot.data for shot in seen.late}.items() <= saved_shots(tmp_path).items()
        assert_well(seen)
    assert [state.kind for state in seen.states] == ["starting", "live", "stopped"]


def test_a_picture_delivered_just_before_a_crash_is_not_lost(tmp_path: Path) -> None:
    with supervise(script(tmp_path, "shot 2 deliver_then_crash")) as seen:
        seen.wait_for("live")
        assert_well(seen)
        shot = seen.shot()
        assert shot.data == saved_shots(tmp_path)[shot.name]
        seen.wait_for("live", "crashed", "live")
        assert_well(seen)


@pytest.mark.parametrize("reason", ["out_of_focus", "busy", "card_full"])
def test_a_refused_shot_has_a_reason_and_the_camera_stays(tmp_path: Path, reason: str) -> None:
    with supervise(script(tmp_path, f"shot 2 {reason}")) as seen:
        seen.wait_for("live")
        assert_well(seen)
        assert reason_of(seen) == reason
        assert_well(seen)
    assert [state.kind for state in seen.states] == ["starting", "live", "stopped"]


def test_bytes_that_are_no_picture_are_delivered_as_they_are(tmp_path: Path) -> None:
    with supervise(script(tmp_path, "shot 2 unreadable")) as seen:
        seen.wait_for("live")
        assert_well(seen)
        shot = seen.shot()
        assert shot.data == saved_shots(tmp_path)[shot.name]
        with pytest.raises(OSError, match="cannot identify"):
            Image.open(io.BytesIO(shot.data))
        assert_well(seen)


def test_an_absent_camera_is_found_when_it_comes(tmp_path: Path) -> None:
    with supervise(script(tmp_path, "open absent", "open absent", "")) as seen:
        seen.wait_for("starting", "lost", "live")
        problem = seen.state_of_kind("lost").problem
        assert problem is not None
        assert problem.reason == "absent"
        assert_well(seen)
    assert [state.kind for state in seen.states].count("lost") == 1, "reported once, not at every attempt"


@pytest.mark.parametrize(("fault", "kind"), [("hang", "hung"), ("crash", "crashed")])
def test_a_camera_that_fails_while_it_is_opened(tmp_path: Path, fault: str, kind: str) -> None:
    with supervise(script(tmp_path, f"open {fault}"), replace(SHORT_TIMEOUTS, open=4.0)) as seen:
        seen.wait_for("starting", kind, "live")
        assert_well(seen)


def test_live_view_that_fails_is_reported_and_shots_still_come(tmp_path: Path) -> None:
    with supervise(script(tmp_path, "; ".join(f"frame {number} no_live_view" for number in range(5, 9)))) as seen:
        seen.wait_for("live", "live")
        ailing = [state for state in seen.states if state.problem is not None]
        assert ailing[0].problem is not None
        assert ailing[0].problem.reason == "no_live_view"
        assert_well(seen)
        seen.wait_for("live", "live", "live")
        assert seen.supervisor.state.problem is None


def test_one_shot_at_a_time(tmp_path: Path) -> None:
    with supervise(script(tmp_path, "shot 1 slow 0.5")) as seen:
        seen.wait_for("live")
        first = seen.supervisor.shoot()
        assert reason_of(seen) == "busy"
        assert not first.cancel(), "a shutter does not open backwards"
        shot = first.result(scale_timeout(TIMEOUT_S))
        assert list(saved_shots(tmp_path)) == [shot.name]


def test_a_shot_under_way_when_the_station_stops_ends_too(tmp_path: Path) -> None:
    with supervise(script(tmp_path, "shot 2 hang"), replace(SHORT_TIMEOUTS, stop=0.2)) as seen:
        seen.wait_for("live")
        assert_well(seen)
        future = seen.supervisor.shoot()
        seen.supervisor.stop()
        problem = future.exception(0)
        assert isinstance(problem, CameraProblem)
        assert problem.reason == "stopped"
        assert reason_of(seen) == "stopped"
    assert seen.supervisor.state.kind == "stopped"


def test_a_process_killed_from_outside_comes_back(tmp_path: Path) -> None:
    with supervise(script(tmp_path, ""), driver=open_reporting_pid) as seen:
        seen.wait_for("live")
        assert_well(seen)
        info = seen.supervisor.state.info
        assert info is not None
        os.kill(int(info.serial), signal.SIGKILL)
        seen.wait_for("live", "crashed", "live")
        assert_well(seen)


def test_a_wrong_setting_is_not_tried_again(tmp_path: Path) -> None:
    with supervise(script(tmp_path, "shot 1 explode")) as seen:
        seen.wait_for("starting", "stopped")
        problem = seen.state_of_kind("stopped").problem
        assert problem is not None
        assert problem.reason == "script"
        assert "line 1" in str(problem)
        assert reason_of(seen) == "script"


def test_a_listener_that_fails_does_not_take_the_camera_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    seen = SupervisedCamera(script(tmp_path, ""))

    def fail(state: object) -> None:
        reported(state)
        raise RuntimeError("the screen is gone")

    board = seen.supervisor._publisher
    reported = board._on_state
    monkeypatch.setattr(board, "_on_state", fail)
    seen.supervisor.start()
    try:
        seen.wait_for("live")
        assert_well(seen)
    finally:
        seen.supervisor.stop()
    assert "the screen is gone" in caplog.text


def test_a_driver_with_a_bug_is_a_crash_and_reported_on_stderr(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with supervise(script(tmp_path, ""), driver=open_with_bug) as seen:
        seen.wait_for("live", "crashed", "live")
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_a_process_that_cannot_be_started_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = SupervisedCamera(script(tmp_path, ""))
    monkeypatch.setattr("sys.executable", str(tmp_path / "no python here"))
    seen.supervisor.start()
    try:
        seen.wait_for("starting", "crashed")
        assert reason_of(seen) == "crashed"
        monkeypatch.undo()
        seen.wait_for("crashed", "live")
        assert_well(seen)
    finally:
        seen.supervisor.stop()


def open_with_bug(spec: str) -> Camera:
    """A scripted camera that divides by zero at its third picture."""
    from hardware.simulators.scripted_camera import ScriptedCamera

    class Mistaken(ScriptedCamera):
        def frame(self) -> Pixels:
            1 // (3 - min(self._count["frame"], 3))
            return super().frame()

    return Mistaken(spec.removeprefix("scripted:"))


def open_reporting_pid(spec: str) -> Camera:
    """A scripted camera whose serial number is the number of its process."""
    from hardware.cameras.api import CameraInfo
    from hardware.simulators.scripted_camera import ScriptedCamera

    class Telling(ScriptedCamera):
        def open(self) -> CameraInfo:
            self._info = replace(super().open(), serial=str(os.getpid()))
            return self._info

    return Telling(spec.removeprefix("scripted:"))
