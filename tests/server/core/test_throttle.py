"""The counters of attempts: in the database, atomic, by name and by address."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import timezone

from server.core.models import TryCount
from server.core.throttle import Throttle, throttle_address

NAMES = 60


@pytest.mark.django_db
def test_tries_are_counted_in_the_database_and_not_under_a_readable_name() -> None:
    throttle = Throttle("unlock", 2)
    assert [throttle.allow("mei@10.0.0.1") for _ in range(3)] == [True, True, False]
    assert Throttle("unlock", 2).exhausted("mei@10.0.0.1")  # another object, as in another process
    [row] = TryCount.objects.all()
    assert "mei" not in row.key


@pytest.mark.django_db(transaction=True)
def test_requests_at_the_same_time_get_no_more_tries() -> None:
    def allowed(_: int) -> bool:
        try:
            return Throttle("unlock", 5).allow("student")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(allowed, range(24))) == 5


@pytest.mark.django_db
def test_an_expired_count_starts_again_and_old_ones_are_removed() -> None:
    throttle = Throttle("unlock", 1, minutes=10)
    assert throttle.allow("a")
    assert throttle.allow("b")
    TryCount.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert [throttle.allow("a"), throttle.allow("a")] == [True, False]
    assert throttle.allow("c")
    assert TryCount.objects.count() == 2


@pytest.mark.django_db
def test_a_success_resets_a_counter_and_a_try_can_be_given_back() -> None:
    throttle = Throttle("address", 1)
    throttle.allow("a")
    throttle.give_back("a")
    assert throttle.allow("a")
    throttle.succeeded("a")
    assert not throttle.exhausted("a")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("10.0.0.1", "10.0.0.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),  # one person's own network
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("[2001:db8::1]", "2001:db8::1", True),
        ("fe80::1%eth0", "fe80::1", True),
    ],
)
def test_addresses_that_one_person_can_use_are_counted_together(one: str, other: str, same: bool) -> None:
    counted = [throttle_address(RequestFactory().get("/", REMOTE_ADDR=address)) for address in (one, other)]
    assert (counted[0] == counted[1]) is same


@pytest.mark.django_db
def test_one_password_cannot_be_tried_on_every_name(client: Client, settings: Any, reviewer: tuple[str, str]) -> None:
    names = [f"name{number}" for number in range(NAMES)]
    statuses = [client.post("/signin", {"username": name, "password": "Spring2026!"}).status_code for name in names]
    allowed = settings.APP.throttle.signin_tries_per_address
    assert statuses == [403] * allowed + [429] * (NAMES - allowed)
    right = {"username": reviewer[0], "password": reviewer[1]}
    assert client.post("/signin", right, REMOTE_ADDR="10.0.0.9").status_code == 302


@pytest.mark.django_db
def test_a_room_of_reviewers_behind_one_address_is_not_paused(settings: Any, reviewer: tuple[str, str]) -> None:
    for _ in range(settings.APP.throttle.signin_tries_per_address + 5):
        assert Client().post("/signin", {"username": reviewer[0], "password": reviewer[1]}).status_code == 302


@pytest.mark.django_db
def test_failed_sign_ins_are_logged_without_the_name(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "server.core.sign_in"):
        client.post("/signin", {"username": "my secret password", "password": "x"}, REMOTE_ADDR="10.0.0.7")
    assert "10.0.0.7" in caplog.text
    assert "secret" not in caplog.text
