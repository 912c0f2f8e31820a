"""Everything of a station that reads codes: its camera, a scanner that types, one on a serial port."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from config.errors import Problem
from config.settings.station import CodeSettings
from hardware.barcodes.api import CodeScanner, Scan, ScannerProblem
from hardware.barcodes.camera_scanner import CameraScanner
from hardware.barcodes.keyboard_wedge import WedgeScanner
from hardware.barcodes.serial_scanner import SerialScanner
from hardware.cameras.api import Frame
from kiosk.visit.state import Step

AWAITED: Final = (Step.IDLE, Step.IDENTIFY, Step.ENDED)
"""The steps in which a code is waited for; in all others the camera's frames are not searched."""

_WITHOUT_END: Final = 2
"""Codes without an end after which it is the scanner's setting and no accident."""


class Scanners:
    """`keyboard` wants every key that reaches the window; None where none is wished for. `problem` is a
    scanner's, while there is one. `on_broken`: a code did not surely arrive whole, and nothing of it was handed on."""

    def __init__(
        self,
        wishes: CodeSettings,
        newest: Callable[[int], Frame | None],
        on_scan: Callable[[Scan], None],
        on_problem: Callable[[Problem | None], None] = lambda problem: None,
        on_broken: Callable[[], None] = lambda: None,
    ) -> None:
        self.problem: Problem | None = None
        self._on_scan, self._on_problem, self._on_broken = on_scan, on_problem, on_broken
        self._without_end = 0
        self.keyboard = WedgeScanner(self._typed, on_incomplete=self._typed_in_part) if wishes.keyboard else None
        self._camera = CameraScanner(newest, on_scan, wishes.rate) if wishes.camera else None
        port = wishes.serial_port
        self._serial = SerialScanner(port, on_scan, self._hear, wishes.serial_baud) if port else None

    def start(self) -> None:
        for scanner in self._all():
            scanner.start()
        self.follow(Step.IDLE)

    def stop(self) -> None:
        for scanner in self._all():
            scanner.stop()

    def follow(self, step: Step) -> None:
        """The sitting is at that step."""
        if self._camera is not None:
            self._camera.resume() if step in AWAITED else self._camera.pause()

    def _all(self) -> list[CodeScanner]:
        return [scanner for scanner in (self.keyboard, self._camera, self._serial) if scanner is not None]

    def _typed(self, scan: Scan) -> None:
        if self._without_end >= _WITHOUT_END:
            self._hear(None)
        self._without_end = 0
        self._on_scan(scan)

    def _typed_in_part(self, ended: bool) -> None:
        """The student is asked to scan again; a scanner that never sends an end is the operator's to set."""
        self._without_end += not ended
        if self._without_end == _WITHOUT_END:
            self._hear(ScannerProblem("scanner.no_end"))
        self._on_broken()

    def _hear(self, problem: ScannerProblem | None) -> None:
        self.problem = problem
        self._on_problem(problem)
