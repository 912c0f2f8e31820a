"""The operations of a recipe on the original, under the names of a statement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

STANDARD_OPERATIONS: Final = ("crop", "rotate", "scale", "background", "colour", "encoding")
"""The operations that a photo standard permits. `rotate` levels a head that was held at an angle; `colour` converts the
camera's colour profile to sRGB."""
MATTE_REPAIR: Final = "matte_repair"
"""A retoucher corrected where the person ends and the background begins."""
SPILL_REPAIR: Final = "spill_repair"
"""A retoucher removed the backdrop's colour from clothes or hair."""
OTHER_PROGRAM: Final = "other_program"
"""A retoucher edited the file with another program, which records nothing."""
OPERATIONS: Final = (*STANDARD_OPERATIONS, MATTE_REPAIR, SPILL_REPAIR, OTHER_PROGRAM)
_SPILL_TOOL: Final = "remove_spill"


def operations_of(recipe: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the operations of a recipe (kiosk.capture.recipe), in the order of OPERATIONS. Raises KeyError, TypeError
    or AttributeError if it has no crop, or a wrong repair.

    >>> operations_of({"crop": {"angle": 0.0}})
    ('crop', 'scale', 'background', 'colour', 'encoding')
    """
    used = set(STANDARD_OPERATIONS)
    if not recipe["crop"].get("angle"):
        used.remove("rotate")
    repair = recipe.get("repair")
    tools = {stroke["tool"] for stroke in repair["strokes"]} if repair else set()
    used |= {SPILL_REPAIR if tool == _SPILL_TOOL else MATTE_REPAIR for tool in tools}
    return tuple(operation for operation in OPERATIONS if operation in used)


def is_standard_only(operations: tuple[str, ...]) -> bool:
    """Return whether nothing was done besides what a photo standard permits."""
    return set(operations) <= set(STANDARD_OPERATIONS)
