"""What can be said to the sitter, in the order in which a photographer would say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LOOK: Final = "hint.look"
HOLD: Final = "hint.hold"


@dataclass(frozen=True)
class Fault:
    """One thing that can be wrong: a rule missed on one side ("low", "high", or "" = cannot be measured), the sitter's
    hint for it, and the operator's word key where the sitter cannot mend it."""

    rule: str
    side: str
    hint: str
    operator: str = ""


FAULTS: Final = (
    Fault("one_face", "low", "hint.nobody"),
    Fault("one_face", "high", "hint.several"),
    # face_x is low when the sitter stands left in the unmirrored picture: too far to the own right.
    Fault("place_across", "low", "hint.move_left"),
    Fault("place_across", "high", "hint.move_right"),
    Fault("place_up", "low", "hint.sit_lower"),
    Fault("place_up", "high", "hint.sit_higher"),
    Fault("face_size", "low", "hint.closer"),
    Fault("face_size", "high", "hint.back"),
    Fault("yaw", "low", "hint.turn_left"),
    Fault("yaw", "high", "hint.turn_right"),
    Fault("roll", "low", "hint.tilt_left"),
    Fault("roll", "high", "hint.tilt_right"),
    Fault("pitch", "low", "hint.chin_up"),
    Fault("pitch", "high", "hint.chin_down"),
    Fault("eyes_open", "low", "hint.open_eyes"),
    Fault("no_blink", "low", "hint.open_eyes"),
    Fault("mouth_closed", "high", "hint.close_mouth"),
    Fault("stillness", "high", "hint.keep_still"),
    Fault("light_balance", "low", "hint.light", "operator.light_left"),
    Fault("light_balance", "high", "hint.light", "operator.light_right"),
    Fault("exposure", "low", "hint.light", "operator.too_dark"),
    Fault("exposure", "high", "hint.light", "operator.too_bright"),
    Fault("highlights", "high", "hint.shine", "operator.highlights"),
    Fault("backdrop_shadow", "high", "hint.backdrop", "operator.backdrop_shadow"),
    Fault("backdrop_shadow", "", "hint.backdrop", "operator.backdrop_unseen"),
    Fault("backdrop_even", "high", "hint.backdrop", "operator.backdrop_uneven"),
    Fault("focus", "low", "hint.focus", "operator.focus"),
    Fault("focus", "", "hint.closer"),  # the face is too small for the camera's live view to tell
)
"""People before place, place before pose, pose before face, face before what is the operator's to mend."""

EYES: Final = frozenset({"eyes_open", "no_blink"})
SLOW: Final = frozenset({"stillness"})
"""Said only after a while: whoever moves is usually doing what the hint before asked for."""
