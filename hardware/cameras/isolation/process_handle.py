"""The kiosk's end of one camera process: start it, talk with it, feel its pulse, end it."""

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
from hardware.cameras.isolation.messages import Begin, Order, Report, Stop
from hardware.cameras.isolation.shared_memory import Mailbox, Phase, Tray, above_standard
from hardware.child_process import waited_for_processor

log = logging.getLogger("camera")

_UNTIL_SENT = 1  # seconds
_UNTIL_KILLED = 2.0  # seconds for the kernel to end a process; longer only for one stuck inside the kernel


def _start(*handed: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "hardware.cameras.isolation.worker", *map(str, handed)],
        pass_fds=handed,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)},
        process_group=0,  # Ctrl-C in the terminal is for the kiosk, which then stops the camera in good order
    )


class CameraProcess:
    """A running camera process. Used from the supervisor's thread only, except `mailbox`, which any thread may read."""

    def __init__(self, process: subprocess.Popen[bytes], pipe: Connection, mailbox: Mailbox, tray: Tray) -> None:
        self._process = process
        self.pipe = pipe
        self.mailbox = mailbox
        self.tray = tray
        self._beats = -1
        self._last_beat = 0.0
        self._waited = self._waited_at_beat = 0.0

    @classmethod
    def launch(cls, driver: Callable[[str], Camera], spec: str, first_number: int, again: float) -> Self:
        """Starts a process for `driver(spec)`. `driver` is pickled by its name, so it must be importable."""
        mailbox, tray = Mailbox.create(), Tray.create()
        ours, theirs = (socket.socket(fileno=above_standard(end.detach())) for end in socket.socketpair())
        # A process that hangs reads nothing; a full pipe must not make its supervisor hang with it.
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", _UNTIL_SENT, 0))
        pipe = Connection(ours.detach())
        try:
            process = _start(theirs.fileno(), mailbox.fd, tray.fd)
        except OSError:
            for kept in (pipe, mailbox, tray):
                kept.close()
            raise
        finally:
            theirs.close()
        launched = cls(process, pipe, mailbox, tray)
        launched.send(Begin(driver, spec, first_number, again))
        return launched

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, order: Order) -> None:
        """Sends an order; to a process that is gone already it is lost, and `reports` will tell."""
        try:
            self.pipe.send(order)
        except (BrokenPipeError, ConnectionResetError, BlockingIOError):
            log.info("The camera process hears nothing any more; %s is lost on it.", type(order).__name__)

    def reports(self) -> Iterator[Report]:
        """What the process has said since. Raises EOFError after its last word when it is gone."""
        while self.pipe.poll():
            try:
                yield self.pipe.recv()
            except ConnectionResetError as error:
                raise EOFError from error

    def silence(self, now: float) -> tuple[float, Phase]:
        """Seconds since the last sign of life was noticed, without those in which it waited for a processor, and what
        the process was about then."""
        beats, phase = self.mailbox.pulse
        waited = waited_for_processor(self.pid)
        if beats != self._beats:
            self._beats, self._last_beat, self._waited_at_beat = beats, now, waited
        return now - self._last_beat - max(0.0, waited - self._waited_at_beat), phase

    def starved(self) -> float:
        """Seconds, since it was last asked, in which the process was ready to run and other programs ran."""
        before, self._waited = self._waited, waited_for_processor(self.pid)
        return max(0.0, self._waited - before)

    def end(self, patience: float) -> int | None:
        """Ends the process: asks, then terminates, then kills; returns its exit code, None if the kernel keeps it.

        What it said last can still be read from `reports`, until `close`.
        """
        if self._process.poll() is None and patience > 0:
            self.send(Stop())
        for insist, seconds in (
            (lambda: None, patience),
            (self._process.terminate, _UNTIL_KILLED / 4),
            (self._process.kill, _UNTIL_KILLED),
        ):
            insist()
            try:
                self._process.wait(seconds)
                break
            except subprocess.TimeoutExpired:
                log.info("The camera process %d has not ended within %g s.", self.pid, seconds)
        return self._process.returncode

    def close(self) -> None:
        self.pipe.close()
        self.mailbox.close()
        self.tray.close()
