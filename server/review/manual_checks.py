"""Checks that no metric covers: the reviewer makes them, and sees whether the sitter was prompted about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from config.errors import Problem
from kiosk.guidance.coaching.prompts import prompts
from server.records.models import Campaign


@dataclass(frozen=True)
class ManualChecks:
    """`names` are prompts of kiosk.guidance.coaching.prompts; `prompts_shown` those that the sitter saw and confirmed
    at `ready_at`."""

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
    """Return the checks of one submission. If the campaign's standard is missing, only the prompts that were shown
    count."""
    consent = envelope["consent"]
    prompts_shown, ready_at = tuple(consent.get("prompts_shown", ())), consent.get("ready_at")
    try:
        names = prompts(campaign.photo_standard())
    except Problem:
        names = prompts_shown
    return ManualChecks(names, prompts_shown, parse_time(ready_at))
