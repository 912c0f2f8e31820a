"""How certain it is that the person in the picture is the student: decided once, at intake."""

from __future__ import annotations

from kiosk.upload.envelope import Submission as Envelope
from server.records.models import Student
from server.records.people_models import EnrolmentLink, LinkProof
from server.stations.last_four import matches, was_confirmed
from server.submissions.models import IdentityCheck
from server.submissions.sender import Sender


def identity_check(envelope: Envelope, student: Student, sender: Sender) -> IdentityCheck:
    """Return the result. A station's claim that the characters were confirmed counts only if this server confirmed
    them. A remote student's enrolment was linked by their number, or by a clerk, who asked for no characters."""
    if isinstance(sender, Student):
        by_number = EnrolmentLink.objects.filter(student=student).exclude(proof=LinkProof.CLERK.value).exists()
        return IdentityCheck.MATCHED if by_number else IdentityCheck.NOT_ASKED
    if envelope.identified_by == "id_card":
        return IdentityCheck.CARD
    if envelope.last_four is not None:
        return IdentityCheck.MATCHED if matches(student, envelope.last_four) else IdentityCheck.NOT_MATCHED
    if envelope.last_four_confirmed and was_confirmed(student, sender):
        return IdentityCheck.MATCHED
    return IdentityCheck.NOT_ASKED
