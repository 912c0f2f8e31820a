"""Photos sent in pieces by a phone: the protocol of the stations, for the signed-in person only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.records.campaign_options import PaymentRequired
from server.records.models import Campaign, Student
from server.records.people_models import EnrolmentLink, Person
from server.records.window_models import CaptureWindow, WindowKind
from server.remote.uploads import remove_expired_photos
from server.remote.workspace import partial_root, photo_files
from server.submissions.states import State
from tests.server.conftest import make_student
from tests.server.remote.conftest import client_of, other_person, send_piece, sha256_of
from tests.server.submissions.reviewing import submission_of

PHOTO = bytes(range(256)) * 40


def address(student: Student, content: bytes = PHOTO) -> str:
    return f"/remote/{student.pk}/photos/{sha256_of(content)}"


def reason(answer: Any) -> str:
    return str(answer.json()["reason"])


def limit(settings_: Any, **changes: int) -> None:
    remote = settings_.APP.remote.model_copy(update=changes)
    settings_.APP = settings_.APP.model_copy(update={"remote": remote})


def test_a_photo_arrives_in_pieces_and_is_confirmed_by_its_hash(phone: Client, student: Student) -> None:
    assert phone.head(address(student)).status_code == 404
    first = send_piece(phone, student, PHOTO, 0, 4000)
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, "4000")
    state = phone.head(address(student))
    assert (state.status_code, state.headers["Upload-Offset"], state.headers["Upload-Length"]) == (
        200,
        "4000",
        str(len(PHOTO)),
    )
    again = send_piece(phone, student, PHOTO, 0, 4000)
    assert (again.status_code, again.headers["Upload-Offset"], reason(again)) == (409, "4000", "piece_elsewhere")
    for _ in range(2):  # the response was lost, and the phone sends the last piece again
        last = send_piece(phone, student, PHOTO, 4000)
        assert (last.status_code, last.json()) == (200, {"state": "stored", "photo": sha256_of(PHOTO)})
    path = photo_files(student).complete_file(sha256_of(PHOTO), len(PHOTO))
    assert path is not None
    assert path.read_bytes() == PHOTO


def test_content_that_differs_from_its_hash_is_not_stored(phone: Client, student: Student) -> None:
    answer = send_piece(phone, student, PHOTO, sha256="0" * 64)
    assert (answer.status_code, reason(answer)) == (422, "hash_differs")
    assert phone.head(f"/remote/{student.pk}/photos/{'0' * 64}").status_code == 404


def test_nobody_else_reaches_it(phone: Client, student: Student, campaign: Campaign) -> None:
    send_piece(phone, student, PHOTO, 0, 4000)
    stranger, own = other_person(campaign)
    client = client_of(stranger)
    assert client.head(address(student)).status_code == 404
    answer = send_piece(client, student, PHOTO, 4000)
    assert (answer.status_code, reason(answer)) == (404, "no_such_address")
    assert client.head(address(own)).status_code == 404  # the same hash, in their own folder
    signed_out = send_piece(Client(), student, PHOTO)
    assert (signed_out.status_code, reason(signed_out)) == (403, "signed_out")


def test_a_piece_needs_the_token_against_forged_requests(person: Person, student: Student) -> None:
    client = client_of(person)
    client.handler.enforce_csrf_checks = True
    assert send_piece(client, student, PHOTO).status_code == 403
    assert not partial_root().exists()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"photo_sources": []}, "remote_not_offered"),
        ({"closes_at": timezone.now() - timedelta(days=3)}, "remote_closed"),
        (
            {"payer": "student", "price_fen": 500, "payment_required": PaymentRequired.BEFORE_CAPTURE.value},
            "remote_unpaid",
        ),
    ],
    ids=["not offered", "closed", "unpaid"],
)
def test_a_campaign_that_takes_none_gives_the_reason(
    phone: Client, student: Student, change: dict[str, Any], expected: str
) -> None:
    Campaign.objects.update(**change)
    answer = send_piece(phone, student, PHOTO)
    assert (answer.status_code, reason(answer)) == (422, expected)
    assert phone.head(address(student)).status_code == 404


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State.RECEIVED, "remote_received"),
        (State.CONFIRMED, "remote_received"),
        (State.REVOKED, "remote_revoked"),
        (State.REJECTED, None),
    ],
)
def test_a_student_with_an_open_portrait_cannot_send_another(
    phone: Client, student: Student, state: State, expected: str | None
) -> None:
    submission_of(student, state)
    answer = send_piece(phone, student, PHOTO)
    assert answer.status_code == {None: 200, "remote_received": 409}.get(expected, 422)
    assert expected is None or reason(answer) == expected


def test_a_withdrawn_student_cannot_send_a_photo(phone: Client, student: Student) -> None:
    Student.objects.update(state="withdrawn")
    assert reason(send_piece(phone, student, PHOTO)) == "remote_withdrawn"


def test_remote_windows_limit_the_days_and_a_rejection_opens_them_again(
    phone: Client, student: Student, campaign: Campaign
) -> None:
    now = timezone.now()
    window = {"kind": WindowKind.REMOTE.value, "opens_at": now + timedelta(hours=1), "closes_at": now + timedelta(2)}
    CaptureWindow.objects.create(campaign=campaign, **window)
    assert reason(send_piece(phone, student, PHOTO)) == "remote_closed"
    Student.objects.update(resubmit_until=now + timedelta(days=3))
    assert send_piece(phone, student, PHOTO).status_code == 200


@pytest.mark.parametrize(("kind", "status"), [(WindowKind.REMOTE, 200), (WindowKind.MAKE_UP, 422)])
def test_a_make_up_window_counts_if_it_is_for_phones(
    phone: Client, student: Student, campaign: Campaign, kind: WindowKind, status: int
) -> None:
    now = timezone.now()
    Campaign.objects.update(opens_at=now - timedelta(days=9), closes_at=now - timedelta(days=5))
    window = CaptureWindow.objects.create(
        campaign=campaign, kind=kind.value, opens_at=now - timedelta(hours=1), closes_at=now + timedelta(hours=1)
    )
    Student.objects.update(make_up_window=window)
    assert send_piece(phone, student, PHOTO).status_code == status


def test_a_photo_beyond_the_limits_is_refused(phone: Client, student: Student, settings: Any) -> None:
    limit(settings, max_photo_bytes=5000)
    assert reason(send_piece(phone, student, PHOTO, 0, 100)) == "file_too_long"
    limit(settings, max_photo_bytes=50_000, max_total_bytes=15_000)
    assert send_piece(phone, student, PHOTO).status_code == 200
    answer = send_piece(phone, student, PHOTO + b"2", 0, 100)
    assert (answer.status_code, reason(answer)) == (503, "remote_full")


def test_photos_per_hour_are_limited_but_not_their_pieces(phone: Client, student: Student, settings: Any) -> None:
    limit(settings, uploads_per_hour=2)
    for start in range(0, 3000, 1000):
        assert send_piece(phone, student, PHOTO, start, start + 1000).status_code == 204
    assert send_piece(phone, student, PHOTO + b"2", 0, 10).status_code == 204
    answer = send_piece(phone, student, PHOTO + b"3", 0, 10)
    assert (answer.status_code, reason(answer)) == (429, "remote_too_often")


def test_unfinished_photos_expire(phone: Client, student: Student) -> None:
    send_piece(phone, student, PHOTO, 0, 4000)
    assert remove_expired_photos(timezone.now() + timedelta(hours=23)) == 0
    assert remove_expired_photos(timezone.now() + timedelta(hours=25)) == 1
    assert phone.head(address(student)).status_code == 404


def test_more_photos_than_allowed_displace_the_oldest(phone: Client, student: Student) -> None:
    photos = [PHOTO + bytes([number]) for number in range(4)]
    for one in photos:
        assert send_piece(phone, student, one, 0, 4000).status_code == 204
    assert [phone.head(address(student, one)).status_code for one in photos] == [404, 200, 200, 200]


TEXT = st.one_of(st.integers(-5, 10**30).map(str), st.text(max_size=20), st.sampled_from(["", "0x10", "１２", "1e3"]))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(offset=TEXT, length=TEXT, body=st.binary(max_size=200))
def test_any_header_and_body_gets_a_response(
    phone: Client, student: Student, offset: str, length: str, body: bytes
) -> None:
    headers = {"HTTP_UPLOAD_OFFSET": offset, "HTTP_UPLOAD_LENGTH": length}
    path = f"/remote/{student.pk}/photos/{sha256_of(body)}"
    answer = phone.patch(path, body, content_type="application/offset+octet-stream", **headers)
    assert answer.status_code in (200, 204, 409, 422, 429)


@pytest.mark.parametrize("sha256", ["0" * 63, "G" * 64, "0" * 65, "../" + "0" * 61])
def test_an_address_without_a_hash_is_unknown(phone: Client, student: Student, sha256: str) -> None:
    assert phone.head(f"/remote/{student.pk}/photos/{sha256}").status_code == 404


def test_a_person_sends_for_each_of_their_enrolments(phone: Client, person: Person, campaign: Campaign) -> None:
    second = make_student(campaign, 3)
    EnrolmentLink.objects.create(student=second, person=person, proof="clerk")
    assert send_piece(phone, second, PHOTO).status_code == 200
