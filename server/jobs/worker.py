"""The loops of a worker process: plan periodic jobs if it is the leader, and run queued tasks one after the other."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable
from datetime import datetime
from threading import Event, Thread
from typing import Final

from django.db import DatabaseError, close_old_connections, connections
from django.utils import timezone
from django_tasks_db.management.commands.db_worker import Worker

from server.jobs.leader import release_lease
from server.jobs.queues import DEFAULT_QUEUE, ENGINE_QUEUE
from server.jobs.tick import TICK_S, tick
from server.records.identifiers import new_id

POLL_S: Final = 1.0
"""How long a queued task waits at most while the worker is idle."""
log = logging.getLogger(__name__)


class JobWorker:
    """Runs the tasks of one queue until `stop` is set; the current task is finished first. Only the worker of the
    default queue plans periodic jobs. `clock` gives the time of a tick, `monotonic` the seconds between two."""

    def __init__(
        self,
        stop: Event,
        queue: str = DEFAULT_QUEUE,
        clock: Callable[[], datetime] = timezone.now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.stop = stop
        self.queue = queue
        self.id = f"{socket.gethostname()[:20]}-{os.getpid()}-{new_id()[:12]}"
        self._clock, self._monotonic = clock, monotonic
        self._next_tick = monotonic()

    def run(self) -> None:
        while not self.stop.is_set():
            self.run_once()
            self.stop.wait(POLL_S)
        self._release()

    def run_once(self) -> None:
        """Tick if it is time, then run the queued tasks until there are none. A database error is logged: the database
        may be locked or restarting, and the next round tries again."""
        try:
            close_old_connections()
            if self.queue == DEFAULT_QUEUE and self._monotonic() >= self._next_tick:
                self._next_tick = self._monotonic() + TICK_S
                tick(self.id, self._clock())
            while not self.stop.is_set() and self._run_next_task():
                pass
        except DatabaseError as error:
            log.warning("worker: %s", error)

    def _run_next_task(self) -> bool:
        worker = Worker(
            queue_names=[self.queue],
            interval=0,
            batch=True,
            backend_name="default",
            startup_delay=False,
            max_tasks=1,
            worker_id=self.id,
            excluded_queue_names=[],
        )
        worker.run()
        return worker._run_tasks > 0

    def _release(self) -> None:
        try:
            release_lease(self.id)
        except DatabaseError as error:
            log.warning("worker: %s", error)


def run_worker(stop: Event) -> None:
    """Run both queues until `stop` is set."""
    engine = Thread(target=_run_engine_queue, args=(stop,), name="engine queue")
    engine.start()
    JobWorker(stop).run()
    engine.join()


def _run_engine_queue(stop: Event) -> None:
    try:
        JobWorker(stop, ENGINE_QUEUE).run()
    finally:
        connections.close_all()
