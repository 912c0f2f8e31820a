"""The lines to a receipt printer: a TCP connection, a device file; the one on USB is in usb_line.

Each is opened anew for a page. What has not reached the printer when a page fails is dropped with the line, because
a rest that comes out later is taken by the next student.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import socket
import struct
import termios
import time
import tty
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

PORT: Final = 9100  # raw printing, as every network receipt printer has it
_CONNECT: Final = 3.0  # seconds
_SENDING_ROOM: Final = 16_384  # bytes the kernel keeps for a printer; with more of it a page seems sent and is not
_GOODBYE: Final = 0.5  # seconds in which a printer that has read everything closes its end
LOOK: Final = 0.01
ANSWER_ROOM: Final = 64  # bytes; a whole packet, or USB says that it overflowed
_DROP: Final = struct.pack("ii", 1, 0)  # SO_LINGER: close at once and throw away what was not sent


class Line(Protocol):
    """Raises OSError where the line is broken; a TimeoutError is one."""

    def send(self, data: bytes, patience: float) -> None:
        """Raises TimeoutError where the printer takes no byte for `patience` seconds."""

    def hear(self, seconds: float) -> bytes:
        """What the printer says within so many seconds, as soon as it says anything; b"" where it says nothing."""

    def settle(self, patience: float) -> None:
        """Returns when the printer has taken all that was sent. Raises TimeoutError as `send`."""

    def close(self, drop: bool) -> None:
        """`drop`: what the printer has not taken yet shall not come to it any more."""


class Link(Protocol):
    """One way to a printer. `open` raises OSError, and ValueError for an address that cannot be one."""

    @property
    def name(self) -> str: ...

    def open(self) -> Line: ...


def _until_taken(waiting: Callable[[], int], patience: float) -> None:
    left, since = waiting(), time.monotonic()
    while left:
        if time.monotonic() - since >= patience:
            raise TimeoutError("the printer takes no more bytes")
        time.sleep(LOOK)
        now = waiting()
        left, since = now, since if now == left else time.monotonic()


def _in_queue(descriptor: int) -> int:
    """Bytes that the kernel holds for the other end: not acknowledged (tcp(7), SIOCOUTQ), not on the wire (tty)."""
    return int(struct.unpack("i", fcntl.ioctl(descriptor, termios.TIOCOUTQ, bytes(4)))[0])


@dataclass(frozen=True)
class NetworkLink:
    host: str
    port: int = PORT

    @property
    def name(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def open(self) -> Line:
        return _NetworkLine(socket.create_connection((self.host, self.port), _CONNECT))


class _NetworkLine:
    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SENDING_ROOM)

    def send(self, data: bytes, patience: float) -> None:
        self._connection.settimeout(patience)
        left = memoryview(data)
        while left:
            left = left[self._connection.send(left) :]

    def hear(self, seconds: float) -> bytes:
        if not select.select([self._connection], [], [], seconds)[0]:
            return b""
        said = self._connection.recv(ANSWER_ROOM)
        if not said:
            raise ConnectionResetError(errno.ECONNRESET, "the printer closed the connection")
        return said

    def settle(self, patience: float) -> None:
        _until_taken(lambda: _in_queue(self._connection.fileno()), patience)
        if broken := self._connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(broken, os.strerror(broken))

    def close(self, drop: bool) -> None:
        with self._connection as line:
            if drop:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DROP)
            else:
                self._take_leave()

    def _take_leave(self) -> None:
        """Reads to the end: a connection closed with something unread is reset, and the printer drops its page."""
        try:
            self._connection.shutdown(socket.SHUT_WR)
            until = time.monotonic() + _GOODBYE
            while (left := until - time.monotonic()) > 0 and self.hear(left):
                continue
        except OSError:
            return  # it has gone first


@dataclass(frozen=True)
class FileLink:
    """A device file: /dev/usb/lp0, or a serial printer's /dev/ttyUSB0 at the speed it is set to."""

    path: str

    @property
    def name(self) -> str:
        return self.path

    def open(self) -> Line:
        flags = os.O_NONBLOCK | os.O_NOCTTY
        try:
            return _FileLine(os.open(self.path, os.O_RDWR | flags), speaks=True)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EPERM, errno.EACCES):
                raise
            return _FileLine(os.open(self.path, os.O_WRONLY | flags), speaks=False)


class _FileLine:
    def __init__(self, descriptor: int, speaks: bool) -> None:
        self._fd, self._speaks = descriptor, speaks
        self._is_terminal = os.isatty(descriptor)
        if self._is_terminal:
            tty.setraw(descriptor)  # or it makes two bytes of every 10 among the dots

    def send(self, data: bytes, patience: float) -> None:
        left = memoryview(data)
        while left:
            if not select.select([], [self._fd], [], patience)[1]:
                raise TimeoutError("the printer takes no more bytes")
            try:
                left = left[os.write(self._fd, left) :]
            except BlockingIOError:
                time.sleep(LOOK)

    def hear(self, seconds: float) -> bytes:
        until = time.monotonic() + seconds
        while self._speaks and select.select([self._fd], [], [], max(0.0, until - time.monotonic()))[0]:
            try:
                said = os.read(self._fd, ANSWER_ROOM)
            except BlockingIOError:
                said = b""
            if said or time.monotonic() >= until:
                return said
            time.sleep(LOOK)
        return b""

    def settle(self, patience: float) -> None:
        if self._is_terminal:
            _until_taken(lambda: _in_queue(self._fd), patience)
        elif not select.select([], [self._fd], [], patience)[1]:  # usblp can be written to when its transfer is over
            raise TimeoutError("the printer takes no more bytes")

    def close(self, drop: bool) -> None:
        if drop and self._is_terminal:
            termios.tcflush(self._fd, termios.TCOFLUSH)
        os.close(self._fd)
