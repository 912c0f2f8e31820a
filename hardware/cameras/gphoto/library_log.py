"""libgphoto2's log: it contains the camera's response if the error is "Unspecified".

The wheel of python-gphoto2 2.6.4 contains two copies of libgphoto2_port: Python's own logging hook is in one, the
camera drivers (ptp2) write to the other. So the hook is set by ctypes in every loaded copy. If none is found (no
/proc), errors are classified by their code alone.
"""

from __future__ import annotations

import ctypes
import re
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_ERROR, _DEBUG = 0, 2  # GPLogLevel (gphoto2-port-log.h)
_MAX_LINES: Final = 3000  # lines; libgphoto2 tries a camera in the wrong state two hundred times, with three lines each

# "(0x200c)" and "(0x200c: Store Full)" in errors of ptp2 (ptp-private.h), "(result=0x200c, tid=..." of PTP/IP
_RESPONSE: Final = re.compile(r"\((?:result=)?0x([0-9a-f]{4})[):,]")
_OK: Final = 0x2001

_Hook = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p)


class LibraryLog:
    """The last lines that libgphoto2 wrote. Used from one thread.

    `close` removes the hooks, and so does the end of the object: a hook that outlives its callback crashes the process
    at the next line.
    """

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._hook = _Hook(self._append)  # must not be freed while it is set
        self._libraries = _port_libraries()
        self._hooks: list[tuple[ctypes.CDLL, int]] = []
        self.close = weakref.finalize(self, _unhook, self._hooks)
        self._set_level(_ERROR)

    @property
    def text(self) -> str:
        """Return the lines since `clear`."""
        return "\n".join(self._snapshot())

    @property
    def tail(self) -> str:
        """Return the last few lines, for a log."""
        return "\n".join(self._snapshot()[-8:])

    @property
    def responses(self) -> list[int]:
        """Return the PTP responses other than OK since `clear`, as numbers, oldest first."""
        codes = (int(number, 16) for line in self._snapshot() for number in _RESPONSE.findall(line))
        return [response for response in codes if response != _OK]

    def clear(self) -> None:
        self._lines.clear()

    @contextmanager
    def debug_level(self) -> Iterator[None]:
        """Log at debug level meanwhile: over PTP/IP a rejected shot appears only there."""
        self._set_level(_DEBUG)
        try:
            yield
        finally:
            self._set_level(_ERROR)

    def _set_level(self, level: int) -> None:
        """Log only this level from now on, so that no line is written twice."""
        _unhook(self._hooks)
        self._hooks += [(library, library.gp_log_add_func(level, self._hook, None)) for library in self._libraries]

    def _append(self, level: int, domain: bytes, line: bytes, data: int | None) -> None:
        self._lines.append(line.decode("utf-8", "replace"))
        if len(self._lines) > 2 * _MAX_LINES:
            del self._lines[:_MAX_LINES]

    def _snapshot(self) -> list[str]:
        """Copy the lines: the garbage collector may close an old camera at any moment, which is then logged."""
        return self._lines[:]


def _unhook(hooks: list[tuple[ctypes.CDLL, int]]) -> None:
    for library, number in hooks:
        library.gp_log_remove_func(number)
    hooks.clear()


def _port_libraries() -> list[ctypes.CDLL]:
    """Return every copy of libgphoto2_port that this process has loaded."""
    maps = Path("/proc/self/maps")
    if not maps.exists():
        return []
    paths = {line.split(maxsplit=5)[-1] for line in maps.read_text().splitlines() if "libgphoto2_port" in line}
    return [ctypes.CDLL(path) for path in sorted(paths)]
