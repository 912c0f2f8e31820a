"""The actions that the error screen offers in addition to the message of the problem."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from kiosk.visit.errors import CAMERA_ERRORS, DISK_ERRORS, SINGLE_SHOT_ERRORS, STAFF_ACTION_REQUIRED
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step

_PHOTO_MENTION: Final = re.compile(
    r"照片都在|照片都?(已经?)?(安全|保存)|原始?照?片已|没有拍下|没有丢|照片不受影响"
    r"|(photo|picture|original)s?\b.{0,40}\b(safe|kept|saved)|no (photo|picture) was taken"
    r"|nothing (already saved )?is lost",
    re.IGNORECASE,
)


NOT_ON_DISK: Final = "screen.error.not_on_disk"


@dataclass(frozen=True)
class ErrorActions:
    """The actions of one screen. `can_retry`: a retry by the sitter may help. `resumes`: the visit continues
    automatically. `photos_key`: the message key about the photos."""

    can_retry: bool
    resumes: bool
    photos_key: str


def actions_for(visit: VisitState) -> ErrorActions:
    key = visit.notice.key if visit.notice is not None else ""
    resumes = key in STAFF_ACTION_REQUIRED or key in CAMERA_ERRORS - SINGLE_SHOT_ERRORS
    return ErrorActions(not resumes, resumes, _photos_key(visit, key))


def mentions_photos(sentence: str) -> bool:
    """Return whether the problem's own message mentions the photos."""
    return bool(_PHOTO_MENTION.search(sentence))


def _photos_key(visit: VisitState, key: str) -> str:
    if key in DISK_ERRORS and visit.interrupted_step is Step.SHOOT:
        return NOT_ON_DISK
    return "screen.error.safe" if visit.shot_count else "screen.error.nothing_taken"
