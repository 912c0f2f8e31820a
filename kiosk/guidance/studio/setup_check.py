"""One check of the studio: its kind, findings, measured values and time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import TypeAdapter

from config.arrays import Pixels
from config.errors import Problem
from config.renamed_messages import current_message_id
from config.settings.studio import StudioSettings
from config.standards.registry import PhotoStandard
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.studio.alignment import Alignment, estimate_noise
from kiosk.guidance.studio.backdrop_check import backdrop_figures, check_backdrop
from kiosk.guidance.studio.finding import Finding
from kiosk.guidance.studio.grey_card import CardKind, card_figures, check_card, find_card
from kiosk.guidance.studio.reference_image import ReferenceImage, average_frames
from kiosk.guidance.studio.subject_check import check_helper, face_figures

FRAME_COUNT: Final = 8
"""Frames of a check: their mean has a third of one frame's noise."""
_FACE_FRAME_COUNT: Final = 3  # frames of a check in which the face is measured


class CheckKind(StrEnum):
    """The object in front of the camera."""

    EMPTY = "empty"
    CARD = "card"
    HELPER = "helper"


@dataclass(frozen=True)
class SetupCheck:
    """A check `at` a time with its zone. `figures` are the measured values by name (see the checks)."""

    at: datetime
    kind: CheckKind
    findings: tuple[Finding, ...]
    figures: Mapping[str, float]
    camera: str = ""

    @property
    def defects(self) -> tuple[Finding, ...]:
        """The findings that require a correction; the others are information."""
        return tuple(finding for finding in self.findings if not finding.note)


@dataclass(frozen=True, eq=False)
class SetupCheckResult:
    """A check with its picture."""

    check: SetupCheck
    image: ReferenceImage = field(repr=False)


_CHECKS_ADAPTER: Final = TypeAdapter(dict[str, SetupCheck])


def dump_checks(checks: Mapping[CheckKind, SetupCheck]) -> bytes:
    """Return the last check of each kind, as the station stores them."""
    return _CHECKS_ADAPTER.dump_json({kind.value: one for kind, one in checks.items()}, indent=1)


def load_checks(text: bytes) -> dict[CheckKind, SetupCheck]:
    """Read what `dump_checks` wrote, in this release or the first. Raises ValueError if it is damaged."""
    return {CheckKind(kind): _with_current_ids(check) for kind, check in _CHECKS_ADAPTER.validate_json(text).items()}


def _with_current_ids(check: SetupCheck) -> SetupCheck:
    findings = (replace(finding, key=current_message_id(finding.key)) for finding in check.findings)
    return replace(check, findings=tuple(findings))


def check_studio(
    frames: Sequence[Pixels],
    finder: FaceFinder,
    standard: PhotoStandard,
    settings: StudioSettings,
    at: datetime,
    card: CardKind = "grey",
    expected_kind: CheckKind | None = None,
    camera: str = "",
) -> SetupCheckResult:
    """Check what the frames show: a card, a helper's face, or the empty backdrop; `expected_kind` restricts it.

    `frames` are uint8 (h, w, 3) RGB of one size, `finder` is one for stills. Raises Problem if the expected object
    is not visible.
    """
    image = average_frames(frames)
    detected_card = find_card(image, settings) if expected_kind in (None, CheckKind.CARD) else None
    if detected_card is not None:
        findings = check_card(image, detected_card, card, settings)
        figures = card_figures(image, detected_card, card, settings)
        return SetupCheckResult(SetupCheck(at, CheckKind.CARD, findings, figures, camera), image)
    if expected_kind is CheckKind.CARD:
        raise Problem("studio.no_card")
    face = face_figures(frames[:: max(1, len(frames) // _FACE_FRAME_COUNT)][:_FACE_FRAME_COUNT], finder)
    if face is not None and expected_kind is not CheckKind.EMPTY:
        findings = check_helper(*face, standard, settings)
        return SetupCheckResult(SetupCheck(at, CheckKind.HELPER, findings, face[0], camera), image)
    if expected_kind is CheckKind.HELPER:
        raise Problem("studio.no_helper")
    if face is not None:
        raise Problem("studio.not_empty")
    findings = (*check_backdrop(image, settings), *_check_alignable(frames, image, settings))
    return SetupCheckResult(SetupCheck(at, CheckKind.EMPTY, findings, backdrop_figures(image, settings), camera), image)


def _check_alignable(frames: Sequence[Pixels], image: ReferenceImage, settings: StudioSettings) -> tuple[Finding, ...]:
    """Return a note if a moved camera would not be detected: paper without an edge looks the same everywhere."""
    noise = estimate_noise(average_frames(frames[:1]), average_frames(frames[1:2])) if len(frames) > 1 else 0.004
    if Alignment(image).shift_error(noise) <= settings.limit("features"):
        return ()
    return (Finding("studio.no_marks", note=True),)
