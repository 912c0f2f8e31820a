"""The resolver of our own codes (config.local_codes)."""

from __future__ import annotations

from datetime import datetime

from config.local_codes import parse_local_code
from kiosk.identification.code_resolver import CodeProblem
from kiosk.upload.roster import Roster
from kiosk.upload.roster_index import Enrolment


class LocalCodeResolver:
    """A CodeResolver (kiosk.identification.code_resolver)."""

    def __init__(self, roster: Roster, codes_key: str) -> None:
        self._roster = roster
        self._key = codes_key

    def resolve(self, payload: str, now: datetime) -> Enrolment | None:
        code = parse_local_code(self._key, payload)
        if code is None:
            return None
        if not code.is_authentic:
            raise CodeProblem("code.unknown")
        if self._roster.campaign(code.campaign) is None:
            raise CodeProblem("code.other_campaign")
        return self._roster.find_student_no(code.student_no, now, code.campaign)
