"""A process that has loaded the decoders and forks one child for each picture.

A new interpreter that loads them would cost half a second of processor time. All children of one fork server have the
same addresses in memory. The fork server is therefore replaced after a child crashes or is killed, so that an attacker
learns nothing from a crash about the process of the next picture.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from multiprocessing.connection import wait
from typing import IO, Final

from kiosk.capture.isolated_decoding.fork_server_process import EXIT_CODE, NUMBERS

_PROCESS_MODULE: Final = "kiosk.capture.isolated_decoding.fork_server_process"
_MAX_ANSWER_BYTES: Final = 16 << 20  # a preview of 1600 px has half a megabyte
_READ_BYTES: Final = 1 << 16


class ForkServer:
    """Forks processes that call `main` of `module`. May be used from any thread. It starts with the first picture and
    ends with this process."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._control: socket.socket | None = None
        self.processes: list[subprocess.Popen[bytes]] = []
        """The fork servers that have not ended, the current one last."""

    def run(self, picture: IO[bytes], numbers: tuple[int, int, int], timeout: float) -> tuple[int, bytes]:
        """Return the exit code and the output of a process that has the picture as its standard input.

        Raises TimeoutError if it was killed after `timeout` seconds, and OSError if none could be started.
        """
        answer, answer_end = os.pipe()
        status, status_end = socket.socketpair()
        with status, open(answer, "rb", buffering=0) as output:
            with status_end, open(answer_end, "wb", buffering=0):
                control = self._send(NUMBERS.pack(*numbers), [picture.fileno(), answer_end, status_end.fileno()])
            deadline = time.monotonic() + timeout
            try:
                data = _read(output, deadline)
                output.close()  # this ends a child that writes more
                code = _read_exit_code(status, deadline)
            except TimeoutError:
                self._retire(control)
                status.shutdown(socket.SHUT_WR)  # the fork server kills the child
                status.settimeout(None)
                status.recv(EXIT_CODE.size)
                raise
        if code != 0:
            self._retire(control)
        return code, data

    def close(self) -> None:
        """Let the process end when its children have ended. The next picture starts another one."""
        with self._lock:
            control = self._control
        if control is not None:
            self._retire(control)

    def _retire(self, control: socket.socket) -> None:
        with self._lock:
            if self._control is control:
                self._control = None
                control.close()

    def _send(self, message: bytes, descriptors: list[int]) -> socket.socket:
        with self._lock:
            if self._owner != os.getpid():  # this is a fork, as of gunicorn: the parent keeps its fork server
                self._owner, self._control, self.processes = os.getpid(), None, []
            if self._control is not None:
                try:
                    socket.send_fds(self._control, [message], descriptors)
                    return self._control
                except OSError:  # the fork server was killed
                    self._control.close()
            self._control = self._start()
            socket.send_fds(self._control, [message], descriptors)
            return self._control

    def _start(self) -> socket.socket:
        self.processes = [process for process in self.processes if process.poll() is None]
        control, other_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-P", "-m", _PROCESS_MODULE, str(other_end.fileno()), self._module]
        with other_end:
            process = subprocess.Popen(
                command,
                pass_fds=[other_end.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_environment(),
            )
        self.processes.append(process)
        return control


def _read(output: IO[bytes], deadline: float) -> bytes:
    """Read to the end, or to the limit of an answer."""
    parts = bytearray()
    while len(parts) < _MAX_ANSWER_BYTES:
        if not wait([output.fileno()], max(0.0, deadline - time.monotonic())):
            raise TimeoutError
        part = output.read(_READ_BYTES)
        if not part:
            break
        parts += part
    return bytes(parts)


def _read_exit_code(status: socket.socket, deadline: float) -> int:
    status.settimeout(max(0.001, deadline - time.monotonic()))
    message = status.recv(EXIT_CODE.size)
    if not message:
        raise ConnectionResetError("the fork server has ended")
    return int(EXIT_CODE.unpack(message)[0])


def _environment() -> dict[str, str]:
    """Return only the variables that Python and its packages need, so no secret of the parent. One thread and one
    memory arena leave the memory limit to the pictures."""
    return {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "1",
    }
