"""What the photo engine hands on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from config.errors import Problem
from kiosk.guidance.verdict import Verdict


class PhotoProblem(Problem):
    """No portrait could be made of a shot. Keys: `photo.<reason>`; the sentence names the rule and says why."""


@dataclass(frozen=True)
class Portrait:
    """The standardized JPEG of one shot: its bytes as read back from disk, their hash, what each rule says of them,
    and the recipe that makes the same bytes from the same shot again."""

    jpeg: bytes = field(repr=False)
    sha256: str
    verdicts: tuple[Verdict, ...]
    recipe: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class DraftPortrait:
    """A standardized JPEG before anybody has judged it, and its recipe, still without verdicts."""

    jpeg: bytes = field(repr=False)
    recipe: dict[str, Any] = field(repr=False)
