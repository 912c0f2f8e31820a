"""The contract of every code scanner; test_contract.py runs it on each of them."""

from __future__ import annotations

import queue
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from hardware.barcodes.api import CodeScanner, Scan
from tests.hardware.barcodes.synthetic_codes import payload
from tests.waiting import scale_timeout

TIMEOUT_S = 10.0
PAYLOADS = {
    "a sealed code": payload(200),
    "one of our own": "ZGTEST1:ABC123:2022001:JQYLLQETVWJOWWI2",
    "a student number": "2022S0417",
    "an ID number": "990101200305090121",
    "with spaces": "a code with spaces",
}


@dataclass(frozen=True)
class Rig:
    """A started scanner and a person who shows codes. `show` shows a code until it is surely scanned, and removes it
    for so long that the next one counts as another."""

    scanner: CodeScanner
    show: Callable[[str], None]
    scans: queue.Queue[Scan]
    source: str


class CodeScannerContract:
    """The tests of the contract; the subclass has the fixture `rig`."""

    @pytest.mark.parametrize("kind", PAYLOADS)
    def test_a_code_is_reported_unchanged_and_once(self, rig: Rig, kind: str) -> None:
        rig.show(PAYLOADS[kind])
        scan = rig.scans.get(timeout=scale_timeout(TIMEOUT_S))
        assert (scan.payload, scan.source) == (PAYLOADS[kind], rig.source)
        rig.show("the end of it")
        assert rig.scans.get(timeout=scale_timeout(TIMEOUT_S)).payload == "the end of it", (
            "nothing else was reported in between"
        )

    def test_the_same_code_shown_again_is_reported_again(self, rig: Rig) -> None:
        for _ in range(3):
            rig.show("2022S0417")
        assert [rig.scans.get(timeout=scale_timeout(TIMEOUT_S)).payload for _ in range(3)] == ["2022S0417"] * 3

    def test_codes_are_reported_in_their_order(self, rig: Rig) -> None:
        shown = [f"2022S{n:04d}" for n in range(5)]
        for text in shown:
            rig.show(text)
        assert [rig.scans.get(timeout=scale_timeout(TIMEOUT_S)).payload for _ in shown] == shown

    def test_a_stopped_scanner_reports_nothing(self, rig: Rig) -> None:
        rig.scanner.stop()
        rig.scanner.stop()
        rig.show("2022S0417")
        assert rig.scans.empty()

    def test_a_payload_is_not_printed(self, rig: Rig) -> None:
        rig.show("990101200305090121")
        assert "990101200305090121" not in repr(rig.scans.get(timeout=scale_timeout(TIMEOUT_S)))
