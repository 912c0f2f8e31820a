"""How certain it is that the person in the picture is the student: decided once, at intake."""

from __future__ import annotations

from kiosk.upload.envelope import Submission as Envelope
from server.records.models import Student
from server.stations.last_four import matches, was_confirmed
from server.stations.models import Station
from server.submissions.models import IdentityCheck


def identity_check(envelope: Envelope, student: Student, station: Station) -> IdentityCheck:
    """Return the result. A station's claim that the characters were confirmed counts only if this server confirmed
    them."""
    if envelope.identified_by == "id_card":
        return IdentityCheck.CARD
    if envelope.last_four is not None:
        return IdentityCheck.MATCHED if matches(student, envelope.last_four) else IdentityCheck.NOT_MATCHED
    if envelope.last_four_confirmed and was_confirmed(student, station):
        return IdentityCheck.MATCHED
    return IdentityCheck.NOT_ASKED
