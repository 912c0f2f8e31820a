"""Everything of a station that reads codes: its camera, a scanner that types, one on a serial port."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from config.problem import Problem
from config.station import CodesPart
from hardware.cameras.camera import Frame
from hardware.codes.camera_scanner import CameraScanner
from hardware.codes.scan import CodeScanner, Scan, ScannerProblem
from hardware.codes.serial_scanner import SerialScanner
from hardware.codes.wedge import WedgeScanner
from kiosk.sitting import Step

AWAITED: Final = (Step.IDLE, Step.IDENTIFY, Step.ENDED)
"""The steps in which a code is waited for; in all others the camera's frames are not searched."""


class Scanners:
    """`keyboard` wants every key that reaches the window; None where none is wished for. `problem` is the serial
    scanner's, while there is one."""

    def __init__(
        self,
        wishes: CodesPart,
        newest: Callable[[int], Frame | None],
        on_scan: Callable[[Scan], None],
        on_problem: Callable[[Problem | None], None] = lambda problem: None,
    ) -> None:
        self.problem: Problem | None = None
        self._on_problem = on_problem
        self.keyboard = WedgeScanner(on_scan) if wishes.keyboard else None
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
            self._camera.watch() if step in AWAITED else self._camera.pause()

    def _all(self) -> list[CodeScanner]:
        return [scanner for scanner in (self.keyboard, self._camera, self._serial) if scanner is not None]

    def _hear(self, problem: ScannerProblem | None) -> None:
        self.problem = problem
        self._on_problem(problem)
