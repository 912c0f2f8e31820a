"""Submissions that are refused before anything is written, and the files after a failure; called directly."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F

from kiosk.upload.envelope import VisitOutcome
from server.records.models import School, Student
from server.stations.models import Station
from server.submissions import identity_check, incoming_files, intake
from server.submissions.models import Submission
from server.submissions.store import PictureStore, picture_store
from tests.server.conftest import make_campaign, make_student
from tests.server.station_client import Visit
from tests.server.submissions.test_intake import stored_files
from tests.server.submissions.test_intake_effects import LATER, NOW, hand_in, paired_station, picture_checks, refusal
from tests.server.submissions.test_intake_races import VALID_PICTURES
from tests.server.submissions.test_sharing import other_enrolment

__all__ = ["paired_station", "picture_checks"]
pytestmark = pytest.mark.django_db


def originals() -> set[str]:
    """Return the hashes of the stored files without the previews of shots, which are one folder deeper."""
    return {path.name for path in stored_files() if path.parent.parent == picture_store().root}


def test_a_portrait_is_sent_exactly_if_it_is_announced(paired_station: Station, visit: Visit, student: Student) -> None:
    assert refusal(replace(visit, portrait=None), paired_station).reason == "portrait_missing"
    assert (
        refusal(replace(Visit.interrupted(student), portrait=visit.portrait), paired_station).reason
        == "portrait_unannounced"
    )
    assert stored_files() == []


@pytest.mark.parametrize("case", ["nobody", "another campaign", "another school's station"])
def test_a_student_whom_the_station_does_not_photograph_is_unknown(
    case: str, paired_station: Station, visit: Visit
) -> None:
    if case == "nobody":
        visit = visit.with_changes(student="0" * 32)
    elif case == "another campaign":
        visit = visit.with_changes(campaign=make_campaign("secnd1").pk)
    else:
        Station.objects.filter(pk=paired_station.pk).update(everything=False)
        paired_station.refresh_from_db()
        paired_station.schools.add(School.objects.create(code="99002", name="另一所大学"))
    assert refusal(visit, paired_station).reason == "student_unknown"


def test_a_visit_at_a_station_of_the_student_s_school_is_accepted(
    paired_station: Station, visit: Visit, student: Student
) -> None:
    Station.objects.filter(pk=paired_station.pk).update(everything=False)
    paired_station.refresh_from_db()
    paired_station.schools.add(student.campaign.school)
    assert hand_in(visit, paired_station).student == student


def test_a_real_photo_may_enter_any_campaign_and_a_simulated_one_no_real_one(
    paired_station: Station, student: Student
) -> None:
    real = make_student(make_campaign("secnd1", simulated=False), 2)
    assert refusal(Visit.of(real), paired_station).reason == "simulated_shot"
    assert not hand_in(Visit.of(real, simulated=False), paired_station).simulated
    assert not hand_in(Visit.of(student, 2, simulated=False), paired_station).simulated


def test_a_withdrawn_student_is_refused_as_withdrawn(paired_station: Station, student: Student) -> None:
    withdrawn = make_student(student.campaign, 2, state="withdrawn")
    assert refusal(Visit.of(withdrawn), paired_station).reason == "student_withdrawn"


def test_the_portrait_is_checked_against_the_standard_of_its_campaign(
    paired_station: Station, visit: Visit, student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks: list[Any] = []
    monkeypatch.setattr(intake, "check_portrait", lambda *arguments: checks.append(arguments))
    hand_in(visit, paired_station)
    assert checks == [(len(visit.portrait or b""), VALID_PICTURES.portrait, student.campaign.photo_standard().output)]
    hand_in(Visit.interrupted(make_student(student.campaign, 2)), paired_station)
    assert len(checks) == 1, "without a portrait there is no check"


def test_after_a_failure_only_the_files_of_no_other_visit_are_removed(
    paired_station: Station, visit: Visit, student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(visit, paired_station)
    before = originals()

    def fail(*_: Any) -> None:
        raise OSError("the disk")

    monkeypatch.setattr(intake, "_create_submission", fail)
    other = make_student(student.campaign, 2)
    for retouched in (False, True):
        if retouched:
            Submission.objects.update(original_portrait_sha256=F("portrait_sha256"), portrait_sha256="3" * 64)
        for files in ({"shot": visit.shot}, {"portrait": visit.portrait}, {"shot": visit.portrait}, {}):
            with pytest.raises(OSError, match="the disk"):
                hand_in(Visit.of(other, 5, **files), paired_station)
            assert originals() == before


@pytest.mark.django_db(transaction=True)
def test_the_names_of_files_are_locked_before_they_are_stored_and_again_before_they_are_removed(
    paired_station: Station, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For PostgreSQL; SQLite locks the whole database when a transaction begins."""
    calls: list[object] = []
    commit, remove = PictureStore.commit, PictureStore.remove
    names = {visit.envelope.shot.sha256, visit.envelope.portrait.sha256}

    def fail(*_: Any) -> None:
        raise OSError("the disk")

    monkeypatch.setattr(intake, "_create_submission", fail)
    for module in (intake, incoming_files):
        monkeypatch.setattr(module, "lock_names", lambda *files: calls.append((set(files), connection.in_atomic_block)))
    monkeypatch.setattr(PictureStore, "commit", lambda *arguments: calls.append("store") or commit(*arguments))
    monkeypatch.setattr(PictureStore, "remove", lambda *arguments: calls.append("remove") or remove(*arguments))
    with pytest.raises(OSError, match="the disk"):
        hand_in(visit, paired_station)
    assert calls == [(names, True), "store", "store", (names, True), "remove", "remove"]


def test_a_repeated_visit_restores_a_missing_file(paired_station: Station, visit: Visit) -> None:
    row = hand_in(visit, paired_station)
    picture_store().path(row.shot_sha256).unlink()
    hand_in(visit, paired_station, LATER)
    assert picture_store().path(row.shot_sha256).read_bytes() == visit.shot


def test_a_shared_portrait_has_the_time_and_the_station_of_the_visit(paired_station: Station, student: Student) -> None:
    second = other_enrolment(student)
    hand_in(Visit.of(student, also_for=(second.pk,)), paired_station)
    shared = Submission.objects.get(student=second)
    assert (shared.station, shared.received_at) == (paired_station, NOW)


def test_neither_secret_is_stored_and_only_an_accepted_portrait_captures(
    paired_station: Station, student: Student
) -> None:
    row = hand_in(
        Visit.of(student, outcome=VisitOutcome.UNCONFIRMED, last_four="123X", progress_token="A" * 22), paired_station
    )
    assert not {"last_four", "progress_token"} & set(row.envelope)
    assert row.envelope["student"] == student.pk
    student.refresh_from_db()
    assert student.state == "expected"
    again = Visit.of(student, 2, progress_token="A" * 22)
    assert hand_in(again, paired_station, NOW + timedelta(minutes=9)).version == 2, "the link is there already"


def test_a_broken_off_visit_sent_again_is_the_same_one_and_with_a_portrait_it_is_another(
    paired_station: Station, student: Student
) -> None:
    broken = Visit.interrupted(student)
    assert hand_in(broken, paired_station) == hand_in(broken, paired_station, LATER)
    whole = Visit.of(student, shot=broken.shot, id=broken.envelope.id)
    assert refusal(whole, paired_station).reason == "id_taken"


def test_characters_typed_for_later_are_compared_with_the_student_s_own(
    paired_station: Station, student: Student
) -> None:
    by_code: dict[str, Any] = {"identified_by": "code", "last_four": student.last_four}
    assert hand_in(Visit.of(student, **by_code), paired_station).identity_check == "matched"
    other = make_student(student.campaign, 2)
    wrong = {**by_code, "last_four": "0000"}
    assert hand_in(Visit.of(other, 2, **wrong), paired_station).identity_check == "not_matched"


@pytest.mark.parametrize("confirmed_here", [True, False])
def test_a_confirmed_identity_counts_only_if_this_server_confirmed_it(
    confirmed_here: bool, paired_station: Station, student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        identity_check,
        "was_confirmed",
        lambda whom, where: confirmed_here and (whom, where) == (student, paired_station),
    )
    row = hand_in(Visit.of(student, identified_by="code", last_four_confirmed=True), paired_station)
    assert row.identity_check == ("matched" if confirmed_here else "not_asked")
