"""The interface of code resolvers, one for each kind of code.

The national capture code (采集码) is encrypted and its scheme is not public: only the collecting institution can
decrypt it. So a payload is opaque here; only its resolver can find the student.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from config.errors import Problem
from kiosk.upload.roster_index import Enrolment


class CodeProblem(Problem):
    """A code does not identify a student who may be photographed here now. Keys: `code.<reason>`.

    Reasons: unknown (no known code, or nobody on the roster), other_campaign (of a campaign that this station does not
    photograph), list_unreadable, list_row, list_damaged (the code list, for the operator).
    """


class CodeResolver(Protocol):
    """One kind of code."""

    def resolve(self, payload: str, now: datetime) -> Enrolment | None:
        """Return the enrolments that may be photographed at `now` (aware); None if it is another kind of code.

        Raises CodeProblem or RosterProblem if it is this kind, but nobody may be photographed.
        """
