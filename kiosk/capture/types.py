"""The results of the photo engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from config.errors import Problem
from kiosk.guidance.verdict import Verdict


class PhotoProblem(Problem):
    """No portrait can be made of a shot. Message ids: `photo.<reason>`; the message names the rule and the reason."""


@dataclass(frozen=True)
class Portrait:
    """The standardized JPEG of one shot: its bytes as read back from disk, their hash, their verdicts, and the recipe
    that reproduces the same bytes from the same shot. `questions` are the rules that a person has to answer."""

    jpeg: bytes = field(repr=False)
    sha256: str
    verdicts: tuple[Verdict, ...]
    recipe: dict[str, Any] = field(repr=False)
    questions: tuple[str, ...] = ()


@dataclass(frozen=True)
class DraftPortrait:
    """A standardized JPEG before its evaluation, and its recipe without verdicts."""

    jpeg: bytes = field(repr=False)
    recipe: dict[str, Any] = field(repr=False)
