"""Sign in with WeChat: a person connects it once while signed in otherwise, if the setting allows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client, RequestFactory

from server.accounts import session
from server.audit.models import Action, Event
from server.records.models import Campaign
from server.records.people_models import Consent, Person
from server.wechat import offer, sign_in_views
from server.wechat.account import OfficialAccount
from server.wechat.authorization import WeChatUser
from server.wechat.models import WeChatLink, user_hmac
from tests.server.accounts.walking import Walker
from tests.server.wechat.conftest import use_account
from tests.server.wechat.test_authorization import WECHAT_BROWSER, open_address

AGENT = {"user-agent": WECHAT_BROWSER["User-Agent"], "accept-language": "en"}
CONNECTION = "/wechat/connection"


@pytest.fixture
def allowed(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch, account: OfficialAccount) -> None:
    use_account(monkeypatch, account)
    monkeypatch.setattr(sign_in_views, "configured_account", lambda: account)
    settings.APP = settings.APP.model_copy(update={"wechat": settings.APP.wechat.model_copy(update={"sign_in": True})})


def visitor() -> Client:
    return Client(headers=AGENT)


def signed_in(person: Person) -> Client:
    browser = visitor()
    request = RequestFactory().get("/")
    request.session = browser.session
    session.sign_in(request, person)
    request.session.save()
    browser.cookies["sessionid"] = request.session.session_key
    return browser


def through_wechat(browser: Client, path: str) -> Any:
    """Follow the redirects to WeChat and back, up to the page that they lead to."""
    _, location = open_address(browser.get(path)["Location"])
    return browser.get(browser.get(location.removeprefix("http://testserver"))["Location"])


def connect(browser: Client) -> Any:
    page = through_wechat(browser, f"{CONNECTION}?ask")
    assert 'id="connect"' in page.content.decode(), "the person presses a button before anything is stored"
    return browser.post(f"{CONNECTION}/change", follow=True)


def person_in(browser: Client) -> str:
    return str(browser.session.get(session.PERSON_KEY, {}).get("id", ""))


def test_connected_once_wechat_signs_the_person_in(allowed: None) -> None:
    person = Person.objects.create()
    assert "WeChat is connected" in connect(signed_in(person)).content.decode()
    link = WeChatLink.objects.get(person=person)
    assert "oSIMULATED" not in link.user_hmac
    browser = visitor()
    answer = through_wechat(browser, "/wechat/signin?next=/account/photo")
    assert answer["Location"] == "/account/photo"
    assert person_in(browser) == person.pk
    event = Event.objects.get(action=Action.PERSON_SIGNED_IN, subject=f"person {person.pk}")
    assert event.details == {"method": "wechat"}


@pytest.fixture
def offered(allowed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offer, "configured_account", sign_in_views.configured_account)


def test_the_sign_in_page_offers_it_inside_wechat_alone(offered: None, campaign: Campaign) -> None:
    inside = visitor()
    assert inside.get(session.SIGN_IN_PATH).content.decode().count('id="with_wechat"') == 1
    assert 'id="with_wechat"' not in Client().get(session.SIGN_IN_PATH).content.decode()
    walker = Walker(inside)
    walker.begin(campaign)
    walker.agree()
    assert 'id="with_wechat"' in walker.get("phone").content.decode()
    browser = signed_in(Person.objects.create())
    page = browser.get(session.HOME_PATH).content.decode()
    assert f'href="{CONNECTION}"' in page
    assert "Not connected" in page
    connect(browser)
    assert "<span>Connected</span>" in browser.get(session.HOME_PATH).content.decode()


def test_without_the_setting_no_page_offers_it(offered: None, settings: Any) -> None:
    wechat = settings.APP.wechat.model_copy(update={"sign_in": False})
    settings.APP = settings.APP.model_copy(update={"wechat": wechat})
    assert 'id="with_wechat"' not in visitor().get(session.SIGN_IN_PATH).content.decode()
    assert CONNECTION not in signed_in(Person.objects.create()).get(session.HOME_PATH).content.decode()


def test_the_sign_in_keeps_the_next_page_and_earlier_consents(allowed: None, campaign: Campaign) -> None:
    person = Person.objects.create()
    connect(signed_in(person))
    browser = visitor()
    browser.get(f"{session.SIGN_IN_PATH}?next=/account/withdraw/x")
    assert through_wechat(browser, "/wechat/signin")["Location"] == "/account/withdraw/x"
    walker = Walker(visitor())
    walker.begin(campaign)
    walker.agree()
    assert through_wechat(walker.client, "/wechat/signin")["Location"] != session.HOME_PATH
    assert Consent.objects.filter(person=person).count() == 2
    assert Person.objects.count() == 1


def test_an_unknown_wechat_signs_nobody_in(allowed: None) -> None:
    browser = visitor()
    assert through_wechat(browser, "/wechat/signin")["Location"] == session.SIGN_IN_PATH
    assert person_in(browser) == ""


def test_a_link_signs_nobody_in(allowed: None) -> None:
    """Only a sign-in that this browser has begun is completed."""
    person = Person.objects.create()
    browser = signed_in(person)
    connect(browser)
    other = visitor()
    through_wechat(other, "/wechat/signin")
    assert "wechat_user" not in other.session, "signing in starts a new session"
    assert other.get("/wechat/enter")["Location"] == session.SIGN_IN_PATH


def test_one_wechat_signs_in_one_person(allowed: None, command: Callable[..., Any]) -> None:
    first, second = Person.objects.create(), Person.objects.create()
    connect(signed_in(first))
    page = connect(signed_in(second)).content.decode()
    assert "signs somebody else in" in page
    assert list(WeChatLink.objects.values_list("person", flat=True)) == [first.pk]
    command("wechat_user", openid="oSIMULATED-second")
    connect(signed_in(second))
    assert WeChatLink.objects.count() == 2


def test_the_person_disconnects_it(allowed: None) -> None:
    person = Person.objects.create()
    browser = signed_in(person)
    connect(browser)
    page = browser.post(f"{CONNECTION}/change", {"disconnect": "1"}, follow=True).content.decode()
    assert "WeChat is disconnected" in page
    later = visitor()
    assert through_wechat(later, "/wechat/signin")["Location"] == session.SIGN_IN_PATH


def test_a_foreign_address_is_not_opened_after_the_sign_in(allowed: None) -> None:
    person = Person.objects.create()
    connect(signed_in(person))
    for target in ("https://evil.example/", "//evil.example", "javascript:alert(1)", "\x00"):
        assert through_wechat(visitor(), f"/wechat/signin?next={target}")["Location"] == session.HOME_PATH


def test_without_the_setting_there_is_no_such_page(db: None) -> None:
    for path in ("/wechat/signin", "/wechat/enter", CONNECTION):
        assert visitor().get(path).status_code == 404
    assert visitor().post(f"{CONNECTION}/change").status_code == 404


def test_visitors_do_not_connect(allowed: None) -> None:
    assert visitor().get(CONNECTION)["Location"].startswith(session.SIGN_IN_PATH)
    assert visitor().post(f"{CONNECTION}/change").status_code == 302
    assert WeChatLink.objects.count() == 0


def test_simulated_and_real_users_are_never_the_same(account: OfficialAccount) -> None:
    user = WeChatUser("wx1", "o123456", simulated=True)
    assert user_hmac(user) != user_hmac(replace(user, simulated=False))
    assert user_hmac(user) != user_hmac(replace(user, appid="wx2"))
