"""The expected students at one moment: one immutable value, replaced as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kiosk.upload.roster_payload import CampaignPayload, NumberHashing, RosterPayload, StudentPayload


@dataclass(frozen=True)
class Enrolment:
    student: StudentPayload
    campaign: CampaignPayload


EnrolmentsByHash = Mapping[str, tuple[Enrolment, ...]]


@dataclass(frozen=True)
class RosterIndex:
    """The enrolments of a roster by the hashes of ID number and student number. `captured`: the students that this
    station has photographed since (StudentPayload.id), and when. A look-up reads everything from one value, so that a
    new roster is never combined with old captures."""

    by_number: EnrolmentsByHash = field(default_factory=dict)
    by_student_no: EnrolmentsByHash = field(default_factory=dict)
    captured: Mapping[str, str] = field(default_factory=dict)
    hashing: NumberHashing | None = None
    progress_base: str = ""
    generated_at: datetime | None = None


def build_index(roster: RosterPayload, captured: Mapping[str, str]) -> RosterIndex:
    campaigns = {campaign.code: campaign for campaign in roster.campaigns}
    enrolments = [
        Enrolment(student, campaigns[student.campaign]) for student in roster.students if student.campaign in campaigns
    ]
    return RosterIndex(
        by_number=_group_by(enrolments, lambda student: student.id_number_hmac),
        by_student_no=_group_by(enrolments, lambda student: student.student_no_hash),
        captured=captured,
        hashing=roster.number_hashing,
        progress_base=roster.progress_base_url,
        generated_at=roster.generated_at,
    )


def _group_by(enrolments: Iterable[Enrolment], key: Callable[[StudentPayload], str | None]) -> EnrolmentsByHash:
    index: dict[str, tuple[Enrolment, ...]] = {}
    for enrolment in enrolments:
        number_hash = key(enrolment.student)
        if number_hash is not None:
            index[number_hash] = (*index.get(number_hash, ()), enrolment)
    return index
