"""All code scanners of a station: its camera, a keyboard scanner, one on a serial port."""

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
from kiosk.visit.step import Step

ACTIVE_STEPS: Final = (Step.IDLE, Step.IDENTIFY, Step.PAYMENT, Step.ENDED)
"""The steps at which somebody may show a code; in all others the frames of the camera are not searched."""

_MAX_UNTERMINATED: Final = 2
"""Number of codes without an end after which the scanner's setting must be wrong."""


class CodeScanners:
    """`keyboard` must receive every key of the window; it is None if the settings exclude it. `problem` is the present
    problem of a scanner. `on_broken` is called for a code that may be incomplete, which is not passed on."""

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
        """Search the frames of the camera at the steps that wait for a code."""
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
        """Let the student scan again; report a scanner that never sends an end to the operator."""
        self._unterminated += not terminated
        if self._unterminated == _MAX_UNTERMINATED:
            self._set_problem(ScannerProblem("scanner.no_end"))
        self._on_broken()

    def _set_problem(self, problem: ScannerProblem | None) -> None:
        self.problem = problem
        self._on_problem(problem)
