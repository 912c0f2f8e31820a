"""A roster from the upload to the import, and the undo of an import."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.errors import Problem
from server.accounts.models import Account, LinkRequest
from server.audit.models import Action, Event
from server.clerk import uploads
from server.jobs.periodic import PERIODIC_JOBS
from server.notices.models import Contact
from server.records.id_number_protection import decrypt_number, keyed_hash
from server.records.import_models import RosterChange, RosterImport
from server.records.models import Campaign, School, Student
from server.records.people import link_same_numbers
from server.records.people_models import Consent, EnrolmentLink, LinkProof, Person
from server.records.roster_import.columns import COLUMNS
from server.records.roster_import.import_audit import ImportSource
from server.records.roster_import.importer import import_roster
from server.records.roster_import.undo import undo_import
from server.records.tables.file import read_sheets, select_sheet
from server.remote.models import RemoteProgress
from server.secrets.key_rotation import reencrypt_everything
from tests.server.clerk.conftest import client_of, roster_file, upload
from tests.server.conftest import fake_number, make_campaign, make_student

pytestmark = pytest.mark.django_db


def line(serial: int, name: str = "王小明", group: str = "一班", major: str = "") -> str:
    return f"{name},{fake_number(serial)},0022{serial:03d},{group},{major}"


def text_of(answer: Any) -> str:
    return answer.content.decode()


def fingerprint_of(page: str) -> str:
    match = re.search(r'name="fingerprint" value="(\w+)"', page)
    assert match is not None
    return match[1]


def import_by_page(clerk: Client, campaign: Campaign, content: bytes, **more: str) -> Any:
    preview = upload(clerk, campaign, content).headers["Location"]
    return clerk.post(preview, {"fingerprint": fingerprint_of(text_of(clerk.get(preview))), **more})


def test_the_usual_columns_lead_to_the_preview_and_nothing_is_written(clerk: Client, campaign: Campaign) -> None:
    answer = upload(clerk, campaign, roster_file(line(1), line(2, "李雷")))
    assert answer.headers["Location"].endswith("/preview")
    page = text_of(clerk.get(answer.headers["Location"]))
    assert "*雷" in page
    assert "李雷" not in page
    assert Student.objects.count() == 0


def test_the_preview_shows_every_kind_of_line(clerk: Client, campaign: Campaign) -> None:
    import_roster(campaign, roster_file(line(1, "王小明"), line(2, "李雷"), line(3, "丁一")))
    content = roster_file(
        line(1, "王晓明"), line(2, "李雷"), line(4, "韩梅梅"), f"赵六,{fake_number(5)[:-1]},0022005,一班,",
        line(6, "钱七", major="法学"), f"钱七,{fake_number(6)},0032006,二班,物理",
    )  # fmt: skip
    page = clerk.get(upload(clerk, campaign, content).headers["Location"])
    shown = page.context["preview"]
    assert [one.values for one in shown.changed] == [(("name", "王*明", "王*明"),)]
    assert [one.line for one in shown.created] == [4, 6, 7]
    assert [one.student_no for one in shown.missing] == ["0022003"]
    assert [(one.line, one.student_no) for one in shown.bad] == [(5, "0022005")]
    assert [[one.line for one in lines] for lines in shown.enrolments] == [[6, 7]]
    assert shown.plan.unchanged == 1
    assert not any(fake_number(serial) in text_of(page) for serial in range(9))


def test_confirming_writes_what_was_shown_and_records_it(clerk: Client, campaign: Campaign) -> None:
    answer = import_by_page(clerk, campaign, roster_file(line(1), line(2)))
    assert answer.headers["Location"] == f"/clerk/campaigns/{campaign.pk}/"
    assert Student.objects.count() == 2
    event = Event.objects.get(action=Action.ROSTER_IMPORTED)
    assert (event.user.username, event.details["file"], event.details["created"]) == ("lan", "名单.csv", 2)
    assert list((Path(uploads.settings.DATA) / "roster-uploads").iterdir()) == []


def test_after_another_change_the_preview_is_shown_again(clerk: Client, campaign: Campaign) -> None:
    address = upload(clerk, campaign, roster_file(line(1), line(2))).headers["Location"]
    outdated = fingerprint_of(text_of(clerk.get(address)))
    import_roster(campaign, roster_file(line(1)))
    again = clerk.post(address, {"fingerprint": outdated})
    assert (again.status_code, Student.objects.count()) == (409, 1)
    assert clerk.post(address, {"fingerprint": fingerprint_of(text_of(again))}).status_code == 302
    assert Student.objects.count() == 2


def test_bad_lines_are_left_out_only_on_request(clerk: Client, campaign: Campaign) -> None:
    content = roster_file(line(1), f"赵六,{fake_number(5)[:-1]},S5,一班,")
    import_by_page(clerk, campaign, content)
    assert Student.objects.count() == 0
    import_by_page(clerk, campaign, content, skip_bad="on")
    assert Student.objects.count() == 1


UNUSUAL = "编号甲,内容乙,内容丙"


def test_unknown_columns_are_chosen_by_hand_and_remembered(clerk: Client, campaign: Campaign) -> None:
    content = roster_file(f"王小明,{fake_number(1)},0022001", header=UNUSUAL)
    address = upload(clerk, campaign, content).headers["Location"]
    assert address.endswith("/columns")
    page = text_of(clerk.get(address))
    assert fake_number(1) not in page
    assert "王小明" not in page
    assert clerk.post(address, {"column_0": "name"}).status_code == 422
    preview = clerk.post(address, {"column_0": "name", "column_1": "number", "column_2": "student_no"})
    shown = clerk.get(preview.headers["Location"])
    clerk.post(preview.headers["Location"], {"fingerprint": fingerprint_of(text_of(shown))})
    assert Student.objects.get().student_no == "0022001"
    assert School.objects.get().roster_columns == {"编号甲": "name", "内容乙": "number", "内容丙": "student_no"}
    again = upload(clerk, campaign, roster_file(f"李雷,{fake_number(2)},0022002", header=UNUSUAL))
    assert again.headers["Location"].endswith("/preview")


def two_lists() -> bytes:
    """Return a file of an office with a list of each class."""
    header = "<tr><td>姓名<td>身份证号<td>班级</tr>"
    lists = [f"<tr><td>{name}<td>{fake_number(n)}<td>{n}班</tr>" for n, name in enumerate(("王小明", "李雷"), 1)]
    return "".join(f"<table>{header}{one}</table>" for one in lists).encode()


def test_the_clerk_chooses_one_of_several_lists(clerk: Client, campaign: Campaign) -> None:
    address = upload(clerk, campaign, two_lists(), "名单.xls").headers["Location"]
    assert address.endswith("/columns"), "the second list is not left out without a word"
    assert "Several sheets of this file are lists" in text_of(clerk.get(address))
    page = text_of(clerk.get(address, {"sheet": "2"}))
    assert "Several sheets" not in page
    assert '<option value="2" selected>' in page, "a browser would send a name with blanks without them"
    preview = clerk.post(address, {"sheet": "2", "column_0": "name", "column_1": "number", "column_2": "class_name"})
    shown = clerk.get(preview.headers["Location"])
    clerk.post(preview.headers["Location"], {"fingerprint": fingerprint_of(text_of(shown))})
    assert [one.name for one in Student.objects.all()] == ["李雷"]


def test_a_sheet_that_the_file_lacks_changes_nothing(clerk: Client, campaign: Campaign) -> None:
    address = upload(clerk, campaign, two_lists(), "名单.xls").headers["Location"]
    for answer in (clerk.get(address, {"sheet": "3"}), clerk.post(address, {"sheet": "3"})):
        assert (answer.status_code, answer.headers["Location"]) == (302, address)
    assert clerk.get(address).status_code == 200


def test_a_recognized_column_can_be_switched_off(clerk: Client, campaign: Campaign) -> None:
    address = upload(clerk, campaign, roster_file(line(1, major="法学"))).headers["Location"]
    values = {"column_0": "name", "column_1": "number", "column_2": "student_no", "column_3": "class_name"}
    preview = clerk.post(address.replace("/preview", "/columns"), values).headers["Location"]
    clerk.post(preview, {"fingerprint": fingerprint_of(text_of(clerk.get(preview)))})
    assert (Student.objects.get().major, School.objects.get().roster_columns) == ("", {"专业": ""})


def test_level_and_years_of_study_are_read(clerk: Client, campaign: Campaign) -> None:
    content = roster_file(f"王小明,{fake_number(1)},本科,4年", header="姓名,身份证号,培养层次,学制")
    import_by_page(clerk, campaign, content)
    student = Student.objects.get()
    assert (student.study_level, student.study_years) == ("本科", "4")


def test_lines_of_another_school_are_refused(clerk: Client, campaign: Campaign) -> None:
    header = "姓名,身份证号,院校代码"
    content = roster_file(f"王小明,{fake_number(1)},99001", f"李雷,{fake_number(2)},10001", header=header)
    shown = clerk.get(upload(clerk, campaign, content).headers["Location"]).context["preview"]
    assert ([one.line for one in shown.created], [one.line for one in shown.bad]) == ([2], [3])
    assert "99001" in shown.bad[0].text
    import_by_page(clerk, campaign, content, skip_bad="on")
    assert [student.name for student in Student.objects.all()] == ["王小明"]


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4", b"\x00" * 50])
def test_a_file_without_a_table_is_refused_with_a_reason(content: bytes, clerk: Client, campaign: Campaign) -> None:
    answer = upload(clerk, campaign, content)
    assert answer.status_code == 422
    assert 'role="alert"' in text_of(answer)
    folder = Path(uploads.settings.DATA) / "roster-uploads"
    assert not folder.exists() or list(folder.iterdir()) == []


@pytest.mark.process
def test_the_template_is_read_by_the_import(clerk: Client, campaign: Campaign) -> None:
    from openpyxl import load_workbook

    for language in ("en", "zh_CN"):
        content = clerk.get("/clerk/roster/template.xlsx", {"lang": language}).content
        book = load_workbook(io.BytesIO(content))
        sheet = book.active
        assert sheet is not None
        assert {cell.number_format for cell in sheet[2]} == {"@"}
        sheet["A2"], sheet["B2"] = "王小明", fake_number(1)
        filled = io.BytesIO()
        book.save(filled)
        _, header = select_sheet(read_sheets(filled.getvalue()))
        assert (header.unused, len(header.places)) == ((), len(COLUMNS))


# ---------------------------------------------------------------------- the stored file between the steps


def test_the_stored_file_is_encrypted_and_only_its_user_opens_it(clerk: Client, campaign: Campaign) -> None:
    address = upload(clerk, campaign, roster_file(line(1))).headers["Location"]
    files = list((Path(uploads.settings.DATA) / "roster-uploads").iterdir())
    assert len(files) == 2
    assert all(oct(file.stat().st_mode)[-3:] == "600" for file in files)
    assert not any(word in file.read_bytes() for file in files for word in ("王小明".encode(), fake_number(1).encode()))
    from server.records.scope import EVERYTHING

    assert client_of("other", EVERYTHING).get(address).status_code == 404


def test_the_file_is_deleted_after_an_hour_and_when_cancelled(clerk: Client, campaign: Campaign) -> None:
    address = upload(clerk, campaign, roster_file(line(1))).headers["Location"]
    folder = Path(uploads.settings.DATA) / "roster-uploads"
    for file in folder.iterdir():
        old = file.stat().st_mtime - uploads.MAX_AGE_S - 1
        os.utime(file, (old, old))
    assert clerk.get(address).status_code == 404
    assert list(folder.iterdir()) == []
    address = upload(clerk, campaign, roster_file(line(1))).headers["Location"]
    PERIODIC_JOBS["delete_roster_uploads"].run(timezone.now())
    assert len(list(folder.iterdir())) == 2
    PERIODIC_JOBS["delete_roster_uploads"].run(timezone.now() + timedelta(hours=2))
    assert list(folder.iterdir()) == []
    address = upload(clerk, campaign, roster_file(line(1))).headers["Location"]
    clerk.post(address.replace("preview", "cancel"))
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("identifier", ["..", "x" * 32, "../../etc/passwd", "a" * 31])
def test_a_typed_address_opens_no_file(identifier: str, clerk: Client) -> None:
    assert uploads.load(identifier, 1) is None


# ---------------------------------------------------------------------- undo


def latest() -> RosterImport:
    return RosterImport.objects.order_by("-imported_at")[0]


def state() -> list[dict[str, Any]]:
    """Return all columns of students except the slow hash, which is computed later."""
    rows = list(Student.objects.order_by("student_no", "pk").values())
    return [{name: value for name, value in row.items() if name != "id_number_slow_hash"} for row in rows]


def test_undo_removes_new_students_and_restores_changed_ones(clerk: Client, campaign: Campaign) -> None:
    import_roster(campaign, roster_file(line(1, "王小明"), line(2, "李雷")))
    before = state()
    import_roster(campaign, roster_file(line(1, "王晓明"), f"李雷,{fake_number(7)},0022002,二班,", line(3, "丁一")))
    assert state() != before
    answer = clerk.post(f"/clerk/campaigns/{campaign.pk}/imports/{latest().pk}/undo", follow=True)
    assert "1 students were removed" in text_of(answer)
    assert state() == before
    event = Event.objects.get(action=Action.ROSTER_UNDONE)
    assert (event.details["deleted"], event.details["restored"]) == (1, 2)


def test_the_number_can_be_decrypted_after_a_rotation_of_keys_and_undo(campaign: Campaign) -> None:
    import_roster(campaign, roster_file(line(1)))
    import_roster(campaign, roster_file(line(7).replace("0022007", "0022001")))
    stored = RosterChange.objects.get().id_number_encrypted
    reencrypt_everything()
    assert RosterChange.objects.get().id_number_encrypted != stored
    undo_import(latest(), timezone.now(), None)
    student = Student.objects.get()
    assert (decrypt_number(student.id_number_encrypted), student.id_number_hmac) == (
        fake_number(1),
        keyed_hash(fake_number(1)),
    )


def undo_error(clerk: Client, campaign: Campaign, entry: RosterImport) -> str:
    page = text_of(clerk.post(f"/clerk/campaigns/{campaign.pk}/imports/{entry.pk}/undo", follow=True))
    match = re.search(r'class="note attention" role="status">([^<]*)', page)
    return match[1] if match else ""


def test_after_the_first_capture_nothing_is_undone(clerk: Client, campaign: Campaign) -> None:
    import_roster(campaign, roster_file(line(1), line(2)))
    Student.objects.filter(student_no="0022001").update(state="captured")
    assert "photographed" in undo_error(clerk, campaign, latest())
    assert Student.objects.count() == 2
    assert "photographed" in text_of(clerk.get(f"/clerk/campaigns/{campaign.pk}/"))


def test_an_account_without_an_enrolment_survives_an_undo(clerk: Client, campaign: Campaign) -> None:
    """A person of any school who has just opened an account, and one whose request waits for the office."""
    waiting, opened = Person.objects.create(), Account.objects.create(person=Person.objects.create())
    LinkRequest.objects.create(person=waiting, campaign=campaign, created_at=timezone.now())
    make_student(make_campaign("other1"), 1)
    import_roster(campaign, roster_file(line(1), line(2)))
    assert Person.objects.count() == 3, "control: 王小明 has two enrolments"
    clerk.post(f"/clerk/campaigns/{campaign.pk}/imports/{latest().pk}/undo")
    assert campaign.students.count() == 0
    assert set(Person.objects.exclude(links__isnull=False)) == {waiting, opened.person}


BEGUN: dict[str, Callable[[Student], object]] = {
    "consent": lambda one: Consent.objects.create(student=one, text_version="1", given_at=timezone.now(), source="x"),
    "photo by phone": lambda one: RemoteProgress.objects.create(student=one, updated_at=timezone.now()),
    "contact": lambda one: Contact.objects.create(student=one),
    "account": lambda one: EnrolmentLink.objects.create(
        student=one, person=Person.objects.create(), proof=LinkProof.CODE_LAST_FOUR.value
    ),
}


@pytest.mark.parametrize("begin", BEGUN.values(), ids=BEGUN)
def test_after_a_student_has_begun_nothing_is_undone(
    begin: Callable[[Student], object], clerk: Client, campaign: Campaign
) -> None:
    import_roster(campaign, roster_file(line(1), line(2)))
    begin(Student.objects.get(student_no="0022001"))
    assert "has given consent or a contact" in undo_error(clerk, campaign, latest())
    assert Student.objects.count() == 2


def test_a_later_correction_is_not_overwritten(clerk: Client, campaign: Campaign) -> None:
    import_roster(campaign, roster_file(line(1, "王小明")))
    import_roster(campaign, roster_file(line(1, "王晓明"), line(2)))
    Student.objects.filter(student_no="0022001").update(name="王笑明")
    before = state()
    assert "changed a student" in undo_error(clerk, campaign, latest())
    assert state() == before


def test_imports_are_undone_in_reverse_order_and_once(clerk: Client, campaign: Campaign) -> None:
    import_roster(campaign, roster_file(line(1)))
    first = latest()
    import_roster(campaign, roster_file(line(1), line(2)))
    second = latest()
    assert "later" in undo_error(clerk, campaign, first)
    assert undo_error(clerk, campaign, second) == ""
    assert "already" in undo_error(clerk, campaign, second)
    assert undo_error(clerk, campaign, first) == ""
    assert Student.objects.count() == 0


def test_earlier_names_and_numbers_are_deleted_once_nothing_can_be_undone(campaign: Campaign) -> None:
    import_roster(campaign, roster_file(line(1), line(2)))
    import_roster(campaign, roster_file(line(1, "王晓明"), line(2)))
    job = PERIODIC_JOBS["forget_earlier_values"]
    job.run(timezone.now())
    assert RosterChange.objects.count() == 1
    Student.objects.filter(student_no="0022001").update(state="captured")
    job.run(timezone.now())
    assert RosterChange.objects.count() == 0
    Student.objects.update(state="expected")
    with pytest.raises(Problem, match="not undone"):
        undo_import(latest(), timezone.now(), None)


def test_an_import_without_changes_leaves_no_entry(campaign: Campaign) -> None:
    import_roster(campaign, roster_file(line(1)))
    import_roster(campaign, roster_file(line(1)))
    assert RosterImport.objects.count() == 1


# ---------------------------------------------------------------------- people


def test_enrolments_with_the_same_number_are_one_person(campaign: Campaign) -> None:
    other = make_campaign("other1", opens_at=timezone.now() - timedelta(days=400))
    import_roster(campaign, roster_file(line(1), line(2)))
    assert Person.objects.count() == 0
    import_roster(other, roster_file(line(1)))
    assert (Person.objects.count(), EnrolmentLink.objects.count()) == (1, 2)
    assert {link.proof for link in EnrolmentLink.objects.all()} == {"id_number"}
    undo_import(latest(), timezone.now(), None)
    assert EnrolmentLink.objects.count() == 1
    assert link_same_numbers() == 0


def test_a_corrected_number_leaves_the_other_person(campaign: Campaign) -> None:
    import_roster(campaign, roster_file(line(1, major="法学"), f"王小明,{fake_number(1)},0032001,二班,物理"))
    assert EnrolmentLink.objects.count() == 2
    import_roster(campaign, roster_file(f"王小明,{fake_number(9)},0032001,二班,物理", line(1, major="法学")))
    assert [link.student.student_no for link in EnrolmentLink.objects.all()] == ["0022001"]


def test_a_large_import_needs_few_queries(campaign: Campaign, rf: Any) -> None:
    import_roster(campaign, roster_file(*(line(serial) for serial in range(300))))
    content = roster_file(*(line(serial, group="二班") for serial in range(300)))
    with CaptureQueriesContext(connection) as counted:
        import_roster(campaign, content, origin=ImportSource("x.csv"))
    assert len(counted) < 20
    make_student(make_campaign("other1"), 1)
    with CaptureQueriesContext(connection) as counted:
        undo_import(latest(), timezone.now(), None)
    assert len(counted) < 30
