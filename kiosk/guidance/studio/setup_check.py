"""One check of the studio: what was looked at, what was found, what was measured, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import TypeAdapter

from config.errors import Problem
from config.settings.studio import StudioSettings
from config.standards.registry import PhotoStandard
from kiosk.guidance.detection.face import Pixels
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.studio.alignment import Alignment, noise_between
from kiosk.guidance.studio.backdrop_check import backdrop_figures, check_backdrop
from kiosk.guidance.studio.finding import Finding
from kiosk.guidance.studio.grey_card import CardKind, card_figures, check_card, find_card
from kiosk.guidance.studio.reference_image import Plate, plate
from kiosk.guidance.studio.subject_check import check_helper, face_figures

FRAMES: Final = 8
"""Frames that a check looks at: their mean has a third of one frame's noise."""
_LOOKS: Final = 3  # of them in which the face is measured


class Kind(StrEnum):
    """What stands before the camera."""

    EMPTY = "empty"
    CARD = "card"
    HELPER = "helper"


@dataclass(frozen=True)
class SetUp:
    """A check `at` a time of day with its zone. `figures` are what was measured, by name (see the checks)."""

    at: datetime
    kind: Kind
    findings: tuple[Finding, ...]
    figures: Mapping[str, float]
    camera: str = ""

    @property
    def faults(self) -> tuple[Finding, ...]:
        """The findings that something should be done about; the others are worth knowing."""
        return tuple(finding for finding in self.findings if not finding.note)


@dataclass(frozen=True, eq=False)
class Checked:
    """A check with the picture it was made on."""

    set_up: SetUp
    plate: Plate = field(repr=False)


_SET_UPS: Final = TypeAdapter(dict[str, SetUp])


def as_json(set_ups: Mapping[Kind, SetUp]) -> bytes:
    """The last check of each kind, as the station keeps them."""
    return _SET_UPS.dump_json({kind.value: one for kind, one in set_ups.items()}, indent=1)


def from_json(text: bytes) -> dict[Kind, SetUp]:
    """What as_json wrote. Raises ValueError (pydantic's) where it is spoilt."""
    return {Kind(kind): one for kind, one in _SET_UPS.validate_json(text).items()}


def check_studio(
    frames: Sequence[Pixels],
    finder: FaceFinder,
    standard: PhotoStandard,
    settings: StudioSettings,
    at: datetime,
    card: CardKind = "grey",
    wanted: Kind | None = None,
    camera: str = "",
) -> Checked:
    """Checks whatever stands there: a card, a helper's face, or the empty backdrop; `wanted` is what should.

    `frames` are uint8 (h, w, 3) RGB of one size, `finder` is one for stills. Raises Problem where what is wanted is not
    to be seen.
    """
    seen = plate(frames)
    held = find_card(seen, settings) if wanted in (None, Kind.CARD) else None
    if held is not None:
        findings = check_card(seen, held, card, settings)
        figures = card_figures(seen, held, card, settings)
        return Checked(SetUp(at, Kind.CARD, findings, figures, camera), seen)
    if wanted is Kind.CARD:
        raise Problem("studio.no_card")
    face = face_figures(frames[:: max(1, len(frames) // _LOOKS)][:_LOOKS], finder)
    if face is not None and wanted is not Kind.EMPTY:
        findings = check_helper(*face, standard, settings)
        return Checked(SetUp(at, Kind.HELPER, findings, face[0], camera), seen)
    if wanted is Kind.HELPER:
        raise Problem("studio.no_helper")
    if face is not None:
        raise Problem("studio.not_empty")
    findings = (*check_backdrop(seen, settings), *_hold(frames, seen, settings))
    return Checked(SetUp(at, Kind.EMPTY, findings, backdrop_figures(seen, settings), camera), seen)


def _hold(frames: Sequence[Pixels], seen: Plate, settings: StudioSettings) -> tuple[Finding, ...]:
    """Whether a knocked camera would be noticed: paper without an edge looks the same wherever one looks."""
    noise = noise_between(plate(frames[:1]), plate(frames[1:2])) if len(frames) > 1 else 0.004
    if Alignment(seen).error(noise) <= settings.limit("features"):
        return ()
    return (Finding("studio.no_marks", note=True),)
