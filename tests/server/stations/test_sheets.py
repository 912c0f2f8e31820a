"""Sheets of photos for a station's printer: its campaigns alone, recorded, and marked when they are printed again."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from kiosk.upload.sheets import PHOTOS_HEADER, REPRINTS_HEADER, SHEETS_HEADER, SheetChoices, SheetStudents
from server.audit.models import Event
from server.printing.models import PrintedPhoto
from server.privacy.breach import Period, of_station
from server.records.models import Campaign, School
from server.records.scope import Scope
from server.settings import APP
from server.stations.models import Station
from server.stations.pairing import new_pairing_code
from server.submissions.models import Submission
from server.submissions.states import State
from tests.server.conftest import make_campaign
from tests.server.delivery.conftest import portrait_of
from tests.server.sample_pictures import portrait_jpeg

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_typeface")]
API = "/api/station/v1"
KEY = "a" * 32


@pytest.fixture(autouse=True)
def allowed(settings: Any) -> None:
    delivery = settings.APP.delivery.model_copy(update={"station_sheets": True})
    settings.APP = settings.APP.model_copy(update={"delivery": delivery})


@pytest.fixture
def campaign(db: None) -> Campaign:
    return make_campaign(simulated=False)


@pytest.fixture
def station(campaign: Campaign) -> Client:
    response = Client().post(
        f"{API}/pair", {"code": new_pairing_code(timezone.now()), "name": "one"}, content_type="application/json"
    )
    return Client(headers={"authorization": f"Bearer {response.json()['token']}", "zhengguan-wire": "2"})


def confirmed_portrait(campaign: Campaign, number: str, class_name: str = "一班", **details: Any) -> Submission:
    student = {"student_no": number, "class_name": class_name, "name": "王小明"}
    return portrait_of(campaign, content=portrait_jpeg(1), student=student, **details)


def fetch(station: Client, **changes: Any) -> Any:
    values = {"campaign": "tstcmp", "class_name": "一班", "sheet": "six_inch_one_inch", "key": KEY, **changes}
    return station.post(f"{API}/sheets", values, content_type="application/json")


def counts(response: Any) -> tuple[int, ...]:
    return tuple(int(response.headers[name]) for name in (SHEETS_HEADER, PHOTOS_HEADER, REPRINTS_HEADER))


def texts(response: Any) -> list[str]:
    return [str(page.extract_text()).replace("\x00", "") for page in PdfReader(io.BytesIO(response.content)).pages]


def test_the_station_chooses_among_its_classes_and_their_students(station: Client, campaign: Campaign) -> None:
    for number in ("2", "1"):
        confirmed_portrait(campaign, number)
    confirmed_portrait(campaign, "3", "二班")
    confirmed_portrait(campaign, "4", state=State.AWAITING_CONFIRMATION)
    confirmed_portrait(campaign, "5", simulated=True)
    choices = SheetChoices.model_validate_json(station.get(f"{API}/sheets").content)
    assert {(one.name, one.photos) for one in choices.classes} == {("一班", 2), ("二班", 1)}
    kinds = {one.name: (one.kind, one.paper) for one in choices.sheets}
    assert kinds["six_inch_two_inch"] == ("student", (152.0, 102.0))
    assert kinds["a4_class"] == ("class", (210.0, 297.0))
    assert "envelope_labels" not in kinds
    response = station.get(f"{API}/sheets/students", {"campaign": "tstcmp", "class_name": "一班"})
    students = SheetStudents.model_validate_json(response.content).students
    assert [(one.student_no, one.name) for one in students] == [("1", "王*明"), ("2", "王*明")], "masked"


def test_a_class_is_one_pdf_in_order_with_its_colours(station: Client, campaign: Campaign) -> None:
    for number in ("2022002", "2022001"):
        confirmed_portrait(campaign, number)
    response = fetch(station)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/pdf")
    assert counts(response) == (2, 2, 0)
    assert [("2022001" in text, "2022002" in text) for text in texts(response)] == [(True, False), (False, True)]
    document = PdfReader(io.BytesIO(response.content))
    assert document.trailer["/Root"]["/OutputIntents"][0]["/DestOutputProfile"]
    assert counts(fetch(station, sheet="a4_class", key="b" * 32)) == (1, 2, 0)


def test_one_student_is_printed_alone(station: Client, campaign: Campaign) -> None:
    one = confirmed_portrait(campaign, "2022001")
    confirmed_portrait(campaign, "2022002")
    response = fetch(station, student=one.student_id)
    assert counts(response) == (1, 1, 0)
    assert "2022001" in texts(response)[0]


def test_another_print_is_marked_and_the_same_one_sent_again_is_not(station: Client, campaign: Campaign) -> None:
    confirmed_portrait(campaign, "2022001")
    assert [counts(fetch(station)) for _ in range(2)] == [(1, 1, 0)] * 2, "as when the printer was out of paper"
    again = fetch(station, key="b" * 32)
    assert counts(again) == (1, 1, 1)
    assert "reprint" in texts(again)[0]
    rows = PrintedPhoto.objects.values_list("key", "station__name", "printed_by")
    assert sorted(rows) == [(KEY, "one", None), ("b" * 32, "one", None)]
    events = Event.objects.filter(details__change="sheets printed", subject="campaign tstcmp").order_by("pk")
    assert [(event.station_name, event.details["reprints"]) for event in events] == [("one", 0), ("one", 0), ("one", 1)]


def test_a_station_prints_nothing_of_other_campaigns(station: Client, campaign: Campaign) -> None:
    one = confirmed_portrait(campaign, "2022001")
    School.objects.create(code="99077", name="另一所")
    Station.objects.get(name="one").set_scope(Scope(schools=("99077",)))
    assert SheetChoices.model_validate_json(station.get(f"{API}/sheets").content).classes == ()
    for response in (
        fetch(station),
        fetch(station, student=one.student_id),
        station.get(f"{API}/sheets/students", {"campaign": "tstcmp", "class_name": "一班"}),
    ):
        assert (response.status_code, response.json()["reason"]) == (422, "class_unknown")
    assert not PrintedPhoto.objects.exists()
    assert Client().get(f"{API}/sheets").status_code == 401


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"class_name": "三班"}, "nothing_to_print"),
        ({"student": "f" * 32}, "nothing_to_print"),
        ({"sheet": "poster"}, "sheet_unknown"),
        ({"sheet": "envelope_labels"}, "sheet_unknown"),
        ({"campaign": "nowhere"}, "class_unknown"),
        ({"key": "no key"}, "envelope_wrong"),
    ],
)
def test_an_impossible_print_is_refused_with_one_sentence(
    changes: dict[str, str], reason: str, station: Client, campaign: Campaign
) -> None:
    confirmed_portrait(campaign, "2022001")
    response = fetch(station, **changes)
    assert (response.status_code, response.json()["reason"]) == (422, reason)
    assert response.json()["en"]
    assert not PrintedPhoto.objects.exists()


def test_a_school_that_has_not_allowed_it_sends_no_sheets(station: Client, campaign: Campaign, settings: Any) -> None:
    settings.APP = APP
    confirmed_portrait(campaign, "2022001")
    for response in (
        fetch(station),
        station.get(f"{API}/sheets"),
        station.get(f"{API}/sheets/students", {"campaign": "tstcmp", "class_name": "一班"}),
    ):
        assert (response.status_code, response.json()["reason"]) == (422, "sheets_off")
    assert not PrintedPhoto.objects.exists()


def test_a_breach_lists_whom_the_station_printed(station: Client, campaign: Campaign) -> None:
    one = confirmed_portrait(campaign, "2022001")
    confirmed_portrait(campaign, "2022002")
    fetch(station, student=one.student_id)
    exposures = of_station(Station.objects.get(name="one"), Period())
    assert [exposure.student for exposure in exposures if exposure.kind == "printed"] == [one.student]


def test_a_portrait_whose_file_is_missing_is_not_printed(station: Client, campaign: Campaign) -> None:
    one = confirmed_portrait(campaign, "2022001")
    Submission.objects.filter(pk=one.pk).update(portrait_sha256="9" * 64)
    response = fetch(station)
    assert response.json()["reason"] == "sheet_failed"
    assert "王*明" in response.json()["en"]
    assert not PrintedPhoto.objects.exists()
