"""The summary of the verdicts on one portrait."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from kiosk.guidance.verdict import Outcome, Verdict


class Summary(StrEnum):
    """The summary of all verdicts of the machine; rules for a person are not part of it."""

    RIGHT = "right"
    WRONG = "wrong"
    UNSURE = "unsure"


def summarize(verdicts: Sequence[Verdict]) -> Summary:
    """WRONG where any rule fails; RIGHT where every rule passes."""
    outcomes = {verdict.outcome for verdict in verdicts}
    if Outcome.FAIL in outcomes:
        return Summary.WRONG
    return Summary.RIGHT if outcomes <= {Outcome.PASS} else Summary.UNSURE
