"""A simulated DMX USB interface: it speaks the real protocol on a pseudo-terminal, to the real driver.

POSIX only. `port` is a link that stays the same over `unplug` and `plug`, like the name of a real serial adapter.
"""

from __future__ import annotations

import os
import select
import tempfile
import threading
import tty
from pathlib import Path
from types import TracebackType

from hardware.lights.enttec_protocol import EnttecDecoder, EnttecMessage, Label, dmx_slots

SERIAL = "00990123"


class SimulatedDmxInterface:
    """A context manager; every method may be called from any thread. `slots` is what is on the DMX line now.

    `silent`: answers nothing more. `noise` precedes every answer, which arrives in pieces of `chunk` bytes (0: whole).
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="dmx-")
        self.port = str(Path(self._folder.name) / "widget")
        self.silent, self.noise, self.chunk = False, b"", 0
        self._lock = threading.Lock()
        self._slots, self._decoder = b"", EnttecDecoder()
        self._ends: tuple[int, int] | None = None
        self._wake_read, self._wake_write = os.pipe()
        self._running = True
        self._thread = threading.Thread(target=self._serve, name="simulated-widget", daemon=True)

    @property
    def slots(self) -> bytes:
        """Channel 1 is the first byte; it stays while nothing is plugged in, because the interface repeats it."""
        with self._lock:
            return self._slots

    def plug(self) -> None:
        inside, outside = os.openpty()
        tty.setraw(inside)
        tty.setraw(outside)
        with self._lock:
            os.symlink(os.ttyname(outside), self.port)
            self._ends, self._decoder = (inside, outside), EnttecDecoder()
        os.write(self._wake_write, b"!")

    def unplug(self) -> None:
        """Unplug the interface: the port vanishes, and a process that has it open gets an error at the next call."""
        with self._lock:
            ends, self._ends = self._ends, None
            if ends is not None:
                os.unlink(self.port)
                for end in ends:
                    os.close(end)

    def __enter__(self) -> SimulatedDmxInterface:
        self.plug()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running = False
        os.write(self._wake_write, b"!")
        self._thread.join()
        self.unplug()
        os.close(self._wake_read)
        os.close(self._wake_write)
        self._folder.cleanup()

    def _serve(self) -> None:
        while self._running:
            ends = self._ends
            try:
                # The timeout only matters if the cable was unplugged between these two lines.
                ready, _, _ = select.select([self._wake_read, *(ends[:1] if ends else ())], [], [], 0.2)
            except (OSError, ValueError):
                continue
            if self._wake_read in ready:
                os.read(self._wake_read, 64)
            if ends is not None and ends[0] in ready:
                self._receive(ends)

    def _receive(self, ends: tuple[int, int]) -> None:
        with self._lock:
            if ends is not self._ends:
                return
            for message in self._decoder.feed(os.read(ends[0], 4096)):
                answer = self._handle(message)
                step = self.chunk or max(1, len(answer))
                for at in range(0, len(answer), step):
                    os.write(ends[0], answer[at : at + step])

    def _handle(self, message: EnttecMessage) -> bytes:
        if self.silent:
            return b""
        slots = dmx_slots(message)
        if slots is not None:
            self._slots = slots
        answers = {
            Label.PARAMETERS: bytes([44, 1, 9, 1, 40]),  # firmware 1.44; break, mark and rate as they leave the factory
            Label.SERIAL_NUMBER: bytes(reversed(bytes.fromhex(SERIAL))),
        }
        if message.label not in answers:
            return b""
        return self.noise + EnttecMessage(message.label, answers[Label(message.label)]).frame
