"""From the shutter to the portrait: a short burst, each shot kept and looked at, and the best of it developed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import asdict
from typing import Any, Final, Protocol

from config.errors import Problem
from config.i18n import FALLBACK, Message, translations
from hardware.cameras.api import Shot
from kiosk.capture.storage import Kept
from kiosk.capture.types import Portrait
from kiosk.guidance.coaching.best_shot import ShotLook, refusal
from kiosk.guidance.verdict import Verdict
from kiosk.visit.burst import Burst
from kiosk.visit.errors import OF_SHOTS, log_failure, problem_of, saying_of
from kiosk.visit.ports import Clocks, Parts
from kiosk.visit.recorder import Visit

log = logging.getLogger(__name__)
BURST_TIME: Final = 2.5
"""Seconds after which no further shot is begun: so long somebody who was counted down holds still without effort."""
REFUSALS: Final = 2
"""So often in a visit a shot is taken again unasked; after that the portrait is shown, with what is wrong with it."""


class Told(Protocol):
    """Who is told how a shot of `visit` went; the visit may be over by then."""

    def is_here(self, visit: Visit) -> bool: ...

    def shots_kept(self, visit: Visit) -> None: ...

    def no_shot(self, visit: Visit, problem: Problem) -> None: ...

    def not_kept(self, visit: Visit, problem: Problem) -> None: ...

    def came_late(self, visit: Visit, shot: Shot) -> None: ...

    def owed(self, visit: Visit, shot: Shot) -> None: ...

    def refused(self, visit: Visit, why: Message) -> None: ...

    def portrait_made(self, visit: Visit, portrait: Portrait) -> None: ...

    def portrait_lost(self, visit: Visit, problem: Problem) -> None: ...


class Shutter:
    """Everything happens on the conductor's thread, to which `when` brings the answers of the others.

    The shots of a burst are taken one after the other, each asked for when the one before is safe on disk: so a full
    disk costs none of them, and a sitter who leaves is not photographed any more.
    """

    def __init__(
        self, parts: Parts, clocks: Clocks, desk: Executor, when: Callable[..., None], told: Told, most: int
    ) -> None:
        self._parts = parts
        self._clocks = clocks
        self._desk = desk
        self._when = when
        self._told = told
        self._most = most
        self.asked: Visit | None = None  # whose shot the camera was asked for that has not come yet

    def shoot(self, visit: Visit) -> None:
        """Takes a burst, or, after a full disk, goes on with the shot in hand."""
        if visit.unsaved is not None and visit.burst is not None:
            self._keep(visit, visit.burst, visit.unsaved)
            return
        visit.taken_at, visit.shown = self._clocks.today(), None
        visit.burst = Burst(self._wanted(), self._clocks.now() + BURST_TIME)
        self._ask(visit, visit.burst)

    def take_in_hand(self, visit: Visit, shot: Shot) -> None:
        """A shot that is there already, from the shutter on the camera's body: `shoot` goes on with it."""
        visit.taken_at, visit.shown, visit.burst, visit.unsaved = self._clocks.today(), None, Burst(), shot

    def _wanted(self) -> int:
        info = self._parts.camera.state.info
        return max(1, min(self._most, info.burst if info else 1))

    # ------------------------------------------------------------------ taken and kept

    def _ask(self, visit: Visit, burst: Burst) -> None:
        shot = self._parts.camera.shoot()
        # Refused at once where the shot of the sitter before is still under way: then it is that one's.
        if not shot.done():
            self.asked = visit
        self._when(shot, lambda done: self._came(visit, burst, done))

    def _came(self, visit: Visit, burst: Burst, done: Future[Shot]) -> None:
        problem = problem_of(done)
        if problem is None or problem.key in OF_SHOTS:
            self._parts.note("shutter", problem)
        if problem is None:
            self.asked = None
        if problem is None and self._told.is_here(visit):
            self._keep(visit, burst, done.result())
        elif problem is None:
            self._told.came_late(visit, done.result())
            if burst.shots:
                self._end_burst(visit, burst)
        elif burst.shots:
            log.warning("a burst ends after %d shots: %s", len(burst.shots), problem)
            self._end_burst(visit, burst)
        else:
            self._told.no_shot(visit, problem)

    def _keep(self, visit: Visit, burst: Burst, shot: Shot) -> None:
        visit.unsaved = None
        self.save(visit, burst, shot)

    def save(self, visit: Visit, burst: Burst, taken: Shot) -> None:
        """Keeps a shot and goes on with `burst`; where that is not the one the sitter waits for, without showing it."""
        saved = self._desk.submit(self._parts.keeper.keep_shot, visit, taken)
        self._when(saved, lambda done: self._kept(visit, burst, taken, done))

    def _kept(self, visit: Visit, burst: Burst, taken: Shot, done: Future[Kept]) -> None:
        problem = problem_of(done)
        if problem is not None:
            self._not_kept(visit, burst, taken, problem)
            return
        shot = done.result()
        burst.shots.append(shot)
        burst.camera = asdict(taken.camera)
        seen = self._parts.engine.look(shot, visit.standard)
        self._when(seen, lambda answer: self._seen(visit, burst, shot, answer))
        if burst.complete or self._clocks.now() > burst.until or not self._told.is_here(visit):
            self._end_burst(visit, burst)
        else:
            self._ask(visit, burst)

    def _not_kept(self, visit: Visit, burst: Burst, taken: Shot, problem: Problem) -> None:
        if visit.burst is burst and self._told.is_here(visit):
            visit.unsaved = taken
            self._told.not_kept(visit, problem)
        else:
            self._told.owed(visit, taken)

    def _end_burst(self, visit: Visit, burst: Burst) -> None:
        burst.wanted = len(burst.shots)
        if visit.burst is burst:
            self._told.shots_kept(visit)
        self._decide(visit, burst)

    # ------------------------------------------------------------------ looked at, and the best chosen

    def _seen(self, visit: Visit, burst: Burst, shot: Kept, answer: Future[ShotLook]) -> None:
        problem = problem_of(answer)
        burst.looks[shot] = answer.result() if problem is None else None
        self._decide(visit, burst)

    def _decide(self, visit: Visit, burst: Burst) -> None:
        if not burst.decided or burst.chosen is not None:
            return
        # Where nobody waits for it any more nothing is chosen: the newest shot of the visit stays the chosen one.
        newest = burst.shots[-1]
        burst.chosen = burst.best() if visit.burst is burst else newest
        if burst.chosen is newest:
            self._go_on(visit, burst)
            return
        chosen = self._desk.submit(self._parts.keeper.choose, visit, burst.chosen)
        self._when(chosen, lambda done: self._noted(visit, burst, done))

    def _noted(self, visit: Visit, burst: Burst, done: Future[None]) -> None:
        problem = problem_of(done)
        if problem is not None:  # what the outbox would send is what is developed
            log.warning("the newest shot is taken, the best could not be noted: %s", problem)
            burst.chosen = burst.shots[-1]
        self._go_on(visit, burst)

    def _go_on(self, visit: Visit, burst: Burst) -> None:
        assert burst.chosen is not None
        why = refusal(burst.looks[burst.chosen])
        waits = visit.burst is burst and self._told.is_here(visit)
        if why is not None and waits and visit.refused < REFUSALS:
            self._refuse(visit, burst.chosen, why)
            return
        if visit.burst is burst:
            visit.shown = burst.chosen
        self._develop(visit, burst.chosen, burst.camera)

    def _refuse(self, visit: Visit, shot: Kept, why: Verdict) -> None:
        visit.refused += 1
        in_words = Problem("photo.refused", why=translations(FALLBACK).translate(why.reason))
        self._when(self._desk.submit(self._parts.keeper.no_portrait, visit, shot, in_words), log_failure)
        self._told.refused(visit, Message("photo.refused", {"why": Message(why.reason)}))

    # ------------------------------------------------------------------ developed

    def _develop(self, visit: Visit, shot: Kept, camera: dict[str, Any]) -> None:
        work = self._parts.engine.develop(shot, visit.standard, camera)
        self._when(work, lambda made: self._developed(visit, shot, made))

    def _developed(self, visit: Visit, shot: Kept, made: Future[tuple[Portrait, Kept]]) -> None:
        problem = problem_of(made)
        if problem is not None:
            self._when(self._desk.submit(self._parts.keeper.no_portrait, visit, shot, problem), log_failure)
            if visit.shown is shot:
                self._told.refused(visit, saying_of(problem))
            return
        portrait, kept = made.result()
        saved = self._desk.submit(self._parts.keeper.keep_portrait, visit, shot, portrait, kept)
        self._when(saved, lambda done: self._shown(visit, shot, portrait, done))

    def _shown(self, visit: Visit, shot: Kept, portrait: Portrait, saved: Future[None]) -> None:
        """Shows the portrait, unless a newer shot has been asked for meanwhile: what is accepted is what is sent."""
        problem = problem_of(saved)
        if problem is not None:
            self._told.portrait_lost(visit, problem)
        elif visit.shown is shot:
            self._told.portrait_made(visit, portrait)
