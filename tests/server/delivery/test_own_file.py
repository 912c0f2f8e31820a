"""The student's own file: who gets it, in which sizes, under which name, and for how long."""

from __future__ import annotations

import io
import time
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from PIL import Image, ImageChops, ImageStat

from server.audit.models import Action, Event
from server.delivery import own_file
from server.delivery.own_file import OwnSize, content_of, file_name, find_by_link, make_link, sizes
from server.records.models import Campaign
from server.submissions.models import Submission
from server.submissions.states import State
from tests.server.delivery.conftest import portrait_of
from tests.server.portal.conftest import prove, url
from tests.server.sample_pictures import portrait_jpeg

pytestmark = pytest.mark.django_db
JPEG = portrait_jpeg(1)


@pytest.fixture
def submission(campaign: Campaign) -> Submission:
    return portrait_of(campaign, content=JPEG, student={"name": "王小明", "student_no": "20220001"})


@pytest.fixture
def client() -> Client:
    return Client(headers={"accept-language": "en"})


def picture(client: Client, link: str, size: str, save: bool = False) -> Any:
    return client.get(f"/f/{link}/{size}.jpg{'?save' if save else ''}")


def test_the_student_proves_who_they_are_and_gets_a_link(client: Client, submission: Submission) -> None:
    student = submission.student
    assert 'id="own"' in client.get(url(student)).content.decode()
    assert "last four characters" in client.get(url(student, "photo")).content.decode()
    answer = client.post(url(student, "unlock"), {"last_four": student.last_four, "next": "photo"}, follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain[-1][0].startswith("/f/")
    assert "press and hold" in page
    assert student.name not in page
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("state", "offered"),
    [
        (State.AWAITING_CONFIRMATION, False),
        (State.CONFIRMED, True),
        (State.QUEUED, True),
        (State.PUBLISHED, True),
        (State.REVOKED, False),
        (State.REJECTED, False),
    ],
)
def test_only_a_confirmed_portrait_is_offered(
    state: State, offered: bool, client: Client, submission: Submission
) -> None:
    link = make_link(submission)
    Submission.objects.filter(pk=submission.pk).update(state=state.value)
    prove(client, submission.student)
    assert client.get(url(submission.student, "photo")).headers["Location"].startswith("/f/" if offered else "/p/")
    assert picture(client, link, "full").status_code == (200 if offered else 404)


def test_the_link_alone_opens_for_seven_days(
    client: Client, submission: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, now = make_link(submission), time.time()
    assert client.get(f"/f/{link}/").status_code == 200
    monkeypatch.setattr(time, "time", lambda: now + 7 * 86400 - 10)
    assert find_by_link(link) == submission
    assert abs(own_file.link_end(link).timestamp() - now - 7 * 86400) < 2
    monkeypatch.setattr(time, "time", lambda: now + 7 * 86400 + 10)
    assert find_by_link(link) is None
    expired = client.get(f"/f/{link}/")
    assert expired.status_code == 404
    assert "no longer valid" in expired.content.decode()
    assert client.get(f"/f/{link[:-1]}x/").status_code == 404
    assert picture(client, submission.pk, "full").status_code == 404


def test_every_size_is_a_crop_of_the_portrait(submission: Submission) -> None:
    files = {size.name: content_of(submission, size) for size in sizes()}
    assert files["full"] == JPEG, "the full size has the portrait's own bytes"
    images = {name: Image.open(io.BytesIO(content)) for name, content in files.items()}
    assert {name: image.size for name, image in images.items()} == {
        "full": (480, 640), "two_inch": (413, 579), "one_inch": (295, 413), "email": (240, 320),
    }  # fmt: skip
    assert images["one_inch"].info["dpi"] == (300, 300)
    assert len(files["email"]) < len(files["full"])
    expected = Image.open(io.BytesIO(JPEG)).convert("RGB").crop((11, 0, 469, 640)).resize((295, 413))
    difference = ImageStat.Stat(ImageChops.difference(expected, images["one_inch"].convert("RGB")))
    assert sum(difference.mean) / 3 < 3


def test_a_saved_file_has_the_campaigns_name_and_is_recorded(client: Client, submission: Submission) -> None:
    link = make_link(submission)
    inline = picture(client, link, "full")
    assert inline.headers["Content-Disposition"].startswith("inline;")
    assert not Event.objects.filter(action=Action.OWN_FILE_DOWNLOADED).exists()
    attachment = picture(client, link, "one_inch", save=True)
    name = quote("王小明_20220001-one_inch.jpg")
    assert attachment.headers["Content-Disposition"] == f"attachment; filename*=utf-8''{name}"
    assert attachment.headers["Content-Type"] == "image/jpeg"
    event = Event.objects.get(action=Action.OWN_FILE_DOWNLOADED)
    assert (event.subject, event.details) == (submission.pk, {"size": "one_inch"})
    assert picture(client, link, "poster").status_code == 404


def test_the_id_number_is_in_the_name_only_if_the_campaign_allows_it(submission: Submission) -> None:
    campaign = submission.student.campaign
    campaign.own_name = "{sfzh}"
    assert file_name(submission, OwnSize("full")) == "portrait.jpg"
    campaign.id_number_in_delivery = True
    assert file_name(submission, OwnSize("full")).endswith(f"{submission.student.last_four}.jpg")


def test_a_missing_file_is_not_found(client: Client, submission: Submission) -> None:
    Submission.objects.filter(pk=submission.pk).update(portrait_sha256="9" * 64)
    link = make_link(submission)
    assert picture(client, link, "full").status_code == 404
    assert picture(client, link, "one_inch").status_code == 404
