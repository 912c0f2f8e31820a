"""What befell the station's devices: when, what, for how long, and whether it was over by itself. For the operator.

One file of JSON lines for all kinds of devices. It names no person: what a device's problem is filled with are ports,
settings and numbers of the device. It is a help and no record: where the disk does not take it, it is kept in memory.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from config.atomic_file import replace_file
from config.errors import Problem

KEPT: Final = 50
"""So many entries are remembered; a device that fails more often than that in a day has been noticed."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Said:
    """A problem's key and what fills its sentence."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One outage of one `device` ("camera", "reader", ...), from `began` on.

    `what` are its problems in their order: a camera is lost first and then absent. `lasted` is in seconds, None while
    it lasts, and for good where the station was switched off meanwhile: `cut_off` then.
    """

    device: str
    began: datetime
    what: tuple[Said, ...]
    lasted: float | None = None
    cut_off: bool = False


class DeviceHistory:
    """`note` from any thread; it writes one line and waits for nobody."""

    def __init__(
        self, path: Path, today: Callable[[], datetime], clock: Callable[[], float] = time.monotonic, kept: int = KEPT
    ) -> None:
        self._path, self._today, self._clock, self._kept = path, today, clock, kept
        self._lock = threading.Lock()
        self._entries = _read(path)[-kept:]
        self._open: dict[str, tuple[int, float]] = {}  # device: which entry lasts, and since when by the clock
        self._first = 0  # the number of the oldest entry that is still remembered
        self._lines = 0
        self._rewrite()

    def note(self, device: str, problem: Problem | None) -> None:
        """What is wrong with the device now; None: nothing. May be said again and again."""
        with self._lock:
            if problem is None:
                self._close(device)
            else:
                self._add(device, Said(problem.key, _plain(problem.values)))

    def entries(self) -> tuple[Entry, ...]:
        """Newest first."""
        with self._lock:
            return tuple(reversed(self._entries))

    def _add(self, device: str, said: Said) -> None:
        place, _ = self._open.get(device, (-1, 0.0))
        if place < self._first:
            self._open[device] = (self._first + len(self._entries), self._clock())
            self._entries.append(Entry(device, self._today(), (said,)))
        else:
            entry = self._entries[place - self._first]
            if said.key in (known.key for known in entry.what):
                return
            self._entries[place - self._first] = replace(entry, what=(*entry.what, said))
        while len(self._entries) > self._kept:
            del self._entries[0]
            self._first += 1
        self._write({"device": device, "key": said.key, "values": said.values})

    def _close(self, device: str) -> None:
        place, since = self._open.pop(device, (-1, 0.0))
        if place >= self._first:
            lasted = round(self._clock() - since, 2)
            self._entries[place - self._first] = replace(self._entries[place - self._first], lasted=lasted)
            self._write({"device": device, "lasted": lasted})

    def _write(self, line: dict[str, Any]) -> None:
        try:
            if self._lines > 4 * self._kept:
                self._rewrite()
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"at": self._today().isoformat(), **line}, ensure_ascii=False) + "\n")
            self._lines += 1
        except OSError as error:
            log.warning("The history of devices could not be written: %s", error)

    def _rewrite(self) -> None:
        """What is remembered, and no more. An outage that lasts is told again, as it is."""
        lines = [line for entry in self._entries for line in _lines_of(entry)]
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        try:
            replace_file(self._path, text.encode())
        except OSError as error:
            log.warning("The history of devices could not be written: %s", error)
        self._lines = len(lines)


def _lines_of(entry: Entry) -> list[dict[str, Any]]:
    head: dict[str, Any] = {"at": entry.began.isoformat(), "device": entry.device}
    lines = [{**head, "key": said.key, "values": dict(said.values)} for said in entry.what]
    if entry.lasted is not None:
        lines.append({**head, "lasted": entry.lasted})
    elif entry.cut_off:
        lines.append({**head, "cut_off": True})
    return lines


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value if isinstance(value, int | float) else str(value) for name, value in values.items()}


def _read(path: Path) -> list[Entry]:
    """The entries of an earlier run. What lasted when it ended is cut off; a line that cannot be read is left out."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        log.warning("The history of devices cannot be read and begins anew: %s", error)
        return []
    entries: list[Entry] = []
    lasting: dict[str, int] = {}
    for line in lines:
        try:
            _take(json.loads(line), entries, lasting)
        except (ValueError, KeyError, TypeError, AttributeError):
            log.warning("A line of the history of devices cannot be read: %.80s", line)
    for place in lasting.values():
        entries[place] = replace(entries[place], cut_off=True)
    return entries


def _take(line: dict[str, Any], entries: list[Entry], lasting: dict[str, int]) -> None:
    device, place = str(line["device"]), lasting.get(line["device"])
    if "key" in line:
        said = Said(str(line["key"]), dict(line.get("values", {})))
        if place is None:
            lasting[device] = len(entries)
            entries.append(Entry(device, datetime.fromisoformat(line["at"]), (said,)))
        else:
            entries[place] = replace(entries[place], what=(*entries[place].what, said))
    elif place is not None:
        del lasting[device]
        entries[place] = replace(entries[place], lasted=line.get("lasted"), cut_off=bool(line.get("cut_off")))
