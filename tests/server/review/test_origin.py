"""The section of the review page about a photo that came by phone."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from config.i18n import translations
from kiosk.upload.photo_origin import DeviceReport, FileReport, PhotoOrigin, SuspicionReport
from server.members.roles import create_reviewer
from server.records.models import Campaign, Student
from server.review.origin import origin_view
from tests.server.conftest import make_campaign, make_student
from tests.server.station_client import Visit
from tests.server.submissions.test_remote_sender import BY_PHONE, hand_in

ORIGIN = PhotoOrigin(
    device=DeviceReport(
        source="album", facing="user", width=10, height=20, user_agent="Phone", browser_verdicts={"yaw": "fail"}
    ),
    file=FileReport(
        kind="jpeg", width=10, height=20, camera="Phone 9", lens="front", software=("Retouch 3",), quality=92
    ),
    suspicion=SuspicionReport(score=0.9, level="strong", evidence=(("smooth", "0.90"),), unable=("whitening",)),
    distance_m=0.42,
    signs=("front_camera", "near", "of_a_newer_version"),
)


def view(**changes: Any) -> Any:
    envelope = {"origin": ORIGIN.model_copy(update=changes).model_dump(mode="json")}
    return origin_view(envelope, translations("en"))


def test_facts_and_signs_are_in_words() -> None:
    shown = view()
    facts = dict(shown.facts)
    assert len(shown.signs) == 2
    assert (facts["Estimated distance"], facts["Camera"], facts["Lens"]) == ("0.4 m", "Phone 9", "front")
    assert (shown.level, shown.score, len(shown.evidence), len(shown.unable)) == ("strong", "0.90", 1, 1)


def test_a_frame_of_the_stream_is_not_suspected() -> None:
    shown = view(device=DeviceReport(source="stream"), suspicion=None)
    assert (shown.level, shown.evidence) == ("", ())
    assert "Camera" not in dict(shown.facts)


@pytest.mark.parametrize("envelope", [{}, {"origin": None}, {"origin": {"device": {"source": "telegraph"}}}])
def test_without_an_origin_there_is_no_section(envelope: dict[str, Any]) -> None:
    assert origin_view(envelope, translations("zh_CN")) is None


@pytest.mark.django_db
def test_the_page_shows_it(client: Client) -> None:
    campaign: Campaign = make_campaign("origin", photo_sources=["album"], simulated=False)
    student: Student = make_student(campaign)
    row = hand_in(Visit.of(student, **{**BY_PHONE, "origin": ORIGIN}), student)
    create_reviewer("mei", "correct horse battery")
    client.login(username="mei", password="correct horse battery")
    for language in ("zh_CN", "en"):
        text = client.get(f"/review/{row.pk}/", {"lang": language}).content.decode()
        assert 'id="origin"' in text
        assert "0.4 m" in text
    assert "phone" in client.get("/review/", {"lang": "en"}).content.decode()
    assert row.student.masked_name in client.get("/review/", {"station": "phone"}).content.decode()
