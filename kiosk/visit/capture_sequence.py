"""From the shutter to the portrait: take a short burst, store and assess each shot, process the best one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import asdict
from typing import Any, Final

from config.errors import Problem
from config.i18n import FALLBACK, Message, translations
from hardware.cameras.api import Shot
from kiosk.capture.storage import StoredFile
from kiosk.capture.types import Portrait
from kiosk.guidance.coaching.best_shot import ShotQuality, retake_reason
from kiosk.guidance.verdict import Verdict
from kiosk.visit.burst import Burst
from kiosk.visit.capture_events import (
    CaptureEvent,
    PortraitFailed,
    PortraitReady,
    ShotFailed,
    ShotOrphaned,
    ShotRejected,
    ShotsStored,
    ShotUnsaved,
    StoreFailed,
)
from kiosk.visit.errors import SHOT_ERRORS, log_failure, message_for, problem_of
from kiosk.visit.ports import Clock, Services
from kiosk.visit.visit import Visit

log = logging.getLogger(__name__)
MAX_BURST_S: Final = 2.5
"""No further shot is requested after this time, because sitters keep still without effort only that long."""
MAX_REJECTIONS: Final = 2
"""Automatic retakes per visit; after that the portrait is shown together with its faults."""


class CaptureSequence:
    """Takes the shots of a visit and makes its portrait; passes each result to `emit` as a CaptureEvent.

    All methods run on the controller's thread: `on_done(future, callback)` calls the callback there. The next shot of
    a burst is requested when the previous one is safe on disk, so a full disk loses no shot, and a sitter who leaves
    is not photographed any more.
    """

    def __init__(
        self,
        services: Services,
        clock: Clock,
        io_executor: Executor,
        on_done: Callable[..., None],
        emit: Callable[[CaptureEvent], None],
        max_burst: int,
    ) -> None:
        self._services = services
        self._clock = clock
        self._io_executor = io_executor
        self._on_done = on_done
        self._emit = emit
        self._max_burst = max_burst
        self.requested_by: Visit | None = None  # the visit whose requested shot has not arrived yet

    def shoot(self, visit: Visit) -> None:
        """Take a burst; after a full disk, continue with the shot that was not saved."""
        if visit.unsaved_shot is not None and visit.burst is not None:
            self._store_unsaved(visit, visit.burst, visit.unsaved_shot)
            return
        visit.taken_at, visit.displayed_shot = self._clock.wall(), None
        visit.burst = Burst(self._burst_size(), self._clock.monotonic() + MAX_BURST_S)
        self._request_shot(visit, visit.burst)

    def adopt_shot(self, visit: Visit, shot: Shot) -> None:
        """Prepare `shoot` for a shot that exists already, taken with the shutter button on the camera."""
        visit.taken_at, visit.displayed_shot, visit.burst, visit.unsaved_shot = self._clock.wall(), None, Burst(), shot

    def _burst_size(self) -> int:
        info = self._services.camera.state.info
        return max(1, min(self._max_burst, info.burst if info else 1))

    # ------------------------------------------------------------------ take and store

    def _request_shot(self, visit: Visit, burst: Burst) -> None:
        shot = self._services.camera.shoot()
        # The camera refuses at once while the previous sitter's shot is in progress; then `requested_by` must not
        # change.
        if not shot.done():
            self.requested_by = visit
        self._on_done(shot, lambda done: self._on_shot(visit, burst, done))

    def _on_shot(self, visit: Visit, burst: Burst, done: Future[Shot]) -> None:
        problem = problem_of(done)
        if problem is None or problem.key in SHOT_ERRORS:
            self._services.report_problem("shutter", problem)
        if problem is None:
            self.requested_by = None
        if problem is None and visit.is_current:
            self._store_unsaved(visit, burst, done.result())
        elif problem is None:
            self._emit(ShotOrphaned(visit, done.result()))
            if burst.shots:
                self._end_burst(visit, burst)
        elif burst.shots:
            log.warning("a burst ends after %d shots: %s", len(burst.shots), problem)
            self._end_burst(visit, burst)
        else:
            self._emit(ShotFailed(visit, problem))

    def _store_unsaved(self, visit: Visit, burst: Burst, shot: Shot) -> None:
        visit.unsaved_shot = None
        self.store(visit, burst, shot)

    def store(self, visit: Visit, burst: Burst, shot: Shot) -> None:
        """Store a shot and continue `burst`; show the result only if the sitter waits for this burst."""
        saved = self._io_executor.submit(self._services.recorder.store_shot, visit, shot)
        self._on_done(saved, lambda done: self._on_stored(visit, burst, shot, done))

    def _on_stored(self, visit: Visit, burst: Burst, camera_shot: Shot, done: Future[StoredFile]) -> None:
        problem = problem_of(done)
        if problem is not None:
            self._on_store_failed(visit, burst, camera_shot, problem)
            return
        shot = done.result()
        burst.shots.append(shot)
        burst.camera = asdict(camera_shot.camera)
        assessment = self._services.engine.assess(shot, visit.standard)
        self._on_done(assessment, lambda done: self._on_assessed(visit, burst, shot, done))
        if burst.is_complete or self._clock.monotonic() > burst.deadline or not visit.is_current:
            self._end_burst(visit, burst)
        else:
            self._request_shot(visit, burst)

    def _on_store_failed(self, visit: Visit, burst: Burst, camera_shot: Shot, problem: Problem) -> None:
        if visit.burst is burst and visit.is_current:
            visit.unsaved_shot = camera_shot
            self._emit(StoreFailed(visit, problem))
        else:
            self._emit(ShotUnsaved(visit, camera_shot))

    def _end_burst(self, visit: Visit, burst: Burst) -> None:
        burst.target_count = len(burst.shots)
        if visit.burst is burst:
            self._emit(ShotsStored(visit))
        self._choose_shot(visit, burst)

    # ------------------------------------------------------------------ assess and choose

    def _on_assessed(self, visit: Visit, burst: Burst, shot: StoredFile, done: Future[ShotQuality]) -> None:
        problem = problem_of(done)
        burst.assessments[shot] = done.result() if problem is None else None
        self._choose_shot(visit, burst)

    def _choose_shot(self, visit: Visit, burst: Burst) -> None:
        if not burst.can_choose:
            return
        # If no sitter waits for this burst any more, its newest shot stays the chosen one.
        newest = burst.shots[-1]
        burst.chosen_shot = burst.best_shot() if visit.burst is burst else newest
        if burst.chosen_shot is newest:
            self._reject_or_process(visit, burst)
            return
        chosen = self._io_executor.submit(self._services.recorder.choose_shot, visit, burst.chosen_shot)
        self._on_done(chosen, lambda done: self._on_choice_stored(visit, burst, done))

    def _on_choice_stored(self, visit: Visit, burst: Burst, done: Future[None]) -> None:
        problem = problem_of(done)
        if problem is not None:  # process the shot that the outbox would send
            log.warning("using the newest shot, because the best could not be recorded: %s", problem)
            burst.chosen_shot = burst.shots[-1]
        self._reject_or_process(visit, burst)

    def _reject_or_process(self, visit: Visit, burst: Burst) -> None:
        assert burst.chosen_shot is not None
        verdict = retake_reason(burst.assessments[burst.chosen_shot])
        is_awaited = visit.burst is burst and visit.is_current
        if verdict is not None and is_awaited and visit.rejection_count < MAX_REJECTIONS:
            self._reject_shot(visit, burst.chosen_shot, verdict)
            return
        if visit.burst is burst:
            visit.displayed_shot = burst.chosen_shot
        self._request_portrait(visit, burst.chosen_shot, burst.camera)

    def _reject_shot(self, visit: Visit, shot: StoredFile, verdict: Verdict) -> None:
        visit.rejection_count += 1
        problem = Problem("photo.refused", why=translations(FALLBACK).translate(verdict.reason))
        self._on_done(
            self._io_executor.submit(self._services.recorder.record_portrait_failure, visit, shot, problem),
            log_failure,
        )
        self._emit(ShotRejected(visit, Message("photo.refused", {"why": Message(verdict.reason)})))

    # ------------------------------------------------------------------ process

    def _request_portrait(self, visit: Visit, shot: StoredFile, camera: dict[str, Any]) -> None:
        work = self._services.engine.make_portrait(shot, visit.standard, camera)
        self._on_done(work, lambda done: self._on_portrait_made(visit, shot, done))

    def _on_portrait_made(self, visit: Visit, shot: StoredFile, done: Future[tuple[Portrait, StoredFile]]) -> None:
        problem = problem_of(done)
        if problem is not None:
            self._on_done(
                self._io_executor.submit(self._services.recorder.record_portrait_failure, visit, shot, problem),
                log_failure,
            )
            if visit.displayed_shot is shot:
                self._emit(ShotRejected(visit, message_for(problem)))
            return
        portrait, file = done.result()
        saved = self._io_executor.submit(self._services.recorder.store_portrait, visit, shot, portrait, file)
        self._on_done(saved, lambda done: self._on_portrait_stored(visit, shot, portrait, done))

    def _on_portrait_stored(self, visit: Visit, shot: StoredFile, portrait: Portrait, done: Future[None]) -> None:
        """Report the portrait unless a newer shot was requested: the sitter must see the portrait that is sent."""
        problem = problem_of(done)
        if problem is not None:
            self._emit(PortraitFailed(visit, problem))
        elif visit.displayed_shot is shot:
            self._emit(PortraitReady(visit, portrait))
