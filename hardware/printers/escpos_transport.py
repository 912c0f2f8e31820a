"""Transports to a receipt printer: a TCP connection, a device file; the one for USB is in escpos_usb.

Each is opened again for every page. If a page fails, data that has not reached the printer is discarded with the
connection, because a late rest of the receipt would be printed for the next student.
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

PORT: Final = 9100  # raw printing, which every network receipt printer supports
_CONNECT_TIMEOUT_S: Final = 3.0  # seconds
_SEND_BUFFER_BYTES: Final = 16_384  # bytes; with a larger buffer a page seems to be sent before it is
_CLOSE_TIMEOUT_S: Final = 0.5  # seconds in which a printer that has read everything closes its end
POLL_INTERVAL_S: Final = 0.01
RECV_BYTES: Final = 64  # bytes; a whole packet, or USB reports an overflow
_LINGER_DISCARD: Final = struct.pack("ii", 1, 0)  # SO_LINGER: close immediately and discard unsent data


class Connection(Protocol):
    """Raises OSError if the connection fails; a TimeoutError is one."""

    def send(self, data: bytes, timeout: float) -> None:
        """Raises TimeoutError if the printer accepts no byte for `timeout` seconds."""

    def recv(self, timeout: float) -> bytes:
        """Return what the printer sends within `timeout` seconds, as soon as it sends anything; b"" if it sends
        nothing."""

    def flush(self, timeout: float) -> None:
        """Return when the printer has accepted all that was sent. Raises TimeoutError as `send`."""

    def close(self, discard: bool) -> None:
        """`discard`: data that the printer has not accepted yet must not reach it any more."""


class Transport(Protocol):
    """One way to a printer. `open` raises OSError, and ValueError for an invalid address."""

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
    """Return the bytes that the kernel still buffers: not acknowledged (tcp(7), SIOCOUTQ), not on the wire (tty)."""
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
        with self._connection as connection:
            if discard:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_DISCARD)
            else:
                self._drain()

    def _drain(self) -> None:
        """Read to the end: a connection closed with unread data is reset, and the printer discards its page."""
        try:
            self._connection.shutdown(socket.SHUT_WR)
            until = time.monotonic() + _CLOSE_TIMEOUT_S
            while (remaining := until - time.monotonic()) > 0 and self.recv(remaining):
                continue
        except OSError:
            return  # the printer closed it first


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
            tty.setraw(descriptor)  # otherwise the terminal converts every byte 10 to two bytes

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
        elif not select.select([], [self._fd], [], timeout)[1]:  # usblp becomes writable when its transfer is over
            raise TimeoutError("the printer takes no more bytes")

    def close(self, discard: bool) -> None:
        if discard and self._is_terminal:
            termios.tcflush(self._fd, termios.TCOFLUSH)
        os.close(self._fd)
