"""The contract of code scanners, on every driver."""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.arrays import Pixels
from hardware.barcodes.api import CodeScanner, Scan
from hardware.barcodes.camera_scanner import CameraScanner
from hardware.barcodes.debounce import ScanDebouncer
from hardware.barcodes.keyboard_wedge import Key, WedgeScanner
from hardware.barcodes.serial_scanner import SerialScanner
from hardware.cameras.api import Frame
from tests.hardware.barcodes.contract import TIMEOUT_S, CodeScannerContract, Rig
from tests.hardware.barcodes.synthetic_codes import Conditions, empty_frame, photograph_code, qr
from tests.hardware.barcodes.terminal import Terminal


class CodeStage:
    """A camera in front of which codes are held; its frames are ready at once, and its clock counts them."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._pixels: Pixels = empty_frame()
        self._condition = threading.Condition()
        self._count = 0

    def newest(self, after: int) -> Frame | None:
        with self._condition:
            self._count += 1
            self._condition.notify_all()
            return Frame(self._pixels, next(self._numbers), 0.0)

    def clock(self) -> float:
        return float(self._count)  # a second for each frame

    def show(self, text: str, running: Callable[[], bool]) -> None:
        self._hold(photograph_code(qr(text), Conditions(side=300)), 3, running)
        self._hold(empty_frame(), 5, running)

    def _hold(self, pixels: Pixels, frames: int, running: Callable[[], bool]) -> None:
        with self._condition:
            self._pixels, until = pixels, self._count + frames
            if running():
                assert self._condition.wait_for(lambda: self._count >= until, TIMEOUT_S)


class TestCameraScanner(CodeScannerContract):
    @pytest.fixture
    def rig(self) -> Iterator[Rig]:
        reported: queue.Queue[Scan] = queue.Queue()
        stage = CodeStage()
        scanner = CameraScanner(
            stage.newest, reported.put, rate=1000.0, clock=stage.clock, debouncer=ScanDebouncer(absence_s=3.0)
        )
        scanner.start()
        scanner.resume()
        yield Rig(scanner, lambda text: stage.show(text, lambda: scanner._loop.is_alive), reported, "camera")
        scanner.stop()


class TestWedgeScanner(CodeScannerContract):
    @pytest.fixture
    def rig(self) -> Rig:
        reported: queue.Queue[Scan] = queue.Queue()
        scanner = WedgeScanner(reported.put)
        scanner.start()
        seconds = itertools.count()

        def show(text: str) -> None:
            begin = next(seconds)
            for n, key in enumerate((*text, Key.END, Key.END)):
                scanner.press(key, begin + n * 0.004)

        return Rig(scanner, show, reported, "keyboard")


class TestSerialScanner(CodeScannerContract):
    @pytest.fixture(params=["\r\n", "\r", "\x03"], ids=["CR LF", "CR", "ETX"])
    def rig(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
        reported: queue.Queue[Scan] = queue.Queue()
        opened = threading.Event()
        with Terminal(tmp_path / "scanner") as terminal:
            scanner: CodeScanner = SerialScanner(str(terminal.port), reported.put, lambda problem: opened.set())
            scanner.start()
            assert opened.wait(TIMEOUT_S)

            def show(text: str) -> None:
                terminal.write(f"{text}{request.param}".encode())

            yield Rig(scanner, show, reported, "serial")
            scanner.stop()
