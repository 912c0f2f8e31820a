"""The last four characters at a station: checked by the server, or compared when the visit arrives."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from django.utils import timezone

from server.audit.models import Action, Event
from server.core.api_errors import ApiError
from server.members.roles import create_reviewer
from server.records.models import Student
from server.records.scope import Scope
from server.submissions.models import Submission
from tests.server.conftest import make_campaign, make_student
from tests.server.station_client import StationClient, Visit
from tests.server.stations.test_stolen_station import paired_for
from tests.server.submissions.reviewing import approve

WRONG = "0000"


def check_last_four(station: StationClient, student: str, typed: str) -> dict[str, Any]:
    response = requests.post(
        f"{station.address}/api/station/v1/students/{student}/last-four",
        headers={"Authorization": f"Bearer {station.pairing.token}"},
        json={"last_four": typed},
        timeout=20,
    )
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def test_the_right_characters_are_confirmed(station: StationClient, student: Student) -> None:
    assert check_last_four(station, student.id, WRONG) == {"confirmed": False, "tries_left": 4, "retry_after": None}
    assert check_last_four(station, student.id, student.last_four)["confirmed"]


def test_after_five_tries_the_right_ones_are_not_confirmed_either(station: StationClient, student: Student) -> None:
    remaining = [check_last_four(station, student.id, WRONG)["tries_left"] for _ in range(5)]
    assert remaining == [4, 3, 2, 1, 0]
    paused = check_last_four(station, student.id, student.last_four)
    assert (paused["confirmed"], paused["tries_left"]) == (False, 0)
    assert 0 < paused["retry_after"] <= 600
    assert Event.objects.filter(action=Action.LAST_FOUR_PAUSED, subject=student.id).exists()


def test_another_station_gets_no_fresh_tries(address: str, student: Student) -> None:
    one, two = StationClient.paired(address), StationClient.paired(address)
    for station in (one, two, one, two, one):
        check_last_four(station, student.id, WRONG)
    assert not check_last_four(two, student.id, student.last_four)["confirmed"]


def test_there_are_twenty_tries_in_all(station: StationClient, student: Student, settings: Any) -> None:
    part = settings.APP.throttle.model_copy(update={"last_four_tries": 100})
    settings.APP = settings.APP.model_copy(update={"throttle": part})
    for _ in range(20):
        check_last_four(station, student.id, WRONG)
    assert check_last_four(station, student.id, student.last_four) == {
        "confirmed": False,
        "tries_left": 0,
        "retry_after": None,
    }


def test_the_response_for_an_unknown_student_is_that_for_a_wrong_guess(address: str, student: Student) -> None:
    foreign = make_student(make_campaign("other1"), 2)
    station = paired_for(address, Scope(campaigns=(student.campaign_id,)))
    for _ in range(6):
        wrong = check_last_four(station, student.id, WRONG)
        for other in ("f" * 32, foreign.id):
            response = check_last_four(station, other, foreign.last_four)
            assert response.pop("retry_after") is None or wrong["retry_after"] is not None
            assert response == {"confirmed": False, "tries_left": wrong["tries_left"]}


@pytest.mark.parametrize("typed", ["", "12", "123456", "12 4", "12?4", "１２３４"])
def test_characters_that_cannot_be_typed_are_refused(station: StationClient, student: Student, typed: str) -> None:
    response = requests.post(
        f"{station.address}/api/station/v1/students/{student.id}/last-four",
        headers={"Authorization": f"Bearer {station.pairing.token}"},
        json={"last_four": typed},
        timeout=20,
    )
    assert response.status_code == 422


def outcome(station: StationClient, visit: Visit) -> str:
    assert station.submit(visit).status_code == 200
    row = Submission.objects.get(pk=visit.envelope.id)
    assert "last_four" not in row.envelope
    assert "progress_token" not in row.envelope
    return row.identity_check


def test_a_card_needs_no_characters(station: StationClient, visit: Visit) -> None:
    assert outcome(station, visit) == "card"


@pytest.mark.parametrize("by", ["code", "document", "operator"])
def test_without_a_card_the_characters_are_compared_at_intake(
    station: StationClient, student: Student, by: str
) -> None:
    other = make_student(student.campaign, 2)
    third = make_student(student.campaign, 3)
    right = Visit.of(student, 1, identified_by=by, last_four=student.last_four)
    wrong = Visit.of(other, 2, identified_by=by, last_four=WRONG)
    claimed = Visit.of(third, 3, identified_by=by, last_four_confirmed=True)
    assert [outcome(station, visit) for visit in (right, wrong, claimed)] == ["matched", "not_matched", "not_asked"]


def test_a_confirmation_by_the_server_itself_counts(station: StationClient, student: Student) -> None:
    assert check_last_four(station, student.id, student.last_four)["confirmed"]
    assert outcome(station, Visit.of(student, identified_by="code", last_four_confirmed=True)) == "matched"


def test_a_mismatch_needs_an_explicit_decision(station: StationClient, student: Student) -> None:
    visit = Visit.of(student, identified_by="code", last_four=WRONG)
    outcome(station, visit)
    user = create_reviewer("mei", "correct horse battery")
    with pytest.raises(ApiError) as refused:
        approve(visit.envelope.id, 0, user, timezone.now())
    assert refused.value.reason == "identity_unconfirmed"
    approved = approve(visit.envelope.id, 0, user, timezone.now(), identity_confirmed=True)
    assert approved.history.last().comment == "identity_confirmed"  # type: ignore[attr-defined]
