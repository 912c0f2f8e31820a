"""Respond to a station's roster request: 304 if nothing changed, compressed with gzip if the station accepts it.

A station sends a request every few minutes. Changes are detected by hashing the data of the roster, which costs a
fraction of building it; code that changes a student need not update a counter.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import datetime
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags

from kiosk.upload.envelope import VERSION
from kiosk.upload.wire_names import FIRST_RENAMED_VERSION, to_version_1
from server.records.id_number_protection import hashing_parameters
from server.records.slow_hashes import compute_missing_hashes
from server.stations.models import Station
from server.stations.pairing import roster_key_of
from server.stations.roster import legacy_roster, make_up_windows, retained, roster, students_with_portrait

_GZIP_LEVEL: Final = 1  # hashes compress to half at best; a higher level costs processor time and saves 1 %
_STUDENT_COLUMNS: Final = (
    "id", "campaign_id", "name", "id_number_hmac", "id_number_slow_hash", "state",
    "student_no", "class_name", "major", "department", "progress_token", "resubmit_until", "make_up_window_id",
    "order__state",
)  # fmt: skip


def roster_response(request: HttpRequest, station: Station, wire: int, now: datetime, base_url: str) -> HttpResponse:
    """Respond with the field names of the station's wire version; `wire` 0 is a station of 86a4649."""
    tag = roster_etag(station, wire, now, base_url)
    if tag in parse_etags(request.headers.get("If-None-Match", "")):
        response = HttpResponse(status=304)
    else:
        response = _render_body(request, station, wire, now, base_url)
    response["ETag"] = tag
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def roster_etag(station: Station, wire: int, now: datetime, base_url: str) -> str:
    """Return a weak ETag of everything in a roster except its time: four queries and one hash."""
    compute_missing_hashes()
    campaigns, students = retained(station, now)
    digest = hashlib.blake2b(digest_size=16)
    renamed, legacy = wire >= FIRST_RENAMED_VERSION, _is_legacy(station, wire)
    parameters = (
        VERSION,
        renamed,
        legacy,
        station.pk,
        roster_key_of(station),
        base_url,
        hashing_parameters().model_dump_json(),
    )
    digest.update(repr(parameters).encode())
    for campaign in campaigns:
        facts = [str(getattr(campaign, field.attname)) for field in campaign._meta.concrete_fields]
        digest.update(repr((facts, campaign.school.name)).encode())
    windows = [(window.pk, window.opens_at, window.closes_at) for window in make_up_windows(campaigns)]
    digest.update(repr((sorted(windows), sorted(students_with_portrait(students)))).encode())
    for row in students.values_list(*_STUDENT_COLUMNS).iterator(5000):
        digest.update(repr(row).encode())
    return f'W/"{digest.hexdigest()}"'


def _render_body(request: HttpRequest, station: Station, wire: int, now: datetime, base_url: str) -> HttpResponse:
    if _is_legacy(station, wire):
        text = json.dumps(legacy_roster(station, now, base_url), ensure_ascii=False)
    elif wire < FIRST_RENAMED_VERSION:
        values = roster(station, now, base_url).model_dump(mode="json")
        text = json.dumps(to_version_1(values, "RosterPayload"), ensure_ascii=False)
    else:
        text = roster(station, now, base_url).model_dump_json()
    response = HttpResponse(text.encode(), content_type="application/json; charset=utf-8")
    if _accepts_gzip(request):
        response.content = gzip.compress(response.content, _GZIP_LEVEL, mtime=0)
        response["Content-Encoding"] = "gzip"
    response["Content-Length"] = str(len(response.content))
    return response


def _is_legacy(station: Station, wire: int) -> bool:
    """Whether the station's program and its pairing are both of 86a4649, whose roster has fewer fields."""
    return wire == 0 and station.has_shared_key


def _accepts_gzip(request: HttpRequest) -> bool:
    """Whether the station accepts gzip; `gzip;q=0` excludes it."""
    codings = [part.strip().replace(" ", "").lower() for part in request.headers.get("Accept-Encoding", "").split(",")]
    return any(
        coding == "gzip" or (coding.startswith("gzip;q=") and coding[7:] not in ("0", "0.0")) for coding in codings
    )
