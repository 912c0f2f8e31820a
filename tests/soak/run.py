"""The soak: one sitter after the other, faults meanwhile, and the counts at the end."""

from __future__ import annotations

import hashlib
import os
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

import psutil

from hardware.cameras.api import Frame
from hardware.card_reader.poller import CARD_PROBLEMS
from kiosk.guidance.coaching.advice import Advice
from kiosk.upload.outbox.models import OutboxState
from kiosk.visit.step import Step
from tests.descriptors import open_descriptors
from tests.soak.camera import sitter_in
from tests.soak.faults import FaultInjector
from tests.soak.studio import NAME, SoakStation
from tests.waiting import future_result, scale_timeout

READY: Final = Advice("hint.hold", ready=True, steady_for=9.0)
STUCK_AFTER_S: Final = 90.0
"""Seconds on an idle machine after which a visit counts as stuck."""
LEAVE_RATE, RETAKE_RATE, LONG_POSE_RATE, LEAVE_DURING_SHOT_RATE = 0.12, 0.2, 0.06, 0.04


@dataclass(frozen=True)
class ResourceUsage:
    """Resident memory of the process in MB, and its descriptors, threads and child processes since the soak began.

    Those from before are not counted: remains of earlier tests in the same process can end at any time.
    """

    memory: float
    descriptors: int
    threads: int
    children: int


@dataclass
class SoakResult:
    """The result of a soak.

    `lost`: exposed and not stored; `wrong`: stored under the name of somebody else; `open`: visits that did not end;
    `pending_faults`: faults that did not occur; `recoveries`: seconds from each failure of the camera to live view,
    including those in which the fault lasted.
    """

    pending_faults: int = 0
    exposed: int = 0
    stored: int = 0
    unassigned: int = 0
    visits: int = 0
    accepted: int = 0
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    open: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    recoveries: list[float] = field(default_factory=list)
    loads: list[ResourceUsage] = field(default_factory=list)
    seconds: float = 0.0


class Soak:
    """`visits` sitters and `faults` faults, decided by `seed`; `on_progress` receives the progress."""

    def __init__(
        self, folder: Path, visits: int, faults: int, seed: int, on_progress: Callable[[str], None] = lambda line: None
    ) -> None:
        self._open_before, self._threads_before = open_descriptors(), _threads()
        self._others = {child.pid for child in psutil.Process().children()}
        self.studio = SoakStation(folder, visits)
        self._random = random.Random(seed)
        self._faults = FaultInjector(self.studio, faults, self._random)
        self._on_progress = on_progress
        self._result = SoakResult()
        self._pause = threading.Event()
        self._fault_times: list[float] = []

    def run(self) -> SoakResult:
        began = time.monotonic()
        self.studio.start()
        try:
            students = list(self.studio.numbers)
            for place, student in enumerate(students):
                self._visit(student, len(students) - place)
                if place % max(1, len(students) // 10) == len(students) // 20:
                    self._measure_usage(place)
            self._wait_until_idle()
            self._measure_usage(len(students) - 1)
        finally:
            self.studio.close()
        self._result.seconds = time.monotonic() - began
        self._count_results()
        self.studio.outbox.close()
        return self._result

    # ------------------------------------------------------------------ one sitter

    def _visit(self, student: str, remaining: int) -> None:
        studio, visit_controller = self.studio, self.studio.controller
        studio.scene.put("sitter", student)
        now = time.monotonic()
        share = -(-self._faults.remaining // remaining)
        self._fault_times = sorted(now + self._random.uniform(0.0, 1.5) for _ in range(share))
        studio.reader.place_card(NAME, studio.numbers[student])
        self._until(lambda: visit_controller.state.step is Step.CONSENT, lambda: self._replace_card(student))
        studio.reader.take_card()
        visit_controller.consent()
        if self._random.random() < LONG_POSE_RATE:  # long enough for a shot on the body to be assigned to them
            until = time.monotonic() + 3.5
            self._until(lambda: time.monotonic() > until)
        self._pose_and_review()
        while self._fault_times:
            self._faults.start_next(self._fault_times.pop())
        visit_controller.leave()
        self._result.visits += 1

    def _replace_card(self, student: str) -> None:
        """Place the card again now and then, as people do where the reader has not read it."""
        self._attempts = getattr(self, "_attempts", 0) + 1
        if self._attempts % 200 == 0:
            self.studio.reader.place_card(NAME, self.studio.numbers[student])

    def _pose_and_review(self) -> None:
        """Pose and review until the portrait is accepted or the sitter leaves."""
        visit_controller, chance = self.studio.controller, self._random
        tired = chance.random() < LEAVE_RATE
        tired_at = time.monotonic() + chance.uniform(0.0, 1.5)
        hasty = chance.random() < LEAVE_DURING_SHOT_RATE

        def over() -> bool:
            step = visit_controller.state.step
            if hasty and step is Step.SHOOT:
                return True
            return step in (Step.REVIEW, Step.DONE) or (tired and time.monotonic() > tired_at)

        while True:
            self._until(over, self._pose)
            if visit_controller.state.step is not Step.REVIEW:
                return
            if chance.random() < RETAKE_RATE:
                visit_controller.retake()
                continue
            self._until(lambda: visit_controller.state.step is not Step.REVIEW, visit_controller.accept)
            if visit_controller.state.step is Step.DONE:
                self._result.accepted += 1
                return

    def _pose(self) -> None:
        visit_controller = self.studio.controller
        step = visit_controller.state.step
        if step is Step.POSE:
            visit_controller.on_advice(READY, cast(Frame, None))
        elif step is Step.ERROR and self._random.random() < 0.02:
            visit_controller.retry()

    def _until(self, condition: Callable[[], bool], meanwhile: Callable[[], None] = lambda: None) -> None:
        began = time.monotonic()
        while not condition():
            now = time.monotonic()
            if now - began > scale_timeout(STUCK_AFTER_S):
                raise AssertionError(f"stuck at {self.studio.controller.state}, {self.studio.camera.state}")
            meanwhile()
            self._faults.stop_expired(now)
            while self._fault_times and now >= self._fault_times[0]:
                del self._fault_times[0]
                self._faults.start_next(now)
            self.studio.controller.process_events()
            self._pause.wait(0.004)

    # ------------------------------------------------------------------ the end

    def _wait_until_idle(self) -> None:
        """End all faults, and wait until every shot and visit is stored."""
        studio = self.studio
        self._faults.stop_all()
        self._result.faults, self._result.pending_faults = dict(self._faults.started), self._faults.pending
        studio.scene.put("sitter", "nobody")
        quiet = 0.0

        def at_rest() -> bool:
            nonlocal quiet
            still = (
                studio.camera.state.kind == "live"
                and not studio.scene.undelivered()
                and studio.controller.unsaved_shot_count == 0
                and studio.outbox.stats().open == 0
            )
            quiet = (quiet or time.monotonic()) if still else 0.0
            return still and time.monotonic() - quiet > 0.5

        self._until(at_rest)

    def _measure_usage(self, place: int) -> None:
        """Measure the process when it is idle, so that files being written and camera processes being started or ended
        are not counted."""
        load = ResourceUsage(0.0, 0, 0, 0)
        settled: tuple[object, ...] | None = None

        def is_measured() -> bool:
            nonlocal load, settled
            before = self._idle_children()
            if before is None:
                return False
            future_result(self.studio.controller.recover(lambda: 0))  # after all work of the I/O thread
            process = psutil.Process()
            opened, threads = len(open_descriptors() - self._open_before), len(_threads() - self._threads_before)
            load = ResourceUsage(process.memory_info().rss / 1e6, opened, threads, len(self._children()))
            same, settled = (
                (before, load.descriptors, load.threads) == settled,
                (before, load.descriptors, load.threads),
            )
            return same and self._idle_children() == before

        self._until(is_measured)
        self._result.loads.append(load)
        self._on_progress(f"visit {place + 1}: {load}; faults {sum(self._faults.started.values())}")

    def _idle_children(self) -> frozenset[int] | None:
        """Return the id of the camera process where camera, reader and controller are idle, None otherwise."""
        studio, children = self.studio, self._children()
        problem = studio.reader_problem
        reads = problem is None or problem.key in CARD_PROBLEMS  # the problem of a card stays until the next one
        well = studio.camera.state.kind == "live" and reads and len(children) == 1
        quiet = (
            not self._faults.is_lasting
            and studio.controller.unsaved_shot_count == 0
            and studio.controller.state.step is Step.IDLE
        )
        return frozenset(children) if well and quiet else None

    def _children(self) -> set[int]:
        """The processes that the soak has started and that still run."""
        return {child.pid for child in psutil.Process().children()} - self._others

    def _count_results(self) -> None:
        result, studio = self._result, self.studio
        exposed = studio.scene.exposed()
        safe: set[str] = set()
        for item in studio.stored_visits():
            for shot in item.shots:
                data = studio.originals.read(shot.original)
                safe.add(hashlib.sha256(data).hexdigest())
                result.stored += 1
                if sitter_in(data) != item.draft.student:
                    result.wrong.append(f"{sitter_in(data)} under {item.draft.student}")
        unassigned = studio.unassigned_shots()
        safe |= {hashlib.sha256(data).hexdigest() for data in unassigned}
        result.exposed, result.unassigned = len(exposed), len(unassigned)
        result.lost = [name for name, data in exposed.items() if hashlib.sha256(data).hexdigest() not in safe]
        result.open = sum(visit.state is OutboxState.OPEN for visit in studio.outbox.entries())
        result.recoveries = [
            entry.duration
            for entry in studio.device_log.outages()
            if entry.device == "camera" and entry.duration is not None
        ]


def _threads() -> set[str]:
    """The ids of this process's threads (Linux)."""
    return set(os.listdir("/proc/self/task"))
