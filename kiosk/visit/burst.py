"""The shots of one burst and their assessments."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import Any

from kiosk.capture.storage import StoredFile
from kiosk.guidance.coaching.best_shot import ShotQuality, best_index


@dataclass(eq=False)
class Burst:
    """A burst takes `target_count` shots, but requests none after `deadline` (seconds of the station's clock).

    `shots` are safe on disk. `assessments` holds None for a shot that could not be assessed. `chosen_shot` is the best
    one once it is known; `camera` is the camera's entry in the recipe.
    """

    target_count: int = 1
    deadline: float = inf
    shots: list[StoredFile] = field(default_factory=list)
    assessments: dict[StoredFile, ShotQuality | None] = field(default_factory=dict)
    chosen_shot: StoredFile | None = None
    camera: dict[str, Any] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether no further shot will come."""
        return len(self.shots) >= self.target_count

    @property
    def can_choose(self) -> bool:
        """Whether all shots are assessed."""
        return self.is_complete and len(self.assessments) == len(self.shots)

    def best_shot(self) -> StoredFile:
        return self.shots[best_index([self.assessments.get(shot) for shot in self.shots])]
