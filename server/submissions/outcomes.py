"""The verdicts of a portrait in short, as columns: lists and queues do not read the envelopes."""

from __future__ import annotations

from typing import Any

from kiosk.upload.envelope import Submission as Envelope
from server.submissions.models import SUSPICIOUS_OUTCOMES

_PASSED = "pass"


def outcome_columns(envelope: Envelope) -> dict[str, Any]:
    """Return `suspicious` and `worst_outcome` of a new submission. What was not measured counts for neither: some rules
    are for people."""
    outcomes = {verdict.outcome for verdict in envelope.verdicts}
    worst = next((outcome for outcome in (*SUSPICIOUS_OUTCOMES, _PASSED) if outcome in outcomes), "")
    return {
        "suspicious": worst in SUSPICIOUS_OUTCOMES,
        "worst_outcome": "" if envelope.portrait is None else worst,
    }
