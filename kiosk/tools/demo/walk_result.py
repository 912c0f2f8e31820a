"""What the automatic visit leaves behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from kiosk.capture.types import Portrait


@dataclass
class WalkResult:
    """Result of the walk: the pictures, the portrait, and the seconds between its milestones."""

    pictures: list[Path] = field(default_factory=list)
    portrait: Portrait | None = None
    shot: bytes = field(default=b"", repr=False)
    submission: str | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    error: str = ""
