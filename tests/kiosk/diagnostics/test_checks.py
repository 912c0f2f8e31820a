"""The checks under bad conditions: a folder that is a file, a check that fails, a terminal that closes."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.errors import Problem
from config.settings.station import station_settings
from kiosk.diagnostics import __main__ as command
from kiosk.diagnostics import checks as checks
from kiosk.diagnostics import system as machine
from kiosk.diagnostics.__main__ import main
from kiosk.diagnostics.report import CheckResult, Level, check_result
from kiosk.diagnostics.server import run_with_timeout
from kiosk.diagnostics.settings import standards
from tests.kiosk.diagnostics.test_command import pictures
from tests.waiting import scale_timeout

__all__ = ["pictures"]

pytestmark = pytest.mark.process
COMMAND = [sys.executable, "-m", "kiosk.diagnostics", "check", "--language", "en"]


def failing() -> Iterator[CheckResult]:
    yield check_result("screen", Level.OK, "ok")
    raise RuntimeError("of a library")


def test_a_check_that_raises_is_a_line_and_prevents_no_other() -> None:
    lines = list(checks.run_safely("screen", failing))
    assert [(one.message.key, one.level) for one in lines] == [
        ("diagnosis.screen.ok", Level.OK),
        ("diagnosis.unexpected", Level.FAILURE),
    ]
    assert "RuntimeError: of a library" in lines[1].translate("en")
    assert "test_checks.py" in lines[1].details[0]


@pytest.mark.skipif(os.geteuid() != 0, reason="only an administrator can change the owner of a folder")
def test_an_administrator_leaves_nothing_in_the_folder_of_the_kiosk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.chown(tmp_path, 12345, 12345)
    assert main(["check", "--language", "en", "--data", str(tmp_path)]) == 2
    assert "sudo -u 12345" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_another_user_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder's own user, and a folder that does not exist yet, cause no problem."""
    checks.require_owner(tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    checks.require_owner(tmp_path / "not there yet")
    with pytest.raises(Problem) as problem:
        checks.require_owner(tmp_path)
    assert problem.value.key == "diagnosis.other_user"


def test_a_folder_that_cannot_be_used_is_a_line_and_the_rest_is_inspected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setattr(checks, "networks", lambda: iter(()))
    monkeypatch.setattr(checks, "device_checks", lambda settings, paths: [("camera", failing)])
    lines = list(checks.run_all(station_settings(), file / "data"))
    subjects = [one.subject for one in lines]
    assert {"software", "clock", "usb", "disk", "camera"} <= set(subjects)
    assert [one.message.key for one in lines if one.subject == "disk"] == ["station.folder"]


def test_an_interrupted_probe_leaves_no_file(tmp_path: Path) -> None:
    class PowerCut(BaseException):
        pass

    ticks = iter([0.0])

    def clock() -> float:
        try:
            return next(ticks)
        finally:
            if (files := list(tmp_path.iterdir())) != []:
                raise PowerCut(files)

    with pytest.raises(StopIteration):
        machine._seconds_to_write(tmp_path, clock)


def test_the_result_is_printed_although_the_report_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = io.BytesIO()
    terminal = io.TextIOWrapper(printed, encoding="ascii")  # without the characters of the marks
    lines = [check_result("screen", Level.FAILURE, "none")]
    monkeypatch.setattr(command, "run_all", lambda settings, folder: (one for one in lines))
    monkeypatch.setattr("sys.stdout", terminal)
    code = main(["check", "--language", "en", "--data", str(tmp_path), "--report", str(tmp_path)])
    output = printed.getvalue().decode("ascii")
    assert code == 1
    assert "? Screen: no screen is available" in output
    assert "to fix before the day begins" in output
    assert "could not be written" in capsys.readouterr().err


@pytest.mark.parametrize("how", ["reader gone", "Ctrl-C"])
def test_an_early_end_leaves_no_camera_process(tmp_path: Path, pictures: Path, how: str) -> None:
    running = subprocess.Popen(
        [*COMMAND, "--json", "--data", str(tmp_path), "--camera", f"folder:{pictures}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert running.stdout is not None
    for row in running.stdout:
        if json.loads(row)["key"] == "diagnosis.camera.simulated":
            break
    if how == "Ctrl-C":
        os.killpg(running.pid, signal.SIGINT)
    else:
        running.stdout.close()
        running.stdout = None
    _, errors = running.communicate(timeout=scale_timeout(60))
    assert running.returncode == (130 if how == "Ctrl-C" else 141)
    assert b"Traceback" not in errors
    with pytest.raises(ProcessLookupError):
        os.killpg(running.pid, 0)


def test_a_problem_of_the_folder_has_a_message() -> None:
    assert (
        Problem("diagnosis.other_user", folder="/x", owner="a", user="b").in_language("zh_CN").count("sudo -u a") == 1
    )


def test_a_server_that_responds_very_slowly_is_not_waited_for() -> None:
    never = threading.Event()
    (line,) = run_with_timeout(
        0.05, lambda: [check_result("server", Level.OK, "ok")] if never.wait(scale_timeout(60)) else []
    )
    never.set()
    assert (line.message.key, line.level) == ("diagnosis.server.slow", Level.WARNING)
    assert "0 s" in line.translate("en")
    assert run_with_timeout(20, lambda: [check_result("server", Level.OK, "ok")])[0].level is Level.OK


def test_a_fault_during_the_request_to_the_server_is_not_lost() -> None:
    with pytest.raises(ZeroDivisionError):
        run_with_timeout(20, lambda: [check_result("server", Level.OK, "ok")] * (1 // 0))


def test_a_folder_of_standards_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    (line,) = standards(str(tmp_path / "mistyped"))
    assert (line.message.key, line.level) == ("diagnosis.standards.no_folder", Level.FAILURE)
    (tmp_path / "broken.toml").write_bytes(b"\xff\xfe")
    assert [one.level for one in standards(str(tmp_path))] == [Level.FAILURE, Level.OK]
