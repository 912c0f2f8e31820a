"""The advice for one live frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kiosk.guidance.verdict import Verdict


@dataclass(frozen=True)
class FaceBox:
    """The position of the face in the frame, as fractions of its width and height: 0,0 top left, not mirrored.

    `crown_y` is the top of the hair in the person mask; None if it is outside the frame.
    """

    eye_x: float
    eye_y: float
    chin_y: float
    width: float
    crown_y: float | None = None


@dataclass(frozen=True)
class Advice:
    """The one hint to show now.

    `hint` is a message id with its `values`. `ready`: nothing has been wrong for `steady_for` seconds without a break.
    `operator_hint` is the message id of a finding that the sitter cannot correct (light, backdrop), the first of
    `operator_hints`, which contains each such finding once. `needs_help`: the sitter makes no progress and needs the
    operator. `eyes_shut`: the eyes are shut in this frame, so that the shutter waits."""

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
