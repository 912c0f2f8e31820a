"""Faults of the simulated camera: each is armed for some operations and occurs a number of times."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

ALWAYS: Final = 1 << 30

FOCUSING: Final = -1
"""Pseudo-operation for faults: whenever the camera focuses."""

EXPOSING: Final = -2
"""Pseudo-operation for faults: whenever the camera takes a picture, for whatever reason."""


@dataclass(frozen=True)
class Refuse:
    """The operation is not carried out and answered with this response."""

    response: int


@dataclass(frozen=True)
class Delay:
    """The operation is carried out `seconds` seconds late."""

    seconds: float


@dataclass(frozen=True)
class Silence:
    """The operation is never answered; the connection stays. EXPOSING: the picture never comes and it stays busy."""


@dataclass(frozen=True)
class Cut:
    """The connection breaks after this many bytes of the operation's data."""

    after: int


@dataclass(frozen=True)
class Corrupt:
    """The operation's picture is damaged: see `corrupt`."""

    how: str


Fault = Refuse | Delay | Silence | Cut | Corrupt


class Faults:
    """Armed faults; the first one armed for an operation occurs first. Any thread may arm them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[tuple[frozenset[int], Fault, int]] = []

    def arm(self, operations: Iterable[int], fault: Fault, times: int = 1) -> None:
        with self._lock:
            self._armed.append((frozenset(operations), fault, times))

    def pop(self, operation: int) -> Fault | None:
        """Return the fault of this operation now, if any."""
        with self._lock:
            for place, (operations, fault, times) in enumerate(self._armed):
                if operation in operations:
                    self._armed[place : place + 1] = [(operations, fault, times - 1)] if times > 1 else []
                    return fault
        return None

    def clear(self) -> None:
        with self._lock:
            self._armed.clear()


CORRUPTIONS: Final = ("truncated", "garbage", "empty")


def corrupt(picture: bytes, how: str) -> bytes:
    """Damage `picture` (a JPEG file) as a failing card or a bad cable does.

    truncated: its second half is missing; garbage: noise between the start and end of a JPEG; empty: no bytes.
    """
    if how == "truncated":
        return picture[: len(picture) // 2]
    if how == "garbage":
        noise = bytes((number * 37 + number // 251) & 0x7F for number in range(len(picture) - 4))
        return picture[:2] + noise + picture[-2:]
    if how == "empty":
        return b""
    raise ValueError(f"the kinds of damage are {', '.join(CORRUPTIONS)}, not {how}")
