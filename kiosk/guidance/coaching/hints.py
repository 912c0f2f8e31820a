"""What can be said to the sitter, in the order in which a photographer would say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LOOK: Final = "hint.look"
HOLD: Final = "hint.hold"
MOMENT: Final = "hint.moment"
AGAIN: Final = ".again"
"""After a hint's key: the same in other words, for who could not follow the first."""
CALLED: Final = "hint.called"
NOBODY: Final = "hint.nobody"
STUCK: Final = "operator.stuck"


@dataclass(frozen=True)
class Fault:
    """One thing that can be wrong: a rule missed on one side ("low", "high", or "" = cannot be measured), the sitter's
    hint for it, and the operator's word key where the sitter cannot mend it."""

    rule: str
    side: str
    hint: str
    operator: str = ""


_PEOPLE: Final = (
    Fault("one_face", "low", NOBODY),
    Fault("one_face", "high", "hint.several"),
)
_PLACE: Final = (
    # face_x is low when the sitter stands left in the unmirrored picture: too far to the own right.
    Fault("place_across", "low", "hint.move_left"),
    Fault("place_across", "high", "hint.move_right"),
    Fault("place_up", "low", "hint.sit_lower"),
    Fault("place_up", "high", "hint.sit_higher"),
    Fault("face_size", "low", "hint.closer"),
    Fault("face_size", "high", "hint.back"),
)
# Hair, glasses, clothes: what takes hands, and so comes before a pose that hands would undo.
_WEAR: Final = (
    Fault("clothes_backdrop", "high", "hint.clothes_backdrop", "operator.clothes"),
    Fault("clothes_backdrop", "", "hint.clothes_backdrop", "operator.clothes"),
    Fault("clothes_output", "high", "hint.clothes_output", "operator.clothes"),
    Fault("bare_shoulders", "high", "hint.cover_shoulders"),
    Fault("clothes_pattern", "high", "hint.plain_clothes"),
    Fault("tinted_glasses", "high", "hint.tinted_glasses"),
    Fault("hair_eyes", "high", "hint.hair_eyes"),
    Fault("hair_brows", "high", "hint.hair_brows"),
)
_BODY: Final = (
    Fault("shoulders_level", "", "hint.show_shoulders"),
    Fault("shoulders_square", "low", "hint.square"),
    Fault("shoulders_level", "low", "hint.lower_right"),
    Fault("shoulders_level", "high", "hint.lower_left"),
)
_HEAD: Final = (
    Fault("yaw", "low", "hint.turn_left"),
    Fault("yaw", "high", "hint.turn_right"),
    Fault("roll", "low", "hint.tilt_left"),
    Fault("roll", "high", "hint.tilt_right"),
    Fault("pitch", "low", "hint.chin_up"),
    Fault("pitch", "high", "hint.chin_down"),
    # A tilted head is off the middle as well: these only of a head that is straight in itself.
    Fault("head_upright", "low", "hint.tilt_left"),
    Fault("head_upright", "high", "hint.tilt_right"),
    Fault("head_centred", "low", "hint.head_left"),
    Fault("head_centred", "high", "hint.head_right"),
)
_FACE: Final = (
    Fault("eyes_open", "low", "hint.open_eyes"),
    Fault("no_blink", "low", "hint.open_eyes"),
    Fault("gaze", "low", "hint.look_here"),
    Fault("gaze", "high", "hint.look_here"),
    Fault("mouth_closed", "high", "hint.close_mouth"),
    Fault("teeth", "high", "hint.close_mouth"),
    Fault("expression", "high", "hint.relax"),
    Fault("brows_raised", "high", "hint.brows"),
    Fault("brows", "high", "hint.brows"),
    Fault("glare", "high", "hint.glare", "operator.glare"),
)
_STILL: Final = (Fault("stillness", "high", "hint.keep_still"),)
_LIGHT: Final = (
    Fault("light_balance", "low", "hint.light", "operator.light_left"),
    Fault("light_balance", "high", "hint.light", "operator.light_right"),
    Fault("exposure", "low", "hint.light", "operator.too_dark"),
    Fault("exposure", "high", "hint.light", "operator.too_bright"),
    Fault("highlights", "high", "hint.shine", "operator.highlights"),
    Fault("shine", "high", "hint.shine", "operator.shine"),
    Fault("light_height", "low", "hint.light", "operator.light_low"),
    Fault("light_height", "high", "hint.light", "operator.light_high"),
    Fault("shadows_clipped", "high", "hint.light", "operator.shadows_lost"),
    Fault("nose_shadow", "high", "hint.light", "operator.nose_shadow"),
    Fault("eye_sockets", "high", "hint.light", "operator.eye_sockets"),
    Fault("colour", "high", "hint.light", "operator.white_balance"),
    Fault("backdrop_cast", "high", "hint.light", "operator.backdrop_cast"),
    Fault("contrast", "low", "hint.light", "operator.veil"),
)
_BACKDROP: Final = (
    Fault("backdrop_edge", "high", "hint.backdrop", "operator.backdrop_edge"),
    Fault("backdrop_shadow", "high", "hint.backdrop", "operator.backdrop_shadow"),
    Fault("backdrop_shadow", "", "hint.backdrop", "operator.backdrop_unseen"),
    Fault("backdrop_even", "high", "hint.backdrop", "operator.backdrop_uneven"),
    Fault("backdrop_clear", "high", "hint.clear", "operator.backdrop_things"),
    Fault("backdrop_folds", "high", "hint.backdrop", "operator.backdrop_folds"),
)
_CAMERA: Final = (
    Fault("focus", "low", "hint.focus", "operator.focus"),
    Fault("focus", "", "hint.closer"),  # the face is too small for the camera's live view to tell
)

GROUPS: Final = (_PEOPLE, _PLACE, _WEAR, _BODY, _HEAD, _FACE, _STILL, _LIGHT, _BACKDROP, _CAMERA)
"""People before place, place before what takes hands, that before pose, pose before face, and face before what is the
operator's to mend. Nothing is interrupted by a fault of its own group."""

FAULTS: Final = tuple(fault for group in GROUPS for fault in group)

WHERE: Final = frozenset(fault.rule for fault in (*_PEOPLE, *_PLACE))
"""Rules of who is there and where: of a shot the crop tells whether they matter."""
EYES: Final = frozenset({"eyes_open", "no_blink"})
SLOW: Final = frozenset({"stillness"})
"""Said only after a while: whoever moves is usually doing what the hint before asked for."""

_KNOWN: Final = {(fault.rule, fault.side): fault for fault in FAULTS}
_ORDER: Final = {(fault.rule, fault.side): place for place, fault in enumerate(FAULTS)}
_GROUP: Final = {(fault.rule, fault.side): number for number, group in enumerate(GROUPS) for fault in group}


def known(rule: str, side: str) -> bool:
    """Whether there is a sentence made for it."""
    return (rule, side) in _KNOWN


def fault_of(rule: str, side: str, reason: str) -> Fault:
    """What to say of a rule missed on `side`. A school's own rule has no sentence for the sitter, who is then asked to
    wait, while the operator reads the rule's own words (`reason`, a word key)."""
    return _KNOWN.get((rule, side)) or Fault(rule, side, MOMENT, reason)


def order(fault: Fault) -> int:
    """Its place among all that can be said; what has no sentence of its own comes last."""
    return _ORDER.get((fault.rule, fault.side), len(FAULTS))


def group(fault: Fault) -> int:
    """The number of its group in GROUPS."""
    return _GROUP.get((fault.rule, fault.side), len(GROUPS))
