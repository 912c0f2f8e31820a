"""Map libgphoto2's error code, the camera's response and the phase to a reason."""

from __future__ import annotations

import re
from typing import Final

from hardware.cameras.gphoto.library_log import LibraryLog

UNKNOWN: Final = "?"
"""The error code alone gives no reason: check whether the camera still answers."""

# Texts that libgphoto2 2.5.34 writes (camlibs/ptp2/library.c and config.c, libgphoto2_port/libusb1.c).
_BY_TEXT: Final = tuple(
    (re.compile(pattern), reason)
    for pattern, reason in (
        (r"Battery exhausted", "battery_empty"),
        (r"but no card or card protected", "no_card"),
        (r"Card (?:protected|error|unformatted)|Card read-only", "card_unusable"),
        (r"memorycard ran full|no more memory on card", "card_full"),
        (r"no focus|No focus|no auto-focus|Auto-Focus failed", "out_of_focus"),
        (r"Access denied|Permission denied", "not_allowed"),
    )
)

# The camera's responses: PTP (ISO 15740) and, from 0xA000, those of Nikon and Canon with a single meaning.
_BY_RESPONSE: Final = {
    0x200C: "card_full",  # Store Full
    0x200E: "card_unusable",  # Store Read Only
    0x2013: "no_card",  # Store Not Available
    0x2019: "busy",  # Device Busy
    0xA002: "out_of_focus",  # Nikon
    0xA021: "card_unusable",  # Nikon: Store Error
    0xA022: "card_unusable",  # Nikon: Store Unformatted
    0xA101: "battery_empty",  # Canon: Low Battery
}

_LOST: Final = "lost"
_ANY_PHASE: Final = ""
# libgphoto2's codes (gphoto2-port-result.h, gphoto2-result.h), by phase; _ANY_PHASE if it does not matter.
_BY_CODE: Final[dict[int, dict[str, str]]] = {
    -1: {_ANY_PHASE: UNKNOWN},
    -2: {"transfer": "unreadable", "setting": "refused", _ANY_PHASE: UNKNOWN},  # no such setting, no such file
    -3: {"expose": "card_full", _ANY_PHASE: UNKNOWN},  # "no memory" refers to the camera's memory
    -4: {_ANY_PHASE: "refused"},  # no camera library
    -5: {_ANY_PHASE: "absent"},  # no such port
    -6: {"view": "no_live_view", _ANY_PHASE: "refused"},
    -7: {"open": "asleep", _ANY_PHASE: _LOST},
    -10: {"open": "asleep", _ANY_PHASE: "hung"},  # time-out
    -34: {"open": "asleep", _ANY_PHASE: _LOST},  # read
    -35: {"open": "asleep", _ANY_PHASE: _LOST},  # write
    -52: {"open": "absent", _ANY_PHASE: _LOST},  # no such device on USB
    -53: {_ANY_PHASE: "taken"},  # claimed by another program
    -60: {_ANY_PHASE: "taken"},  # locked by another program
    -102: {_ANY_PHASE: "unreadable"},
    -105: {"open": "absent", _ANY_PHASE: _LOST},
    -108: {_ANY_PHASE: "unreadable"},  # no such file on the card
    -110: {_ANY_PHASE: "busy"},  # "I/O in progress" is Device Busy
    -115: {_ANY_PHASE: "card_full"},
}


def reason_of(code: int, phase: str, library_log: LibraryLog) -> str:
    """Return one of camera.REASONS, or UNKNOWN. `phase`: open, setting, view, focus, expose, listen, transfer."""
    by_phase = _BY_CODE.get(code, {})
    by_code = by_phase.get(phase, by_phase.get(_ANY_PHASE, UNKNOWN))
    if code == -53:
        return by_code
    for pattern, reason in _BY_TEXT:
        if pattern.search(library_log.text):
            return reason
    if by_code not in (_LOST, "hung") and phase in ("view", "focus", "expose"):
        reasons = [_BY_RESPONSE[response] for response in library_log.responses if response in _BY_RESPONSE]
        other_reasons = [reason for reason in reasons if reason != "busy"]  # a busy camera is retried
        return (other_reasons or reasons or [by_code])[-1]
    return by_code


def default_reason(phase: str) -> str:
    """Return the meaning of an UNKNOWN error for a camera that still answers."""
    return {"open": "asleep", "view": "no_live_view", "transfer": "unreadable"}.get(phase, "refused")
