"""Every page opens for every envelope that is accepted, at the bounds of every field, and for rows of 86a4649."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone as django_timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kiosk.upload.roster_payload import StudentState
from server.members.roles import create_reviewer
from server.records.models import Campaign, Student
from server.records.people_models import EnrolmentLink, Person
from server.records.scope import EVERYTHING
from server.stations.models import Station
from server.submissions import intake
from server.submissions.incoming_files import IncomingSubmission
from server.submissions.intake import ingest
from server.submissions.models import Submission
from server.submissions.pictures import CheckedPictures, check_pictures
from tests.server.accounts.conftest import linked, sign_in_client
from tests.server.conftest import make_campaign, make_student
from tests.server.station_client import Visit

SERIAL = itertools.count(1)
LANGUAGES = ("zh_CN", "en")
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=120)
ZONES = st.sampled_from(
    [UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12)), timezone(timedelta(hours=8))]
)
MOMENTS = st.one_of(
    st.sampled_from([datetime(1970, 1, 1), datetime(2100, 12, 31, 23, 59, 59, 999999), datetime(2000, 2, 29)]),
    st.datetimes(datetime(1970, 1, 1), datetime(2100, 12, 31)),
)
AWARE = st.builds(lambda moment, zone: moment.replace(tzinfo=zone).isoformat(), MOMENTS, ZONES)
NUMBERS = st.one_of(
    st.none(), st.floats(), st.sampled_from([0, -0.0, 1e12, -1e12, 1e308, 10**400]), st.integers(-(10**20), 10**20)
)
VERDICTS = st.lists(
    st.fixed_dictionaries(
        {
            "rule": st.one_of(TEXT, st.sampled_from(["eyes_open", "roll"])),
            "outcome": st.sampled_from(["pass", "fail", "unsure", "not_measured"]),
            "value": NUMBERS,
            "unit": TEXT,
            "min": NUMBERS,
            "max": NUMBERS,
            "reason": TEXT,
        }
    ),
    max_size=6,
)
LEAVES = st.one_of(st.none(), st.booleans(), st.floats(), st.integers(-(2**62), 2**62), TEXT)
RECIPES = st.one_of(
    st.none(),
    st.dictionaries(
        TEXT, st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3))
    ),
)
CHANGES = st.fixed_dictionaries(
    {"taken_at": AWARE},
    optional={
        "consent": st.fixed_dictionaries(
            {"text_version": TEXT, "given_at": AWARE},
            optional={"ready_at": AWARE, "prompts_shown": st.lists(TEXT, max_size=40)},
        ),
        "identified_by": st.sampled_from(["id_card", "code", "document", "operator"]),
        "outcome": st.sampled_from(["accepted", "interrupted"]),
        "verdicts": VERDICTS,
        "recipe": RECIPES,
        "error": st.text(st.characters(exclude_categories=("Cs",)), max_size=2000),
        "discarded_shots": st.lists(st.sampled_from(["0" * 64, "f" * 64]), max_size=100),
        "clock_offset_seconds": st.one_of(st.none(), st.floats(-5e9, 5e9)),
        "version": st.sampled_from([1, 2]),
    },
)


@pytest.fixture
def checked(db: None, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> CheckedPictures:
    """The pictures of every visit, decoded once."""
    visit = Visit.of(make_student_of("pix001"))
    (tmp_path / "shot").write_bytes(visit.shot)
    (tmp_path / "portrait").write_bytes(visit.portrait or b"")
    pictures = check_pictures(tmp_path / "shot", tmp_path / "portrait", 10_000_000, finished=True)
    monkeypatch.setattr(intake, "check_pictures", lambda *_, **__: pictures)
    return pictures


def make_student_of(code: str) -> Student:
    campaign = Campaign.objects.filter(code=code).first() or make_campaign(code)
    return make_student(campaign, next(SERIAL))


@pytest.fixture
def station(db: None) -> Station:
    station = Station.objects.create(name="一号站", token_hash="x" * 64, paired_at=django_timezone.now())
    station.set_scope(EVERYTHING)
    return station


@pytest.fixture
def administrator(db: None) -> Client:
    create_reviewer("mei", "correct horse battery", admin=True)
    client = Client()
    client.force_login(User.objects.get(username="mei"))
    return client


def pages_of(submission: Submission) -> list[str]:
    return [f"/review/{submission.id}/", f"/p/{submission.student.progress_token}"]


def lists_with(submission: Submission) -> list[str]:
    """Return the pages that list several submissions."""
    return [
        "/review/",
        f"/review/?campaign={submission.student.campaign_id}",
        "/roster/",
        "/stations/",
        "/clerk/links/",
        f"/clerk/roster/codes/{submission.student.campaign_id}",
    ]


def person_pages(submission: Submission) -> list[str]:
    return [
        "/account/",
        "/account/start",
        "/account/phone/new",
        f"/account/withdraw/{submission.student_id}",
        f"/remote/{submission.student_id}/result/",
    ]


def account_person(student: Student) -> Person:
    """Return the person whose account has the enrolment; create them if there is none."""
    link = EnrolmentLink.objects.filter(student=student).first()
    person = link.person if link is not None else Person.objects.create()
    return person if link is not None else linked(person, student).person


def open_pages_and_lists(administrator: Client, submission: Submission) -> None:
    open_all(administrator, lists_with(submission))
    open_own_pages(administrator, submission)


def open_all(administrator: Client, pages: list[str]) -> None:
    for page, language in itertools.product(pages, LANGUAGES):
        response = administrator.get(page, {"lang": language} if "?" not in page else None)
        assert response.status_code == 200, (page, language)


def open_own_pages(administrator: Client, submission: Submission) -> None:
    open_all(administrator, pages_of(submission))
    person = Client()
    sign_in_client(person, account_person(submission.student))
    for page, language in itertools.product(person_pages(submission), LANGUAGES):
        assert person.get(page, {"lang": language}).status_code == 200, (page, language)


def test_every_page_opens_whatever_envelope_was_accepted(
    checked: CheckedPictures, station: Station, administrator: Client
) -> None:
    """Open the pages of each submission, and at the end the lists with all of them."""
    accepted: list[Submission] = []

    @settings(
        max_examples=20,
        deadline=None,
        database=None,
        phases=[Phase.generate],  # shrinking would open some thousand pages more
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(changes=CHANGES)
    def accept(changes: dict[str, Any]) -> None:
        visit = Visit.of(make_student_of("pix001"))
        envelope = {**json.loads(visit.envelope.model_dump_json()), **changes}
        delivery = IncomingSubmission(json.dumps(envelope), [visit.shot], [visit.portrait or b""])
        submission = ingest(delivery, station, django_timezone.now())
        submission.refresh_from_db()
        open_own_pages(administrator, submission)
        accepted.append(submission)

    accept()
    assert len(accepted) >= 20
    open_all(administrator, lists_with(accepted[-1]))
    queue = administrator.get("/review/", {"campaign": "pix001"}).content.decode()
    assert [one.id for one in accepted if one.id not in queue] == [], "control: the list has them all"


def create_row_of_first_release(station: Station, **changes: Any) -> Submission:
    """Create a row as 86a4649 wrote it, which limited no field."""
    student = make_student_of("pix001")
    visit = Visit.of(student)
    Student.objects.filter(pk=student.pk).update(state=StudentState.CAPTURED.value)
    envelope = {**json.loads(visit.envelope.model_dump_json()), **changes}
    for later in ("progress_token", "last_four", "last_four_confirmed", "clock_offset_seconds", "also_for"):
        envelope.pop(later, None)
    return Submission.objects.create(
        id=visit.envelope.id,
        student=student,
        station=station,
        version=1,
        shot_sha256=visit.envelope.shot.sha256,
        portrait_sha256=visit.envelope.portrait.sha256 if visit.envelope.portrait else None,
        simulated=True,
        outcome="accepted",
        taken_at=datetime.fromisoformat(changes.get("taken_at", "2026-05-20T12:00:00+00:00")),
        received_at=django_timezone.now(),
        envelope=envelope,
    )


VERDICT = {
    "rule": "x",
    "outcome": "fail",
    "value": 1e308,
    "unit": "",
    "min": None,
    "max": -1e308,
    "reason": "x" * 9999,
}


@pytest.mark.parametrize(
    "changes",
    [
        {"taken_at": "9999-12-31T23:59:59+00:00"},
        {"taken_at": "0001-01-01T00:00:00+00:00"},
        {"consent": {"text_version": "1", "given_at": "x", "prompts_shown": [], "ready_at": "9999-12-31T23:59:59Z"}},
        {
            "consent": {
                "text_version": "1",
                "given_at": "x",
                "prompts_shown": [],
                "ready_at": "0001-01-01T00:00:00+14:00",
            }
        },
        {"consent": {"text_version": "1", "given_at": "x", "prompts_shown": ["x"] * 5000, "ready_at": "never"}},
        {"verdicts": [VERDICT] * 5_000},
        {"recipe": {str(number): "x" * 100 for number in range(50_000)}},
        {"error": "x" * 1_000_000},
        {"discarded_shots": ["0" * 64] * 10_000},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_every_page_opens_with_what_an_earlier_server_stored(
    station: Station, administrator: Client, changes: dict[str, Any]
) -> None:
    submission = create_row_of_first_release(station, **changes)
    submission.refresh_from_db()
    open_pages_and_lists(administrator, submission)
    assert len(administrator.get(f"/review/{submission.id}/").content) < 4_000_000


@pytest.mark.parametrize(
    ("taken_after", "clock_offset", "note"),
    [
        (timedelta(0), 0, ""),
        (timedelta(days=-3), 0, "outside"),
        (timedelta(days=3), 0, "outside"),
        (timedelta(days=3), 3 * 86400, "clock"),
        (timedelta(days=-3), -3 * 86400, "clock"),
        (timedelta(hours=1), 0, "after"),
    ],
)
def test_the_reviewer_sees_both_times_and_whether_they_can_be_right(
    checked: CheckedPictures,
    station: Station,
    administrator: Client,
    taken_after: timedelta,
    clock_offset: float,
    note: str,
) -> None:
    """A station's clock may be days off: the visit is accepted nevertheless, and the reviewer sees a note."""
    now = django_timezone.now()
    visit = Visit.of(make_student_of("pix001"), taken_at=now + taken_after, clock_offset_seconds=clock_offset)
    delivery = IncomingSubmission(visit.envelope.model_dump_json(), [visit.shot], [visit.portrait or b""])
    submission = ingest(delivery, station, now)
    page = administrator.get(f"/review/{submission.id}/", {"lang": "en"}).content.decode()
    words = {"outside": "outside the campaign", "clock": "clock was wrong; the", "after": "after it arrived"}
    assert [name for name, text in words.items() if text in page] == ([note] if note else [])
    assert "Arrived" in page
