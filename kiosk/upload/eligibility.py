"""Decide whether a student of the roster may be photographed at a moment, and if not, why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from kiosk.upload.roster_index import Enrolment
from kiosk.upload.roster_payload import CampaignPayload, MakeUpWindow, StudentState

REASONS_BY_PRIORITY: Final = ("captured", "make_up_later", "not_open", "withdrawn", "expired")
"""For a person with several enrolments the first that applies is shown: the one that they can best act on."""


@dataclass(frozen=True)
class Ineligibility:
    """`reason` is one of REASONS_BY_PRIORITY; `day` is the day that its message names."""

    reason: str
    day: date | None = None


def ineligibility(enrolment: Enrolment, captured: bool, moment: datetime) -> Ineligibility | None:
    """Return why the student may not be photographed at `moment` (aware, of the server's clock); None if they may.

    `captured`: this station has photographed the student. The days are those of the campaign, of the time after a
    rejection, or of the student's make-up window.
    """
    student, campaign = enrolment.student, enrolment.campaign
    if student.state is StudentState.WITHDRAWN:
        return Ineligibility("withdrawn")
    if student.state is StudentState.CAPTURED or captured:
        return Ineligibility("captured")
    today, (first, last) = campaign.day_of(moment), campaign.days()
    until, window = student.resubmit_until, _make_up_window(enrolment)
    if first <= today <= last or (until is not None and today <= campaign.day_of(until)):
        return None
    if window is not None:
        opens, closes = campaign.day_of(window.opens_at), campaign.day_of(window.closes_at)
        if opens <= today <= closes:
            return None
        if last < today < opens:
            return Ineligibility("make_up_later", opens)
        last = max(last, closes)
    return Ineligibility("expired", last) if today > last else Ineligibility("not_open", first)


def _make_up_window(enrolment: Enrolment) -> MakeUpWindow | None:
    campaign: CampaignPayload = enrolment.campaign
    window_id = enrolment.student.make_up_window
    return next((window for window in campaign.make_up_windows if window.id == window_id), None)
