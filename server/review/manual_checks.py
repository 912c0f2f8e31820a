"""Questions that no metric covers: the reviewer answers them, and sees whether the sitter was prompted about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from config.errors import Problem
from config.standards.registry import Stage
from server.records.models import Campaign


@dataclass(frozen=True)
class ManualChecks:
    """`names` are the rules of the standard that a person answers; `prompts_shown` the prompts of
    kiosk.guidance.coaching.prompts that the sitter saw and confirmed at `ready_at`."""

    names: tuple[str, ...]
    prompts_shown: tuple[str, ...]
    ready_at: datetime | None


def parse_time(text: Any) -> datetime | None:
    """Parse a moment of an envelope; None if it is missing or a stored one is not readable."""
    try:
        return datetime.fromisoformat(text) if text else None
    except (ValueError, TypeError):
        return None


def manual_checks(envelope: Mapping[str, Any], campaign: Campaign) -> ManualChecks:
    """Return the checks of one submission; without questions if the campaign's standard is missing."""
    consent = envelope["consent"]
    prompts_shown, ready_at = tuple(consent.get("prompts_shown", ())), consent.get("ready_at")
    try:
        names = tuple(campaign.photo_standard().rules_for(Stage.PERSON))
    except Problem:
        names = ()
    return ManualChecks(names, prompts_shown, parse_time(ready_at))
