"""The history of devices: an outage is one entry, from its first problem to its end, also after a restart."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.errors import Problem
from config.i18n import Message
from hardware.device_log import DeviceLog, LoggedProblem

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
LOST, ABSENT = Problem("camera.lost"), Problem("camera.absent")


class LogUnderTest:
    """A history whose clocks only the test changes."""

    def __init__(self, folder: Path) -> None:
        self.path, self.seconds = folder / "devices.jsonl", 0.0
        self.history = self.restart()

    def restart(self, max_outages: int = 5) -> DeviceLog:
        today = lambda: NOON + timedelta(seconds=self.seconds)  # noqa: E731
        self.history = DeviceLog(self.path, today, lambda: self.seconds, max_outages)
        return self.history

    def outage(self, device: str, seconds: float, *problems: Problem) -> None:
        for problem in problems:
            self.history.record(device, problem)
        self.seconds += seconds
        self.history.record(device, None)


@pytest.fixture
def day(tmp_path: Path) -> LogUnderTest:
    return LogUnderTest(tmp_path)


def test_an_outage_is_one_entry_whatever_its_problems(day: LogUnderTest) -> None:
    day.outage("camera", 3.5, LOST, LOST, ABSENT, LOST)
    (entry,) = day.history.outages()
    assert (entry.device, entry.started_at, entry.duration, entry.interrupted) == ("camera", NOON, 3.5, False)
    assert entry.problems == (LoggedProblem("camera.lost"), LoggedProblem("camera.absent"))


def test_two_devices_do_not_mix(day: LogUnderTest) -> None:
    day.history.record("camera", LOST)
    day.outage("reader", 1, Problem("reader.lost", port="/dev/ttyUSB0"))
    reader, camera = day.history.outages()
    assert (reader.duration, reader.problems) == (1.0, (LoggedProblem("reader.lost", {"port": "/dev/ttyUSB0"}),))
    assert camera.duration is None


def test_a_device_without_a_problem_has_no_entry(day: LogUnderTest) -> None:
    day.history.record("camera", None)
    assert day.history.outages() == ()


def test_a_restart_reads_all_entries_and_marks_an_unfinished_one_as_interrupted(day: LogUnderTest) -> None:
    day.outage("camera", 2, LOST, ABSENT)
    day.history.record("printer", Problem("printer.paper", copies=2))
    before = day.history.outages()
    after = day.restart().outages()
    assert after[1] == before[1]
    assert (after[0].duration, after[0].interrupted, after[0].problems) == (None, True, before[0].problems)
    assert day.restart().outages() == after, "the same after another restart"


def test_an_outage_after_a_restart_is_a_new_one(day: LogUnderTest) -> None:
    day.history.record("camera", LOST)
    day.restart()
    day.outage("camera", 1, ABSENT)
    assert [entry.interrupted for entry in day.history.outages()] == [False, True]


def test_only_the_last_ones_are_kept_also_on_disk(day: LogUnderTest) -> None:
    day.history.record("reader", LOST)
    for _ in range(40):
        day.outage("camera", 1, LOST)
    assert len(day.history.outages()) == 5
    day.history.record("reader", None)  # its entry was removed, so its end has no effect
    assert len(day.restart().outages()) == 5
    assert len(day.path.read_text().splitlines()) == 10


def test_a_broken_line_is_skipped(day: LogUnderTest) -> None:
    day.outage("camera", 1, LOST)
    day.outage("reader", 2, LOST)
    lines = day.path.read_text().splitlines()
    day.path.write_text("\n".join([*lines[:2], '{"half', '{"device": 3}', "[]", *lines[2:]]))
    assert [entry.device for entry in day.restart().outages()] == ["reader", "camera"]


def test_a_disk_that_cannot_be_written_affects_only_the_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    day = LogUnderTest(tmp_path / "no such folder")
    day.outage("camera", 1, LOST)
    assert len(day.history.outages()) == 1
    assert "could not be written" in caplog.text


def test_every_line_is_json(day: LogUnderTest) -> None:
    day.outage("camera", 1, Problem("camera.spec", spec="相机", known=Path("x")))
    lines = [json.loads(line) for line in day.path.read_text(encoding="utf-8").splitlines()]
    assert lines[0]["values"] == {"spec": "相机", "known": "x"}


def test_a_message_in_a_problem_stays_a_message(day: LogUnderTest) -> None:
    """It is shown in the language of the screen, also after a restart."""
    why = Message(
        "problem.settings.wrong", {"file": "own.toml", "key": "iso", "why": Message("problem.settings.why.missing")}
    )
    day.history.record("camera", Problem("camera.profile", why=why, tries=3))
    for history in (day.history, day.restart()):
        (entry,) = history.outages()
        assert entry.problems == (LoggedProblem("camera.profile", {"why": why, "tries": 3}),)
