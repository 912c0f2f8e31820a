"""The process of kiosk.capture.isolated_decoding.fork_server: it loads the decoders and forks a child for each picture.

It reads no byte of a picture itself, so that nothing of one picture remains in memory for the next.

Usage: fork_server_process CONTROL MODULE. CONTROL is a SEQPACKET socket. Each message on it contains the numbers for
`MODULE.main` and three descriptors: the picture, a pipe for the answer, and a socket that receives the exit code. When
the other end of that socket is closed, the child is killed.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import selectors
import signal
import socket
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, NoReturn

NUMBERS: Final = struct.Struct("=3q")
"""Memory in bytes, processor time in seconds, longer side in pixels: the arguments of `main` after the parent's pid."""
EXIT_CODE: Final = struct.Struct("=i")

_FIRST_INHERITED: Final = 3  # after stdin, stdout and stderr
_DESCRIPTORS: Final = 3


@dataclass(frozen=True)
class _Child:
    pid: int
    pidfd: int
    status: socket.socket


class _Forks:
    """The children of this process, in one thread, which blocks in select only: a process with threads must not
    fork."""

    def __init__(self, control: socket.socket, decode: Callable[..., None]) -> None:
        self._control, self._decode = control, decode
        self._children: dict[int, _Child] = {}
        self._accepts = True
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ, self._receive)

    def run(self) -> None:
        """Serve until the parent has closed the control socket and every child has ended."""
        while self._accepts or self._children:
            for key, _ in self._selector.select():
                key.data()

    def _receive(self) -> None:
        message, descriptors, _, _ = socket.recv_fds(self._control, NUMBERS.size, _DESCRIPTORS)
        try:
            if message:
                self._start(NUMBERS.unpack(message), *descriptors)
            else:
                self._accepts = False
                self._selector.unregister(self._control)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def _start(self, numbers: tuple[int, ...], picture: int, answer: int, status: int) -> None:
        own_pid = os.getpid()
        try:
            pid = os.fork()
        except OSError:
            return  # the parent reads no exit code
        if pid == 0:
            _run_child(partial(self._decode, own_pid, *numbers), picture, answer)
        child = _Child(pid, os.pidfd_open(pid), socket.socket(fileno=os.dup(status)))
        self._children[pid] = child
        self._selector.register(child.pidfd, selectors.EVENT_READ, partial(self._report, child))
        self._selector.register(child.status, selectors.EVENT_READ, partial(self._kill, child))

    def _kill(self, child: _Child) -> None:
        if child.pid in self._children:  # otherwise it was reaped, and another process may have its id
            self._selector.unregister(child.status)
            os.kill(child.pid, signal.SIGKILL)

    def _report(self, child: _Child) -> None:
        _, wait_status = os.waitpid(child.pid, 0)
        del self._children[child.pid]
        self._selector.unregister(child.pidfd)
        if child.status in self._selector.get_map():
            self._selector.unregister(child.status)
        os.close(child.pidfd)
        with child.status, contextlib.suppress(OSError):  # the parent may have ended
            child.status.send(EXIT_CODE.pack(os.waitstatus_to_exitcode(wait_status)))


def _run_child(decode: Callable[[], None], picture: int, answer: int) -> NoReturn:
    """Decode in the child. Whatever happens, the child does not return into the loop of the fork server."""
    code = 1
    try:
        os.dup2(picture, 0)
        os.dup2(answer, 1)
        os.closerange(_FIRST_INHERITED, os.sysconf("SC_OPEN_MAX"))
        decode()
        code = 0
    finally:
        os._exit(code)


def main(control: int, module: str) -> None:
    # Only the parent ends this process. A Ctrl-C in the terminal and systemd's SIGTERM reach it too, but the children
    # must finish their pictures.
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, signal.SIG_IGN)
    decode = importlib.import_module(module).main
    gc.collect()
    gc.freeze()  # a collection in a child would write to, and so copy, every page
    with socket.socket(fileno=control) as own_end:
        _Forks(own_end, decode).run()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
