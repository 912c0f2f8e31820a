"""Message ids of the first release that stations and servers have stored, and the present ids.

Verdicts, the device log and the record of the studio check store ids instead of sentences, so that each reader sees
them in their own language. Code that reads these records calls `current_message_id`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

RENAMED_IDS: Final[Mapping[str, str]] = {
    "camera.film_only": "camera.video_only",
    "camera.other": "camera.not_assigned",
    "camera.pair_live": "camera.dual_live",
    "camera.pair_shot": "camera.dual_shot",
    "camera.unframed": "camera.framing_unknown",
    "lights.impossible": "lights.out_of_range",
    "measure.before_shutter": "not_measured.live_only",
    "measure.by_person": "not_measured.manual_check",
    "measure.not_taken": "not_measured.no_value",
    "reader.unwell": "reader.internal_error",
    "studio.thing": "studio.object",
    "trouble.guidance": "error.guidance_restarting",
    "trouble.unexpected": "error.unexpected",
}
RENAMED_PREFIXES: Final[Mapping[str, str]] = {"measure.": "not_measured."}
"""Prefixes, for every id without a row in the table above."""
_FIRST_IDS: Final = {new: old for old, new in RENAMED_IDS.items()}


def current_message_id(stored: str) -> str:
    """Return the present id for an id of any release.

    >>> current_message_id("measure.no_face")
    'not_measured.no_face'
    """
    return _rename(stored, RENAMED_IDS, RENAMED_PREFIXES)


def first_release_message_id(current: str) -> str:
    """Return the id of the first release, for a peer that reads wire version 1.

    >>> first_release_message_id("not_measured.live_only")
    'measure.before_shutter'
    """
    return _rename(current, _FIRST_IDS, {new: old for old, new in RENAMED_PREFIXES.items()})


def _rename(message_id: str, ids: Mapping[str, str], prefixes: Mapping[str, str]) -> str:
    if message_id in ids:
        return ids[message_id]
    for before, after in prefixes.items():
        if message_id.startswith(before):
            return after + message_id.removeprefix(before)
    return message_id
