"""The scanner on live frames: it reads the newest one, only while it is active, and continues after a bad one."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from config.arrays import Pixels
from hardware.barcodes.api import Scan
from hardware.barcodes.camera_scanner import CameraScanner
from hardware.cameras.api import Frame
from tests.hardware.barcodes.synthetic_codes import Conditions, empty_frame, photograph_code, qr
from tests.waiting import scale_timeout

TIMEOUT_S = 10.0
SMALL = Conditions(side=150, size=(320, 240))
CODE = photograph_code(qr("sealed"), SMALL)
OTHER = photograph_code(qr("another"), SMALL)
EMPTY = empty_frame((320, 240))


@dataclass
class Camera:
    """A source of frames like a supervisor; `read` are the numbers of the frames that were read."""

    pixels: Pixels = field(default_factory=lambda: EMPTY)
    number: int = 0
    read: list[int] = field(default_factory=list)

    def show(self, pixels: Pixels) -> None:
        self.pixels = pixels

    def newest(self, after: int) -> Frame | None:
        """Return a newer frame; numbers jump, because frames are skipped between two scans."""
        self.number += 3
        self.read.append(self.number)
        return Frame(self.pixels, self.number, 0.0)


@contextmanager
def scanning(camera: Camera) -> Iterator[tuple[CameraScanner, queue.Queue[Scan]]]:
    reported: queue.Queue[Scan] = queue.Queue()
    scanner = CameraScanner(camera.newest, reported.put, rate=200.0)
    scanner.start()
    scanner.resume()
    try:
        yield scanner, reported
    finally:
        scanner.stop()
        assert not [thread for thread in threading.enumerate() if thread.name == "code-scanner"]


class ObservedEvent(threading.Event):
    """An event that signals when a thread waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = threading.Event()

    def wait(self, timeout: float | None = None) -> bool:
        self.entered.set()
        return super().wait(timeout)


def wait_for_frames(camera: Camera, times: int) -> None:
    """Wait until `times` more frames were read."""
    done = threading.Event()
    until = len(camera.read) + times
    while len(camera.read) < until:
        assert not done.wait(0.001)


def test_a_code_is_reported_once_and_the_next_after_it() -> None:
    camera = Camera()
    with scanning(camera) as (_, reported):
        wait_for_frames(camera, 4)
        assert reported.empty()
        camera.show(CODE)
        assert reported.get(timeout=scale_timeout(TIMEOUT_S)) == Scan("sealed", "camera")
        wait_for_frames(camera, 6)
        camera.show(OTHER)
        assert reported.get(timeout=scale_timeout(TIMEOUT_S)) == Scan("another", "camera")
        assert reported.empty()


def test_no_frame_is_analyzed_while_the_scanner_is_paused() -> None:
    camera = Camera()
    with scanning(camera) as (scanner, reported):
        wait_for_frames(camera, 2)
        scanner._active = inactive = ObservedEvent()  # as after pause()
        assert inactive.entered.wait(scale_timeout(TIMEOUT_S))
        before = len(camera.read)
        camera.show(CODE)
        assert len(camera.read) == before
        assert reported.empty()
        scanner.resume()
        assert reported.get(timeout=scale_timeout(TIMEOUT_S)).payload == "sealed"


def test_a_frame_that_cannot_be_decoded_does_not_end_the_scanner() -> None:
    camera = Camera(np.zeros((0, 0, 3), np.uint8))
    with scanning(camera) as (_, reported):
        wait_for_frames(camera, 3)
        camera.show(CODE)
        assert reported.get(timeout=scale_timeout(TIMEOUT_S)).payload == "sealed"


def test_without_frames_the_scanner_waits_for_one() -> None:
    frames: queue.SimpleQueue[Frame] = queue.SimpleQueue()
    reported: queue.Queue[Scan] = queue.Queue()
    scanner = CameraScanner(lambda after: None if frames.empty() else frames.get(), reported.put, rate=200.0)
    scanner.start()
    scanner.resume()
    frames.put(Frame(CODE, 1, 0.0))
    assert reported.get(timeout=scale_timeout(TIMEOUT_S)).payload == "sealed"
    scanner.stop()


def test_a_scanner_that_is_stopped_before_its_start_reads_no_frame() -> None:
    camera = Camera(CODE)
    reported: queue.Queue[Scan] = queue.Queue()
    scanner = CameraScanner(camera.newest, reported.put, rate=200.0)
    scanner.stop()
    scanner.start()
    scanner.stop()  # waits for the thread
    assert not [thread for thread in threading.enumerate() if thread.name == "code-scanner"]
    assert camera.read == []
    assert reported.empty()


def test_the_scanner_can_be_stopped_from_a_callback_and_twice() -> None:
    scanner = CameraScanner(Camera().newest, lambda scan: None)
    scanner.start()
    scanner.stop()
    scanner.stop()
    stopped = threading.Event()
    camera = Camera(CODE)

    def on_scan(scan: Scan) -> None:
        again.stop()
        stopped.set()

    again = CameraScanner(camera.newest, on_scan)
    again.start()
    again.resume()
    assert stopped.wait(scale_timeout(TIMEOUT_S))
