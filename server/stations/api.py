"""The API that stations speak; its types are kiosk.upload.envelope's."""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import File, Form, NinjaAPI, UploadedFile
from ninja.errors import AuthenticationError, ValidationError
from ninja.security import HttpBearer
from pydantic import BaseModel, ConfigDict, Field

from config.problem import Problem
from kiosk.upload.envelope import Accepted, Pairing, Refused, Roster
from server.pages.answers import wire_response
from server.pages.storage_errors import storage_refusal
from server.pages.throttle import Throttle, address_of
from server.refusal import Refusal
from server.stations import pairing
from server.stations.models import Station
from server.stations.roster import progress_url, roster
from server.submissions.intake import Delivery, take_in

log = logging.getLogger(__name__)

api = NinjaAPI(title="Zhengguan stations", version="1", urls_namespace="station", docs_url=None, openapi_url=None)


class PairRequest(BaseModel):
    """What a station says to be enrolled: the one-time code and the name it goes by."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    code: str = Field(min_length=1, max_length=40)
    name: str = Field(min_length=1, max_length=60)


class StationToken(HttpBearer):
    """`Authorization: Bearer TOKEN`; the request then carries its Station as `auth`."""

    def authenticate(self, request: HttpRequest, token: str) -> Station:
        return pairing.station_of(token, timezone.now())


@api.post("pair", response={200: Pairing, 403: Refused, 429: Refused})
def pair(request: HttpRequest, body: PairRequest) -> Pairing:
    throttle, who = Throttle("pairing", settings.HOUSE.throttle.pairing_tries), address_of(request)
    if not throttle.allow(who):
        raise Refusal("refused.too_many_tries", minutes=settings.HOUSE.throttle.minutes)
    try:
        paired = pairing.pair(body.code, body.name, timezone.now())
    except Refusal as refusal:
        log.warning("pairing failed (%s) from %s", refusal.reason, who)
        raise
    throttle.give_back(who)
    return paired


@api.get("roster", auth=StationToken(), response={200: Roster, 401: Refused})
def expected_students(request: HttpRequest) -> Roster:
    return roster(timezone.now(), base_url(request))


@api.post("submissions", auth=StationToken(), response={200: Accepted, 409: Refused, 422: Refused, 507: Refused})
def submit(
    request: HttpRequest,
    envelope: Form[str],
    shot: File[UploadedFile],
    portrait: File[UploadedFile | None] = None,
) -> Accepted:
    """Answers with the hashes of what is stored, after it is stored."""
    station: Station = request.auth  # type: ignore[attr-defined]
    delivery = Delivery(envelope, shot.chunks(), portrait.chunks() if portrait else None)
    submission = take_in(delivery, station, timezone.now())
    return Accepted(
        id=submission.id,
        state=submission.state,
        shot_sha256=submission.shot_sha256,
        portrait_sha256=submission.portrait_sha256,
        progress_url=progress_url(submission.student, base_url(request)),
    )


def base_url(request: HttpRequest) -> str:
    """How phones reach this server, without a slash at the end: as set, or as this station reached it."""
    return settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")


@api.exception_handler(Refusal)
def _refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return wire_response(refusal)


@api.exception_handler(Problem)
def _unset(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Something is wrong with the set-up here, such as a school's own standard that is gone: nobody's visit is refused
    for it. The station keeps it and sends it again; the log tells the administrator what to mend."""
    log.error("%s", problem)
    body = Refused(reason="set_up", zh_CN=problem.in_words("zh_CN"), en=problem.in_words("en"))
    return api.create_response(request, body.model_dump(), status=500)


@api.exception_handler(AuthenticationError)
def _no_token(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return _refused(request, Refusal("refused.token"))


@api.exception_handler(ValidationError)
def _malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    first = error.errors[0]
    where = ".".join(str(part) for part in first.get("loc", ())) or "-"
    return _refused(request, Refusal("refused.envelope_wrong", where=where, why=first.get("msg", "")))


@api.exception_handler(OSError)
@api.exception_handler(DatabaseError)
def _storage(request: HttpRequest, error: Exception) -> HttpResponse:
    """A full disk or a database that is being written to; the transaction is undone, and the station sends it again."""
    refusal = storage_refusal(error)
    if refusal is None:
        raise error
    log.warning("%s: %s", refusal.reason, error)
    return _refused(request, refusal)
