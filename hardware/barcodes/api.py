"""The API of code scanners, and the codes that they return."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from config.errors import DeviceProblem

Source = Literal["camera", "keyboard", "serial", "screen"]


@dataclass(frozen=True)
class Scan:
    """A code that was read.

    `payload` is exactly as encoded and opaque to the station; repr omits it, because it may identify a person. If it is
    not text, it is base64.
    """

    payload: str = field(repr=False)
    source: Source


class ScannerProblem(DeviceProblem):
    """A scanner failed. Keys: `scanner.<reason>`.

    Reasons: absent, not_allowed, taken, lost, no_end (it sends no Enter or line end, so that a complete code cannot be
    distinguished from a partial one).
    """


class CodeScanner(Protocol):
    """A driver. It is created with a callback that receives a Scan once each time a code is shown, on the driver's
    thread or on the one that feeds it; not after `stop`."""

    def start(self) -> None: ...

    def stop(self) -> None: ...
