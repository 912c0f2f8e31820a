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

ACTIVE_STEPS: Final = (Step.IDLE, Step.IDENTIFY, Step.ENDED)
"""The steps in which a code is waited for; in all others the camera's frames are not searched."""

_MAX_UNTERMINATED: Final = 2
"""Codes without an end after which it is the scanner's setting and no accident."""


class CodeScanners:
    """`keyboard` wants every key that reaches the window; None where none is wished for. `problem` is a
    scanner's, while there is one. `on_broken`: a code did not surely arrive whole, and nothing of it was handed on."""

    def __init__(
        self,
        settings: CodeSettings,
        newest: Callable[[int], Frame | None],
        on_scan: Callable[[Scan], None],
        on_problem: Callable[[Problem | None], None] = lambda problem: None,
        on_broken: Callable[[], None] = lambda: None,
    ) -> None:
        self.problem: Problem | None = None
        self._on_scan, self._on_problem, self._on_broken = on_scan, on_problem, on_broken
        self._unterminated = 0
        self.keyboard = (
            WedgeScanner(self._on_typed_scan, on_incomplete=self._on_partial_scan) if settings.keyboard else None
        )
        self._camera = CameraScanner(newest, on_scan, settings.max_scan_rate) if settings.camera else None
        port = settings.serial_port
        self._serial = SerialScanner(port, on_scan, self._set_problem, settings.serial_baud) if port else None

    def start(self) -> None:
        for scanner in self._scanners():
            scanner.start()
        self.on_step(Step.IDLE)

    def stop(self) -> None:
        for scanner in self._scanners():
            scanner.stop()

    def on_step(self, step: Step) -> None:
        """The sitting is at that step."""
        if self._camera is not None:
            self._camera.resume() if step in ACTIVE_STEPS else self._camera.pause()

    def _scanners(self) -> list[CodeScanner]:
        return [scanner for scanner in (self.keyboard, self._camera, self._serial) if scanner is not None]

    def _on_typed_scan(self, scan: Scan) -> None:
        if self._unterminated >= _MAX_UNTERMINATED:
            self._set_problem(None)
        self._unterminated = 0
        self._on_scan(scan)

    def _on_partial_scan(self, terminated: bool) -> None:
        """The student is asked to scan again; a scanner that never sends an end is the operator's to set."""
        self._unterminated += not terminated
        if self._unterminated == _MAX_UNTERMINATED:
            self._set_problem(ScannerProblem("scanner.no_end"))
        self._on_broken()

    def _set_problem(self, problem: ScannerProblem | None) -> None:
        self.problem = problem
        self._on_problem(problem)
