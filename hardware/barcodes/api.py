"""What every scanner of codes hands on, and what every scanner can do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from config.errors import DeviceProblem

Source = Literal["camera", "keyboard", "serial", "screen"]


@dataclass(frozen=True)
class Scan:
    """A code that was read: its payload exactly as it stands in it, opaque to us, and never printed by repr, because it
    may name a person. A payload of bytes that are no text comes in base64."""

    payload: str = field(repr=False)
    source: Source


class ScannerProblem(DeviceProblem):
    """A scanner could not do what was asked. Keys: `scanner.<reason>`.

    Reasons: absent, not_allowed, taken, lost, no_end (it sends no Enter or line end, so that nobody knows whether
    a code came whole).
    """


class CodeScanner(Protocol):
    """A driver. It is made with what to call for each Scan, once per showing of a code, from a thread of its own or
    from the one that feeds it; after `stop` it calls no more."""

    def start(self) -> None: ...

    def stop(self) -> None: ...
