"""Whatever a keyboard scanner does, a code is reported completely or not at all."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.barcodes.keyboard_wedge import Key, WedgeScanner, WedgeTiming
from hardware.barcodes.serial_scanner import MAX_LENGTH, LineBuffer

BURST = WedgeTiming()
CODE = "202200010001"
CODES = st.text(st.sampled_from("0123456789ABCXsz:-/"), min_size=4, max_size=40)
QUICK = st.floats(0.001, BURST.max_gap_s * 0.9)
PAUSE = st.floats(BURST.max_gap_s * 1.1, 9.0)
ENDS = st.sampled_from([(Key.END,), (Key.END, Key.END), ()])
Event = tuple[str | Key, float]


class WedgeRecorder:
    def __init__(self) -> None:
        self.codes: list[str] = []
        self.broken: list[bool] = []
        self.scanner = WedgeScanner(lambda scan: self.codes.append(scan.payload), on_incomplete=self.broken.append)
        self.scanner.start()

    def feed(self, keys: list[Event], silence: float = 1.0) -> WedgeRecorder:
        """Like the window: report a pause after each second without a key."""
        before = None
        for key, at in keys:
            if before is not None and at - before > silence:
                self.scanner.on_silence()
            self.scanner.press(key, at)
            before = at
        self.scanner.on_silence()
        return self


@dataclass(frozen=True)
class SimulatedScan:
    """One scan as some scanner types it."""

    code: str
    keys: list[Event]
    complete: bool


@st.composite
def scans(draw: st.DrawFn, start: float = 0.0) -> SimulatedScan:
    """Draw a scan with any pace, pauses, prefix, suffix and ends, and with lost keys."""
    prefix = draw(st.sampled_from(["", "]C1", "*", "\u02ca"]))
    suffix = draw(st.sampled_from(["", "*", "%"]))
    code, ends = prefix + draw(CODES) + suffix, draw(ENDS)
    at, keys, complete = start, [], bool(ends)
    pauses = draw(st.sets(st.integers(1, len(code)), max_size=3))
    lost = draw(st.one_of(st.none(), st.integers(0, len(code) - 1)))
    for place, key in enumerate((*code, *ends)):
        at += draw(PAUSE) if place in pauses else draw(QUICK)
        keys.append((Key.LOST if place == lost else key, at))
    complete = complete and lost is None and not {place for place in pauses if place <= len(code)}
    return SimulatedScan(code, keys, complete)


@given(scans())
def test_one_scan_is_read_completely_or_not_at_all(scanned: SimulatedScan) -> None:
    received = WedgeRecorder().feed(scanned.keys)
    assert set(received.codes) <= {scanned.code}
    if scanned.complete and len(scanned.code) >= BURST.min_length:
        assert received.codes == [scanned.code]
        assert received.broken == []


@given(st.data(), st.lists(st.floats(0.06, 12.0), min_size=3, max_size=3))
def test_scans_one_after_the_other_never_result_in_another_code(data: st.DataObject, between: list[float]) -> None:
    at, keys, codes = 0.0, [], set()
    for pause in between:
        scanned = data.draw(scans(at + pause))
        keys += scanned.keys
        codes.add(scanned.code)
        at = scanned.keys[-1][1]
    assert set(WedgeRecorder().feed(keys).codes) <= codes


@given(st.text(st.sampled_from("0123456789"), min_size=1, max_size=8), st.floats(0.06, 0.4), st.floats(0.06, 2.0))
def test_typing_before_a_scan_never_changes_its_code(typed: str, pace: float, pause: float) -> None:
    keys: list[Event] = [(digit, place * pace) for place, digit in enumerate(typed)]
    at = keys[-1][1] + pause
    keys += [(digit, at + place * 0.01) for place, digit in enumerate(CODE)] + [(Key.END, at + len(CODE) * 0.01)]
    assert set(WedgeRecorder().feed(keys).codes) <= {CODE}


@pytest.mark.parametrize("pause", [0.051, 0.08, 0.25, 0.9, 3.0, 9.5])
@pytest.mark.parametrize("place", range(1, len(CODE)))
def test_a_pause_anywhere_reports_nothing_and_requests_another_scan(place: int, pause: float) -> None:
    keys: list[Event] = [(c, n * 0.01 + (pause if n >= place else 0)) for n, c in enumerate((*CODE, Key.END))]
    received = WedgeRecorder().feed(keys)
    assert received.codes == []
    assert received.broken, "the student is asked to scan again"


def test_after_a_broken_scan_the_next_one_is_received() -> None:
    keys: list[Event] = [(c, n * 0.01 + (0.08 if n >= 5 else 0)) for n, c in enumerate((*CODE, Key.END))]
    again: list[Event] = [(c, 2.0 + n * 0.01) for n, c in enumerate((*CODE, Key.END))]
    assert WedgeRecorder().feed(keys + again).codes == [CODE]


def test_a_scanner_without_an_end_is_reported_each_time_and_never_read() -> None:
    keys: list[Event] = [(c, scan * 3.0 + n * 0.01) for scan in range(3) for n, c in enumerate(CODE)]
    received = WedgeRecorder().feed(keys)
    assert received.codes == []
    assert False in received.broken


def test_a_line_break_inside_a_code_makes_no_second_code() -> None:
    text = [*"BEGIN:VCARD", Key.END, *"0022001", Key.END]
    received = WedgeRecorder().feed([(key, n * 0.008) for n, key in enumerate(text)])
    assert "0022001" not in received.codes
    assert received.broken == [True], "the second line is rejected"


def test_a_code_longer_than_any_is_not_cut() -> None:
    received = WedgeRecorder().feed([(key, n * 0.001) for n, key in enumerate([*("1" * 5000), Key.END])])
    assert received.codes == []


def test_a_scan_that_began_before_the_start_is_not_received() -> None:
    received = WedgeRecorder()
    received.scanner.stop()
    for n, character in enumerate(CODE[:5]):
        received.scanner.press(character, n * 0.01)
    received.scanner.start()
    for n, key in enumerate((*CODE[5:], Key.END)):
        received.scanner.press(key, 0.05 + n * 0.01)
    assert received.codes == []


# ---------------------------------------------------------------------- the same on a serial port


@given(st.lists(CODES, min_size=1, max_size=4), st.lists(st.integers(0, 200), max_size=6), st.integers(1, 40))
def test_a_pause_at_the_serial_port_ends_no_code(codes: list[str], cuts: list[int], pauses: int) -> None:
    stream = b"".join(code.encode() + b"\r\n" for code in codes)
    places = sorted({min(cut, len(stream)) for cut in cuts} | {0, len(stream)})
    lines, received = LineBuffer(), []
    for a, b in itertools.pairwise(places):
        received += lines.feed(stream[a:b])
        for _ in range(pauses):
            lines.on_silence()
    assert received == [code.strip() for code in codes]


def test_a_serial_scanner_without_an_end_is_reported_once() -> None:
    lines = LineBuffer()
    assert lines.feed(CODE.encode()) == []
    assert [lines.on_silence() for _ in range(60)].count(True) == 1


def test_the_end_of_endless_noise_is_no_code() -> None:
    lines = LineBuffer()
    for _ in range(50):
        assert lines.feed(b"x" * (MAX_LENGTH // 10)) == []
    assert lines.feed(b"0022001\r") == []
    assert lines.feed(b"0022002\r") == ["0022002"]
