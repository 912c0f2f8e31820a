"""A log of the outages of a station's devices, for the operator: when, what, how long, and whether they ended.

One file of JSON lines for all classes of devices. It contains no personal data: the values of a device's problem are
ports, settings and numbers of the device. If a line cannot be written, the outage is only kept in memory.
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

from config.atomic_file import write_atomic
from config.errors import Problem
from config.i18n import Message, values_from_json, values_to_json
from config.renamed_messages import current_message_id

MAX_OUTAGES: Final = 50
"""Number of stored outages. Older ones do not help to find the cause if a device fails that often in a day."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoggedProblem:
    """A message id and the values of its placeholders."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class DeviceOutage:
    """One outage of one `device` ("camera", "reader", ...), which began at `started_at`.

    `problems` are in order of occurrence: a camera is lost first and then absent. `duration` is in seconds, None while
    the outage lasts. It stays None if the station was switched off meanwhile; then `interrupted` is set.
    """

    device: str
    started_at: datetime
    problems: tuple[LoggedProblem, ...]
    duration: float | None = None
    interrupted: bool = False


class DeviceLog:
    """The log of outages. `record` may be called from any thread; it writes one line and never waits for a device."""

    def __init__(
        self,
        path: Path,
        wall_clock: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
        max_outages: int = MAX_OUTAGES,
    ) -> None:
        self._path, self._wall_clock, self._clock, self._max_outages = path, wall_clock, clock, max_outages
        self._lock = threading.Lock()
        self._outages = _read(path)[-max_outages:]
        self._ongoing: dict[str, tuple[int, float]] = {}  # device: the number of its ongoing entry, and when it began
        self._first_index = 0  # number of the oldest entry in memory
        self._line_count = 0
        self._rewrite()

    def record(self, device: str, problem: Problem | None) -> None:
        """Record the present problem of a device, or None if it works. Repeated calls are harmless."""
        with self._lock:
            if problem is None:
                self._close(device)
            else:
                self._add(device, LoggedProblem(problem.key, _loggable(problem.values)))

    def outages(self) -> tuple[DeviceOutage, ...]:
        """Return the outages, newest first."""
        with self._lock:
            return tuple(reversed(self._outages))

    def _add(self, device: str, problem: LoggedProblem) -> None:
        index, _ = self._ongoing.get(device, (-1, 0.0))
        if index < self._first_index:
            self._ongoing[device] = (self._first_index + len(self._outages), self._clock())
            self._outages.append(DeviceOutage(device, self._wall_clock(), (problem,)))
        else:
            outage = self._outages[index - self._first_index]
            if problem.key in (known.key for known in outage.problems):
                return
            self._outages[index - self._first_index] = replace(outage, problems=(*outage.problems, problem))
        while len(self._outages) > self._max_outages:
            del self._outages[0]
            self._first_index += 1
        self._write({"device": device, "key": problem.key, "values": _json_values(problem.values)})

    def _close(self, device: str) -> None:
        index, started = self._ongoing.pop(device, (-1, 0.0))
        if index >= self._first_index:
            duration = round(self._clock() - started, 2)
            self._outages[index - self._first_index] = replace(
                self._outages[index - self._first_index], duration=duration
            )
            self._write({"device": device, "lasted": duration})

    def _write(self, line: dict[str, Any]) -> None:
        try:
            if self._line_count > 4 * self._max_outages:
                self._rewrite()
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"at": self._wall_clock().isoformat(), **line}, ensure_ascii=False) + "\n")
            self._line_count += 1
        except OSError as error:
            log.warning("The device log could not be written: %s", error)

    def _rewrite(self) -> None:
        """Write only the outages in memory. An ongoing outage is written as it is."""
        lines = [line for entry in self._outages for line in _to_lines(entry)]
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        try:
            write_atomic(self._path, text.encode())
        except OSError as error:
            log.warning("The device log could not be written: %s", error)
        self._line_count = len(lines)


def _to_lines(outage: DeviceOutage) -> list[dict[str, Any]]:
    head: dict[str, Any] = {"at": outage.started_at.isoformat(), "device": outage.device}
    lines = [{**head, "key": problem.key, "values": _json_values(problem.values)} for problem in outage.problems]
    if outage.duration is not None:
        lines.append({**head, "lasted": outage.duration})
    elif outage.interrupted:
        lines.append({**head, "cut_off": True})
    return lines


def _loggable(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value if isinstance(value, int | float | Message) else str(value) for name, value in values.items()}


def _json_values(values: Mapping[str, object]) -> dict[str, object]:
    """Return the values for JSON. A message stays an object, so that it is shown in the language of the screen."""
    numbers = {name: value for name, value in values.items() if isinstance(value, int | float)}
    return {**values_to_json(values), **numbers}


def _read(path: Path) -> list[DeviceOutage]:
    """Read the outages of earlier runs. An ongoing one is marked as interrupted; unreadable lines are skipped."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        log.warning("The device log cannot be read and starts again: %s", error)
        return []
    outages: list[DeviceOutage] = []
    ongoing: dict[str, int] = {}
    for line in lines:
        try:
            _apply_line(json.loads(line), outages, ongoing)
        except (ValueError, KeyError, TypeError, AttributeError):
            log.warning("A line of the device log cannot be read: %.80s", line)
    for index in ongoing.values():
        outages[index] = replace(outages[index], interrupted=True)
    return outages


def _apply_line(line: dict[str, Any], outages: list[DeviceOutage], ongoing: dict[str, int]) -> None:
    device, index = str(line["device"]), ongoing.get(line["device"])
    if "key" in line:
        problem = LoggedProblem(current_message_id(str(line["key"])), values_from_json(line.get("values", {})))
        if index is None:
            ongoing[device] = len(outages)
            outages.append(DeviceOutage(device, datetime.fromisoformat(line["at"]), (problem,)))
        else:
            outages[index] = replace(outages[index], problems=(*outages[index].problems, problem))
    elif index is not None:
        del ongoing[device]
        outages[index] = replace(outages[index], duration=line.get("lasted"), interrupted=bool(line.get("cut_off")))
