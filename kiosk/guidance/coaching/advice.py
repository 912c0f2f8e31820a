"""What guidance says of one live frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kiosk.guidance.verdict import Verdict


@dataclass(frozen=True)
class FaceBox:
    """Where the face stands in the frame, as fractions of its width and height: 0,0 top left, not mirrored.

    `crown_y` is where the person mask says that the hair begins; None where that is not in the frame.
    """

    eye_x: float
    eye_y: float
    chin_y: float
    width: float
    crown_y: float | None = None


@dataclass(frozen=True)
class Advice:
    """The one thing to say now.

    `hint` is a word key with its `values`; `ready` is whether nothing is wrong; `steady_for` is for how many seconds
    that has been so without a break. `operator_hint` is a word key for what the sitter cannot mend (light, backdrop),
    the first of `operator_hints`, which has each such finding once. `needs_help` is whether the sitter makes no
    progress, so that somebody should come and help. `eyes_shut` is whether the eyes are shut just now, so that a
    shutter can wait for them.
    """

    hint: str
    values: Mapping[str, object] = field(default_factory=dict)
    verdicts: tuple[Verdict, ...] = ()
    ready: bool = False
    steady_for: float = 0.0
    face: FaceBox | None = None
    operator_hint: str = ""
    eyes_shut: bool = False
    operator_hints: tuple[str, ...] = ()
    needs_help: bool = False
