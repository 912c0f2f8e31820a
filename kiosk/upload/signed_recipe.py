"""The signature of a station on a portrait, stored in the recipe.

So it is in the header of the portrait's file, in the outbox and in the envelope, and earlier servers ignore it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kiosk.capture.proof.keys import SigningKey
from kiosk.capture.proof.signing import ENTRY, MadePortrait, sign_recipe

log = logging.getLogger(__name__)


def signed_recipe(recipe: dict[str, Any], of_shot: Mapping[str, Any] | None, key: SigningKey | None) -> dict[str, Any]:
    """Return the recipe with the signed statement. `of_shot` is the header of the shot's file (photo_header).

    The recipe stays unchanged without a key, for a shot of 86a4649, which has no header, and where signing fails: the
    photo is then sent without a signature.
    """
    if key is None or of_shot is None:
        return recipe
    simulated = bool(of_shot["simulated"]) or bool(recipe.get("camera", {}).get("simulated"))
    day = datetime.fromisoformat(of_shot["taken_at"]).date()
    try:
        signed = sign_recipe(recipe, MadePortrait(day, simulated), key)
    except ValueError as error:
        log.error("the portrait is not signed: %s", error)
        return recipe
    return {**recipe, ENTRY: signed.as_entry()}
