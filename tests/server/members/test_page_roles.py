"""A page that a user may not open names the role that it needs, and not that of another page."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.server.conftest import make_campaign

pytestmark = pytest.mark.django_db

PAGES = {
    "/clerk/": "clerks",
    "/clerk/campaigns/new": "clerks",
    "/day/": "operators or clerks or administrators",
    "/delivery/": "users with the role delivery",
    "/delivery/tstcmp/new": "users with the role delivery",
    "/printing/tstcmp": "users with the role delivery",
    "/payments/": "clerks or administrators",
    "/privacy/": "clerks or administrators",
    "/privacy/erasures": "administrators",
    "/retouch/": "retouchers",
    "/review/": "reviewers",
    "/review/revocations/": "administrators",
    "/audit/": "administrators",
    "/stations/": "administrators",
    "/roster/": "administrators",
}


@pytest.fixture
def without_scope(db: None) -> User:
    """An administrator of the installation, without a role at any school."""
    make_campaign()
    return User.objects.create_user("root", is_staff=True)


@pytest.mark.parametrize(("page", "roles"), PAGES.items())
def test_the_sentence_names_the_role_of_the_page(page: str, roles: str, without_scope: User) -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(without_scope)
    answer = client.get(page)
    assert answer.status_code == 403, answer
    text = answer.content.decode()
    assert f"This page is for {roles}, and your account does not have that role." in text
    assert "may not review" not in text
