"""The result of the automatic visit."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from kiosk.capture.types import Portrait


@dataclass
class WalkResult:
    """The pictures and the portrait of the visit, the seconds between its milestones, and its error, "" if none."""

    pictures: list[Path] = field(default_factory=list)
    portrait: Portrait | None = None
    shot: bytes = field(default=b"", repr=False)
    submission: str | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    error: str = ""
