"""The lines about the computer, with given values for clock, memory, processor and disk."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from config.settings.station import station_settings
from kiosk.diagnostics import system as machine
from kiosk.diagnostics.report import CheckResult, Level


def single_result(lines: list[CheckResult]) -> tuple[str, Level]:
    assert len(lines) == 1
    return lines[0].message.key, lines[0].level


@pytest.mark.parametrize(
    ("synchronized", "key", "level"),
    [
        (True, "diagnosis.clock.ok", Level.OK),
        (False, "diagnosis.clock.alone", Level.WARNING),
        (None, "diagnosis.clock.unknown", Level.WARNING),
    ],
)
def test_the_clock(synchronized: bool | None, key: str, level: Level) -> None:
    assert single_result(list(machine.clock_sync(lambda: synchronized))) == (key, level)


def test_the_kernel_reports_the_state_of_its_clock() -> None:
    assert machine.clock_is_synchronized() in (True, False)


def test_a_weak_computer_is_reported() -> None:
    assert single_result(list(machine.resources(memory=2 * 10**9, cores=4)))[1] is Level.WARNING
    assert single_result(list(machine.resources(memory=8 * 10**9, cores=1)))[1] is Level.WARNING
    assert single_result(list(machine.resources(memory=8 * 10**9, cores=2)))[1] is Level.OK


def test_a_disk_without_room_is_a_failure_and_one_with_little_a_warning(tmp_path: Path) -> None:
    full = station_settings(operator={"disk_warning_gb": 2e9, "disk_critical_gb": 1e9})
    little = station_settings(operator={"disk_warning_gb": 1e9, "disk_critical_gb": 0.001})
    assert single_result(list(machine.disk(tmp_path, full))) == ("diagnosis.disk.full", Level.FAILURE)
    assert single_result(list(machine.disk(tmp_path, little))) == ("diagnosis.disk.full", Level.WARNING)


def test_a_slow_disk_is_reported(tmp_path: Path) -> None:
    roomy = station_settings(operator={"disk_warning_gb": 0.000001, "disk_critical_gb": 0.000001})
    ticks = count(step=machine.SLOW_DISK_S * 2)
    assert single_result(list(machine.disk(tmp_path, roomy, lambda: next(ticks)))) == (
        "diagnosis.disk.slow",
        Level.WARNING,
    )
    assert list(tmp_path.iterdir()) == []  # the probe is removed


def test_a_folder_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    assert single_result(list(machine.disk(gone, station_settings()))) == ("diagnosis.disk.unwritable", Level.FAILURE)


def test_a_missing_typeface_is_a_failure() -> None:
    lines = list(machine.screen(lambda: True, lambda: False))
    assert [(one.subject, one.level) for one in lines] == [("screen", Level.OK), ("fonts", Level.FAILURE)]
