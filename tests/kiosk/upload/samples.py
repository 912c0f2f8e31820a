"""Invented visits, and a clock that only the test advances."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from kiosk.capture.storage import StoredFile
from kiosk.upload.envelope import Consent, Rejection, Submission, SubmissionReceipt, VisitOutcome
from kiosk.upload.outbox.models import OutboxVisit, VisitDraft
from kiosk.upload.outbox.outbox import Outbox

NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
VERDICT = {"rule": "eyes_open", "outcome": "pass", "value": 0.3, "unit": "", "min": 0.2, "max": None, "reason": ""}
RECIPE = {"standard": "chsi", "crop": [1, 2, 3, 4]}
REJECTION = Rejection(reason="campaign_closed", zh_CN="采集已结束。", en="The campaign is closed.")
SHOT = b"shot " * 50
PORTRAIT = b"portrait " * 20


class ManualClock:
    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


def draft(student: str = "s1", **changes: object) -> VisitDraft:
    values: dict[str, object] = {
        "student": student,
        "campaign": "c1",
        "name": "王*明",
        "taken_at": NOON,
        "identified_by": "id_card",
        "consent": Consent(text_version="2026-1", given_at=NOON),
        "simulated": True,
    }
    return VisitDraft(**{**values, **changes})  # type: ignore[arg-type]


def stored_file(data: bytes = SHOT, name: str = "IMG_0001.JPG") -> StoredFile:
    """A StoredFile whose file is never read."""
    return StoredFile(Path("/nowhere") / name, name, len(data), hashlib.sha256(data).hexdigest())


def add_ready(
    outbox: Outbox, student: str = "s1", shot: StoredFile | None = None, portrait: StoredFile | None = None
) -> str:
    visit = outbox.create(draft(student), shot or stored_file())
    outbox.record_result(visit, portrait or stored_file(PORTRAIT, "portrait.jpg"), RECIPE, [VERDICT])
    outbox.mark_ready(visit, VisitOutcome.ACCEPTED)
    return visit


def receipt_for(submission: Submission, **changes: object) -> SubmissionReceipt:
    values: dict[str, object] = {
        "id": submission.id,
        "state": "received",
        "shot_sha256": submission.shot.sha256,
        "portrait_sha256": submission.portrait.sha256 if submission.portrait else None,
        "progress_url": "http://server/p/x",
    }
    return SubmissionReceipt(**{**values, **changes})  # type: ignore[arg-type]


def mark_sent(outbox: Outbox, item: OutboxVisit) -> None:
    outbox.mark_sent(item.id, receipt_for(item.submission()))
