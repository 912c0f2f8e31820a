"""The station API against its own description: schemathesis makes requests from it, valid and not, with every method.

The suite makes the same few requests each time. ZHENGGUAN_FUZZ_EXAMPLES sets the number of random requests for each
operation, and ZHENGGUAN_FUZZ_SEED selects others (`make fuzz`).

schemathesis' own `schema.parametrize()` makes the systematic requests when tests are collected, which costs each worker
of a run four seconds of a processor. So the test of each operation imports schemathesis and makes its requests.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, settings

from kiosk.upload.envelope import VERSION, VERSION_HEADER, Rejection
from server.stations.api import api
from server.stations.pairing import new_pairing_code, pair
from server.wsgi import application
from tests.server.conftest import make_campaign, make_student
from tests.server.station_client import Visit

LONG: Final = int(os.environ.get("ZHENGGUAN_FUZZ_EXAMPLES", "0"))
SEED: Final = int(os.environ.get("ZHENGGUAN_FUZZ_SEED", "1"))
PREFIX: Final = "/api/station/v1/"


OPERATIONS: Final = [
    f"{method.upper()} {path}" for path, methods in api.get_openapi_schema()["paths"].items() for method in methods
]


@cache
def load_schema(*, systematic: bool) -> Any:
    """Return the API's schema. `systematic`: requests of each bound and each method come before random ones."""
    import schemathesis
    from schemathesis.config import SchemathesisConfig

    schema = schemathesis.openapi.from_dict(api.get_openapi_schema(), config=SchemathesisConfig(seed=SEED))
    schema.app = application
    schema.config.update(base_url="http://localhost")
    schema.config.phases.coverage.enabled = systematic
    return schema


def make_requests(operation: str, check: Callable[[Any], None], *, systematic: bool, count: int) -> None:
    """Call `check` with each request to this operation, as schemathesis' pytest plugin does."""
    from schemathesis.generation.feedback import FeedbackSources
    from schemathesis.pytest._test_builder import build_operation_test
    from schemathesis.python._constants.orchestrator import make_constants_value_source

    def with_case(case: Any) -> None:
        check(case)

    method, path = operation.split()
    schema = load_schema(systematic=systematic)
    build_operation_test(
        config=schema.config,
        operation=schema[path][method],
        test_func=examples(count)(with_case),
        given_kwargs={},
        feedback=FeedbackSources(constants_value_source=make_constants_value_source(schema)),
    )()


def examples(count: int) -> settings:
    return settings(
        max_examples=max(count, LONG),
        derandomize=not LONG,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@dataclass(frozen=True)
class Server:
    """A server with one paired station and one visit that the station may send."""

    token: str
    visit: Visit

    @property
    def headers(self) -> dict[str, str]:
        """Return those of a current station; a station without a wire version gets the names of version 1."""
        return {
            "Authorization": f"Bearer {self.token}",
            "Accept-Encoding": "identity",
            VERSION_HEADER: str(VERSION),
        }


@pytest.fixture
def server(transactional_db: None) -> Server:
    token = pair(new_pairing_code(timezone.now()), "一号站", timezone.now()).token
    return Server(token, Visit.of(make_student(make_campaign())))


def send_checked(case: Any, headers: dict[str, str]) -> Any:
    """Send the request and return the response, checked: as described, no 5xx, and errors in our own form."""
    from schemathesis.specs.openapi.checks import positive_data_acceptance

    # A request within the description may still be refused: a hash of other bytes, a file of 100 GB.
    response = case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])
    assert response.headers[VERSION_HEADER.lower()] == ["2"]
    if response.status_code >= 400 and response.request.method != "HEAD":
        Rejection.model_validate_json(response.content)
    return response


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_paired_station_is_answered_as_described(operation: str, server: Server) -> None:
    make_requests(operation, lambda case: send_checked(case, server.headers), systematic=True, count=15)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_stranger_is_refused_as_described(operation: str, server: Server) -> None:
    def check_refusal(case: Any) -> None:
        response = send_checked(case, {})
        allowed = (403, 422, 429) if case.path == f"{PREFIX}pair" else (401, 404)
        assert response.status_code in allowed, response.status_code

    make_requests(operation, check_refusal, systematic=False, count=4)


def send(
    server: Server, method: str, path: str, expected: int, headers: dict[str, str] | None = None, **parts: Any
) -> Any:
    """Send one planned request and check its response like those to random ones."""
    case = load_schema(systematic=True)[f"{PREFIX}{path}"][method].Case(headers=headers or {}, **parts)
    response = send_checked(case, server.headers)
    assert response.status_code == expected, response.content[:300]
    return response


def test_a_whole_visit_is_answered_as_described(server: Server) -> None:
    """Successes that random requests cannot reach: a code that is right, a file that has its hash."""
    envelope, shot = server.visit.envelope, server.visit.shot
    body = json.loads(envelope.model_dump_json())
    code = {"code": new_pairing_code(timezone.now()), "name": "二号站"}
    send(server, "POST", "pair", 200, body=code, media_type="application/json")
    send(server, "POST", "pair", 403, body=code, media_type="application/json")
    [tag] = send(server, "GET", "roster", 200).headers["etag"]
    send(server, "GET", "roster", 304, headers={"If-None-Match": tag})
    send(server, "POST", "submissions", 409, body=body, media_type="application/json")
    send_piece(server, shot[:1000], 0, shot, 204)
    send_piece(server, shot[:1000], 0, shot, 409)
    send_piece(server, shot[1000:], 1000, shot, 204)
    state = send(server, "HEAD", "files/{sha256}", 200, path_parameters={"sha256": envelope.shot.sha256})
    assert state.headers["upload-offset"] == [str(len(shot))]
    assert server.visit.portrait is not None
    send_piece(server, server.visit.portrait, 0, server.visit.portrait, 204)
    send(server, "POST", "submissions", 200, body=body, media_type="application/json")
    whole = {"envelope": envelope.model_dump_json(), "shot": shot, "portrait": server.visit.portrait}
    send(server, "POST", "submissions", 200, body=whole, media_type="multipart/form-data")
    typed = {"body": {"last_four": "0000"}, "media_type": "application/json"}
    send(server, "POST", "students/{student}/last-four", 200, path_parameters={"student": envelope.student}, **typed)


def send_piece(server: Server, piece: bytes, offset: int, whole: bytes, expected: int) -> None:
    sha256 = hashlib.sha256(whole).hexdigest()
    progress = {"Upload-Offset": str(offset), "Upload-Length": str(len(whole))}
    parts: dict[str, Any] = {"body": piece, "media_type": "application/octet-stream"}
    send(server, "PATCH", "files/{sha256}", expected, progress, path_parameters={"sha256": sha256}, **parts)
