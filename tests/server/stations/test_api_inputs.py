"""Requests to the station API outside its description: bytes that are no JSON and no form, headers that are no numbers,
requests that Django itself refuses. Every response has the API's own form and is never a 5xx.

Requests within the description are in test_api_schema.py.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from django.core.exceptions import SuspiciousOperation
from django.test import Client, RequestFactory
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kiosk.upload.envelope import VERSION_HEADER
from server.core.error_handlers import bad_request
from server.stations.api import api
from server.stations.pairing import new_pairing_code, pair

API = "/api/station/v1"
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=80)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
SHA256 = st.one_of(st.just("0" * 64), st.text("0123456789abcdefg%2f./", min_size=1, max_size=80))
NUMBER = st.one_of(st.sampled_from(["", "0", "-1", "1e3", "9" * 40, "٣", " 5 "]), st.integers(0, 10**13).map(str))
TYPES = st.sampled_from(
    ["application/json", "multipart/form-data; boundary=x", "multipart/form-data", "text/plain", ""]
)
BODIES = st.one_of(
    st.binary(max_size=300),
    JSON.map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=80).map(
        lambda part: b'--x\r\nContent-Disposition: form-data; name="envelope"\r\n\r\n' + part + b"\r\n--x--\r\n"
    ),
)
SETTINGS = settings(
    max_examples=60,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def token(db: None) -> str:
    return pair(new_pairing_code(timezone.now()), "一号站", timezone.now()).token


def check_response(response: Any) -> None:
    assert response.status_code < 500, (response.status_code, response.content[:300])
    assert response.headers[VERSION_HEADER] == "2"
    if response.status_code >= 400 and response.content:
        assert response.headers["Content-Type"].startswith("application/json"), response.content[:300]
        assert {"reason", "zh_CN", "en"} <= set(response.json())


@cache
def addresses() -> list[tuple[str, str]]:
    """Return every method and address in the API's description, which takes 0.1 s to make."""
    paths = api.get_openapi_schema()["paths"]
    return [(method, path) for path, methods in paths.items() for method in methods]


def test_the_description_names_every_address() -> None:
    known = {path.rpartition("/v1/")[2] for _, path in addresses()}
    assert {"pair", "roster", "submissions", "files/{sha256}"} <= known


@SETTINGS
@given(place=st.integers(0, 50), sha256=SHA256, kind=TYPES, body=BODIES, offset=NUMBER, length=NUMBER)
def test_any_request_to_any_address(
    token: str, place: int, sha256: str, kind: str, body: bytes, offset: str, length: str
) -> None:
    method, path = addresses()[place % len(addresses())]
    target = path.replace("{sha256}", sha256).replace("{student}", sha256)
    target = target if target.startswith("/") else f"{API}/{target}"
    headers = {"Upload-Offset": offset, "Upload-Length": length, "Authorization": f"Bearer {token}"}
    client = Client(raise_request_exception=False)
    check_response(client.generic(method.upper(), target, body, content_type=kind, headers=headers))


def test_a_request_that_django_refuses_gets_our_own_response() -> None:
    response = bad_request(RequestFactory().post(f"{API}/pair"), SuspiciousOperation("too many fields"))
    assert (response.status_code, json.loads(response.content)["reason"]) == (400, "unreadable")


def test_a_method_that_an_address_does_not_have_gets_our_own_response(token: str) -> None:
    response = Client(raise_request_exception=False).put(f"{API}/pair")
    check_response(response)
    assert (response.status_code, response.json()["reason"]) == (405, "wrong_method")
    assert response.headers["Allow"] == "POST"
