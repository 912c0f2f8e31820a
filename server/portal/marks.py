"""The portrait with the reviewer's marks, as the page draws them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from config.errors import Problem
from server.portal.progress import Progress
from server.records.models import Campaign
from server.submissions.reason_models import Reason

_USUAL_SIZE: Final = (480, 640)
_BADGE_SHARE: Final = 0.045  # of the portrait's width


@dataclass(frozen=True)
class MarkedReason:
    """A reason of a rejection; `number` is that of its mark, 0 without one. Lengths are pixels of the portrait; the
    badge with the number stands at the mark's corner, inside the picture."""

    reason: Reason
    number: int = 0
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0
    badge_x: float = 0.0
    badge_y: float = 0.0


@dataclass(frozen=True)
class MarkedPortrait:
    width: int
    height: int
    badge: float
    reasons: tuple[MarkedReason, ...]


def marked_portrait(progress: Progress) -> MarkedPortrait:
    width, height = _USUAL_SIZE
    if progress.latest is not None:
        width, height = _portrait_size(progress.latest.student.campaign)
    badge, number = round(width * _BADGE_SHARE, 1), 0
    reasons: list[MarkedReason] = []
    for reason in progress.reasons:
        box = (reason.x, reason.y, reason.w, reason.h)
        if None in box:
            reasons.append(MarkedReason(reason))
            continue
        number += 1
        x, y, w, h = (round((share or 0.0) * size, 1) for share, size in zip(box, (width, height) * 2, strict=True))
        badge_x, badge_y = min(max(x, badge), width - badge), min(max(y, badge), height - badge)
        reasons.append(MarkedReason(reason, number, x, y, w, h, badge_x, badge_y))
    return MarkedPortrait(width, height, badge, tuple(reasons))


def _portrait_size(campaign: Campaign) -> tuple[int, int]:
    try:
        output = campaign.photo_standard().output
    except Problem:  # a standard that is no longer installed
        return _USUAL_SIZE
    return output.width, output.height
