"""Messages on a sheet and on the review page about background that was added to a portrait."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from config.i18n import Message

_MESSAGES: Final = {"top": "extension.top", "left": "extension.left", "right": "extension.right"}


def extension_notes(recipe: Any) -> tuple[Message, ...]:
    """Return one message for every edge at which the background of the portrait was extended. `recipe` may be of any
    format; a damaged one has no messages."""
    crop = recipe.get("crop") if isinstance(recipe, Mapping) else None
    extension = crop.get("extension") if isinstance(crop, Mapping) else None
    if not isinstance(extension, Mapping):
        return ()
    pixels = {edge: extension.get(edge) for edge in _MESSAGES}
    added = {edge: count for edge, count in pixels.items() if isinstance(count, int) and count > 0}
    return tuple(Message(_MESSAGES[edge], {"pixels": count}) for edge, count in added.items())
