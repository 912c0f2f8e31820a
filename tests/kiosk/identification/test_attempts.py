"""Wrong attempts are counted over restarts, pauses grow, and no clock makes them longer than the limit."""

from __future__ import annotations

from pathlib import Path

from kiosk.identification.attempts import AttemptCounters, AttemptLimit

LIMIT = AttemptLimit(tries=3, pause=30.0, max_pause=100.0, reset_after=1_000.0)


class Time:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_pauses_begin_after_some_tries_and_grow_up_to_the_most(tmp_path: Path) -> None:
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


def test_a_clock_set_back_years_pauses_for_the_most_at_most(tmp_path: Path) -> None:
    time = Time()
    attempts = AttemptCounters(tmp_path / "attempts", time)
    for _ in range(3):
        attempts.record_failure("pin", LIMIT)
    time.now -= 1e8
    assert attempts.seconds_to_wait("pin", LIMIT) == LIMIT.max_pause


def test_what_is_right_and_what_is_long_ago_counts_no_more(tmp_path: Path) -> None:
    time = Time()
    attempts = AttemptCounters(tmp_path / "attempts", time)
    attempts.record_failure("pin", LIMIT)
    assert attempts.tries_left("pin", LIMIT) == 2
    attempts.reset("pin")
    assert attempts.tries_left("pin", LIMIT) == 3
    attempts.record_failure("pin", LIMIT)
    time.now += LIMIT.reset_after + 1
    assert attempts.tries_left("pin", LIMIT) == 3


def test_a_damaged_file_and_a_full_disk_stop_nothing(tmp_path: Path) -> None:
    path = tmp_path / "attempts"
    for damage in (b"", b"{", b"[]", b'{"pin": {"wrong": "x"}}', b"\xff\xfe"):
        path.write_bytes(damage)
        assert AttemptCounters(path, Time()).seconds_to_wait("pin", LIMIT) == 0
    gone = AttemptCounters(tmp_path / "no folder" / "attempts", Time())
    gone.record_failure("pin", LIMIT)
    assert gone.tries_left("pin", LIMIT) == 2
