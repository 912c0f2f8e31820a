"""A roster imported again: nothing is cleared, lost, duplicated or changed without a report."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.id_number import check_character
from server.audit.models import Action, Event
from server.records.id_number_protection import decrypt_number, keyed_hash, slow_keyed_hash
from server.records.models import Campaign, Student
from server.records.roster_import import command as roster_command
from server.records.roster_import import importer as roster_import
from server.records.roster_import import stored_numbers
from server.records.roster_import.import_audit import ImportSource
from server.records.roster_import.importer import ImportResult, compare_roster, import_roster
from tests.server.conftest import fake_number

pytestmark = pytest.mark.django_db
HEADER = "姓名,身份证号,学号,班级,专业"


def line(serial: int, name: str = "王小明", student_no: str | None = None, group: str = "一班", major: str = "") -> str:
    number = f"0022{serial:03d}" if student_no is None else student_no
    return f"{name},{fake_number(serial)},{number},{group},{major}"


def file(*lines: str, header: str = HEADER) -> bytes:
    return ("\r\n".join((header, *lines)) + "\r\n").encode()


def state() -> list[dict[str, Any]]:
    return list(Student.objects.order_by("student_no", "pk").values())


def bad_line_keys(result: ImportResult) -> list[tuple[int, str]]:
    return [(bad.line, bad.key.removeprefix("roster.")) for bad in result.bad_lines]


def test_columns_that_the_file_lacks_and_empty_cells_stay(campaign: Campaign) -> None:
    import_roster(campaign, file(line(1, major="法学"), line(2)))
    before = state()
    again = import_roster(campaign, file(f"王小明,{fake_number(1)}", header="姓名,身份证号"))
    assert (again.created, again.changed, again.unchanged) == (0, 0, 1)
    import_roster(campaign, file(f"王小明,{fake_number(1)},,,", f"王小明,{fake_number(2)},0022002,,"))
    assert state() == before


def test_a_corrected_name_changes_the_name_alone(campaign: Campaign) -> None:
    import_roster(campaign, file(line(1), line(2)))
    result = import_roster(campaign, file(f"王晓明,{fake_number(1)}", header="姓名,身份证号"))
    assert [change.columns for change in result.plan.changed] == [{"name": ("王小明", "王晓明")}]
    assert [(s["name"], s["class_name"]) for s in state()] == [("王晓明", "一班"), ("王小明", "一班")]


def test_a_corrected_number_is_the_same_student_with_an_audit_event(campaign: Campaign) -> None:
    import_roster(campaign, file(line(1), line(2)))
    Student.objects.filter(student_no="0022001").update(state="captured")
    before = Student.objects.get(student_no="0022001")
    result = import_roster(campaign, file(line(7, student_no="0022001"), line(2)))
    assert (result.created, result.changed, result.unchanged) == (0, 1, 1)
    after = Student.objects.get(pk=before.pk)
    assert after.id_number_hmac == keyed_hash(fake_number(7))
    assert decrypt_number(after.id_number_encrypted) == fake_number(7)
    assert (after.id_number_slow_hash, after.last_four) == (slow_keyed_hash(fake_number(7)), fake_number(7)[-4:])
    assert (after.state, after.progress_token, Student.objects.count()) == ("captured", before.progress_token, 2)
    event = Event.objects.get(action=Action.RECORD_CHANGED, subject=f"student {before.pk}")
    assert event.details["number"] == [f"*{fake_number(1)[-4:]}", f"*{fake_number(7)[-4:]}"]


def test_two_numbers_that_were_swapped_are_corrected(campaign: Campaign) -> None:
    import_roster(campaign, file(line(1, "王小明"), line(2, "李雷")))
    swapped = file(line(2, "王小明", "0022001"), line(1, "李雷", "0022002"))
    assert import_roster(campaign, swapped).changed == 2
    assert [(s.name, decrypt_number(s.id_number_encrypted)) for s in Student.objects.order_by("student_no")] == [
        ("王小明", fake_number(2)),
        ("李雷", fake_number(1)),
    ]


AMBIGUOUS = {
    "a corrected number without a student number": ("一班", f"王小明,{fake_number(7)},,,", "perhaps_same"),
    "the student number of another": ("一班", line(7, "韩梅梅", "0022001"), "student_no_taken"),
    "the number of another": ("一班", line(1, "韩梅梅", "0022009"), "number_of_another"),
    "another class": ("一班", line(1, student_no="0022009", group="二班"), "enrolment_or_correction"),
    "no class any more": ("一班", line(1, student_no="0022009", group=""), "enrolment_or_correction"),
    "no class before": ("", line(1, student_no="0022009", group="一班"), "enrolment_or_correction"),
    "nothing but the number": ("", line(1, student_no="0022009", group=""), "enrolment_or_correction"),
}  # fmt: skip


@pytest.mark.parametrize(("group", "again", "key"), AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_an_ambiguous_line_is_reported_and_nothing_is_written(
    group: str, again: str, key: str, campaign: Campaign
) -> None:
    import_roster(campaign, file(line(1, group=group)))
    before = state()
    assert bad_line_keys(import_roster(campaign, file(again))) == [(2, key)]
    import_roster(campaign, file(again), skip_bad=True)
    assert state() == before


def test_a_corrected_student_number_is_recognised_by_the_same_class(campaign: Campaign) -> None:
    import_roster(campaign, file(line(1), line(2)))
    result = import_roster(campaign, file(line(1, student_no="0022009")))
    assert [change.columns for change in result.plan.changed] == [{"student_no": ("0022001", "0022009")}]
    assert Student.objects.count() == 2


def test_a_number_typed_for_two_people_is_reported(campaign: Campaign) -> None:
    import_roster(campaign, file(line(1, "王小明"), line(2, "李雷")))
    before = state()
    assert bad_line_keys(import_roster(campaign, file(line(1, "李雷", "0022002")))) == [(2, "number_of_another")]
    assert state() == before


def test_a_namesake_with_another_number_is_a_new_student(campaign: Campaign) -> None:
    import_roster(campaign, file(line(1)))
    other = "99010119991231001"
    assert import_roster(campaign, file(f"王小明,{other}{check_character(other)},,,")).created == 1


def test_two_enrolments_of_one_person(campaign: Campaign) -> None:
    two = file(line(1, major="计算机"), line(1, student_no="0032001", group="二班", major="法学"), line(2))
    assert import_roster(campaign, two).created == 3
    assert Student.objects.filter(id_number_hmac=keyed_hash(fake_number(1))).count() == 2
    before = state()
    assert import_roster(campaign, two).unchanged == 3
    assert import_roster(campaign, file(f"王小明,{fake_number(1)}", header="姓名,身份证号")).unchanged == 2
    assert state() == before


def test_a_second_enrolment_is_added_where_the_file_names_both(campaign: Campaign) -> None:
    import_roster(campaign, file(line(1)))
    result = import_roster(campaign, file(line(1), line(1, student_no="0032001", group="二班")))
    assert (result.created, result.unchanged) == (1, 1)


def test_leading_zeros_that_a_program_removed_are_reported(campaign: Campaign) -> None:
    import_roster(campaign, file(line(1), line(2)))
    before = state()
    result = import_roster(campaign, file(line(1, student_no="22001"), line(2, student_no="22002")))
    assert (result.changed, result.unchanged, [note.key for note in result.plan.notes]) == (0, 2, ["roster.zeros_lost"])
    assert state() == before


def test_a_student_who_is_not_in_the_file_stays_and_is_named(campaign: Campaign) -> None:
    import_roster(campaign, file(line(1, "丁一"), line(2, "李雷")))
    result = import_roster(campaign, file(line(2, "李雷")))
    assert [(known.name, known.student_no) for known in result.plan.missing] == [("丁一", "0022001")]
    assert Student.objects.count() == 2


def test_a_student_whose_line_is_wrong_is_not_called_missing(campaign: Campaign) -> None:
    import_roster(campaign, file(line(1), line(2)))
    plan = compare_roster(campaign, file(line(1).replace(fake_number(1), "123"), line(2)))
    assert (len(plan.bad_lines), plan.missing) == (1, ())


def test_names_of_an_earlier_release_are_normalized_and_reported(campaign: Campaign) -> None:
    import_roster(campaign, file(line(1, "王明")))
    Student.objects.update(name="王　明", student_no="００２２００１")
    result = import_roster(campaign, file(line(1, "王明")))
    assert [change.columns for change in result.plan.changed] == [
        {"name": ("王　明", "王明"), "student_no": ("００２２００１", "0022001")}
    ]


def test_only_comparing_writes_nothing(campaign: Campaign) -> None:
    import_roster(campaign, file(line(1)))
    before, events = state(), Event.objects.count()
    plan = compare_roster(campaign, file(line(1, "王晓明"), line(2)))
    assert (len(plan.changed), len(plan.created)) == (1, 1)
    assert (state(), Event.objects.count()) == (before, events)


def test_the_audit_log_has_every_import(campaign: Campaign) -> None:
    import_roster(campaign, file(line(1), line(2)), origin=ImportSource("名单.csv"))
    event = Event.objects.get(action=Action.ROSTER_IMPORTED)
    assert (event.subject, event.details["file"], event.details["created"]) == (campaign.pk, "名单.csv", 2)
    assert len(event.details["sha256"]) == 64
    assert fake_number(1) not in str(list(Event.objects.values()))


def test_a_change_of_somebody_else_in_between_is_compared_again(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_roster(campaign, file(line(1)))
    real = roster_import.prepare_secrets

    def import_in_between(*args: Any) -> Any:
        if not Student.objects.filter(student_no="0022002").exists():
            import_roster_of_another()
        return real(*args)

    def import_roster_of_another() -> None:
        monkeypatch.setattr(roster_import, "prepare_secrets", real)
        import_roster(campaign, file(line(2)))

    monkeypatch.setattr(roster_import, "prepare_secrets", import_in_between)
    result = import_roster(campaign, file(line(1), line(2), line(3)))
    assert (result.created, result.unchanged, Student.objects.count()) == (1, 2, 3)


def test_the_same_file_again_computes_no_slow_hash(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    import_roster(campaign, file(line(1), line(2)))
    monkeypatch.setattr(
        stored_numbers, "slow_keyed_hashes", lambda numbers: pytest.fail("hashed again") if numbers else []
    )
    assert import_roster(campaign, file(line(1, group="二班"), line(2))).changed == 1


def test_the_transaction_only_writes(campaign: Campaign) -> None:
    """There are no queries for each student, only a few for each slice of 500."""
    lines = [line(serial) for serial in range(300)]
    with CaptureQueriesContext(connection) as queries:
        import_roster(campaign, file(*lines))
    assert len(queries) < 20


# ---------------------------------------------------------------------- the command


def run(campaign: Campaign, tmp_path: Path, content: bytes, skip_bad: bool = False, dry_run: bool = False) -> int:
    roster = tmp_path / "名单.csv"
    roster.write_bytes(content)
    return roster_command.run(campaign, roster, "", skip_bad, dry_run)


def test_a_dry_run_prints_every_change_and_writes_nothing(
    campaign: Campaign, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import_roster(campaign, file(line(1, "王小明"), line(2, "李雷"), line(3, "丁一")))
    before = state()
    content = file(line(7, "王小明", "0022001"), line(2, "李蕾"), line(4, "韩梅梅"), f"错,{fake_number(5)[:-1]},S,,")
    assert run(campaign, tmp_path, content, skip_bad=True, dry_run=True) == 0
    out = "".join(capsys.readouterr())
    assert state() == before
    for reported in (
        f"ID number *{fake_number(1)[-4:]} → *{fake_number(7)[-4:]}",
        "*雷 → *蕾",
        "New students: 1 (韩*梅 0022004)",
        "1 (*一 0022003)",
        "Line 5: the ID number has 17 characters",
        "1 new, 2 changed, 0 as before; 1 bad lines",
    ):
        assert reported in out
    assert run(campaign, tmp_path, content, skip_bad=True) == 0
    written = "".join(capsys.readouterr())
    assert "Line 2, 王*明: ID number" in written
    assert not any(fake_number(serial)[:-1] in out + written for serial in range(9))
    assert Student.objects.count() == 4


def test_many_wrong_lines_are_summarized(
    campaign: Campaign, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = [f"甲{n},{fake_number(n % 900)[:-1]},S{n},," for n in range(2000)]
    assert run(campaign, tmp_path, file(*wrong, "乙,,S,,")) == 1
    reported = capsys.readouterr().err.splitlines()
    assert len(reported) == 23
    assert reported[21].startswith("2000 × ")


def test_the_page_checks_without_writing(campaign: Campaign, client: Any, admin_client: Any) -> None:
    upload = io.BytesIO(file(line(1)))
    upload.name = "名单.csv"
    response = admin_client.post("/roster/?lang=en", {"campaign": campaign.pk, "file": upload, "check_only": "on"})
    assert "nothing was written" in response.content.decode()
    assert Student.objects.count() == 0


def test_nobody_gets_the_student_number_of_another(campaign: Campaign) -> None:
    import_roster(campaign, file(line(1, "王小明", ""), line(2, "李雷")))
    before = state()
    assert bad_line_keys(import_roster(campaign, file(line(1, "王小明", "0022002")))) == [(2, "student_no_taken")]
    assert state() == before
