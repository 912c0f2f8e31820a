"""Each showing of a code is reported once, however often it is read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from config.barcodes import CodeRead
from hardware.barcodes.debounce import ScanDebouncer

QR = CodeRead("sealed", linear=False)
OTHER = CodeRead("another", linear=False)
BAR = CodeRead("2022001", linear=True)


def new_codes(*frames: tuple[float, list[CodeRead]], away: float = 2.0) -> list[str]:
    debouncer = ScanDebouncer(away)
    return [payload for at, reads in frames for payload in debouncer.update(reads, at)]


def test_a_code_that_stays_is_reported_once() -> None:
    assert new_codes(*((n / 8, [QR]) for n in range(80))) == ["sealed"]


def test_a_code_that_is_unreadable_for_a_moment_is_not_reported_again() -> None:
    assert new_codes((0, [QR]), (0.5, []), (1.9, [QR]), (3.8, [QR])) == ["sealed"]


def test_a_code_that_was_away_is_reported_again() -> None:
    assert new_codes((0, [QR]), (1, []), (3, []), (3.1, [QR])) == ["sealed", "sealed"]


def test_two_codes_are_both_reported() -> None:
    assert new_codes((0, [QR, OTHER]), (1, [OTHER])) == ["sealed", "another"]


def test_a_barcode_is_accepted_when_two_frames_agree() -> None:
    assert new_codes((0, [BAR])) == []
    assert new_codes((0, [BAR]), (0.1, [CodeRead("2022007", True)]), (0.2, [BAR])) == ["2022001"]


def test_a_phone_that_is_there_during_the_whole_visit_does_not_begin_the_next() -> None:
    debouncer = ScanDebouncer()
    assert debouncer.update([QR], 0) == ["sealed"]
    debouncer.resume(300)
    assert debouncer.update([QR], 300.1) == []
    assert debouncer.update([], 303) == []
    assert debouncer.update([QR], 304) == ["sealed"]


@given(times=st.lists(st.floats(0, 1.9), min_size=1, max_size=40))
def test_any_rhythm_of_frames_within_the_timeout_reports_once(times: list[float]) -> None:
    at, frames = 0.0, []
    for gap in times:
        at += gap
        frames.append((at, [QR]))
    assert new_codes(*frames) == ["sealed"]
