"""Questions before posing, on what no metric detects or what is corrected more easily before sitting down."""

from __future__ import annotations

from typing import Final

from config.standards.registry import PhotoStandard

# A question and the rules that it covers, in the order in which a photographer checks them.
_PROMPT_RULES: Final = {
    "glasses": ("glasses",),
    "hair": ("hair_clear", "ears", "bun"),
    "headwear": ("headwear",),
    "jewellery": ("jewellery",),
    "makeup": ("makeup",),
    "clothing": ("clothing", "collar"),
}


def no_prompts(standard: PhotoStandard) -> tuple[str, ...]:
    """Return no questions, for a station where they are disabled."""
    return ()


def prompts(standard: PhotoStandard) -> tuple[str, ...]:
    """Return the questions for which the standard has a rule."""
    return tuple(name for name, rules in _PROMPT_RULES.items() if any(rule in standard.rules for rule in rules))
