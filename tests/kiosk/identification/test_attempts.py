"""Wrong attempts are counted over restarts, pauses grow, and no clock makes them longer than the limit."""

from __future__ import annotations

from pathlib import Path

from kiosk.identification.attempts import Attempts, Limit

LIMIT = Limit(tries=3, pause=30.0, max_pause=100.0, forget=1_000.0)


class Time:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_pauses_begin_after_some_tries_and_grow_up_to_the_most(tmp_path: Path) -> None:
    time = Time()
    attempts = Attempts(tmp_path / "attempts", time)
    pauses = []
    for _ in range(12):
        pauses.append(attempts.wrong("pin", LIMIT))
        time.now += pauses[-1]
    assert pauses == [0, 0, 30, 0, 0, 60, 0, 0, 100, 0, 0, 100]


def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    time = Time()
    for _ in range(3):
        Attempts(tmp_path / "attempts", time).wrong("pin", LIMIT)
    assert Attempts(tmp_path / "attempts", time).wait("pin", LIMIT) == 30
    assert Attempts(tmp_path / "attempts", time).wait("other", LIMIT) == 0


def test_a_clock_set_back_years_pauses_for_the_most_at_most(tmp_path: Path) -> None:
    time = Time()
    attempts = Attempts(tmp_path / "attempts", time)
    for _ in range(3):
        attempts.wrong("pin", LIMIT)
    time.now -= 1e8
    assert attempts.wait("pin", LIMIT) == LIMIT.max_pause


def test_what_is_right_and_what_is_long_ago_counts_no_more(tmp_path: Path) -> None:
    time = Time()
    attempts = Attempts(tmp_path / "attempts", time)
    attempts.wrong("pin", LIMIT)
    assert attempts.left("pin", LIMIT) == 2
    attempts.right("pin")
    assert attempts.left("pin", LIMIT) == 3
    attempts.wrong("pin", LIMIT)
    time.now += LIMIT.forget + 1
    assert attempts.left("pin", LIMIT) == 3


def test_a_damaged_file_and_a_full_disk_stop_nothing(tmp_path: Path) -> None:
    path = tmp_path / "attempts"
    for damage in (b"", b"{", b"[]", b'{"pin": {"wrong": "x"}}', b"\xff\xfe"):
        path.write_bytes(damage)
        assert Attempts(path, Time()).wait("pin", LIMIT) == 0
    gone = Attempts(tmp_path / "no folder" / "attempts", Time())
    gone.wrong("pin", LIMIT)
    assert gone.left("pin", LIMIT) == 2
