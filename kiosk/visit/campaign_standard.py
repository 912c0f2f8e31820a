"""The photo standard of a campaign, if this station has it."""

from __future__ import annotations

import logging
from pathlib import Path

from config.errors import Problem
from config.standards.registry import PhotoStandard, load_standard_by_name
from kiosk.upload.roster_payload import CampaignPayload

log = logging.getLogger(__name__)


def campaign_standard(campaign: CampaignPayload, folder: Path | None = None) -> PhotoStandard:
    """Return the standard with the campaign's background, from `folder` or the built-in standards.

    Raises Problem station.no_standard, a message for the student; the log contains the reason.
    """
    try:
        return load_standard_by_name(campaign.standard, folder).with_background(campaign.background)
    except Problem as problem:
        log.error("campaign %s: %s", campaign.code, problem)
        raise Problem("station.no_standard", name=campaign.standard, background=campaign.background) from problem
