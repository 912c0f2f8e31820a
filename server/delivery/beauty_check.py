"""The photo engine's part of a delivery's check: look for a beauty filter in one portrait. Runs in the process of
`server.retouch.engine_child`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from kiosk.capture.retouch.beauty_filter import UNDETECTABLE, assess_beauty_filter
from kiosk.guidance.detection.landmarks import FaceFinder

_NO_EVIDENCE: Final = ("camera", "no_camera")
"""The engine writes the portraits, and their metadata name no camera."""


def assess_portrait(request: Mapping[str, Any], finder: FaceFinder) -> dict[str, Any]:
    """Return `score`, `level`, `evidence` and, if the skin could not be measured, the reason in `unable`. Raises
    PhotoProblem if the file is no picture."""
    suspicion = assess_beauty_filter(Path(request["portrait"]).read_bytes(), finder)
    return {
        "score": suspicion.score,
        "level": suspicion.level.value,
        "evidence": [list(one) for one in suspicion.evidence if one[0] not in _NO_EVIDENCE],
        "unable": next((key for key in suspicion.unable if key not in UNDETECTABLE), ""),
    }
