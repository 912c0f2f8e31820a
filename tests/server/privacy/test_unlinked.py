"""Accounts without an enrolment are erased after the retention of their campaigns, or after a year."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client

from server.accounts.consent import give_consent
from server.accounts.models import Account, LinkRequest
from server.accounts.phones import set_phone
from server.audit.models import Action, Event
from server.members.models import Role
from server.privacy import unlinked
from server.privacy.models import ErasureReport
from server.privacy.runs import erase_expired
from server.privacy.unlinked import erase_unlinked, unlinked_accounts
from server.records.models import Campaign
from server.records.people_models import Consent, EnrolmentLink, LinkProof, Person
from server.records.scope import Scope
from tests.server.conftest import make_campaign, make_student
from tests.server.privacy.conftest import NOW
from tests.server.privacy.test_admin_pages import signed_in

pytestmark = pytest.mark.django_db
PHONE = "13900000088"


def campaign_over(days: int, code: str = "opened") -> Campaign:
    """Create a campaign whose retention ended `days` ago; in the future if `days` is negative."""
    closes_at = NOW - timedelta(days=days + 30)
    return make_campaign(code, retention_days=30, opens_at=closes_at - timedelta(days=9), closes_at=closes_at)


def account(days: float, *opened: Campaign, last_sign_in: float | None = None) -> Account:
    """Create an account that is `days` old, whose person consented to these campaigns."""
    at = NOW - timedelta(days=days)
    person = Person.objects.create(created_at=at)
    for campaign in opened:
        give_consent(person, campaign, "en", at)
    made = Account(person=person, created_at=at)
    set_phone(made, PHONE)
    made.save()
    if last_sign_in is not None:
        Event.objects.create(
            at=NOW - timedelta(days=last_sign_in),
            action=Action.PERSON_SIGNED_IN,
            subject=f"person {person.pk}",
            address="203.0.113.9",
        )
    return made


@pytest.mark.parametrize(
    ("age", "retention_over", "last_sign_in", "is_over"),
    [
        (100, [1], None, True),
        (100, [-1], None, False),
        (100, [1, -1], None, False),  # the later retention counts
        (100, [9, 1], 5, True),
        (100, [10], 5, False),  # signed in after the retention: a year from then
        (500, [400], 366, True),
        (500, [400], 364, False),
        (366, [], None, True),
        (364, [], None, False),
        (500, [], 364, False),
        (500, [-1], 499, False),  # a longer retention of the school
    ],
)
def test_how_long_an_account_is_kept(
    age: int, retention_over: list[int], last_sign_in: int | None, is_over: bool
) -> None:
    opened = [campaign_over(days, f"open{number}") for number, days in enumerate(retention_over)]
    made = account(age, *opened, last_sign_in=last_sign_in)
    assert unlinked_accounts(NOW) == ([made.pk] if is_over else [])


def test_an_enrolment_or_a_request_keeps_the_account() -> None:
    campaign = campaign_over(1)
    made = account(100, campaign)
    link = EnrolmentLink.objects.create(student=make_student(campaign), person=made.person, proof=LinkProof.CLERK.value)
    assert unlinked_accounts(NOW) == []
    link.delete()
    request = LinkRequest.objects.create(person=made.person, campaign=campaign, student_no="1", class_name="1")
    assert unlinked_accounts(NOW) == []
    request.delete()
    assert unlinked_accounts(NOW) == [made.pk]


def test_nothing_of_the_account_is_left() -> None:
    made, other = account(100, campaign_over(1), last_sign_in=50), Person.objects.create()
    for person in (made.person, other):
        session = SessionStore()
        session["person"] = {"id": person.pk}
        session.save()
    (report,) = erase_expired(NOW)
    assert (report.campaign, report.problems, report.counts) == (None, [], {"accounts": 1, "sessions": 1})
    assert not Person.objects.filter(pk=made.pk).exists()
    assert not Consent.objects.exists()
    assert Session.objects.count() == 1
    assert Event.objects.get(action=Action.PERSON_SIGNED_IN).address == ""
    assert Event.objects.get(action=Action.STUDENTS_ERASED).details == {"accounts": 1, "problems": 0}
    assert erase_expired(NOW) == [], "a night without any makes no report"


def test_remaining_data_of_an_account_are_reported() -> None:
    made = account(100, campaign_over(1))
    Event.objects.create(action=Action.RECORD_CHANGED, subject="x", details={"phone": made.phone_hmac})
    (report,) = erase_unlinked(NOW)
    assert report.problems == ["audit_event.details: account_hash"]


def test_an_account_that_gets_an_enrolment_meanwhile_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = campaign_over(1)
    made = account(100, campaign)
    EnrolmentLink.objects.create(student=make_student(campaign), person=made.person, proof=LinkProof.CLERK.value)
    monkeypatch.setattr(unlinked, "unlinked_accounts", lambda now: [made.pk])
    (report,) = erase_unlinked(NOW)
    assert (report.counts, Account.objects.filter(pk=made.pk).exists()) == ({}, True)


def test_the_report_is_shown_to_administrators_of_every_school() -> None:
    account(100, campaign_over(1))
    everywhere = signed_in("of-all", Role.ADMINISTRATOR)
    of_school = signed_in("of-one", Role.ADMINISTRATOR, Scope(schools=("99001",)))

    def page(client: Client) -> str:
        return client.get("/privacy/erasures", headers={"accept-language": "en"}).content.decode()

    assert "erased tonight: 1." in page(everywhere)
    assert "erased tonight" not in page(of_school)
    erase_unlinked(NOW)
    assert ErasureReport.objects.count() == 1
    assert "Accounts without an enrolment" in page(everywhere)
    assert "Accounts without an enrolment" not in page(of_school)


def test_the_command_erases_them_without_waiting_for_the_night(capsys: pytest.CaptureFixture[str]) -> None:
    made = account(5000)
    call_command("erase", dry_run=True)
    assert "to be erased: 1" in capsys.readouterr().out
    assert Account.objects.filter(pk=made.pk).exists()
    campaign = campaign_over(5000)
    call_command("erase", campaign=campaign.pk)
    assert Account.objects.filter(pk=made.pk).exists(), "the erasure of one campaign keeps accounts"
    call_command("erase")
    assert not Account.objects.exists()
    assert ErasureReport.objects.get(campaign=None).counts == {"accounts": 1}
    capsys.readouterr()
    call_command("erase")
    assert "to be erased" not in capsys.readouterr().out
