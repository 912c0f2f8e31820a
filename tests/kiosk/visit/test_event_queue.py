"""Events from any thread are handled in order, and each addition calls the waker."""

from __future__ import annotations

from concurrent.futures import Future

from kiosk.visit.event_queue import EventQueue


def test_the_waker_is_called_for_every_event_that_is_added() -> None:
    events, handled = EventQueue(), list[str]()

    def handle() -> None:
        for event in events.take_present():
            event()

    events.put(lambda: handled.append("before"))
    events.set_waker(handle)
    events.put(lambda: handled.append("put"))
    work: Future[str] = Future()
    events.put_when_done(work, lambda done: handled.append(done.result()))
    assert handled == ["before", "put"]
    work.set_result("done")
    assert handled == ["before", "put", "done"]
    events.put_when_done(work, lambda done: handled.append("at once"))
    assert handled[-1] == "at once"


def test_events_that_are_added_meanwhile_wait_for_the_next_round() -> None:
    events, handled = EventQueue(), list[int]()

    def add_another() -> None:
        handled.append(1)
        events.put(lambda: handled.append(2))

    events.put(add_another)
    for event in events.take_present():
        event()
    assert handled == [1]
    for event in events.take_present():
        event()
    assert handled == [1, 2]
