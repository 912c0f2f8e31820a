"""A pseudo-terminal that a simulated device serves and a real driver opens as a serial port. POSIX only."""

from __future__ import annotations

import os
import select
import tempfile
import threading
import tty
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Terminal:
    """The file descriptors of both ends: `device` for the simulator, `host` for the driver."""

    device: int
    host: int


class PseudoSerialPort:
    """`path` is a link that stays the same across `unplug` and `plug`, like the name of a real serial adapter.

    `on_received` is called with the terminal and the received bytes, on the port's thread, which holds `lock`.
    """

    def __init__(self, name: str, on_received: Callable[[Terminal, bytes], None]) -> None:
        self._name = name
        self._folder = tempfile.TemporaryDirectory(prefix=f"{name}-")
        self.path = str(Path(self._folder.name) / name)
        self.terminal: Terminal | None = None
        self.lock = threading.RLock()
        self._on_received = on_received
        self._wake_read, self._wake_write = os.pipe()
        self._running = True
        self._thread = threading.Thread(target=self._serve, name=f"simulated-{name}", daemon=True)

    def start(self) -> None:
        self.plug()
        self._thread.start()

    def stop(self) -> None:
        """End the thread and remove the port; calling it again does nothing."""
        if not self._running:
            return
        self._running = False
        self._wake()
        if self._thread.ident is not None:
            self._thread.join()
        self.unplug()
        os.close(self._wake_read)
        os.close(self._wake_write)
        self._folder.cleanup()

    def plug(self, name: str = "") -> None:
        """Make the port appear on a new terminal; under another name if one is given."""
        device, host = os.openpty()
        tty.setraw(device)
        tty.setraw(host)
        with self.lock:
            self.path = str(Path(self._folder.name) / (name or self._name))
            os.symlink(os.ttyname(host), self.path)
            self.terminal = Terminal(device, host)
        self._wake()

    def unplug(self) -> None:
        """Unplug the cable: the port vanishes, and a process that has it open gets an error at the next call."""
        with self.lock:
            terminal, self.terminal = self.terminal, None
            if terminal is not None:
                os.unlink(self.path)
                os.close(terminal.device)
                os.close(terminal.host)

    def _wake(self) -> None:
        os.write(self._wake_write, b"!")

    def _serve(self) -> None:
        while self._running:
            terminal = self.terminal
            watched = [self._wake_read] + ([terminal.device] if terminal else [])
            # The timeout only matters if the cable was unplugged between these two lines.
            try:
                ready, _, _ = select.select(watched, [], [], 0.2)
            except (OSError, ValueError):
                continue
            if self._wake_read in ready:
                os.read(self._wake_read, 64)
            if terminal is not None and terminal.device in ready:
                self._receive(terminal)

    def _receive(self, terminal: Terminal) -> None:
        with self.lock:
            if terminal is self.terminal:
                self._on_received(terminal, os.read(terminal.device, 4096))
