"""The shots taken at one go, and what was seen of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import Any

from kiosk.capture.storage import StoredFile
from kiosk.guidance.coaching.best_shot import ShotQuality, best_index


@dataclass(eq=False)
class Burst:
    """`target_count` shots are taken, as long as the camera gives them and none is begun after `deadline` (seconds of
    the station's clock); `shots` are those that are safe on disk, `assessments` what
    was seen of them (None: it could not be looked at), `chosen_shot` is the best of them once that is known, and
    `camera` what the recipe says of the camera."""

    target_count: int = 1
    deadline: float = inf
    shots: list[StoredFile] = field(default_factory=list)
    assessments: dict[StoredFile, ShotQuality | None] = field(default_factory=dict)
    chosen_shot: StoredFile | None = None
    camera: dict[str, Any] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether all that will come has come."""
        return len(self.shots) >= self.target_count

    @property
    def can_choose(self) -> bool:
        """Whether the best can be told."""
        return self.is_complete and len(self.assessments) == len(self.shots)

    def best_shot(self) -> StoredFile:
        return self.shots[best_index([self.assessments.get(shot) for shot in self.shots])]
