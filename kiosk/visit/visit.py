"""The record of one visit, from posing until its outcome is stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from math import inf

from config.standards.registry import PhotoStandard
from hardware.cameras.api import Shot
from kiosk.capture.storage import StoredFile
from kiosk.upload.envelope import Consent, VisitOutcome
from kiosk.upload.outbox.models import IdentifiedBy
from kiosk.visit.burst import Burst
from kiosk.visit.state import VisitState


@dataclass
class Visit:
    """One visit, as the recorder stores it. Only the I/O thread changes it, except for the fields of the controller:

    `taken_at` (set before each burst), `posing_since` and `left_at` (by the station's clock, while the sitter was
    there), `unsaved_shot` (a shot that could not be stored, until the next try), `displayed_shot` (the stored shot
    whose portrait the sitter waits for; None while a new one is requested), `burst`, `rejection_count` (how many shots
    were rejected) and `is_accepted` (the sitter accepted the portrait).
    """

    student: str
    campaign: str
    name: str
    consent: Consent
    standard: PhotoStandard
    taken_at: datetime | None = None
    identified_by: IdentifiedBy = "id_card"
    last_four: str | None = field(default=None, repr=False)
    last_four_confirmed: bool = False
    progress_token: str | None = field(default=None, repr=False)
    also_for: tuple[str, ...] = ()
    displayed_shot: StoredFile | None = None
    is_accepted: bool = False
    burst: Burst | None = field(default=None, repr=False)
    rejection_count: int = 0
    unsaved_shot: Shot | None = field(default=None, repr=False)
    posing_since: float = inf
    left_at: float = inf
    id: str | None = None
    processing_shot: StoredFile | None = None
    pending_file: StoredFile | None = None
    outcome: VisitOutcome | None = None
    closed: bool = False

    @property
    def is_current(self) -> bool:
        """Whether its sitter is still at the station."""
        return self.left_at == inf


def begin_visit(state: VisitState, standard: PhotoStandard, consent_version: str, now: float) -> Visit:
    """Return the visit of an identified sitter who agreed and begins to pose `now`."""
    sitter = state.sitter
    assert sitter is not None
    assert state.consent_at is not None
    return Visit(
        posing_since=now,
        student=sitter.student,
        campaign=sitter.campaign,
        name=sitter.name,
        consent=Consent(
            text_version=consent_version,
            given_at=state.consent_at,
            prompts_shown=state.questions,
            ready_at=state.prepared_at,
        ),
        standard=standard,
        identified_by=sitter.identified_by,
        last_four=sitter.typed_last_four,
        last_four_confirmed=sitter.last_four_confirmed,
        progress_token=sitter.progress_token,
        also_for=sitter.also_for,
    )
