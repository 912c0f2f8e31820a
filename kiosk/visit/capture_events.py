"""The results of a capture sequence, as events that the visit controller handles.

Every event names its visit, because the visit may be over when the result arrives.
"""

from __future__ import annotations

from dataclasses import dataclass

from config.errors import Problem
from config.i18n import Message
from hardware.cameras.api import Shot
from kiosk.capture.types import Portrait
from kiosk.visit.visit import Visit


@dataclass(frozen=True)
class ShotsStored:
    """All originals of a burst are safe on disk."""

    visit: Visit


@dataclass(frozen=True)
class ShotFailed:
    """The camera delivered no shot."""

    visit: Visit
    problem: Problem


@dataclass(frozen=True)
class StoreFailed:
    """The shot that the sitter waits for could not be stored; `visit.unsaved_shot` holds it."""

    visit: Visit
    problem: Problem


@dataclass(frozen=True)
class ShotOrphaned:
    """A shot arrived after its visit had ended."""

    visit: Visit
    shot: Shot


@dataclass(frozen=True)
class ShotUnsaved:
    """A shot that no sitter waits for could not be stored."""

    visit: Visit
    shot: Shot


@dataclass(frozen=True)
class ShotRejected:
    """The sitter has to be photographed again; `reason` is for the screen."""

    visit: Visit
    reason: Message


@dataclass(frozen=True)
class PortraitReady:
    """The portrait is stored and can be shown."""

    visit: Visit
    portrait: Portrait


@dataclass(frozen=True)
class PortraitFailed:
    """The portrait exists but could not be stored."""

    visit: Visit
    problem: Problem


CaptureEvent = (
    ShotsStored | ShotFailed | StoreFailed | ShotOrphaned | ShotUnsaved | ShotRejected | PortraitReady | PortraitFailed
)
