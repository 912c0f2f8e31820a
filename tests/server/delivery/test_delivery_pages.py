"""The pages of the delivery: who opens them, what they show, what a button does."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta
from importlib.util import find_spec
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from server.audit.models import Action, Event
from server.delivery.hand_over import delete_old_packages
from server.delivery.models import Delivery, Encryption
from server.delivery.packaging import folder_of
from server.members.models import Role
from server.records.models import Campaign, School
from server.records.scope import EVERYTHING, Scope
from server.submissions.actor import Actor
from server.submissions.models import Submission
from server.submissions.reasons import GivenReason
from server.submissions.rule import Action as Step
from server.submissions.rule import Role as WorkflowRole
from server.submissions.states import State
from server.submissions.workflow import apply
from tests.server.clerk.conftest import campaign_values, client_of
from tests.server.conftest import make_campaign
from tests.server.delivery.conftest import options_of, packed, plan_and_create, portrait_of
from tests.server.submissions.reviewing import user_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(lan: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(lan)
    return client


def form_of(client: Client, campaign: Campaign, **changes: str) -> dict[str, str]:
    """Return the fields that the form of the page sends."""
    page = client.get(f"/delivery/{campaign.pk}/new").content.decode()
    hidden = {name: re.findall(rf'name="{name}" value="([^"]*)"', page) for name in ("key", "fingerprint")}
    values = {name: found[0] for name, found in hidden.items() if found}
    return {**values, "template": "{xh}.jpg", "encryption": "none", "plain_confirmed": "on", **changes}


def deliver(client: Client, campaign: Campaign, **changes: str) -> Any:
    return client.post(f"/delivery/{campaign.pk}/new", {**form_of(client, campaign, **changes), "deliver": "1"})


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def test_only_the_role_delivery_opens_the_pages(campaign: Campaign, lan: User) -> None:
    portrait_of(campaign)
    delivery = packed(plan_and_create(campaign, lan))
    addresses = ("/delivery/", f"/delivery/{campaign.pk}/new", f"/delivery/packages/{delivery.pk}/")
    clerk = client_of("clerk", EVERYTHING)
    School.objects.create(code="99002", name="他校")
    foreign = client_of("other", Scope(schools=("99002",)), Role.DELIVERY)
    for address in addresses:
        assert Client().get(address).status_code == 302
        assert clerk.get(address).status_code == 403
    assert [foreign.get(address).status_code for address in addresses] == [200, 404, 404]
    assert foreign.get(f"/delivery/packages/{delivery.pk}/files/0").status_code == 404
    assert campaign.title not in text_of(foreign.get("/delivery/"))
    assert "/delivery/" not in text_of(clerk.get("/clerk/"))


def test_a_person_who_only_delivers_starts_at_the_deliveries(client: Client) -> None:
    assert client.get("/").headers["Location"] == "/delivery/"


def test_the_names_follow_what_is_typed_and_are_masked(client: Client, campaign: Campaign) -> None:
    for _ in range(7):
        portrait_of(campaign, student={"name": "王小明"})
    Campaign.objects.update(id_number_in_delivery=True)
    part = text_of(client.get(f"/delivery/{campaign.pk}/names", {"template": "{bh}/{xm}-{sfzh}.jpg"}))
    assert part.count("<li>") == 5
    assert "一班/王＊明-990＊" in part
    wrong = text_of(client.get(f"/delivery/{campaign.pk}/names", {"template": "{xh.__class__}.jpg"}))
    assert "xh.__class__ is not a field" in wrong
    assert "<li>" not in wrong


def test_the_plan_lists_what_cannot_be_delivered_and_why(client: Client, campaign: Campaign) -> None:
    portrait_of(campaign)
    portrait_of(campaign, simulated=True, student={"name": "模拟生"})
    portrait_of(campaign, State.FINAL_REVIEW)
    page = text_of(client.get(f"/delivery/{campaign.pk}/new"))
    assert 'id="to-deliver">1<' in page
    assert "模*生" in page
    assert "模拟生" not in page
    assert "Not confirmed yet" in page


def test_the_button_delivers_once(client: Client, campaign: Campaign) -> None:
    portrait_of(campaign)
    form = {**form_of(client, campaign), "deliver": "1"}
    first = client.post(f"/delivery/{campaign.pk}/new", form)
    second = client.post(f"/delivery/{campaign.pk}/new", form)
    delivery = Delivery.objects.get()
    assert first.headers["Location"] == second.headers["Location"] == f"/delivery/packages/{delivery.pk}/"
    event = Event.objects.get(action=Action.DELIVERY_PLANNED)
    assert (event.details["portraits"], event.details["delivery"]) == (1, delivery.pk)


def test_a_plan_that_changed_is_shown_again(client: Client, campaign: Campaign) -> None:
    portrait_of(campaign)
    form = {**form_of(client, campaign), "deliver": "1"}
    portrait_of(campaign)
    answer = client.post(f"/delivery/{campaign.pk}/new", form)
    assert answer.status_code == 409
    assert "The list has changed" in text_of(answer)
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"plain_confirmed": ""}, "Tick the box if you really want unencrypted files"),
        ({"template": "../{xh}.jpg"}, "A folder name is missing"),
        ({"template": "{sfzh}.jpg"}, "does not allow the ID number"),
        ({"encryption": "rot13"}, "Some entries"),
    ],
)
def test_a_wrong_form_delivers_nothing(
    changes: dict[str, str], sentence: str, client: Client, campaign: Campaign
) -> None:
    portrait_of(campaign)
    answer = deliver(client, campaign, **changes)
    assert answer.status_code == 422
    assert sentence in text_of(answer) or "rot13" in changes.values()
    assert not Delivery.objects.exists()


@pytest.mark.skipif(find_spec("pyrage") is None, reason="pyrage is not installed")
@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("age1nonsense", "no age public key"),
        ("AGE-SECRET-KEY-1QQQQ", "This is a secret key"),
        ("", "no age public key"),
    ],
)
def test_a_wrong_public_key_is_refused(key: str, sentence: str, client: Client, campaign: Campaign) -> None:
    portrait_of(campaign)
    answer = deliver(client, campaign, encryption="age", age_recipient=key)
    assert sentence in text_of(answer)
    assert not Delivery.objects.exists()


def test_names_outside_gbk_have_to_be_read_first(client: Client, campaign: Campaign) -> None:
    portrait_of(campaign, student={"name": "\U00020bb7田"})
    answer = deliver(client, campaign, with_dbf="on")
    assert answer.status_code == 422
    assert "<strong>\U00020bb7田</strong>" in text_of(answer)
    assert not Delivery.objects.exists()
    assert deliver(client, campaign, with_dbf="on", unfit_seen="on").status_code == 302


def test_a_file_is_downloaded_and_recorded(client: Client, campaign: Campaign, lan: User) -> None:
    submission = portrait_of(campaign)
    delivery = plan_and_create(campaign, lan, options_of("{xh}.jpg"))
    early = client.get(f"/delivery/packages/{delivery.pk}/files/1")
    assert early.status_code == 409
    packed(delivery)
    answer = client.get(f"/delivery/packages/{delivery.pk}/files/1")
    content = b"".join(answer.streaming_content)
    assert zipfile.ZipFile(io.BytesIO(content)).namelist() == [f"{submission.student.student_no}.jpg"]
    file = delivery.files.get(number=1)
    assert f'filename="{file.name}"' in answer.headers["Content-Disposition"]
    event = Event.objects.get(action=Action.DELIVERY_DOWNLOADED)
    assert (event.user, event.subject, event.details["file"]) == (lan, f"delivery {delivery.pk}", file.name)
    assert event.details["sha256"] == file.sha256


def test_the_hand_over_is_recorded_and_final(client: Client, campaign: Campaign, lan: User) -> None:
    submission = portrait_of(campaign)
    delivery = packed(plan_and_create(campaign, lan, options_of(encryption=Encryption.NONE)))
    address = f"/delivery/packages/{delivery.pk}/hand-over"
    assert client.post(address, {"to": " "}).status_code == 422
    assert client.post(address, {"to": "李老师，教务处"}).status_code == 302
    again = client.post(address, {"to": "别人"}, follow=True)
    assert "handed over already" in text_of(again)
    delivery.refresh_from_db()
    assert (delivery.handed_over_to, delivery.handed_over_by) == ("李老师，教务处", lan)
    assert Submission.objects.get(pk=submission.pk).handed_over_at == delivery.handed_over_at
    event = Event.objects.get(action=Action.DELIVERY_HANDED_OVER)
    assert event.details["sha256"] == delivery.hash_list_sha256 != ""
    page = text_of(client.get(f"/delivery/packages/{delivery.pk}/"))
    assert "李老师，教务处" in page
    assert 'id="hand-over"' not in page


def test_the_files_are_deleted_some_time_after_the_hand_over(client: Client, campaign: Campaign, lan: User) -> None:
    portrait_of(campaign)
    delivery = packed(plan_and_create(campaign, lan))
    client.post(f"/delivery/packages/{delivery.pk}/hand-over", {"to": "李老师"})
    assert delete_old_packages(timezone.now() + timedelta(days=29)) == 0
    assert delete_old_packages(timezone.now() + timedelta(days=31)) == 1
    assert not folder_of(delivery).exists()
    assert "The files were deleted" in text_of(client.get(f"/delivery/packages/{delivery.pk}/"))
    assert delivery.items.count() == 1


def test_a_package_with_a_withdrawn_portrait_is_not_handed_over(client: Client, campaign: Campaign, lan: User) -> None:
    withdrawn, *_ = [portrait_of(campaign) for _ in range(2)]
    delivery = packed(plan_and_create(campaign, lan))
    administrator = Actor(user=user_in(WorkflowRole.ADMINISTRATOR))
    apply(withdrawn.pk, Step.DEQUEUE, administrator, timezone.now(), reasons=(GivenReason("other", "请改正"),))
    address = f"/delivery/packages/{delivery.pk}/"
    assert "Pack it again" in text_of(client.get(address))
    assert client.get(f"{address}files/1").status_code == 409
    client.post(f"{address}hand-over", {"to": "李老师"})
    assert not Delivery.objects.exclude(handed_over_at=None).exists()
    assert client.post(f"{address}again").status_code == 302
    packed(delivery)
    page = text_of(client.get(address))
    assert "not in the package: 1" in page
    assert client.get(f"{address}files/1").status_code == 200


def test_the_password_is_shown_until_the_hand_over(client: Client, campaign: Campaign, lan: User) -> None:
    portrait_of(campaign)
    delivery = plan_and_create(campaign, lan, options_of(encryption=Encryption.ZIP_AES))
    page = text_of(client.get(f"/delivery/packages/{delivery.pk}/"))
    password = re.findall(r'id="password">([a-z0-9-]{29})<', page)
    assert len(password) == 1
    Delivery.objects.update(status="ready")
    client.post(f"/delivery/packages/{delivery.pk}/hand-over", {"to": "李老师"})
    assert password[0] not in text_of(client.get(f"/delivery/packages/{delivery.pk}/"))
    assert not Delivery.objects.get().password_encrypted


def test_the_package_for_chsi_is_made_once(client: Client, campaign: Campaign, lan: User) -> None:
    portrait_of(campaign)
    delivery = packed(plan_and_create(campaign, lan))
    first, second = (client.post(f"/delivery/packages/{delivery.pk}/chsi") for _ in range(2))
    package = Delivery.objects.get(source=delivery)
    assert first.headers["Location"] == second.headers["Location"] == f"/delivery/packages/{package.pk}/"
    assert client.post(f"/delivery/packages/{package.pk}/chsi").status_code == 404
    assert Event.objects.filter(action=Action.DELIVERY_PLANNED).count() == 1


def test_pages_read_the_database_a_few_times(
    client: Client, campaign: Campaign, lan: User, django_assert_max_num_queries: Any
) -> None:
    for _ in range(6):
        portrait_of(campaign)
    delivery = packed(plan_and_create(campaign, lan))
    for number in range(3):
        portrait_of(make_campaign(f"other{number}", simulated=False))
        portrait_of(campaign)
        plan_and_create(campaign, lan, key=f"more {number}")
    for _ in range(6):
        portrait_of(campaign)
        portrait_of(campaign, State.FINAL_REVIEW)
    limits = {
        "/delivery/": 11,
        f"/delivery/{campaign.pk}/new": 11,
        f"/delivery/{campaign.pk}/names?template={{xh}}.jpg": 6,
        f"/delivery/packages/{delivery.pk}/": 11,
        f"/delivery/packages/{delivery.pk}/live": 10,
    }
    for address, limit in limits.items():
        with django_assert_max_num_queries(limit):
            assert client.get(address).status_code == 200, address


def test_the_clerk_sets_the_campaigns_rules(campaign: Campaign, client: Client) -> None:
    clerk = client_of("clerk", EVERYTHING)
    values = {name: value for name, value in campaign_values().items() if name not in ("school", "code")}
    address = f"/clerk/campaigns/{campaign.pk}/edit"
    wrong = clerk.post(address, {**values, "delivery_names": "{sfzh}.jpg", "own_name": "{xm}/{xh}"})
    assert wrong.status_code == 422
    assert "does not allow the ID number" in text_of(wrong)
    assert "without folders" in text_of(wrong)
    rules = {"delivery_names": "{sfzh}.jpg", "own_name": "", "id_number_in_delivery": "on"}
    assert clerk.post(address, {**values, **rules}).status_code == 302
    campaign.refresh_from_db()
    assert (campaign.delivery_names, campaign.own_name) == ("{sfzh}.jpg", "{xm}_{xh}")
    assert 'value="{sfzh}.jpg"' in text_of(client.get(f"/delivery/{campaign.pk}/new"))
