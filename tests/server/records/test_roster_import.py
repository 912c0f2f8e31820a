"""Rosters as school offices write them, with the mistakes they make."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from config.errors import Problem
from config.id_number import check_character
from server.records.id_number_protection import decrypt_number, keyed_hash
from server.records.models import Campaign, Student
from server.records.roster_import.importer import import_roster
from tests.server.conftest import fake_number, make_campaign

pytestmark = pytest.mark.django_db
HEADER = "姓名,身份证号,学号,班级"


def line(serial: int, name: str = "王小明") -> str:
    return f"{name},{fake_number(serial)},S{serial},一班"


def file(*lines: str) -> bytes:
    return "\r\n".join((HEADER, *lines)).encode()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("comma", [",", "\t"])
@pytest.mark.parametrize("header", [HEADER, "Name,ID number,Student_no,Class"])
def test_every_way_a_table_program_saves_a_roster(encoding: str, comma: str, header: str, campaign: Campaign) -> None:
    content = "\n".join((header, line(1, "欧阳雨"), "", line(2))).replace(",", comma).encode(encoding)
    assert import_roster(campaign, content).created == 2
    student = Student.objects.get(id_number_hmac=keyed_hash(fake_number(1)))
    assert (student.name, student.student_no, student.class_name) == ("欧阳雨", "S1", "一班")
    assert student.last_four == fake_number(1)[-4:]


def test_the_number_is_encrypted(campaign: Campaign) -> None:
    import_roster(campaign, file(line(1)))
    assert fake_number(1) not in str(Student.objects.values_list())
    assert decrypt_number(Student.objects.get().id_number_encrypted) == fake_number(1)


def wrong_check(number: str) -> str:
    return number[:-1] + ("1" if number[-1] != "1" else "2")


BAD = {
    "roster.number_check": f"李雷,{wrong_check(fake_number(9))},S9,一班",
    "roster.number_form": "李雷,12345,S9,一班",
    "roster.number_birth": f"李雷,99010120030230001{check_character('99010120030230001')},S9,一班",
    "roster.missing": "李雷,,S9,一班",
    "roster.twice": line(1, "李雷"),
    "roster.too_long": f"{'长' * 101},{fake_number(9)},S9,一班",
}


@pytest.mark.parametrize("key", BAD)
def test_a_bad_line_is_named_and_stops_the_import(key: str, campaign: Campaign) -> None:
    result = import_roster(campaign, file(line(1), BAD[key], line(2)))
    assert [(bad.key, bad.line) for bad in result.bad_lines] == [(key, 3)]
    assert "3" in result.bad_lines[0].in_language("zh_CN")
    assert "3" in result.bad_lines[0].in_language("en")
    assert (result.has_effect, Student.objects.count()) == (False, 0)


def test_bad_lines_can_be_skipped_knowingly(campaign: Campaign) -> None:
    result = import_roster(campaign, file(line(1), *BAD.values(), line(2)), skip_bad=True)
    assert (result.created, len(result.bad_lines)) == (2, len(BAD))
    assert {bad.key for bad in result.bad_lines} == set(BAD)


def test_a_bad_line_does_not_repeat_the_number(campaign: Campaign) -> None:
    result = import_roster(campaign, file(line(1), *BAD.values(), line(2)))
    assert len(result.bad_lines) == len(BAD)
    assert not any(fake_number(9)[:-1] in str(bad) for bad in result.bad_lines)


def test_importing_again_changes_nothing_and_a_new_name_only_that(campaign: Campaign) -> None:
    import_roster(campaign, file(line(1), line(2)))
    before = list(Student.objects.order_by("pk").values())
    again = import_roster(campaign, file(line(1), line(2)))
    assert (again.created, again.changed, again.unchanged) == (0, 0, 2)
    assert list(Student.objects.order_by("pk").values()) == before
    corrected = import_roster(campaign, file(line(1, "王晓明"), line(2), line(3)))
    assert (corrected.created, corrected.changed, corrected.unchanged) == (1, 1, 1)


def test_one_person_may_be_two_students(campaign: Campaign) -> None:
    other = make_campaign("secnd1")
    assert [import_roster(c, file(line(1))).created for c in (campaign, other)] == [1, 1]


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"\xff\xfe\xff\xff\x00", "roster.encoding"),
        ("姓名,学号\n王,1".encode(), "roster.header"),
        (b"", "roster.header"),
    ],
)
def test_a_file_that_is_no_roster(content: bytes, key: str, campaign: Campaign) -> None:
    with pytest.raises(Problem) as problem:
        import_roster(campaign, content)
    assert problem.value.key == key


def test_a_quotation_mark_that_never_closes_is_reported(campaign: Campaign) -> None:
    with pytest.raises(Problem) as problem:
        import_roster(campaign, file('"王小明,' + "x" * 200_000))
    assert problem.value.key == "roster.form"


def test_full_width_characters_are_the_same_number(campaign: Campaign) -> None:
    wide = {ord(plain): ord(plain) + 0xFEE0 for plain in "0123456789X"}
    serial = next(n for n in range(100) if fake_number(n).endswith("X"))
    import_roster(campaign, file(line(serial).translate(wide)))
    assert Student.objects.get().id_number_hmac == keyed_hash(fake_number(serial))


@pytest.mark.parametrize(
    "mistake", [{"standard": "nope"}, {"background": "pink"}, {"closes_at": datetime(2020, 1, 1, tzinfo=UTC)}]
)
def test_a_campaign_that_no_portrait_could_be_made_for_is_not_saved(mistake: dict[str, Any]) -> None:
    good = make_campaign()
    good.full_clean()
    with pytest.raises(ValidationError):
        make_campaign("secnd1", **mistake).full_clean()
