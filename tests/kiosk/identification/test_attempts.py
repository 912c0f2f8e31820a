"""Wrong attempts are counted over restarts, pauses grow, and no clock makes them longer than the limit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiosk.identification.attempts import AttemptCounters, AttemptLimit

LIMIT = AttemptLimit(tries=3, pause=30.0, max_pause=100.0, reset_after=1_000.0)


class Time:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_pauses_begin_after_some_tries_and_grow_up_to_the_limit(tmp_path: Path) -> None:
    time = Time()
    attempts = AttemptCounters(tmp_path / "attempts", time)
    pauses = []
    for _ in range(12):
        pauses.append(attempts.record_failure("pin", LIMIT))
        time.now += pauses[-1]
    assert pauses == [0, 0, 30, 0, 0, 60, 0, 0, 100, 0, 0, 100]


def test_a_restart_loses_nothing(tmp_path: Path) -> None:
    time = Time()
    for _ in range(3):
        AttemptCounters(tmp_path / "attempts", time).record_failure("pin", LIMIT)
    assert AttemptCounters(tmp_path / "attempts", time).seconds_to_wait("pin", LIMIT) == 30
    assert AttemptCounters(tmp_path / "attempts", time).seconds_to_wait("other", LIMIT) == 0


@pytest.fixture
def set_back(tmp_path: Path) -> tuple[Time, AttemptCounters]:
    """A clock that was set back by years during a pause, and its counters."""
    time = Time()
    attempts = AttemptCounters(tmp_path / "attempts", time)
    for _ in range(3):
        attempts.record_failure("pin", LIMIT)
    time.now -= 1e8
    return time, attempts


def test_a_clock_set_back_by_years_pauses_no_longer_than_the_limit(set_back: tuple[Time, AttemptCounters]) -> None:
    assert set_back[1].seconds_to_wait("pin", LIMIT) == LIMIT.max_pause


def test_after_a_clock_was_set_back_the_pause_ends(set_back: tuple[Time, AttemptCounters], tmp_path: Path) -> None:
    time, attempts = set_back
    assert attempts.seconds_to_wait("pin", LIMIT) == LIMIT.max_pause
    time.now += LIMIT.max_pause / 2
    restarted = AttemptCounters(tmp_path / "attempts", time)
    assert restarted.seconds_to_wait("pin", LIMIT) == LIMIT.max_pause / 2
    time.now += LIMIT.max_pause / 2
    assert restarted.seconds_to_wait("pin", LIMIT) == 0
    assert restarted.tries_left("pin", LIMIT) == 3
    assert [restarted.record_failure("pin", LIMIT) for _ in range(3)] == [0, 0, 60], "the round still counts"


def test_one_wrong_attempt_before_a_clock_was_set_back_causes_no_pause(tmp_path: Path) -> None:
    time = Time()
    attempts = AttemptCounters(tmp_path / "attempts", time)
    attempts.record_failure("pin", LIMIT)
    time.now -= 1e8
    assert attempts.seconds_to_wait("pin", LIMIT) == 0
    assert attempts.tries_left("pin", LIMIT) == 2


def test_attempts_before_a_success_or_long_ago_do_not_count(tmp_path: Path) -> None:
    time = Time()
    attempts = AttemptCounters(tmp_path / "attempts", time)
    attempts.record_failure("pin", LIMIT)
    assert attempts.tries_left("pin", LIMIT) == 2
    attempts.reset("pin")
    assert attempts.tries_left("pin", LIMIT) == 3
    attempts.record_failure("pin", LIMIT)
    time.now += LIMIT.reset_after + 1
    assert attempts.tries_left("pin", LIMIT) == 3


def test_the_time_until_a_reset_begins_after_the_pause(tmp_path: Path) -> None:
    time = Time()
    attempts = AttemptCounters(tmp_path / "attempts", time)
    pauses = []
    for wait in (0.0, LIMIT.reset_after, LIMIT.reset_after + 1):
        time.now += wait
        pauses.append([attempts.record_failure("pin", LIMIT) for _ in range(3)][-1])
        time.now += pauses[-1]
    assert pauses == [30, 60, 30]


def test_a_reset_is_stored(tmp_path: Path) -> None:
    attempts = AttemptCounters(tmp_path / "attempts", Time())
    attempts.record_failure("pin", LIMIT)
    attempts.reset("pin")
    assert AttemptCounters(tmp_path / "attempts", Time()).tries_left("pin", LIMIT) == 3


def test_only_the_newest_counters_are_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.identification.attempts._MAX_COUNTERS", 3)
    attempts = AttemptCounters(tmp_path / "attempts", Time())
    for counter in ("a", "b"):
        attempts.record_failure(counter, LIMIT)
    assert set(json.loads((tmp_path / "attempts").read_text())) == {"a", "b"}
    for counter in ("c", "a", "d"):
        attempts.record_failure(counter, LIMIT)
    assert set(json.loads((tmp_path / "attempts").read_text())) == {"c", "a", "d"}


def test_without_a_file_they_stay_in_memory() -> None:
    attempts = AttemptCounters(None, Time())
    attempts.record_failure("pin", LIMIT)
    assert attempts.tries_left("pin", LIMIT) == 2


def test_a_damaged_file_and_a_full_disk_stop_nothing(tmp_path: Path) -> None:
    path = tmp_path / "attempts"
    wrong = (b'{"pin": {"wrong": "x"}}', b'{"pin": {"wrong": 1}}', b'{"pin": 5}')
    for damage in (b"", b"{", b"[]", b"\xff\xfe", *wrong):
        path.write_bytes(damage)
        assert AttemptCounters(path, Time()).seconds_to_wait("pin", LIMIT) == 0
    assert AttemptCounters(tmp_path, Time()).seconds_to_wait("pin", LIMIT) == 0, "a folder cannot be read"
    gone = AttemptCounters(tmp_path / "no folder" / "attempts", Time())
    gone.record_failure("pin", LIMIT)
    assert gone.tries_left("pin", LIMIT) == 2
