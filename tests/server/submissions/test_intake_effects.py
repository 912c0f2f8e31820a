"""The rows that one submission writes, field by field, and when two are the same; called directly, without decoding."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from kiosk.upload.envelope import VisitOutcome
from kiosk.upload.roster_payload import StudentState
from server.core.api_errors import ApiError
from server.records.models import Student
from server.records.people_models import Consent
from server.review.times import visit_times
from server.stations.models import ProgressLink, Station
from server.stations.roster import token_hash
from server.submissions import intake
from server.submissions.incoming_files import IncomingSubmission
from server.submissions.intake import ingest, read_envelope
from server.submissions.models import AuditEntry, Submission
from server.submissions.states import State
from server.submissions.store import picture_store
from tests.server.conftest import make_student
from tests.server.station_client import Visit
from tests.server.submissions.test_intake import stored_files
from tests.server.submissions.test_intake_races import VALID_PICTURES

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
LATER = datetime(2026, 5, 4, 9, 45, tzinfo=UTC)


@pytest.fixture(autouse=True)
def picture_checks(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Accept all pictures; the fixture is the list of the arguments of each check."""
    checks: list[dict[str, Any]] = []

    def check(shot: Any, portrait: Any, max_pixels: int, finished: bool) -> Any:
        checks.append({"portrait": portrait is not None, "max_pixels": max_pixels, "finished": finished})
        return VALID_PICTURES

    monkeypatch.setattr(intake, "check_pictures", check)
    return checks


@pytest.fixture
def paired_station(db: None) -> Station:
    return Station.objects.create(name="一号站", token_hash="9" * 64, paired_at=NOW)


def hand_in(visit: Visit, station: Station, now: datetime = NOW) -> Submission:
    portrait = None if visit.portrait is None else [visit.portrait]
    return ingest(IncomingSubmission(visit.envelope.model_dump_json(), [visit.shot], portrait), station, now)


def refusal(visit: Visit, station: Station) -> ApiError:
    with pytest.raises(ApiError) as api_error:
        hand_in(visit, station)
    return api_error.value


def test_the_rows_of_a_visit(paired_station: Station, visit: Visit, student: Student) -> None:
    hand_in(visit, paired_station)
    row = Submission.objects.get(pk=visit.envelope.id)
    assert (row.student, row.station, row.version, row.state, row.revision) == (
        student,
        paired_station,
        1,
        "received",
        0,
    )
    assert (row.shot_sha256, row.portrait_sha256) == (visit.envelope.shot.sha256, visit.envelope.portrait.sha256)
    assert (row.taken_at, row.received_at) == (visit.envelope.taken_at, NOW)
    assert (row.simulated, row.outcome, row.identity_check) == (True, "accepted", "card")
    assert (row.suspicious, row.worst_outcome) == (True, "fail"), "from the verdicts, for the queue"
    entry = AuditEntry.objects.get()
    assert (entry.submission, entry.at, entry.station, entry.user) == (row, NOW, paired_station, None)
    assert (entry.action, entry.role, entry.from_state, entry.to_state) == ("submit", "station", "", "received")
    assert picture_store().preview_path(row.shot_sha256).read_bytes() == VALID_PICTURES.shot.jpeg


def test_the_link_on_the_receipt_belongs_to_the_visit(paired_station: Station, student: Student) -> None:
    token = "A" * 22
    hand_in(Visit.of(student, progress_token=token), paired_station)
    link = ProgressLink.objects.get()
    assert (link.token_hash, link.student, link.station, link.created_at) == (
        token_hash(token),
        student,
        paired_station,
        NOW,
    )


@pytest.mark.parametrize(
    ("ending", "finished"), [(e, e is not VisitOutcome.INTERRUPTED) for e in VisitOutcome], ids=str
)
def test_only_a_broken_off_visit_may_have_a_shot_that_ends_early(
    ending: VisitOutcome,
    finished: bool,
    paired_station: Station,
    student: Student,
    picture_checks: list[dict[str, Any]],
    settings: Any,
) -> None:
    hand_in(Visit.of(student, outcome=ending), paired_station)
    pixels = settings.APP.intake.max_shot_pixels
    assert picture_checks == [{"portrait": True, "max_pixels": pixels, "finished": finished}]


def test_a_visit_without_a_portrait_has_none_to_be_checked(
    paired_station: Station, student: Student, picture_checks: list[dict[str, Any]]
) -> None:
    row = hand_in(Visit.interrupted(student), paired_station)
    assert (row.portrait_sha256, picture_checks[0]["portrait"]) == (None, False)


def test_a_repeated_visit_is_not_decoded_again(
    paired_station: Station, visit: Visit, picture_checks: list[dict[str, Any]]
) -> None:
    assert hand_in(visit, paired_station) == hand_in(visit, paired_station, LATER)
    assert len(picture_checks) == 1
    assert Submission.objects.get().received_at == NOW


def test_a_repeated_visit_that_was_retouched_is_the_same(paired_station: Station, visit: Visit) -> None:
    first = hand_in(visit, paired_station)
    Submission.objects.update(original_portrait_sha256=first.portrait_sha256, portrait_sha256="3" * 64)
    assert hand_in(visit, paired_station, LATER) == first


@pytest.mark.parametrize("other", ["shot", "portrait", "student"])
def test_an_id_stands_for_one_student_one_shot_and_one_portrait(
    other: str, paired_station: Station, visit: Visit, student: Student
) -> None:
    hand_in(visit, paired_station)
    changed = {
        "shot": Visit.of(student, shot=visit.shot + b"\0", portrait=visit.portrait, id=visit.envelope.id),
        "portrait": Visit.of(student, shot=visit.shot, portrait=visit.portrait + b"\0", id=visit.envelope.id),
        "student": visit.with_changes(student=make_student(student.campaign, 2).pk),
    }[other]
    assert refusal(changed, paired_station).reason == "id_taken"
    assert {path.name for path in stored_files() if path.parent.parent == picture_store().root} == {
        visit.envelope.shot.sha256,
        visit.envelope.portrait.sha256,
    }


@pytest.mark.parametrize("state", [State.CONFIRMED, State.RECEIVED])
@pytest.mark.parametrize("ending", list(VisitOutcome), ids=str)
def test_which_submissions_a_finished_visit_supersedes(
    state: State, ending: VisitOutcome, paired_station: Station, student: Student
) -> None:
    """Only those that wait for a decision and that the student has not accepted. An approved portrait stays, whatever
    the outcome of its visit, and another visit is refused as already received."""
    first = hand_in(Visit.of(student, outcome=ending), paired_station)
    Submission.objects.update(state=state.value)
    second = Visit.of(student, 2)
    if state is State.RECEIVED and ending is not VisitOutcome.ACCEPTED:
        assert hand_in(second, paired_station, LATER).version == 2
        row, entry = Submission.objects.get(pk=first.pk), AuditEntry.objects.filter(submission=first.pk).last()
        assert row.state == State.SUPERSEDED.value
        assert entry is not None
        assert (entry.station, entry.at, entry.to_state) == (paired_station, LATER, State.SUPERSEDED.value)
    else:
        assert refusal(second, paired_station).reason == "already_received"
        assert Submission.objects.get().state == state.value


def test_a_broken_off_visit_does_not_replace_another(paired_station: Station, student: Student) -> None:
    hand_in(Visit.interrupted(student), paired_station)
    assert refusal(Visit.interrupted(student, 8), paired_station).reason == "already_received"


def test_versions_count_on_from_the_last_one_of_the_same_student(paired_station: Station, student: Student) -> None:
    other = make_student(student.campaign, 2)
    for seed in range(3):
        hand_in(Visit.of(other, seed), paired_station)
        Submission.objects.update(state=State.REJECTED.value)
    assert hand_in(Visit.of(student, 4), paired_station).version == 1
    assert hand_in(Visit.of(other, 5), paired_station).version == 4


def test_only_the_student_of_the_visit_is_captured(paired_station: Station, visit: Visit, student: Student) -> None:
    other = make_student(student.campaign, 2)
    hand_in(visit, paired_station)
    states = [Student.objects.get(pk=one.pk).state for one in (student, other)]
    assert states == [StudentState.CAPTURED.value, StudentState.EXPECTED.value]


@pytest.mark.parametrize("part", ["shot", "portrait"])
def test_which_file_changed_on_the_way_is_shown(part: str, paired_station: Station, visit: Visit) -> None:
    content = {"shot": visit.shot, "portrait": visit.portrait}
    size = len(content[part])
    cut = Visit(visit.envelope, **{**content, part: content[part][:-1]})
    assert refusal(cut, paired_station).values == {"part": part, "came": size - 1, "announced": size}
    flipped = Visit(visit.envelope, **{**content, part: content[part][:-1] + b"?"})
    assert (refusal(flipped, paired_station).reason, refusal(flipped, paired_station).values) == (
        "hash_differs",
        {"part": part},
    )
    assert stored_files() == []


def test_a_file_on_the_disk_is_stored_like_one_in_the_request(
    paired_station: Station, visit: Visit, tmp_path: Any
) -> None:
    shot = tmp_path / "shot"
    shot.write_bytes(visit.shot)
    row = ingest(
        IncomingSubmission(visit.envelope.model_dump_json(), shot, [visit.portrait or b""]), paired_station, NOW
    )
    assert picture_store().path(row.shot_sha256).read_bytes() == visit.shot
    assert hashlib.sha256(shot.read_bytes()).hexdigest() == row.shot_sha256, "the caller's file stays"


def test_the_wrong_field_of_an_envelope_is_named(visit: Visit) -> None:
    text = visit.envelope.model_dump_json()
    with pytest.raises(ApiError) as api_error:
        read_envelope(text.replace('"given_at":"', '"given_at":"x'))
    assert api_error.value.values["where"] == "consent.given_at"
    assert api_error.value.values["why"]
    with pytest.raises(ApiError) as api_error:
        read_envelope(text.replace('"taken_at":"', '"taken_at":"x').replace('"given_at":"', '"given_at":"x'))
    assert api_error.value.values["where"] == "taken_at", "the first of several"
    with pytest.raises(ApiError) as api_error:
        read_envelope("{")
    assert api_error.value.values["where"] == "-"


def test_a_newer_envelope_shows_both_versions(visit: Visit) -> None:
    newer = visit.envelope.model_dump_json().replace('"version":2', '"version":3')
    with pytest.raises(ApiError) as api_error:
        read_envelope(newer)
    assert (api_error.value.reason, api_error.value.values) == ("version_newer", {"version": 3, "known": 2})


def test_a_rejected_student_may_come_after_the_campaigns_last_day(
    visit: Visit, paired_station: Station, student: Student
) -> None:
    """After a rejection on the last day: the reviewer of the new portrait is warned only after `resubmit_until`."""
    hand_in(visit, paired_station)
    Submission.objects.update(state=State.REJECTED.value)
    campaign, now = student.campaign, timezone.now()
    campaign.opens_at = campaign.closes_at = now - timedelta(days=5)
    campaign.save()
    assert visit_times(Submission.objects.get()).outside_days, "control"
    Student.objects.update(resubmit_until=now + timedelta(days=2))
    second = hand_in(Visit.of(student, 2), paired_station)
    assert not visit_times(Submission.objects.get(pk=second.pk)).outside_days
    Student.objects.update(resubmit_until=now - timedelta(days=2))
    assert visit_times(Submission.objects.get(pk=second.pk)).outside_days


def test_the_consent_of_a_visit_is_stored_once(paired_station: Station, visit: Visit, student: Student) -> None:
    hand_in(visit, paired_station)
    hand_in(visit, paired_station, LATER)
    consent, given = Consent.objects.get(), visit.envelope.consent
    assert (consent.student, consent.source) == (student, "station 一号站")
    assert (consent.text_version, consent.given_at) == (given.text_version, given.given_at)
