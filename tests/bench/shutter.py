"""The stages from the shutter to the portrait, with their times: `python -m tests.bench.shutter [PRESSES]`.

Walks through the demo and takes another photo until the shutter was pressed PRESSES times. Prints when each stage of a
press ended, and the processor time that the kiosk, its camera process and its engine process had used by then, which
depends less on other load than the clock. A burst has two shots here, even on a slow machine.
"""

from __future__ import annotations

import math
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil

from tests.bench.machine import machine
from tests.child_processes import CAMERA_WORKER, command_line

PRESSES: Final = 5
PROCESSES: Final = ("kiosk", "camera", "engine")


@dataclass(frozen=True)
class Moment:
    """Seconds by the clock, and processor seconds by process."""

    clock: float
    processor: dict[str, float]

    @classmethod
    def now(cls) -> Moment:
        return cls(time.monotonic(), _processor_times())

    def since(self, begin: Moment) -> Moment:
        used = {name: self.processor.get(name, 0.0) - begin.processor.get(name, 0.0) for name in PROCESSES}
        return Moment(self.clock - begin.clock, used)


@dataclass
class Press:
    """One press of the shutter: its begin, and the end of each stage relative to it."""

    begin: Moment = field(default_factory=Moment.now)
    stages: dict[str, Moment] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)


class Timeline:
    """Records the stages of one press after the other. Any thread may call `mark`."""

    def __init__(self) -> None:
        self.presses: list[Press] = []
        self._is_running = False

    def begin(self) -> None:
        self.presses.append(Press())
        self._is_running = True

    def mark(self, stage: str) -> None:
        if not self._is_running:
            return
        press = self.presses[-1]
        press.counts[stage] += 1
        press.stages[f"{stage} {press.counts[stage]}"] = Moment.now().since(press.begin)

    def end(self) -> None:
        self.mark("portrait shown")
        self._is_running = False


def _processor_times() -> dict[str, float]:
    kiosk = psutil.Process()
    times = {"kiosk": _processor_time(kiosk)}
    for child in kiosk.children():
        command = " ".join(command_line(child))
        if CAMERA_WORKER in command:
            times["camera"] = _processor_time(child)
        elif "spawn_main" in command:
            times["engine"] = _processor_time(child)
    return times


def _processor_time(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def mark_calls(owner: type, method: str, timeline: Timeline, stage: str) -> None:
    """Replace the method so that `stage` is marked at the end of each call."""
    real = getattr(owner, method)

    def call(self: Any, *arguments: Any) -> Any:
        result = real(self, *arguments)
        timeline.mark(stage)
        return result

    setattr(owner, method, call)


def mark_engine_jobs(timeline: Timeline) -> None:
    from kiosk.workers.worker_process import WorkerProcess

    real = WorkerProcess._execute

    def execute(self: Any, job: Any) -> Any:
        name = job.function.__name__.strip("_").replace("_", " ")
        timeline.mark(f"engine begins: {name}")
        outcome = real(self, job)
        timeline.mark(f"engine ends: {name}")
        return outcome

    WorkerProcess._execute = execute  # type: ignore[method-assign]


def mark_stages(timeline: Timeline) -> None:
    from hardware.cameras.isolation.pending_shot import ShotDispatcher
    from kiosk.visit.recorder import VisitRecorder

    mark_calls(ShotDispatcher, "request_shot", timeline, "shot requested")
    mark_calls(ShotDispatcher, "deliver", timeline, "file complete")
    mark_calls(VisitRecorder, "store_shot", timeline, "shot stored")
    mark_calls(VisitRecorder, "choose_shot", timeline, "choice recorded")
    mark_calls(VisitRecorder, "store_portrait", timeline, "portrait recorded")
    mark_engine_jobs(timeline)


def walk(presses: int, folder: Path) -> list[Press]:
    """Run the demo in this process with a walk that takes `presses` photos."""
    from kiosk.tools.demo import __main__ as demo
    from kiosk.tools.demo.waiting import WaitFor
    from kiosk.tools.demo.walk import Walk
    from kiosk.visit import capture_sequence
    from kiosk.visit.state import VisitState
    from kiosk.visit.step import Step

    timeline = Timeline()
    mark_stages(timeline)
    capture_sequence.MAX_BURST_S = math.inf  # type: ignore[misc]

    def on_step(state: VisitState) -> None:
        if state.step is Step.SHOOT:
            timeline.begin()

    def pose(self: Walk) -> Iterator[WaitFor]:
        self._app.add_step_listener(on_step)
        self._set_scene("right")
        yield WaitFor("the pose", lambda: True)

    def shoot(self: Walk) -> Iterator[WaitFor]:
        for remaining in reversed(range(presses)):
            yield WaitFor("the shutter", lambda: self._app.controller.state.step is Step.SHOOT, 90)
            yield self._wait_for_screen("review", 90)
            timeline.end()
            if remaining:
                self._touch("retake")
        self.result.portrait = self._app.controller.state.portrait
        self._record_submission()
        self._touch("accept")

    Walk._pose, Walk._shoot = pose, shoot  # type: ignore[method-assign]
    demo.main(["--walk", "--data", str(folder)])
    return [press for press in timeline.presses if "portrait shown 1" in press.stages]


def report(presses: list[Press]) -> None:
    print(f"{len(presses)} presses{'clock, s':>46}{'processor time so far, median s':>44}")
    print(f"{'stage':<40}{'minimum':>9}{'median':>9}  {''.join(f'{name:>14}' for name in PROCESSES)}")
    names = {name for press in presses for name in press.stages}
    for name in sorted(names, key=lambda name: statistics.median(_clocks(presses, name))):
        clocks = _clocks(presses, name)
        used = [
            statistics.median(press.stages[name].processor[process] for press in presses if name in press.stages)
            for process in PROCESSES
        ]
        note = "" if len(clocks) == len(presses) else f"   {len(clocks)} presses"
        print(
            f"{name:<40}{min(clocks):9.2f}{statistics.median(clocks):9.2f}  "
            f"{''.join(f'{seconds:14.2f}' for seconds in used)}{note}"
        )


def _clocks(presses: list[Press], stage: str) -> list[float]:
    return [press.stages[stage].clock for press in presses if stage in press.stages]


def main() -> None:
    presses = int(sys.argv[1]) if len(sys.argv) > 1 else PRESSES
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        report(walk(presses, Path(folder)))


if __name__ == "__main__":
    main()
