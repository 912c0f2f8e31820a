"""The station API with requests that its description does not know: bytes that are no JSON and no form, headers that
are no numbers, what Django itself refuses. Whatever comes, the answer is one of ours and never a 5xx.

What the description does know is in test_station_api_schema.py.
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


def is_ours(answer: Any) -> None:
    assert answer.status_code < 500, (answer.status_code, answer.content[:300])
    assert answer.headers[VERSION_HEADER] == "2"
    if answer.status_code >= 400 and answer.content:
        assert answer.headers["Content-Type"].startswith("application/json"), answer.content[:300]
        assert {"reason", "zh_CN", "en"} <= set(answer.json())


@cache
def addresses() -> list[tuple[str, str]]:
    """Every method and address that the API has, as in its own description. Making that takes 0.1 s."""
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
    is_ours(client.generic(method.upper(), target, body, content_type=kind, headers=headers))


def test_a_request_that_django_refuses_is_answered_in_our_words() -> None:
    answer = bad_request(RequestFactory().post(f"{API}/pair"), SuspiciousOperation("too many fields"))
    assert (answer.status_code, json.loads(answer.content)["reason"]) == (400, "unreadable")


def test_a_method_that_an_address_does_not_have_is_answered_in_our_words(token: str) -> None:
    answer = Client(raise_request_exception=False).put(f"{API}/pair")
    is_ours(answer)
    assert (answer.status_code, answer.json()["reason"]) == (405, "wrong_method")
    assert answer.headers["Allow"] == "POST"
