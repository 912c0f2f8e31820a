"""The list of capture codes that a school imports for mode C."""

from __future__ import annotations

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from config.errors import Problem
from server.accounts.capture_codes import find_student
from server.accounts.code_lists import import_codes
from server.accounts.models import CaptureCode
from server.records.models import Campaign, Student
from tests.server.accounts.test_office import clerk
from tests.server.conftest import make_campaign, make_student

__all__ = ["clerk"]
pytestmark = pytest.mark.django_db
CODE = "Zm9vYmFy" * 20


def test_a_student_is_found_by_a_code_of_the_list(campaign: Campaign, student: Student) -> None:
    hashed = hashlib.sha256(b"other").hexdigest()
    make_student(campaign, 2)
    text = f"采集码,sha256,学号,特征码\n{CODE},,{student.student_no},\n,{hashed},20220002,tstcmp\nX,,20220001,elsewh\n"
    result = import_codes(campaign, text.encode("gb18030"), "codes.csv")
    assert (result.stored, result.unknown) == (2, ())
    assert find_student(campaign, CODE) == student
    assert find_student(campaign, "other") == Student.objects.get(student_no="20220002")
    assert find_student(campaign, "X") is None
    assert find_student(make_campaign("second"), CODE) is None
    assert CODE not in str(list(CaptureCode.objects.values()))


def test_another_import_replaces_the_list_and_a_wrong_one_changes_nothing(campaign: Campaign, student: Student) -> None:
    import_codes(campaign, f"code,student_no\n{CODE},{student.student_no}\n".encode(), "a.csv")
    for wrong in (b"", b"\xff\xfe\0", b"code\nx\n", "采集码,学号\nx,\n".encode(), b"\0" * 50):
        with pytest.raises(Problem):
            import_codes(campaign, wrong, "b.csv")
    assert find_student(campaign, CODE) == student
    result = import_codes(campaign, "采集码,学号\nnew,无此人\n".encode(), "c.csv")
    assert (result.stored, result.unknown) == (0, ("无此人",))
    assert find_student(campaign, CODE) is None


def test_the_clerk_imports_a_list(clerk: Client, campaign: Campaign, student: Student) -> None:
    url = f"/clerk/roster/codes/{campaign.pk}"
    file = SimpleUploadedFile("codes.csv", f"采集码,学号\n{CODE},{student.student_no}\ny,x\n".encode())
    assert clerk.get(url).status_code == 200
    page = clerk.post(url, {"file": file}, follow=True).content.decode()
    assert "1 capture codes are stored" in page
    assert "left out: x" in page
    assert clerk.post(url).status_code == 422
    assert clerk.get(f"/clerk/roster/codes/{make_campaign('second').pk}").status_code == 404
