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
_CONNECT_TIMEOUT_S: Final = 3.0  # seconds
_SEND_BUFFER_BYTES: Final = 16_384  # bytes the kernel keeps for a printer; with more of it a page seems sent and is not
_CLOSE_TIMEOUT_S: Final = 0.5  # seconds in which a printer that has read everything closes its end
POLL_INTERVAL_S: Final = 0.01
RECV_BYTES: Final = 64  # bytes; a whole packet, or USB says that it overflowed
_LINGER_DISCARD: Final = struct.pack("ii", 1, 0)  # SO_LINGER: close at once and throw away what was not sent


class Connection(Protocol):
    """Raises OSError where the line is broken; a TimeoutError is one."""

    def send(self, data: bytes, timeout: float) -> None:
        """Raises TimeoutError where the printer takes no byte for `timeout` seconds."""

    def recv(self, timeout: float) -> bytes:
        """What the printer says within so many seconds, as soon as it says anything; b"" where it says nothing."""

    def flush(self, timeout: float) -> None:
        """Returns when the printer has taken all that was sent. Raises TimeoutError as `send`."""

    def close(self, discard: bool) -> None:
        """`discard`: what the printer has not taken yet shall not come to it any more."""


class Transport(Protocol):
    """One way to a printer. `open` raises OSError, and ValueError for an address that cannot be one."""

    @property
    def name(self) -> str: ...

    def open(self) -> Connection: ...


def _wait_until_sent(queued_bytes: Callable[[], int], timeout: float) -> None:
    remaining, since = queued_bytes(), time.monotonic()
    while remaining:
        if time.monotonic() - since >= timeout:
            raise TimeoutError("the printer takes no more bytes")
        time.sleep(POLL_INTERVAL_S)
        now = queued_bytes()
        remaining, since = now, since if now == remaining else time.monotonic()


def _queued_bytes(descriptor: int) -> int:
    """Bytes that the kernel holds for the other end: not acknowledged (tcp(7), SIOCOUTQ), not on the wire (tty)."""
    return int(struct.unpack("i", fcntl.ioctl(descriptor, termios.TIOCOUTQ, bytes(4)))[0])


@dataclass(frozen=True)
class NetworkTransport:
    host: str
    port: int = PORT

    @property
    def name(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def open(self) -> Connection:
        return _NetworkConnection(socket.create_connection((self.host, self.port), _CONNECT_TIMEOUT_S))


class _NetworkConnection:
    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)

    def send(self, data: bytes, timeout: float) -> None:
        self._connection.settimeout(timeout)
        remaining = memoryview(data)
        while remaining:
            remaining = remaining[self._connection.send(remaining) :]

    def recv(self, timeout: float) -> bytes:
        if not select.select([self._connection], [], [], timeout)[0]:
            return b""
        received = self._connection.recv(RECV_BYTES)
        if not received:
            raise ConnectionResetError(errno.ECONNRESET, "the printer closed the connection")
        return received

    def flush(self, timeout: float) -> None:
        _wait_until_sent(lambda: _queued_bytes(self._connection.fileno()), timeout)
        if error_number := self._connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(error_number, os.strerror(error_number))

    def close(self, discard: bool) -> None:
        with self._connection as line:
            if discard:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_DISCARD)
            else:
                self._drain()

    def _drain(self) -> None:
        """Reads to the end: a connection closed with something unread is reset, and the printer drops its page."""
        try:
            self._connection.shutdown(socket.SHUT_WR)
            until = time.monotonic() + _CLOSE_TIMEOUT_S
            while (remaining := until - time.monotonic()) > 0 and self.recv(remaining):
                continue
        except OSError:
            return  # it has gone first


@dataclass(frozen=True)
class FileTransport:
    """A device file: /dev/usb/lp0, or a serial printer's /dev/ttyUSB0 at the speed it is set to."""

    path: str

    @property
    def name(self) -> str:
        return self.path

    def open(self) -> Connection:
        flags = os.O_NONBLOCK | os.O_NOCTTY
        try:
            return _FileConnection(os.open(self.path, os.O_RDWR | flags), readable=True)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EPERM, errno.EACCES):
                raise
            return _FileConnection(os.open(self.path, os.O_WRONLY | flags), readable=False)


class _FileConnection:
    def __init__(self, descriptor: int, readable: bool) -> None:
        self._fd, self._readable = descriptor, readable
        self._is_terminal = os.isatty(descriptor)
        if self._is_terminal:
            tty.setraw(descriptor)  # or it makes two bytes of every 10 among the dots

    def send(self, data: bytes, timeout: float) -> None:
        remaining = memoryview(data)
        while remaining:
            if not select.select([], [self._fd], [], timeout)[1]:
                raise TimeoutError("the printer takes no more bytes")
            try:
                remaining = remaining[os.write(self._fd, remaining) :]
            except BlockingIOError:
                time.sleep(POLL_INTERVAL_S)

    def recv(self, timeout: float) -> bytes:
        until = time.monotonic() + timeout
        while self._readable and select.select([self._fd], [], [], max(0.0, until - time.monotonic()))[0]:
            try:
                received = os.read(self._fd, RECV_BYTES)
            except BlockingIOError:
                received = b""
            if received or time.monotonic() >= until:
                return received
            time.sleep(POLL_INTERVAL_S)
        return b""

    def flush(self, timeout: float) -> None:
        if self._is_terminal:
            _wait_until_sent(lambda: _queued_bytes(self._fd), timeout)
        elif not select.select([], [self._fd], [], timeout)[1]:  # usblp can be written to when its transfer is over
            raise TimeoutError("the printer takes no more bytes")

    def close(self, discard: bool) -> None:
        if discard and self._is_terminal:
            termios.tcflush(self._fd, termios.TCOFLUSH)
        os.close(self._fd)
