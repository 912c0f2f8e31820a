"""What a code names: an adapter for each kind of code, because ours is not the only one and most are sealed to us.

The national capture code (采集码) is encrypted and its scheme is not public: the collecting unit opens it with means of
its own. So a payload is opaque here, never taken apart, and whom it stands for is an adapter's to know.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from config.errors import Problem
from kiosk.upload.roster import Enrolment


class CodeProblem(Problem):
    """A code names nobody who may be photographed here now. Keys: `code.<reason>`.

    Reasons: unknown (nothing that we know, or nobody of the roster), other_campaign (of a collection that this station
    does not take pictures for), list_unreadable, list_row, list_spoilt (the binding list, for the operator).
    """


class CodeResolver(Protocol):
    """One kind of code."""

    def resolve(self, payload: str, now: datetime) -> Enrolment | None:
        """Whom the code names, where they may be photographed `now` (aware); None: no code of this kind.

        Raises CodeProblem or RosterProblem where it is one, but nobody may be photographed on it.
        """
