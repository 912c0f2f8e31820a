"""The hints for the sitter, in the order in which a photographer would give them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LOOK_AT_CAMERA: Final = "hint.look"
HOLD_STILL: Final = "hint.hold"
ONE_MOMENT: Final = "hint.moment"
REPHRASED_SUFFIX: Final = ".again"
"""Suffix of a hint's message id: the same hint in other words."""
HELP_CALLED: Final = "hint.called"
NOBODY: Final = "hint.nobody"
NO_PROGRESS: Final = "operator.no_progress"


@dataclass(frozen=True)
class HintRule:
    """One fault: a rule that fails on one side ("low", "high", or "": cannot be measured), the message id of the
    sitter's hint, and that of the operator's hint if the sitter cannot correct it."""

    rule: str
    side: str
    hint: str
    operator_hint: str = ""


_PEOPLE: Final = (
    HintRule("one_face", "low", NOBODY),
    HintRule("one_face", "high", "hint.several"),
)
_PLACEMENT: Final = (
    # face_x is low when the sitter is left in the unmirrored picture: too far to their own right.
    HintRule("place_across", "low", "hint.move_left"),
    HintRule("place_across", "high", "hint.move_right"),
    HintRule("place_up", "low", "hint.sit_lower"),
    HintRule("place_up", "high", "hint.sit_higher"),
    HintRule("face_size", "low", "hint.closer"),
    HintRule("face_size", "high", "hint.back"),
)
# Hair, glasses and clothes are corrected with the hands, so they come before the pose, which the hands would change.
_CLOTHING: Final = (
    HintRule("clothes_backdrop", "high", "hint.clothes_backdrop", "operator.clothes"),
    HintRule("clothes_backdrop", "", "hint.clothes_backdrop", "operator.clothes"),
    HintRule("clothes_output", "high", "hint.clothes_output", "operator.clothes"),
    HintRule("bare_shoulders", "high", "hint.cover_shoulders"),
    HintRule("clothes_pattern", "high", "hint.plain_clothes"),
    HintRule("tinted_glasses", "high", "hint.tinted_glasses"),
    HintRule("hair_eyes", "high", "hint.hair_eyes"),
    HintRule("hair_brows", "high", "hint.hair_brows"),
)
_BODY: Final = (
    HintRule("shoulders_level", "", "hint.show_shoulders"),
    HintRule("shoulders_square", "low", "hint.square"),
    HintRule("shoulders_level", "low", "hint.lower_right"),
    HintRule("shoulders_level", "high", "hint.lower_left"),
)
_HEAD: Final = (
    HintRule("yaw", "low", "hint.turn_left"),
    HintRule("yaw", "high", "hint.turn_right"),
    HintRule("roll", "low", "hint.tilt_left"),
    HintRule("roll", "high", "hint.tilt_right"),
    HintRule("pitch", "low", "hint.chin_up"),
    HintRule("pitch", "high", "hint.chin_down"),
    # A tilted head is also off the middle, so these come after roll.
    HintRule("head_upright", "low", "hint.tilt_left"),
    HintRule("head_upright", "high", "hint.tilt_right"),
    HintRule("head_centred", "low", "hint.head_left"),
    HintRule("head_centred", "high", "hint.head_right"),
)
_FACE: Final = (
    HintRule("eyes_open", "low", "hint.open_eyes"),
    HintRule("no_blink", "low", "hint.open_eyes"),
    HintRule("gaze", "low", "hint.look_here"),
    HintRule("gaze", "high", "hint.look_here"),
    HintRule("mouth_closed", "high", "hint.close_mouth"),
    HintRule("teeth", "high", "hint.close_mouth"),
    HintRule("expression", "high", "hint.relax"),
    HintRule("brows_raised", "high", "hint.brows"),
    HintRule("brows", "high", "hint.brows"),
    HintRule("glare", "high", "hint.glare", "operator.glare"),
)
_STILL: Final = (HintRule("stillness", "high", "hint.keep_still"),)
_LIGHT: Final = (
    HintRule("light_balance", "low", "hint.light", "operator.light_left"),
    HintRule("light_balance", "high", "hint.light", "operator.light_right"),
    HintRule("exposure", "low", "hint.light", "operator.too_dark"),
    HintRule("exposure", "high", "hint.light", "operator.too_bright"),
    HintRule("highlights", "high", "hint.shine", "operator.highlights"),
    HintRule("shine", "high", "hint.shine", "operator.shine"),
    HintRule("light_height", "low", "hint.light", "operator.light_low"),
    HintRule("light_height", "high", "hint.light", "operator.light_high"),
    HintRule("shadows_clipped", "high", "hint.light", "operator.shadows_lost"),
    HintRule("nose_shadow", "high", "hint.light", "operator.nose_shadow"),
    HintRule("eye_sockets", "high", "hint.light", "operator.eye_sockets"),
    HintRule("colour", "high", "hint.light", "operator.white_balance"),
    HintRule("backdrop_cast", "high", "hint.light", "operator.backdrop_cast"),
    HintRule("contrast", "low", "hint.light", "operator.low_contrast"),
)
_BACKDROP: Final = (
    HintRule("backdrop_edge", "high", "hint.backdrop", "operator.backdrop_edge"),
    HintRule("backdrop_shadow", "high", "hint.backdrop", "operator.backdrop_shadow"),
    HintRule("backdrop_shadow", "", "hint.backdrop", "operator.backdrop_not_visible"),
    HintRule("backdrop_even", "high", "hint.backdrop", "operator.backdrop_uneven"),
    HintRule("backdrop_clear", "high", "hint.clear", "operator.backdrop_objects"),
    HintRule("backdrop_folds", "high", "hint.backdrop", "operator.backdrop_folds"),
)
_CAMERA: Final = (
    HintRule("focus", "low", "hint.focus", "operator.focus"),
    HintRule("focus", "", "hint.closer"),  # the face is too small in live view to measure focus
)

HINT_GROUPS: Final = (_PEOPLE, _PLACEMENT, _CLOTHING, _BODY, _HEAD, _FACE, _STILL, _LIGHT, _BACKDROP, _CAMERA)
"""Order of the groups: people, placement, corrections by hand, pose, face, and findings for the operator. A fault of
the same group does not interrupt the current hint."""

HINT_RULES: Final = tuple(fault for group in HINT_GROUPS for fault in group)

PLACEMENT_RULES: Final = frozenset(fault.rule for fault in (*_PEOPLE, *_PLACEMENT))
"""Rules on people and placement; for a shot, the crop decides whether they matter."""
EYE_RULES: Final = frozenset({"eyes_open", "no_blink"})
DELAYED_RULES: Final = frozenset({"stillness"})
"""Shown only after a delay, because a moving sitter is usually following the previous hint."""

_BY_RULE_AND_SIDE: Final = {(fault.rule, fault.side): fault for fault in HINT_RULES}
_PRIORITY: Final = {(fault.rule, fault.side): place for place, fault in enumerate(HINT_RULES)}
_GROUP_NUMBER: Final = {(fault.rule, fault.side): number for number, group in enumerate(HINT_GROUPS) for fault in group}


def has_hint(rule: str, side: str) -> bool:
    """Return whether there is a hint for a rule on that side."""
    return (rule, side) in _BY_RULE_AND_SIDE


def hint_rule_for(rule: str, side: str, reason: str) -> HintRule:
    """Return the hint for a rule that fails on `side`. A school's own rule has no hint: the sitter waits,
    and the operator sees the rule's message (`reason`)."""
    return _BY_RULE_AND_SIDE.get((rule, side)) or HintRule(rule, side, ONE_MOMENT, reason)


def priority(fault: HintRule) -> int:
    """Return the position in the order of all hints; faults without their own hint come last."""
    return _PRIORITY.get((fault.rule, fault.side), len(HINT_RULES))


def group_number(fault: HintRule) -> int:
    """Return the index of the hint's group in HINT_GROUPS."""
    return _GROUP_NUMBER.get((fault.rule, fault.side), len(HINT_GROUPS))
