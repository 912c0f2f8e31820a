"""Each showing of a code is reported once, however often it is read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from config.barcodes import CodeRead
from hardware.barcodes.debounce import ScanDebouncer

QR = CodeRead("sealed", linear=False)
OTHER = CodeRead("another", linear=False)
BAR = CodeRead("2022001", linear=True)


def new_codes(*looks: tuple[float, list[CodeRead]], away: float = 2.0) -> list[str]:
    showing = ScanDebouncer(away)
    return [payload for at, reads in looks for payload in showing.update(reads, at)]


def test_a_code_that_stays_is_reported_once() -> None:
    assert new_codes(*((n / 8, [QR]) for n in range(80))) == ["sealed"]


def test_a_code_that_fails_to_be_read_for_a_moment_is_the_same_showing() -> None:
    assert new_codes((0, [QR]), (0.5, []), (1.9, [QR]), (3.8, [QR])) == ["sealed"]


def test_a_code_that_was_away_is_reported_again() -> None:
    assert new_codes((0, [QR]), (1, []), (3, []), (3.1, [QR])) == ["sealed", "sealed"]


def test_two_codes_are_two() -> None:
    assert new_codes((0, [QR, OTHER]), (1, [OTHER])) == ["sealed", "another"]


def test_a_barcode_is_accepted_when_two_frames_agree() -> None:
    assert new_codes((0, [BAR])) == []
    assert new_codes((0, [BAR]), (0.1, [CodeRead("2022007", True)]), (0.2, [BAR])) == ["2022001"]


def test_a_phone_that_lay_there_through_a_visit_does_not_begin_the_next() -> None:
    showing = ScanDebouncer()
    assert showing.update([QR], 0) == ["sealed"]
    showing.resume(300)
    assert showing.update([QR], 300.1) == []
    assert showing.update([], 303) == []
    assert showing.update([QR], 304) == ["sealed"]


@given(times=st.lists(st.floats(0, 1.9), min_size=1, max_size=40))
def test_any_rhythm_of_frames_within_the_timeout_reports_once(times: list[float]) -> None:
    at, looks = 0.0, []
    for gap in times:
        at += gap
        looks.append((at, [QR]))
    assert new_codes(*looks) == ["sealed"]
