"""A scanner that types and a person who types are distinguished, key by key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.barcodes.api import Scan
from hardware.barcodes.keyboard_wedge import Key, WedgeScanner, WedgeTiming, to_half_width

BURST = WedgeTiming()
QUICK = 0.008
TYPED = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=BURST.min_length, max_size=60)
Keys = list[tuple[str | Key, float]]


def keys_of(text: str, gap: float = QUICK, at: float = 0.0, end: bool = True) -> Keys:
    keys: Keys = [(character, at + n * gap) for n, character in enumerate(text)]
    return [*keys, (Key.END, at + len(text) * gap)] if end else keys


def pressed(keys: Keys) -> tuple[list[str], list[bool]]:
    """Press the keys; return the scans, and whether each key was consumed."""
    scans: list[Scan] = []
    scanner = WedgeScanner(scans.append)
    scanner.start()
    consumed = [scanner.press(key, at) for key, at in keys]
    return [scan.payload for scan in scans], consumed


@given(text=TYPED, gaps=st.lists(st.floats(0.0005, BURST.max_gap_s * 0.99), min_size=61, max_size=61))
def test_any_quick_burst_is_a_scan(text: str, gaps: list[float]) -> None:
    at, keys = 0.0, []
    for character, gap in zip([*text, Key.END], gaps, strict=False):
        at += gap
        keys.append((character, at))
    scanned, consumed = pressed(keys)
    assert scanned == [text]
    assert consumed[-1], "its Enter presses no button"
    assert consumed[: BURST.certain_after] == [False] * BURST.certain_after
    assert all(consumed[BURST.certain_after :])


@given(text=TYPED, gaps=st.lists(st.floats(BURST.max_gap_s * 1.01, 3.0), min_size=61, max_size=61))
def test_nothing_that_a_person_types_is_consumed(text: str, gaps: list[float]) -> None:
    at, keys = 0.0, []
    for character, gap in zip([*text, Key.END], gaps, strict=False):
        at += gap
        keys.append((character, at))
    assert pressed(keys) == ([], [False] * len(keys))


def test_a_fast_typist_who_rolls_over_two_keys_keeps_them() -> None:
    keys: Keys = []
    for n, pair in enumerate(("th", "is", "is", "me")):
        keys += keys_of(pair, gap=0.03, at=n * 0.2, end=False)
    keys.append((Key.END, 1.2))
    assert pressed(keys) == ([], [False] * len(keys))


def test_typing_just_before_a_scan_is_no_part_of_it() -> None:
    """The typed keys may also be the beginning of a code with pauses, so nothing is reported."""
    scanned, consumed = pressed([*keys_of("2468", gap=0.2, end=False), *keys_of("sealed code", at=1.0)])
    assert scanned == []
    assert consumed[:4] == [False] * 4
    typed_long_ago = [*keys_of("2468", gap=0.2, end=False), *keys_of("sealed code", at=BURST.forget_after_s + 2)]
    assert pressed(typed_long_ago)[0] == ["sealed code"]


def test_both_ends_of_a_scanner_that_sends_two_are_consumed() -> None:
    keys = keys_of("2022001")
    scanned, consumed = pressed([*keys, (Key.END, keys[-1][1] + QUICK)])
    assert scanned == ["2022001"]
    assert consumed[-2:] == [True, True]


def test_an_enter_long_after_a_scan_is_not_consumed() -> None:
    keys = keys_of("2022001")
    _, consumed = pressed([*keys, (Key.END, keys[-1][1] + 1.0)])
    assert consumed[-1] is False


def test_too_short_a_burst_is_no_code_and_its_enter_is_not_consumed() -> None:
    scanned, consumed = pressed(keys_of("12345"))
    assert scanned == []
    assert consumed[-1] is False


def test_a_scanner_without_an_enter_is_reported_and_gives_no_code() -> None:
    scans: list[Scan] = []
    broken: list[bool] = []
    scanner = WedgeScanner(scans.append, on_incomplete=broken.append)
    scanner.start()
    for key, at in keys_of("2022001", end=False):
        scanner.press(key, at)
    scanner.on_silence()
    scanner.on_silence()
    assert scans == []
    assert broken == [False]


def test_two_scans_one_after_the_other_are_two() -> None:
    assert pressed([*keys_of("2022001"), *keys_of("2022002", at=0.5)])[0] == ["2022001", "2022002"]


def test_a_stopped_scanner_consumes_nothing() -> None:
    scans: list[Scan] = []
    scanner = WedgeScanner(scans.append)
    assert not any(scanner.press(key, at) for key, at in keys_of("2022001"))
    scanner.start()
    scanner.stop()
    assert not any(scanner.press(key, at) for key, at in keys_of("2022001"))
    assert scans == []


@pytest.mark.parametrize(
    ("typed", "half_width"), [("２０２２Ｓ０１", "2022S01"), ("ＺＧ：ａ　ｂ", "ZG:a b"), ("学号1", "学号1")]
)
def test_full_width_characters_are_those_of_the_code(typed: str, half_width: str) -> None:
    assert to_half_width(typed) == half_width
    assert pressed(keys_of(typed + "0000"))[0] == [half_width + "0000"]
