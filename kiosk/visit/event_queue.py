"""Events of any thread, which wait until the controller's thread handles them."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")
Event = Callable[[], None]


class EventQueue:
    """Any thread may add events; one thread takes them, in order."""

    def __init__(self) -> None:
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._wake: Callable[[], None] | None = None

    def set_waker(self, wake: Callable[[], None]) -> None:
        """Call `wake` on the adding thread whenever an event was added. A shot and its portrait cause eight events;
        without a waker each waits until the queue is read again."""
        self._wake = wake

    def put(self, event: Event) -> None:
        self._events.put(event)
        if self._wake is not None:
            self._wake()

    def put_when_done(self, work: Future[T], then: Callable[[Future[T]], None]) -> None:
        """Add `then(work)` as an event when `work` has ended, or at once if it has."""
        work.add_done_callback(lambda done: self.put(lambda: then(done)))

    def take_present(self) -> Iterator[Event]:
        """Yield the events that wait now, not those that are added meanwhile."""
        for _ in range(self._events.qsize()):
            yield self._events.get_nowait()
