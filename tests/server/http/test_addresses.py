"""The host names under which the server accepts requests, and its response to a request with another one."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest
import requests
from django.test import Client

from server.http.own_addresses import own_hosts
from tests.server.station_client import StationClient

EVIL = "evil.example"


@pytest.mark.django_db
def test_a_foreign_host_name_is_refused_with_a_sentence(settings: Any) -> None:
    response = Client().get("/signin", headers={"Host": EVIL})
    assert response.status_code == 421
    assert "public_url" in response.content.decode()
    api = Client().get("/api/station/v1/roster", headers={"Host": EVIL})
    assert (api.status_code, api.json()["reason"]) == (421, "unknown_host")


def test_a_foreign_host_name_gets_into_no_link(station: StationClient) -> None:
    headers = {"Authorization": f"Bearer {station.pairing.token}", "Host": EVIL}
    response = requests.get(f"{station.address}/api/station/v1/roster", headers=headers, timeout=20)
    assert response.status_code == 421
    assert "progress_url" not in response.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("origin", "public_url", "named"),
    [
        ("https://photo.school.edu", "", "public_url = &quot;https://photo.school.edu&quot;"),
        ("https://127.0.0.1:8443", "", "trusted_proxy"),
        ("https://10.0.0.5", "https://photo.school.edu", "https://photo.school.edu"),
        ("null", "", "刷新"),
        ("http://testserver", "", "刷新"),
    ],
)
def test_a_form_from_another_address_shows_what_to_set(origin: str, public_url: str, named: str, settings: Any) -> None:
    settings.PUBLIC_URL = public_url
    client = Client(enforce_csrf_checks=True)
    response = client.post("/signin", {"username": "a", "password": "b"}, headers={"Origin": origin})
    assert response.status_code == 403
    assert named in response.content.decode()


@pytest.mark.parametrize(
    ("listening_on", "host"),
    [("192.168.1.20", "192.168.1.20"), ("Studio", "studio"), ("fd00::1", "[fd00::1]"), ("[::1]", "[::1]")],
)
def test_the_address_it_was_started_with_is_its_own(listening_on: str, host: str) -> None:
    assert own_hosts(listening_on) == [host]


@pytest.mark.parametrize("everywhere", ["0.0.0.0", "::", "*"])
def test_started_for_every_address_all_of_this_machine_are_its_own(everywhere: str) -> None:
    hosts = own_hosts(everywhere)
    assert "127.0.0.1" in hosts
    assert socket.gethostname().lower() in hosts
    assert EVIL not in hosts
    assert "*" not in hosts


@pytest.mark.django_db
def test_health_names_no_secret() -> None:
    response = Client().get("/health")
    assert json.loads(response.content) == {
        "server": "zhengguan",
        "secure": False,
        "forwarded": False,
        "client": "127.0.0.1",
    }
