"""The look-over where the world is against it: a folder that is none, a check that fails, a terminal that ends."""

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


def test_a_check_that_fails_itself_is_a_line_and_costs_no_other() -> None:
    said = list(checks.run_safely("screen", failing))
    assert [(one.message.key, one.level) for one in said] == [
        ("diagnosis.screen.ok", Level.OK),
        ("diagnosis.unexpected", Level.FAILURE),
    ]
    assert "RuntimeError: of a library" in said[1].translate("en")
    assert "test_checks.py" in said[1].details[0]


@pytest.mark.skipif(os.geteuid() != 0, reason="only an administrator can give a folder away")
def test_an_administrator_leaves_nothing_in_the_folder_of_the_kiosk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.chown(tmp_path, 12345, 12345)
    assert main(["check", "--language", "en", "--data", str(tmp_path)]) == 2
    assert "sudo -u 12345" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_another_user_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For its own user, and where there is none yet, nothing is raised."""
    checks.require_owner(tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    checks.require_owner(tmp_path / "not there yet")
    with pytest.raises(Problem) as problem:
        checks.require_owner(tmp_path)
    assert problem.value.key == "diagnosis.other_user"


def test_a_folder_that_cannot_be_used_is_a_line_and_the_rest_is_inspected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = tmp_path / "file"
    none.touch()
    monkeypatch.setattr(checks, "networks", lambda: iter(()))
    monkeypatch.setattr(checks, "device_checks", lambda settings, paths: [("camera", failing)])
    said = list(checks.run_all(station_settings(), none / "data"))
    subjects = [one.subject for one in said]
    assert {"software", "clock", "usb", "disk", "camera"} <= set(subjects)
    assert [one.message.key for one in said if one.subject == "disk"] == ["station.folder"]


def test_nothing_is_left_by_a_probe_that_was_cut_short(tmp_path: Path) -> None:
    class PowerCut(BaseException):
        pass

    ticks = iter([0.0])

    def clock() -> float:
        try:
            return next(ticks)
        finally:
            if (left := list(tmp_path.iterdir())) != []:
                raise PowerCut(left)

    with pytest.raises(StopIteration):
        machine._seconds_to_write(tmp_path, clock)


def test_a_report_that_cannot_be_kept_does_not_take_the_verdict_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    paper = io.BytesIO()
    terminal = io.TextIOWrapper(paper, encoding="ascii")  # and it has none of our letters
    found = [check_result("screen", Level.FAILURE, "none")]
    monkeypatch.setattr(command, "run_all", lambda settings, folder: (one for one in found))
    monkeypatch.setattr("sys.stdout", terminal)
    code = main(["check", "--language", "en", "--data", str(tmp_path), "--report", str(tmp_path)])
    said = paper.getvalue().decode("ascii")
    assert code == 1
    assert "? Screen: no screen is available" in said
    assert "to fix before the day begins" in said
    assert "could not be written" in capsys.readouterr().err


@pytest.mark.parametrize("how", ["reader gone", "Ctrl-C"])
def test_whoever_ends_it_early_leaves_no_camera_behind(tmp_path: Path, pictures: Path, how: str) -> None:
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


def test_a_server_that_answers_in_drops_is_not_waited_for() -> None:
    never = threading.Event()
    (said,) = run_with_timeout(
        0.05, lambda: [check_result("server", Level.OK, "ok")] if never.wait(scale_timeout(60)) else []
    )
    never.set()
    assert (said.message.key, said.level) == ("diagnosis.server.slow", Level.WARNING)
    assert "0 s" in said.translate("en")
    assert run_with_timeout(20, lambda: [check_result("server", Level.OK, "ok")])[0].level is Level.OK


def test_a_fault_during_the_request_to_the_server_is_not_lost() -> None:
    with pytest.raises(ZeroDivisionError):
        run_with_timeout(20, lambda: [check_result("server", Level.OK, "ok")] * (1 // 0))


def test_a_folder_of_standards_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    (said,) = standards(str(tmp_path / "mistyped"))
    assert (said.message.key, said.level) == ("diagnosis.standards.no_folder", Level.FAILURE)
    (tmp_path / "broken.toml").write_bytes(b"\xff\xfe")
    assert [one.level for one in standards(str(tmp_path))] == [Level.FAILURE, Level.OK]
