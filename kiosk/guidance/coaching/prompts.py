"""What a sitter is asked before posing, because no measure sees it or because it is quicker mended standing up."""

from __future__ import annotations

from typing import Final

from config.standards.registry import PhotoStandard

# A question, and the rules of a standard that it stands for; in the order in which a photographer looks one over.
_PROMPT_RULES: Final = {
    "glasses": ("glasses",),
    "hair": ("hair_clear", "ears", "bun"),
    "headwear": ("headwear",),
    "jewellery": ("jewellery",),
    "makeup": ("makeup",),
    "clothing": ("clothing", "collar"),
}


def no_prompts(standard: PhotoStandard) -> tuple[str, ...]:
    """For a station that is set not to ask."""
    return ()


def prompts(standard: PhotoStandard) -> tuple[str, ...]:
    """Those of the questions that the standard has a rule for; what it does not speak of is nobody's business."""
    return tuple(name for name, rules in _PROMPT_RULES.items() if any(rule in standard.rules for rule in rules))
