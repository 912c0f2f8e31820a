"""Tells a photo engine that hangs from one that is slow.

A slow machine takes long because the process seldom runs; it still runs. So the limits are in processor time, which
the load of the machine does not change: a job that has used far more of it than a portrait needs goes round in circles,
and a process that has used none for a minute waits for something that does not come.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import psutil

STEP: Final = 0.05
"""Seconds of processor time that count as running: what the process's idle threads use in a minute is less."""


@dataclass(frozen=True)
class Limits:
    """In seconds. A portrait takes one to three of processor time, loading the engine about five.

    `work`: processor time for one job, at least; `work_times`: times what loading the engine took on this machine,
    whichever is more. `idle`: without any processor time. `ceiling`: by the clock, however much it runs.
    """

    work: float = 60.0
    work_times: float = 20.0
    idle: float = 60.0
    ceiling: float = 1800.0

    def following(self, loading: float) -> float:
        """The processor time for one job where loading the engine took `loading` of it."""
        return max(self.work, self.work_times * loading)


class EngineWatch:
    """Looks after one job after the other; `job` and `process` are any marks that differ from one to the next."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.loading = 0.0
        self.rest()

    def rest(self) -> None:
        """Nothing is to be done."""
        self._at_hand: tuple[object, object] | None = None

    def hangs(self, job: object, process: object, used: float, now: float) -> str:
        """Why the process is to be ended, in English, for the log; "": it works. `used` is its processor time."""
        if self._at_hand != (job, process):
            self._at_hand = (job, process)
            self._began, self._first = now, used
            self._ran_at, self._ran = now, used
        if used >= self._ran + STEP:
            self._ran_at, self._ran = now, used
        work = self._limits.following(self.loading)
        if used - self._first > work:
            return f"has used {used - self._first:.0f} s of processor time on one shot"
        if now - self._ran_at > self._limits.idle:
            return f"has not run for {now - self._ran_at:.0f} s"
        if now - self._began > self._limits.ceiling:
            return f"has not answered for {now - self._began:.0f} s"
        return ""


def processor_time(pid: int) -> float:
    """Seconds that the process and its children, those that have ended included, have run; 0 where it is gone."""
    try:
        process = psutil.Process(pid)
        return _run(process) + sum(_run(child) for child in process.children(recursive=True))
    except psutil.Error:
        return 0.0


def _run(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)
