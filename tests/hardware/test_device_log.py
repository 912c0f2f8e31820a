"""The history of devices: an outage is one entry, from its first problem to its end, and another start finds it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.errors import Problem
from hardware.device_log import DeviceHistory, Said

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
LOST, ABSENT = Problem("camera.lost"), Problem("camera.absent")


class Day:
    """A history with clocks that only the test moves."""

    def __init__(self, folder: Path) -> None:
        self.path, self.seconds = folder / "devices.jsonl", 0.0
        self.history = self.another_start()

    def another_start(self, kept: int = 5) -> DeviceHistory:
        today = lambda: NOON + timedelta(seconds=self.seconds)  # noqa: E731
        self.history = DeviceHistory(self.path, today, lambda: self.seconds, kept)
        return self.history

    def outage(self, device: str, seconds: float, *problems: Problem) -> None:
        for problem in problems:
            self.history.note(device, problem)
        self.seconds += seconds
        self.history.note(device, None)


@pytest.fixture
def day(tmp_path: Path) -> Day:
    return Day(tmp_path)


def test_an_outage_is_one_entry_whatever_it_went_through(day: Day) -> None:
    day.outage("camera", 3.5, LOST, LOST, ABSENT, LOST)
    (entry,) = day.history.entries()
    assert (entry.device, entry.began, entry.lasted, entry.cut_off) == ("camera", NOON, 3.5, False)
    assert entry.what == (Said("camera.lost"), Said("camera.absent"))


def test_two_devices_do_not_mix(day: Day) -> None:
    day.history.note("camera", LOST)
    day.outage("reader", 1, Problem("reader.lost", port="/dev/ttyUSB0"))
    reader, camera = day.history.entries()
    assert (reader.lasted, reader.what) == (1.0, (Said("reader.lost", {"port": "/dev/ttyUSB0"}),))
    assert camera.lasted is None


def test_a_device_that_is_well_leaves_no_trace(day: Day) -> None:
    day.history.note("camera", None)
    assert day.history.entries() == ()


def test_another_start_knows_it_all_and_what_lasted_is_cut_off(day: Day) -> None:
    day.outage("camera", 2, LOST, ABSENT)
    day.history.note("printer", Problem("printer.paper", copies=2))
    before = day.history.entries()
    after = day.another_start().entries()
    assert after[1] == before[1]
    assert (after[0].lasted, after[0].cut_off, after[0].what) == (None, True, before[0].what)
    assert day.another_start().entries() == after, "and so does the one after that"


def test_an_outage_after_another_start_is_a_new_one(day: Day) -> None:
    day.history.note("camera", LOST)
    day.another_start()
    day.outage("camera", 1, ABSENT)
    assert [entry.cut_off for entry in day.history.entries()] == [False, True]


def test_only_the_last_ones_are_kept_also_on_disk(day: Day) -> None:
    day.history.note("reader", LOST)
    for _ in range(40):
        day.outage("camera", 1, LOST)
    assert len(day.history.entries()) == 5
    day.history.note("reader", None)  # its entry is forgotten; that it ends concerns nobody
    assert len(day.another_start().entries()) == 5
    assert len(day.path.read_text().splitlines()) == 10


def test_a_broken_line_costs_that_line(day: Day) -> None:
    day.outage("camera", 1, LOST)
    day.outage("reader", 2, LOST)
    lines = day.path.read_text().splitlines()
    day.path.write_text("\n".join([*lines[:2], '{"half', '{"device": 3}', "[]", *lines[2:]]))
    assert [entry.device for entry in day.another_start().entries()] == ["reader", "camera"]


def test_a_disk_that_takes_nothing_costs_no_more_than_the_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    day = Day(tmp_path / "no such folder")
    day.outage("camera", 1, LOST)
    assert len(day.history.entries()) == 1
    assert "could not be written" in caplog.text


def test_every_line_is_json(day: Day) -> None:
    day.outage("camera", 1, Problem("camera.spec", spec="相机", known=Path("x")))
    lines = [json.loads(line) for line in day.path.read_text(encoding="utf-8").splitlines()]
    assert lines[0]["values"] == {"spec": "相机", "known": "x"}
