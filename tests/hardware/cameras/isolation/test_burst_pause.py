"""Between the shots of a burst no frame is read: it would restart the live view of a DSLR and raise its mirror."""

from __future__ import annotations

import itertools
import multiprocessing
import queue
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection

import numpy as np
import pytest

from config.arrays import Pixels
from hardware.cameras.api import CameraInfo, Shot
from hardware.cameras.isolation import worker
from hardware.cameras.isolation.messages import DriverCommand, Shoot, ShotDelivered, Start, Stop
from hardware.cameras.isolation.shared_memory import FrameBuffer, ShotBuffer
from hardware.cameras.isolation.worker import CameraWorker
from tests.waiting import scale_timeout

TIMEOUT_S = 20.0


class CountingCamera:
    """A camera that records its calls."""

    def __init__(self, burst: int) -> None:
        self.info = CameraInfo("test", "Test", "1", True, (8, 6), (8, 6), burst=burst)
        self.calls: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._numbers = itertools.count(1)

    def open(self) -> CameraInfo:
        return self.info

    def frame(self) -> Pixels:
        self.calls.put("frame")
        return np.zeros((6, 8, 3), np.uint8)

    def shoot(self) -> Shot:
        self.calls.put("shoot")
        return Shot(b"a shot", f"{next(self._numbers)}.JPG", self.info)

    def send_command(self, command: str) -> None:
        self.calls.put(command)

    def close(self) -> None:
        self.calls.put("close")


class RunningWorker:
    """A camera worker in a thread of the test."""

    def __init__(self, burst: int) -> None:
        self.camera = CountingCamera(burst)
        self.pipe, worker_end = multiprocessing.Pipe()
        self._buffers = FrameBuffer.create(), ShotBuffer.create()
        self.thread = threading.Thread(target=self._run, args=(worker_end,), daemon=True)
        self.thread.start()

    def _run(self, pipe: Connection) -> None:
        CameraWorker(Start(lambda spec: self.camera, "test", 1, 0.1), pipe, *self._buffers).run()

    def shoot(self, number: int) -> None:
        self.pipe.send(Shoot(number))
        while self.pipe.poll(scale_timeout(TIMEOUT_S)):
            if isinstance(self.pipe.recv(), ShotDelivered):
                return
        raise AssertionError(f"shot {number} was not delivered")

    def wait_for_frame(self) -> None:
        while self.camera.calls.get(timeout=scale_timeout(TIMEOUT_S)) != "frame":
            pass

    def stop(self) -> list[str]:
        """Stop the worker; return the calls since the first shot that were not read yet."""
        self.pipe.send(Stop())
        self.thread.join(scale_timeout(TIMEOUT_S))
        assert not self.thread.is_alive()
        calls = []
        while not self.camera.calls.empty():
            calls.append(self.camera.calls.get())
        return calls[calls.index("shoot") :] if "shoot" in calls else calls

    def close(self) -> None:
        self.pipe.close()
        for buffer in self._buffers:
            buffer.close()


@pytest.fixture(params=[3])
def running(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningWorker]:
    """A worker whose pause does not end while the test runs."""
    monkeypatch.setattr(worker, "BURST_PAUSE_S", 3600.0)
    worker_thread = RunningWorker(request.param)
    yield worker_thread
    worker_thread.close()


def test_no_frame_is_read_between_the_shots_of_a_burst(running: RunningWorker) -> None:
    running.wait_for_frame()
    running.shoot(1)
    running.pipe.send(DriverCommand("stored 0123"))  # the kiosk reports it before it requests the next shot
    running.shoot(2)
    assert running.stop() == ["shoot", "stored 0123", "shoot", "close"]


def test_frames_are_read_again_when_no_further_shot_is_requested(
    running: RunningWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "BURST_PAUSE_S", 0.01)
    running.shoot(1)
    while running.camera.calls.get(timeout=scale_timeout(TIMEOUT_S)) != "shoot":
        pass
    running.wait_for_frame()
    running.stop()


@pytest.mark.parametrize("running", [1], indirect=True)
def test_frames_of_a_camera_without_bursts_are_read_at_once(running: RunningWorker) -> None:
    running.shoot(1)
    while running.camera.calls.get(timeout=scale_timeout(TIMEOUT_S)) != "shoot":
        pass
    running.wait_for_frame()
    running.stop()
