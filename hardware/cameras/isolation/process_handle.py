"""The kiosk's side of one camera process: spawn, exchange messages, monitor the heartbeat, terminate."""

from __future__ import annotations

import logging
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import Self

from hardware.cameras.api import Camera
from hardware.cameras.isolation.messages import Command, Report, Start, Stop
from hardware.cameras.isolation.shared_memory import FrameBuffer, Phase, ShotBuffer, move_above_stdio
from hardware.child_process import cpu_wait_seconds

log = logging.getLogger("camera")

_SEND_TIMEOUT_S = 1  # seconds
_KILL_TIMEOUT_S = 2.0  # seconds for the kernel to end a process; longer only for one stuck inside the kernel


def _start(*descriptors: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "hardware.cameras.isolation.worker", *map(str, descriptors)],
        pass_fds=descriptors,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)},
        process_group=0,  # Ctrl-C in the terminal is for the kiosk, which then closes the camera normally
    )


class CameraProcess:
    """A running camera process. Used from the supervisor's thread only, except `frame_buffer`, which any thread may
    read."""

    def __init__(
        self, process: subprocess.Popen[bytes], pipe: Connection, frame_buffer: FrameBuffer, shot_buffer: ShotBuffer
    ) -> None:
        self._process = process
        self.pipe = pipe
        self.frame_buffer = frame_buffer
        self.shot_buffer = shot_buffer
        self._heartbeats = -1
        self._last_heartbeat_at = 0.0
        self._cpu_wait = self._cpu_wait_at_heartbeat = 0.0

    @classmethod
    def launch(cls, driver: Callable[[str], Camera], spec: str, first_number: int, retry_interval: float) -> Self:
        """Start a process for `driver(spec)`. `driver` is pickled by its name, so it must be importable."""
        frame_buffer, shot_buffer = FrameBuffer.create(), ShotBuffer.create()
        kiosk_end, worker_end = (socket.socket(fileno=move_above_stdio(end.detach())) for end in socket.socketpair())
        # A hung process does not read; a full pipe must not block its supervisor.
        kiosk_end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", _SEND_TIMEOUT_S, 0))
        pipe = Connection(kiosk_end.detach())
        try:
            process = _start(worker_end.fileno(), frame_buffer.fd, shot_buffer.fd)
        except OSError:
            for resource in (pipe, frame_buffer, shot_buffer):
                resource.close()
            raise
        finally:
            worker_end.close()
        launched = cls(process, pipe, frame_buffer, shot_buffer)
        launched.send(Start(driver, spec, first_number, retry_interval))
        return launched

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, command: Command) -> None:
        """Send a request. If the process is gone, the request is dropped, and `reports` raises."""
        try:
            self.pipe.send(command)
        except (BrokenPipeError, ConnectionResetError, BlockingIOError):
            log.info("The camera process does not receive anything any more; %s is dropped.", type(command).__name__)

    def reports(self) -> Iterator[Report]:
        """Return the messages since the last call. Raises EOFError after the last one of a process that is gone."""
        while self.pipe.poll():
            try:
                yield self.pipe.recv()
            except ConnectionResetError as error:
                raise EOFError from error

    def heartbeat_age(self, now: float) -> tuple[float, Phase]:
        """Return the seconds since the last heartbeat, without time spent waiting for a processor, and the phase it
        reported."""
        heartbeats, phase = self.frame_buffer.heartbeat
        cpu_wait = cpu_wait_seconds(self.pid)
        if heartbeats != self._heartbeats:
            self._heartbeats, self._last_heartbeat_at, self._cpu_wait_at_heartbeat = heartbeats, now, cpu_wait
        return now - self._last_heartbeat_at - max(0.0, cpu_wait - self._cpu_wait_at_heartbeat), phase

    def cpu_starvation(self) -> float:
        """Return the seconds since the last call in which the process was ready to run while other programs ran."""
        before, self._cpu_wait = self._cpu_wait, cpu_wait_seconds(self.pid)
        return max(0.0, self._cpu_wait - before)

    def end(self, timeout: float) -> int | None:
        """End the process: stop, then terminate, then kill. Return its exit code, None if it has not ended.

        Its last messages can still be read from `reports`, until `close`.
        """
        if self._process.poll() is None and timeout > 0:
            self.send(Stop())
        for signal_process, seconds in (
            (lambda: None, timeout),
            (self._process.terminate, _KILL_TIMEOUT_S / 4),
            (self._process.kill, _KILL_TIMEOUT_S),
        ):
            signal_process()
            try:
                self._process.wait(seconds)
                break
            except subprocess.TimeoutExpired:
                log.info("The camera process %d has not ended within %g s.", self.pid, seconds)
        return self._process.returncode

    def close(self) -> None:
        self.pipe.close()
        self.frame_buffer.close()
        self.shot_buffer.close()
