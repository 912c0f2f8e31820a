"""The three ways to identify, from the campaign code to the linked enrolment."""

from __future__ import annotations

from datetime import date

import pytest

from config.id_number import make_number
from server.accounts.models import Account, LinkRequest
from server.accounts.session import enrolments_of
from server.audit.models import Action, Event
from server.notices.contacts import address_of, contact_of
from server.records.models import Campaign, Student
from server.records.people_models import EnrolmentLink, LinkProof, Person
from tests.server.accounts.walking import PASSWORD, PHONE, Walker, own_code, reads_cards, sent_texts
from tests.server.conftest import fake_number, make_campaign, make_student

pytestmark = pytest.mark.django_db


def allow(campaign: Campaign, *modes: str) -> Campaign:
    Campaign.objects.filter(pk=campaign.pk).update(identification=list(modes))
    return campaign


def sign_up(campaign: Campaign, phone: str = PHONE) -> Walker:
    """Return a walker with an account, at the first page of the identification."""
    walker = Walker()
    walker.begin(campaign)
    walker.agree()
    walker.prove_phone(phone)
    return walker


def test_mode_a_both_sides_of_the_card(campaign: Campaign, student: Student, monkeypatch: pytest.MonkeyPatch) -> None:
    reads_cards(monkeypatch)
    walker = Walker()
    walker.begin(allow(campaign, "id_card"))
    assert walker.agree().headers["Location"] == "/account/phone"
    assert walker.prove_phone().headers["Location"] == "/account/card"
    assert walker.send_card().headers["Location"] == "/account/details"
    assert fake_number(1) in walker.get("details").content.decode()
    answer = walker.post("details", name="王小明", number=fake_number(1))
    assert answer.headers["Location"] == "/account/found"
    assert walker.post("found").headers["Location"] == "/account/"
    link = EnrolmentLink.objects.get(student=student)
    assert link.proof == LinkProof.ID_NUMBER.value
    contact = contact_of(student)
    assert contact is not None
    assert address_of(contact, "sms") == "+8613812345678"
    assert "王*明" in walker.get("").content.decode()


def test_mode_b_register_then_sign_in_with_the_password(
    campaign: Campaign, student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads_cards(monkeypatch)
    walker = Walker()
    walker.begin(allow(campaign, "password"))
    assert walker.agree().headers["Location"] == "/account/card"
    assert walker.send_card(both=False).headers["Location"] == "/account/details"
    form = {"name": "王小明", "number": fake_number(1), "phone": PHONE, "password": PASSWORD, "again": PASSWORD}
    assert walker.post("details", **form).headers["Location"] == "/account/code"
    assert Account.objects.count() == 0
    assert walker.post("code", code=sent_texts()[-1].split()[0]).headers["Location"] == "/account/found"
    assert walker.post("found").headers["Location"] == "/account/"
    walker.post("signout")
    later = Walker()
    assert later.post("signin", number=fake_number(1).lower(), password=PASSWORD).headers["Location"] == "/account/"
    assert "王*明" in later.get("").content.decode()
    assert Event.objects.filter(action=Action.PERSON_SIGNED_IN.value, details__method="password").count() == 1


def test_mode_c_capture_code_and_last_four(campaign: Campaign, student: Student) -> None:
    walker = sign_up(allow(campaign, "capture_code"))
    assert walker.post("capture-code", typed=f" {own_code(student)} ").headers["Location"] == "/account/last-four"
    wrong = walker.post("last-four", last_four="0000")
    assert wrong.status_code == 403
    assert "4 more times" in wrong.content.decode()
    assert walker.post("last-four", last_four=student.last_four.lower()).headers["Location"] == "/account/check"
    page = walker.get("check").content.decode()
    assert "王*明" in page
    assert student.name not in page
    assert not EnrolmentLink.objects.exists()
    assert walker.post("check").headers["Location"] == "/account/"
    assert EnrolmentLink.objects.get(student=student).proof == LinkProof.CODE_LAST_FOUR.value


def test_the_question_cannot_be_answered_without_the_proof(campaign: Campaign, student: Student) -> None:
    walker = sign_up(allow(campaign, "capture_code"))
    walker.post("capture-code", typed=own_code(student))
    assert walker.post("check").headers["Location"] == "/account/capture-code"
    walker.post("last-four", last_four=student.last_four)
    walker.post("capture-code", typed=own_code(make_student(campaign, 2)))
    assert walker.post("check").headers["Location"] == "/account/capture-code"
    assert not EnrolmentLink.objects.exists()


def test_a_student_chooses_among_the_ways_that_are_allowed(campaign: Campaign, student: Student) -> None:
    walker = Walker()
    walker.begin(allow(campaign, "id_card", "capture_code"))
    assert walker.agree().headers["Location"] == "/account/identify"
    page = walker.get("identify").content.decode()
    assert [f'value="{mode}"' in page for mode in ("id_card", "password", "capture_code")] == [True, False, True]
    assert walker.post("identify", mode="password").status_code == 422
    assert walker.post("identify", mode="capture_code").headers["Location"] == "/account/phone"


def test_a_number_that_was_typed_and_not_read_is_compared_by_a_clerk(
    campaign: Campaign, student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise anybody who knows name and number could link the enrolment without the card."""
    reads_cards(monkeypatch, number=fake_number(2), name="李四")
    walker = sign_up(allow(campaign, "id_card"))
    walker.send_card()
    walker.post("details", name="王小明", number=fake_number(1))
    assert walker.post("found").headers["Location"] == "/account/manual"
    assert not EnrolmentLink.objects.exists()
    assert walker.post("manual", name="王小明", student_no=student.student_no, class_name="1").status_code == 200
    request = LinkRequest.objects.get()
    assert (request.is_card_read, request.state) == (False, "waiting")
    assert "王小明" not in request.name_encrypted


@pytest.mark.parametrize("details", [{"name": "李四"}, {"number": fake_number(3)}, {"linked": "yes"}])
def test_every_mismatch_gets_the_same_response(
    campaign: Campaign, student: Student, monkeypatch: pytest.MonkeyPatch, details: dict[str, str]
) -> None:
    """The mismatches are a wrong name, an unknown number, and an enrolment of another account."""
    name, number = details.get("name", "王小明"), details.get("number", fake_number(1))
    if "linked" in details:
        other = Account.objects.create(person=Person.objects.create())
        EnrolmentLink.objects.create(student=student, person=other.person, proof=LinkProof.CODE_LAST_FOUR.value)
    reads_cards(monkeypatch, number=number, name=name)
    walker = sign_up(allow(campaign, "id_card"))
    walker.send_card()
    walker.post("details", name=name, number=number)
    assert walker.post("found").headers["Location"] == "/account/manual"
    assert not EnrolmentLink.objects.exclude(proof=LinkProof.CODE_LAST_FOUR.value).exists()


def test_an_enrolment_that_only_an_import_linked_is_taken_over(
    campaign: Campaign, student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported = Person.objects.create()
    EnrolmentLink.objects.create(student=student, person=imported, proof=LinkProof.ID_NUMBER.value)
    reads_cards(monkeypatch)
    walker = sign_up(allow(campaign, "id_card"))
    walker.send_card()
    walker.post("details", name="王小明", number=fake_number(1))
    walker.post("found")
    assert EnrolmentLink.objects.get(student=student).person == Account.objects.get().person


def test_a_further_enrolment_needs_no_second_picture_of_the_card(
    campaign: Campaign, student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = make_student(allow(make_campaign("second"), "id_card"))
    reads_cards(monkeypatch)
    walker = sign_up(allow(campaign, "id_card"))
    walker.send_card()
    walker.post("details", name="王小明", number=fake_number(1))
    walker.post("found")
    walker.begin(second.campaign)
    assert walker.agree().headers["Location"] == "/account/found"
    assert walker.post("found").headers["Location"] == "/account/"
    person = Account.objects.get().person
    assert list(enrolments_of(person).order_by("campaign")) == sorted(
        [student, second], key=lambda one: one.campaign_id
    )


def test_younger_than_fourteen_is_refused_with_the_office(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    number = make_number("990101", date(date.today().year - 13, 1, 1), 1)
    reads_cards(monkeypatch, number=number)
    walker = sign_up(allow(campaign, "id_card"))
    walker.send_card()
    answer = walker.post("details", name="王小明", number=number)
    assert answer.status_code == 403
    page = answer.content.decode()
    assert "under 14" in page.lower()
    assert "示范大学" in page
    assert walker.get("details").headers["Location"] == "/account/card"


def test_a_campaign_without_ways_and_an_unknown_code(campaign: Campaign) -> None:
    allow(campaign)
    for code in (campaign.pk, "nosuch", "", "x" * 500, "\0", "🎓", "\u202etstcmp"):
        answer = Walker().post("start", campaign=code)
        assert answer.status_code == 422, code


def test_the_public_page_leads_to_the_account_only_where_photos_are_taken_at_home(campaign: Campaign) -> None:
    allow(campaign, "id_card")
    assert 'id="from_home"' not in Walker().client.get(f"/c/{campaign.pk}").content.decode()
    Campaign.objects.update(photo_sources=["stream"])
    page = Walker().client.get(f"/c/{campaign.pk}").content.decode()
    assert 'href="/account/start?campaign=tstcmp"' in page
