"""The clerk's queue: compare, link or refuse, within their own campaigns, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from server.accounts import requests as link_requests
from server.accounts.models import Account, LinkRequest
from server.accounts.requests import MAX_ATTEMPTS, send_decisions
from server.audit.models import Action, Event
from server.members.models import Membership, Role
from server.records.models import Campaign, School, Student
from server.records.people_models import EnrolmentLink, LinkProof, Person
from tests.server.accounts.test_modes import allow, sign_up
from tests.server.accounts.walking import Walker, reads_cards, sent_texts
from tests.server.conftest import fake_number, make_campaign, make_student

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(campaign: Campaign) -> Client:
    user = User.objects.create_user("clerk")
    Membership.objects.create(user=user, role=Role.CLERK, campaign=campaign)
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.fixture
def requester(campaign: Campaign, student: Student, monkeypatch: pytest.MonkeyPatch) -> Walker:
    """A student who has sent a request, because the roster contains another name."""
    reads_cards(monkeypatch, name="王小明月")
    walker = sign_up(allow(campaign, "id_card"))
    walker.send_card()
    walker.post("details", name="王小明月", number=fake_number(1))
    assert walker.post("found").headers["Location"] == "/account/manual"
    answer = walker.post("manual", name="王小明月", student_no=student.student_no, class_name="一班")
    assert answer.status_code == 200
    return walker


def test_the_clerk_compares_and_links(clerk: Client, requester: Walker, student: Student) -> None:
    request = LinkRequest.objects.get()
    assert "王小明月" in clerk.get("/clerk/links/").content.decode()
    page = clerk.get(f"/clerk/links/{request.pk}/").content.decode()
    assert student.pk in page
    assert fake_number(1) not in page
    assert fake_number(1)[-4:] in page
    answer = clerk.post(f"/clerk/links/{request.pk}/decide", {"link": "1", "student": student.pk})
    assert answer.headers["Location"] == "/clerk/links/"
    link = EnrolmentLink.objects.get(student=student)
    assert (link.proof, link.user) == (LinkProof.CLERK.value, User.objects.get(username="clerk"))
    request.refresh_from_db()
    assert (request.state, request.name_encrypted, request.number_encrypted) == ("linked", "", "")
    assert Event.objects.filter(action=Action.ENROLMENT_LINKED.value, user__username="clerk").count() == 1
    send_decisions(timezone.now())
    assert "your enrolment is linked" in sent_texts()[-1]
    assert send_decisions(timezone.now()) == 0
    assert "王*明" in requester.get("").content.decode()


def test_the_clerk_refuses_with_a_reason_that_the_student_reads(clerk: Client, requester: Walker) -> None:
    request = LinkRequest.objects.get()
    url = f"/clerk/links/{request.pk}/decide"
    for incomplete in ({}, {"reason": "  "}, {"link": "1"}, {"link": "1", "student_no": "none"}, {"student": "\0"}):
        assert clerk.post(url, incomplete).status_code == 422, incomplete
    assert clerk.post(url, {"reason": "学号不对\0"}).status_code == 302
    assert clerk.post(url, {"reason": "again"}).status_code == 409
    assert "学号不对" in requester.get("").content.decode()
    send_decisions(timezone.now())
    assert "could not be linked" in sent_texts()[-1]
    assert Event.objects.filter(action=Action.LINK_REFUSED.value).count() == 1


def test_nobody_decides_on_another_schools_request(requester: Walker, student: Student) -> None:
    other_school = School.objects.create(code="99002", name="另一大学")
    elsewhere = Campaign.objects.create(
        code="other1", school=other_school, title="x", opens_at=timezone.now(), closes_at=timezone.now()
    )
    user = User.objects.create_user("stranger")
    Membership.objects.create(user=user, role=Role.CLERK, campaign=elsewhere)
    client, request = Client(), LinkRequest.objects.get()
    client.force_login(user)
    assert "王小明月" not in client.get("/clerk/links/").content.decode()
    assert client.get(f"/clerk/links/{request.pk}/").status_code == 404
    assert client.post(f"/clerk/links/{request.pk}/decide", {"link": "1", "student": student.pk}).status_code == 404
    assert requester.client.get("/clerk/links/").status_code == 302


def test_only_an_enrolment_of_the_same_campaign_can_be_linked(clerk: Client, requester: Walker) -> None:
    stranger = make_student(make_campaign("second"), 7)
    url = f"/clerk/links/{LinkRequest.objects.get().pk}/decide"
    assert clerk.post(url, {"link": "1", "student": stranger.pk}).status_code == 422
    assert not EnrolmentLink.objects.exists()


def test_a_clerk_moves_an_enrolment_and_the_number_to_its_person(
    clerk: Client, requester: Walker, student: Student
) -> None:
    """Somebody else had registered with the number first."""
    earlier = Account.objects.create(person=Person.objects.create(), id_number_hmac=student.id_number_hmac)
    EnrolmentLink.objects.create(student=student, person=earlier.person, proof=LinkProof.ID_NUMBER.value)
    clerk.post(f"/clerk/links/{LinkRequest.objects.get().pk}/decide", {"link": "1", "student": student.pk})
    owner = EnrolmentLink.objects.get(student=student).person
    assert owner != earlier.person
    assert Account.objects.get(id_number_hmac=student.id_number_hmac).person == owner


def test_late_requests_are_marked(clerk: Client, requester: Walker) -> None:
    assert "late" not in clerk.get("/clerk/links/").content.decode()
    LinkRequest.objects.update(created_at=timezone.now() - timedelta(days=20))
    assert "late" in clerk.get("/clerk/links/").content.decode()
    assert "1 waiting" in clerk.get("/clerk/").content.decode()


def test_a_message_that_fails_is_sent_again_some_times(
    clerk: Client, requester: Walker, student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk.post(f"/clerk/links/{LinkRequest.objects.get().pk}/decide", {"link": "1", "student": student.pk})
    tries: list[str] = []

    def fail(*arguments: Any, **_: Any) -> None:
        tries.append("x")
        raise link_requests.ApiError("refused.sms_failed")

    monkeypatch.setattr(link_requests, "send_text", fail)
    for _ in range(MAX_ATTEMPTS + 3):
        send_decisions(timezone.now())
    assert len(tries) == MAX_ATTEMPTS


def test_a_student_corrects_a_request_and_cannot_flood_the_office(requester: Walker, campaign: Campaign) -> None:
    codes = []
    for at in range(6):
        requester.begin(campaign)
        codes.append(requester.post("manual", name="王小明", student_no=f"n{at}", class_name="二班").status_code)
    assert LinkRequest.objects.get().class_name == "二班"
    assert codes == [200] * 4 + [429] * 2
