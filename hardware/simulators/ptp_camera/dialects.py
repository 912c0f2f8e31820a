"""Differences between makers: the operations in addition to the standard ones, and the delivery of events."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, Protocol

from hardware.simulators.ptp_camera import datasets, packets
from hardware.simulators.ptp_camera.body import Body
from hardware.simulators.ptp_camera.codes import NIKON, Operation
from hardware.simulators.ptp_camera.operations import Answer, execute
from hardware.simulators.ptp_camera.packets import Request


class Dialect(Protocol):
    """The operations of a body for one initiator. Created for each; `on_event` is called from any thread."""

    vendor: int
    operations: frozenset[int]
    properties: tuple[int, ...]

    def answer(self, request: Request, data: bytes) -> Answer: ...

    def on_event(self, code: int, parameter: int) -> bytes | None:
        """Return what to send on the event connection for an event, None if it is kept until a request."""


DialectFactory = Callable[[Body], Dialect]


class Nikon:
    """Nikons since about 2009: they shoot to card or memory, and events are fetched by GET_EVENTS."""

    vendor = NIKON
    operations: frozenset[int] = frozenset(Operation)

    def __init__(self, body: Body) -> None:
        self._body = body
        self.properties: tuple[int, ...] = tuple(body.properties)
        self._lock = threading.Lock()
        self._queued: list[tuple[int, int]] = []

    def answer(self, request: Request, data: bytes) -> Answer:
        if request.operation == Operation.GET_EVENTS:
            with self._lock:
                queued, self._queued = self._queued, []
            return Answer(data=datasets.events(queued))
        return execute(self._body, request, data, self.operations)

    def on_event(self, code: int, parameter: int) -> bytes | None:
        with self._lock:
            self._queued.append((code, parameter))
        return None


_NEWER_OPERATIONS: Final = {Operation.CAPTURE_TO_MEDIA, Operation.GET_EVENTS, Operation.AF_DRIVE}


class OldNikon:
    """Nikons of about 2006 (D40, D80): standard captures, events on the event connection."""

    vendor = NIKON
    operations: frozenset[int] = frozenset(Operation) - _NEWER_OPERATIONS

    def __init__(self, body: Body) -> None:
        self._body = body
        self.properties: tuple[int, ...] = tuple(body.properties)

    def answer(self, request: Request, data: bytes) -> Answer:
        return execute(self._body, request, data, self.operations)

    def on_event(self, code: int, parameter: int) -> bytes | None:
        return packets.event(code, parameter)
