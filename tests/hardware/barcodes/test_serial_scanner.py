"""Codes from a serial port: any ending, any pieces, and a cable that is unplugged."""

from __future__ import annotations

import itertools
import os
import queue
import threading
from pathlib import Path

import pytest
import serial
from hypothesis import given
from hypothesis import strategies as st

from config.i18n import LANGUAGES
from hardware.barcodes.api import ScannerProblem
from hardware.barcodes.serial_scanner import MAX_LENGTH, LineBuffer, ReopenIntervals, SerialScanner
from tests.hardware.barcodes.terminal import Terminal
from tests.waiting import scale_timeout

TIMEOUT_S = 10.0
CODES = st.text(st.characters(min_codepoint=33, exclude_categories=("Cs", "Cc", "Zs")), min_size=1, max_size=30)


@given(
    codes=st.lists(CODES, max_size=5),
    end=st.sampled_from([b"\r", b"\n", b"\r\n", b"\x03", b"\0"]),
    start=st.sampled_from([b"", b"\x02"]),
    cuts=st.lists(st.integers(0, 400), max_size=9),
)
def test_any_ending_in_any_pieces(codes: list[str], end: bytes, start: bytes, cuts: list[int]) -> None:
    stream = b"".join(start + code.encode() + end for code in codes)
    places = sorted({min(cut, len(stream)) for cut in cuts} | {0, len(stream)})
    lines = LineBuffer()
    assert [code for a, b in itertools.pairwise(places) for code in lines.feed(stream[a:b])] == codes


def test_a_pause_ends_no_code() -> None:
    lines = LineBuffer()
    assert lines.feed(b"2022") == []
    lines.on_silence()
    assert lines.feed(b"001\r") == ["2022001"]


def test_endless_noise_needs_no_memory() -> None:
    lines = LineBuffer()
    for _ in range(50):
        assert lines.feed(b"x" * 1000) == []
    assert len(lines._partial) <= MAX_LENGTH


def test_bytes_that_are_no_utf_8_are_kept_as_they_are() -> None:
    assert LineBuffer().feed(b"\xb2\xc9\r") == ["\xb2\xc9"]


def test_the_cable_unplugged_and_plugged_in_again(tmp_path: Path) -> None:
    port = tmp_path / "scanner"
    reported: queue.Queue[object] = queue.Queue()
    scanner = SerialScanner(
        str(port),
        lambda scan: reported.put(scan.payload),
        lambda p: reported.put(p and p.key),
        intervals=ReopenIntervals(0.01, 0.02),
    )
    scanner.start()
    assert reported.get(timeout=scale_timeout(TIMEOUT_S)) == "scanner.absent"
    with Terminal(port) as terminal:
        assert reported.get(timeout=scale_timeout(TIMEOUT_S)) is None
        terminal.write(b"2022001\r\n")
        assert reported.get(timeout=scale_timeout(TIMEOUT_S)) == "2022001"
    assert reported.get(timeout=scale_timeout(TIMEOUT_S)) == "scanner.lost"
    assert reported.get(timeout=scale_timeout(TIMEOUT_S)) == "scanner.absent"
    with Terminal(port) as terminal:
        assert reported.get(timeout=scale_timeout(TIMEOUT_S)) is None
        terminal.write(b"2022002\r\n")
        assert reported.get(timeout=scale_timeout(TIMEOUT_S)) == "2022002"
        scanner.stop()
    assert reported.empty()


def test_nothing_is_ever_written_to_the_port(tmp_path: Path) -> None:
    reported: queue.Queue[str] = queue.Queue()
    with Terminal(tmp_path / "scanner") as terminal:
        opened = threading.Event()
        scanner = SerialScanner(
            str(terminal.port), lambda scan: reported.put(scan.payload), lambda problem: opened.set()
        )
        scanner.start()
        assert opened.wait(scale_timeout(TIMEOUT_S))
        terminal.write(b"2022001\n")
        assert reported.get(timeout=scale_timeout(TIMEOUT_S)) == "2022001"
        scanner.stop()
        assert not terminal.was_written()


def test_a_port_that_another_program_uses_is_taken(tmp_path: Path) -> None:
    reported: queue.Queue[object] = queue.Queue()
    with Terminal(tmp_path / "scanner") as terminal, serial.Serial(str(terminal.port), exclusive=True):
        scanner = SerialScanner(str(terminal.port), lambda scan: None, lambda p: reported.put(p and p.key))
        scanner.start()
        assert reported.get(timeout=scale_timeout(TIMEOUT_S)) == "scanner.taken"
        scanner.stop()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", ["absent", "not_allowed", "taken", "lost"])
def test_every_problem_has_a_sentence(language: str, reason: str) -> None:
    sentence = ScannerProblem(f"scanner.{reason}", port=os.devnull).in_language(language)
    assert "{" not in sentence
    assert not sentence.startswith("scanner.")
