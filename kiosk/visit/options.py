"""The options of a school and its station for their visits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from config.standards.registry import PhotoStandard
from kiosk.guidance.coaching.prompts import no_prompts
from kiosk.upload.roster_payload import CampaignPayload
from kiosk.visit.campaign_standard import campaign_standard


@dataclass(frozen=True)
class VisitOptions:
    """`burst` is the maximum number of shots in one burst; `questions` are shown before posing. `documents_for_staff`:
    the operator has to confirm everybody who showed a document."""

    consent_version: str
    standard_of: Callable[[CampaignPayload], PhotoStandard] = campaign_standard
    burst: int = 1
    questions: Callable[[PhotoStandard], tuple[str, ...]] = no_prompts
    documents_for_staff: bool = False
