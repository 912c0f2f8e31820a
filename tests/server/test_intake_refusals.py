"""What is refused before anything is written, and what becomes of the files then; called directly."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from kiosk.upload.envelope import Ending
from server.records.models import School, Student
from server.stations.models import Station
from server.submissions import identity_check, intake
from server.submissions.intake import store
from server.submissions.models import Submission
from tests.server.conftest import make_campaign, make_student
from tests.server.stations import Visit
from tests.server.test_intake import stored
from tests.server.test_intake_effects import LATER, NOW, hand_in, here, sound, why
from tests.server.test_intake_races import SOUND
from tests.server.test_sharing import other_enrolment

__all__ = ["here", "sound"]
pytestmark = pytest.mark.django_db


def originals() -> set[str]:
    """Hashes of the stored files; the previews of shots lie deeper."""
    return {path.name for path in stored() if path.parent.parent == store().root}


def test_the_portrait_comes_exactly_where_it_is_announced(here: Station, visit: Visit, student: Student) -> None:
    assert why(replace(visit, portrait=None), here).reason == "portrait_missing"
    assert why(replace(Visit.broken_off(student), portrait=visit.portrait), here).reason == "portrait_unannounced"
    assert stored() == []


@pytest.mark.parametrize("case", ["nobody", "another campaign", "another school's station"])
def test_whom_this_station_does_not_photograph_is_unknown_to_it(case: str, here: Station, visit: Visit) -> None:
    if case == "nobody":
        visit = visit.changed(student="0" * 32)
    elif case == "another campaign":
        visit = visit.changed(campaign=make_campaign("secnd1").pk)
    else:
        Station.objects.filter(pk=here.pk).update(everything=False)
        here.refresh_from_db()
        here.schools.add(School.objects.create(code="99002", name="另一所大学"))
    assert why(visit, here).reason == "student_unknown"


def test_a_station_of_the_student_s_school_takes_the_visit_in(here: Station, visit: Visit, student: Student) -> None:
    Station.objects.filter(pk=here.pk).update(everything=False)
    here.refresh_from_db()
    here.schools.add(student.campaign.school)
    assert hand_in(visit, here).student == student


def test_a_real_photo_may_enter_any_campaign_and_a_simulated_one_no_real_one(here: Station, student: Student) -> None:
    real = make_student(make_campaign("secnd1", simulated=False), 2)
    assert why(Visit.of(real), here).reason == "simulated_shot"
    assert not hand_in(Visit.of(real, simulated=False), here).simulated
    assert not hand_in(Visit.of(student, 2, simulated=False), here).simulated


def test_who_has_withdrawn_is_told_as_that(here: Station, student: Student) -> None:
    gone = make_student(student.campaign, 2, state="withdrawn")
    assert why(Visit.of(gone), here).reason == "student_withdrawn"


def test_the_portrait_is_held_against_the_standard_of_its_campaign(
    here: Station, visit: Visit, student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(intake, "check_portrait", lambda *of: asked.append(of))
    hand_in(visit, here)
    assert asked == [(len(visit.portrait or b""), SOUND.portrait, student.campaign.photo_standard().output)]
    hand_in(Visit.broken_off(make_student(student.campaign, 2)), here)
    assert len(asked) == 1, "without one there is none"


def test_after_a_failure_the_files_go_that_no_other_visit_names(
    here: Station, visit: Visit, student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(visit, here)
    kept = originals()

    def fails(*of: Any) -> None:
        raise OSError("the disk")

    monkeypatch.setattr(intake, "_written", fails)
    other = make_student(student.campaign, 2)
    for files in ({"shot": visit.shot}, {"portrait": visit.portrait}, {"shot": visit.portrait}, {}):
        with pytest.raises(OSError, match="the disk"):
            hand_in(Visit.of(other, 5, **files), here)
        assert originals() == kept


def test_what_is_sent_again_lies_where_it_lay(here: Station, visit: Visit) -> None:
    row = hand_in(visit, here)
    store().path(row.shot_sha256).unlink()
    hand_in(visit, here, LATER)
    assert store().path(row.shot_sha256).read_bytes() == visit.shot


def test_what_the_student_chose_is_done_with_the_time_and_the_station_of_the_visit(
    here: Station, student: Student
) -> None:
    second = other_enrolment(student)
    hand_in(Visit.of(student, also_for=(second.pk,)), here)
    shared = Submission.objects.get(student=second)
    assert (shared.station, shared.received_at) == (here, NOW)


def test_neither_secret_is_kept_and_only_an_accepted_portrait_captures(here: Station, student: Student) -> None:
    row = hand_in(Visit.of(student, ending=Ending.UNCONFIRMED, last_four="123X", progress_token="A" * 22), here)
    assert not {"last_four", "progress_token"} & set(row.envelope)
    assert row.envelope["student"] == student.pk
    student.refresh_from_db()
    assert student.state == "expected"
    again = Visit.of(student, 2, progress_token="A" * 22)
    assert hand_in(again, here, NOW + timedelta(minutes=9)).version == 2, "the link is there already"


def test_a_broken_off_visit_sent_again_is_the_same_one_and_with_a_portrait_it_is_another(
    here: Station, student: Student
) -> None:
    broken = Visit.broken_off(student)
    assert hand_in(broken, here) == hand_in(broken, here, LATER)
    whole = Visit.of(student, shot=broken.shot, id=broken.envelope.id)
    assert why(whole, here).reason == "id_taken"


def test_characters_typed_for_later_are_compared_with_the_student_s_own(here: Station, student: Student) -> None:
    by_code = {"identified_by": "code", "last_four": student.last_four}
    assert hand_in(Visit.of(student, **by_code), here).identity_check == "matched"
    other = make_student(student.campaign, 2)
    wrong = {**by_code, "last_four": "0000"}
    assert hand_in(Visit.of(other, 2, **wrong), here).identity_check == "not_matched"


@pytest.mark.parametrize("asked_here", [True, False])
def test_what_a_station_says_was_confirmed_counts_where_this_server_confirmed_it(
    asked_here: bool, here: Station, student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        identity_check, "was_confirmed", lambda whom, where: asked_here and (whom, where) == (student, here)
    )
    row = hand_in(Visit.of(student, identified_by="code", last_four_confirmed=True), here)
    assert row.identity_check == ("matched" if asked_here else "not_asked")
