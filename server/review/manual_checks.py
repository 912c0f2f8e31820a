"""What no measure sees: for the reviewer to look at, and whether the sitter was asked about it."""

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
    """`names` are questions as kiosk.guidance.coaching.prompts has them; `prompts_shown` those of them that were put to
    the sitter, who said at `ready_at` that all is well."""

    names: tuple[str, ...]
    prompts_shown: tuple[str, ...]
    ready_at: datetime | None


def parse_time(text: Any) -> datetime | None:
    """A moment of an envelope; None where there is none, and where a stored one cannot be read."""
    try:
        return datetime.fromisoformat(text) if text else None
    except (ValueError, TypeError):
        return None


def manual_checks(envelope: Mapping[str, Any], campaign: Campaign) -> ManualChecks:
    """For one submission. A campaign whose standard is no longer there is looked at by what was asked."""
    consent = envelope["consent"]
    prompts_shown, ready_at = tuple(consent.get("prompts_shown", ())), consent.get("ready_at")
    try:
        names = prompts(campaign.photo_standard())
    except Problem:
        names = prompts_shown
    return ManualChecks(names, prompts_shown, parse_time(ready_at))
