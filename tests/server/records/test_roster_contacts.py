"""Phone numbers and e-mail addresses in a roster: optional, checked, masked, never replacing what a student entered."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from server.audit.models import Event
from server.notices.contacts import address_of, contact_of, remove_address, set_contact, shown_contact
from server.notices.models import Contact
from server.records.import_models import RosterImport
from server.records.models import Campaign, Student
from server.records.roster_import.import_audit import ImportSource
from server.records.roster_import.importer import ImportResult, import_roster
from server.records.roster_import.reader import read_roster
from server.records.roster_import.undo import undo_import
from server.secrets.key_rotation import reencrypt_everything
from tests.server.clerk.conftest import clerk, own_uploads, roster_file, upload
from tests.server.clerk.test_roster_pages import fingerprint_of, import_by_page, text_of
from tests.server.conftest import fake_number

__all__ = ["clerk", "own_uploads"]
pytestmark = pytest.mark.django_db
HEADER = "姓名,身份证号,学号,手机号,邮箱"
PHONE, EMAIL = "138 1234 5678", "ming@school.edu"


def file(*addresses: tuple[str, str]) -> bytes:
    lines = [
        f"王小明,{fake_number(serial)},0022{serial:03d},{phone},{email}"
        for serial, (phone, email) in enumerate(addresses, 1)
    ]
    return roster_file(*lines, header=HEADER)


def load(campaign: Campaign, *addresses: tuple[str, str], agreed: bool = False) -> ImportResult:
    return import_roster(campaign, file(*addresses), origin=ImportSource(contacts_agreed=agreed))


def stored_addresses(serial: int = 1) -> tuple[str, str]:
    contact = Contact.objects.filter(student__student_no=f"0022{serial:03d}").first()
    return address_of(contact, "sms"), address_of(contact, "email")


def test_addresses_are_stored_encrypted_and_wait_for_the_consent(campaign: Campaign) -> None:
    load(campaign, (PHONE, EMAIL), ("", ""))
    assert stored_addresses() == ("+8613812345678", EMAIL)
    assert Contact.objects.count() == 1
    assert "13812345678" not in str(list(Contact.objects.values()))
    student = Student.objects.get(student_no="0022001")
    assert contact_of(student) is None
    assert shown_contact(student).from_roster


def test_the_clerk_may_report_the_consent(campaign: Campaign) -> None:
    load(campaign, (PHONE, ""), agreed=True)
    assert contact_of(Student.objects.get()) is not None
    assert Event.objects.get(action="roster_imported").details["contacts_agreed"] is True


@pytest.mark.parametrize(("phone", "email"), [("12345", EMAIL), ("010-62770000", EMAIL), ("1.38E+10", EMAIL)])
def test_a_wrong_number_rejects_no_student_and_is_named(phone: str, email: str, campaign: Campaign) -> None:
    result = load(campaign, (phone, email), (PHONE, "x@"))
    assert (result.created, result.bad_lines) == (2, ())
    assert [stored_addresses(1), stored_addresses(2)] == [("", EMAIL), ("+8613812345678", "")]
    notes = {note.key: note.values for note in result.plan.notes}
    assert notes["roster.invalid_phone"] == {"count": 1, "lines": "2"}
    assert notes["roster.invalid_email"] == {"count": 1, "lines": "3"}


@pytest.mark.parametrize("name", ["手机", "联系电话", "Mobile", "phone number"])
def test_usual_names_of_the_column(name: str) -> None:
    content = roster_file(f"王小明,{fake_number(1)},{PHONE}", header=f"姓名,身份证号,{name}")
    assert read_roster(content).rows[0].phone == "+8613812345678"


def test_importing_again_changes_nothing_and_a_new_number_only_that(campaign: Campaign) -> None:
    load(campaign, (PHONE, EMAIL))
    again = load(campaign, ("+86 13812345678", ""))
    assert (again.changed, again.unchanged) == (0, 1), "an empty cell changes nothing"
    changed = load(campaign, ("13900001111", ""))
    assert [change.columns for change in changed.plan.changed] == [{"phone": ("138****5678", "139****1111")}]
    assert stored_addresses() == ("+8613900001111", EMAIL)


def test_a_new_number_needs_a_new_consent(campaign: Campaign) -> None:
    load(campaign, (PHONE, ""), agreed=True)
    load(campaign, ("13900001111", ""))
    assert contact_of(Student.objects.get()) is None


@pytest.mark.parametrize("removed", [False, True])
def test_what_the_student_decided_stays(removed: bool, campaign: Campaign) -> None:
    load(campaign, (PHONE, ""))
    student = Student.objects.get()
    if removed:
        remove_address(student, "phone")
    else:
        set_contact(student, phone="13700002222", consent_at=timezone.now())
    before = stored_addresses()
    result = load(campaign, ("13900001111", ""))
    assert (result.changed, stored_addresses()) == (0, before)
    assert [note.key for note in result.plan.notes] == ["roster.contacts_kept"]


def test_an_undo_restores_the_earlier_addresses(campaign: Campaign) -> None:
    load(campaign, (PHONE, EMAIL), ("", ""), agreed=True)
    load(campaign, ("13900001111", ""), ("13900002222", ""))
    reencrypt_everything()
    undo_import(RosterImport.objects.order_by("imported_at").last(), timezone.now(), None)  # type: ignore[arg-type]
    assert [stored_addresses(1), stored_addresses(2)] == [("+8613812345678", EMAIL), ("", "")]
    assert contact_of(Student.objects.get(student_no="0022001")) is not None
    undo_import(RosterImport.objects.get(undone_at=None), timezone.now(), None)
    assert not Contact.objects.exists()


def test_an_undo_leaves_what_the_student_entered_since(campaign: Campaign) -> None:
    load(campaign, (PHONE, ""))
    load(campaign, ("13900001111", ""))
    set_contact(Student.objects.get(), phone="13700002222", consent_at=timezone.now())
    undo_import(RosterImport.objects.order_by("imported_at").last(), timezone.now(), None)  # type: ignore[arg-type]
    assert stored_addresses() == ("+8613700002222", "")


def test_columns_and_preview_show_masked_addresses(clerk: Client, campaign: Campaign) -> None:
    location = upload(clerk, campaign, file((PHONE, EMAIL))).headers["Location"]
    columns = text_of(clerk.get(location.replace("preview", "columns")))
    preview = text_of(clerk.get(location))
    for page in (columns, preview):
        assert "138****5678" in page
        assert "m***@school.edu" in page
        assert "1234 5678" not in page
        assert EMAIL not in page
    assert 'name="contacts_agreed"' in preview


def test_the_check_box_of_the_preview_is_stored(clerk: Client, campaign: Campaign) -> None:
    import_by_page(clerk, campaign, file((PHONE, "")), contacts_agreed="on")
    assert contact_of(Student.objects.get()) is not None


def test_another_number_is_another_preview(clerk: Client, campaign: Campaign) -> None:
    fingerprints: list[Any] = []
    for phone in (PHONE, "13900001111"):
        location = upload(clerk, campaign, file((phone, ""))).headers["Location"]
        fingerprints.append(fingerprint_of(text_of(clerk.get(location))))
    assert fingerprints[0] != fingerprints[1]
