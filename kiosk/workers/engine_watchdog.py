"""Distinguish a photo engine that hangs from a slow one.

On a slow machine the process seldom runs, but it runs. So the limits are processor time, which does not depend on the
load of the machine: a job that used far more of it than a portrait needs is in an endless loop, and a process that used
none for a minute is blocked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import psutil

MIN_CPU_STEP_S: Final = 0.05
"""Seconds of processor time that count as running; the idle threads of the process use less in a minute."""


@dataclass(frozen=True)
class EngineLimits:
    """Limits in seconds. A portrait takes one to three of processor time, loading the engine about five.

    `min_cpu_time`: processor time for one job, or `load_time_factor` times the time for loading the engine on this
    machine, whichever is more. `max_idle_time`: time without any processor time. `max_wall_time`: total time by the
    clock.
    """

    min_cpu_time: float = 60.0
    load_time_factor: float = 20.0
    max_idle_time: float = 60.0
    max_wall_time: float = 1800.0

    def cpu_time_limit(self, load_time: float) -> float:
        """Return the processor time for one job if loading the engine took `load_time`."""
        return max(self.min_cpu_time, self.load_time_factor * load_time)


class EngineWatchdog:
    """Monitors one job after the other; `job` and `process` are any values that differ from one to the next."""

    def __init__(self, limits: EngineLimits) -> None:
        self._limits = limits
        self.load_time = 0.0
        self.reset()

    def reset(self) -> None:
        """Discard the data of the last job."""
        self._current_job: tuple[object, object] | None = None

    def hang_reason(self, job: object, process: object, cpu_time: float, now: float, loading: bool = False) -> str:
        """Return why the process must be killed, in English for the log, or "". `cpu_time` is its processor time.

        While the engine is `loading`, the speed of this machine is unknown: the first start compiles code, which takes
        minutes on a busy machine. Then a process counts as hung only if it uses no processor time, or after half an
        hour.
        """
        if self._current_job != (job, process):
            self._current_job = (job, process)
            self._started_at, self._cpu_time_at_start = now, cpu_time
            self._last_progress_at, self._last_cpu_time = now, cpu_time
        if cpu_time >= self._last_cpu_time + MIN_CPU_STEP_S:
            self._last_progress_at, self._last_cpu_time = now, cpu_time
        cpu_time_limit = self._limits.cpu_time_limit(self.load_time)
        if not loading and cpu_time - self._cpu_time_at_start > cpu_time_limit:
            return f"has used {cpu_time - self._cpu_time_at_start:.0f} s of processor time on one shot"
        if now - self._last_progress_at > self._limits.max_idle_time:
            return f"has not run for {now - self._last_progress_at:.0f} s"
        if now - self._started_at > self._limits.max_wall_time:
            return f"has not answered for {now - self._started_at:.0f} s"
        return ""


def cpu_time_of(pid: int) -> float:
    """Return the processor time of a process and its children, including ended ones; 0 if it does not exist."""
    try:
        process = psutil.Process(pid)
        return _own_cpu_time(process) + sum(_own_cpu_time(child) for child in process.children(recursive=True))
    except psutil.Error:
        return 0.0


def _own_cpu_time(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)
