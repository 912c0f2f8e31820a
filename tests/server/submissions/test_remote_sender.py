"""A student sends their own submission: the same envelope, workflow and record as a station's, without a station."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from kiosk.upload.photo_origin import DeviceReport, PhotoOrigin
from server.core.api_errors import ApiError
from server.day.report import day_report
from server.records.models import Campaign, Student
from server.records.people_models import Consent, EnrolmentLink, LinkProof, Person
from server.records.scope import EVERYTHING
from server.stations.models import ProgressLink, Station
from server.submissions.incoming_files import IncomingSubmission
from server.submissions.intake import ingest
from server.submissions.models import Submission
from server.submissions.states import State
from tests.server.conftest import make_student
from tests.server.station_client import Visit

ORIGIN = PhotoOrigin(device=DeviceReport(source="album", width=3024, height=4032))
BY_PHONE: dict[str, Any] = {"identified_by": "remote", "origin": ORIGIN, "simulated": False}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def takes_photos_by_phone(campaign: Campaign) -> None:
    Campaign.objects.update(photo_sources=["album"])
    campaign.refresh_from_db()


def hand_in(visit: Visit, sender: Student | Station) -> Submission:
    incoming = IncomingSubmission(visit.envelope.model_dump_json(), [visit.shot], [visit.portrait or b""])
    return ingest(incoming, sender, timezone.now())


def paired_station() -> Station:
    station = Station.objects.create(name="s", token_hash="x" * 64, paired_at=timezone.now())
    station.set_scope(EVERYTHING)
    return station


def link(*students: Student, proof: LinkProof = LinkProof.ID_NUMBER) -> None:
    person = Person.objects.create()
    for student in students:
        EnrolmentLink.objects.create(student=student, person=person, proof=proof.value)


def test_it_is_a_submission_without_a_station(student: Student) -> None:
    link(student)
    row = hand_in(Visit.of(student, **BY_PHONE), student)
    assert (row.station, row.source, row.is_remote, row.state) == (None, "album", True, State.RECEIVED)
    assert (row.identity_check, row.envelope["origin"]["device"]["width"]) == ("matched", 3024)
    entry = row.history.get()
    assert (entry.role, entry.station, entry.by) == ("student", None, student.masked_name)
    assert Consent.objects.get().source == "remote page"
    student.refresh_from_db()
    assert student.state == "captured"


def test_only_the_receipt_of_a_station_has_its_own_link(student: Student) -> None:
    hand_in(Visit.of(student, **BY_PHONE, progress_token="A" * 22), student)
    assert not ProgressLink.objects.exists()


def test_an_enrolment_that_a_clerk_linked_is_not_identified_by_its_number(student: Student) -> None:
    link(student, proof=LinkProof.CLERK)
    assert hand_in(Visit.of(student, **BY_PHONE), student).identity_check == "not_asked"


def test_the_same_envelope_is_stored_once(student: Student) -> None:
    visit = Visit.of(student, **BY_PHONE)
    assert hand_in(visit, student) == hand_in(visit, student)
    assert Submission.objects.count() == 1


def test_a_student_hands_in_nothing_for_others(student: Student, campaign: Campaign) -> None:
    other = make_student(campaign, 2)
    with pytest.raises(ApiError) as error:
        hand_in(Visit.of(other, **BY_PHONE), student)
    assert error.value.reason == "student_unknown"


@pytest.mark.parametrize("changes", [BY_PHONE, {"identified_by": "remote"}, {"origin": ORIGIN}])
def test_a_station_cannot_pretend_to_be_the_remote_page(student: Student, changes: dict[str, Any]) -> None:
    station = paired_station()
    with pytest.raises(ApiError) as error:
        hand_in(Visit.of(student, **changes), station)
    assert (error.value.reason, error.value.values["where"]) == ("envelope_wrong", "identified_by")
    assert error.value.values["why"]


def test_one_portrait_for_two_enrolments_of_a_person(student: Student, campaign: Campaign) -> None:
    second = make_student(campaign, 2, name="王小明")
    Student.objects.filter(pk=second.pk).update(id_number_hmac=student.id_number_hmac)
    link(student, second)
    row = hand_in(Visit.of(student, **BY_PHONE, also_for=(second.pk,)), student)
    copy = Submission.objects.exclude(pk=row.pk).get()
    assert (copy.student_id, copy.station, copy.source, copy.portrait_sha256) == (
        second.pk,
        None,
        "album",
        row.portrait_sha256,
    )


def test_it_replaces_an_interrupted_visit_at_a_station(student: Student) -> None:
    station = paired_station()
    first = Visit.interrupted(student)
    without_portrait = IncomingSubmission(first.envelope.model_dump_json(), [first.shot], None)
    interrupted = ingest(without_portrait, station, timezone.now())
    row = hand_in(Visit.of(student, **BY_PHONE), student)
    interrupted.refresh_from_db()
    assert (interrupted.state, row.version) == (State.SUPERSEDED, 2)


def test_the_report_of_the_day_counts_it_without_a_station(student: Student, campaign: Campaign) -> None:
    row = hand_in(Visit.of(student, **BY_PHONE), student)
    [visit] = day_report(campaign, Submission.objects.all(), timezone.localdate(row.taken_at), timezone.now()).visits
    assert visit.station is None
