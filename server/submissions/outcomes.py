"""Summary columns of a portrait's verdicts, so that lists and queues need not read the envelopes."""

from __future__ import annotations

from typing import Any

from kiosk.upload.envelope import Submission as Envelope
from server.submissions.models import SUSPICIOUS_OUTCOMES

_PASSED = "pass"


def outcome_columns(envelope: Envelope) -> dict[str, Any]:
    """Return `suspicious` and `worst_outcome` of a new submission. Verdicts without a measurement count for neither:
    people answer some rules."""
    outcomes = {verdict.outcome for verdict in envelope.verdicts}
    worst = next((outcome for outcome in (*SUSPICIOUS_OUTCOMES, _PASSED) if outcome in outcomes), "")
    return {
        "suspicious": worst in SUSPICIOUS_OUTCOMES,
        "worst_outcome": "" if envelope.portrait is None else worst,
    }
