"""The parts of a station's request: body, token, wire version, and the address at which it reached this server."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer
from pydantic import BaseModel, ConfigDict, Field

from kiosk.upload.envelope import VERSION_HEADER
from server.core.form_numbers import whole_number
from server.stations import pairing
from server.stations.models import Station


class PairRequest(BaseModel):
    """A station's request to be paired: the one-time code and the station's name."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    code: str = Field(min_length=1, max_length=40)
    name: str = Field(min_length=1, max_length=60, pattern=r"^[^\x00]*$")  # PostgreSQL stores no NUL


class LastFourRequest(BaseModel):
    """The last four characters of an ID number as a student typed them."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)
    last_four: str = Field(pattern=r"^[0-9A-Z]{4}$", repr=False)


class StationRequest(HttpRequest):
    """A request with a valid station token."""

    auth: Station


class StationToken(HttpBearer):
    """`Authorization: Bearer TOKEN`; the view then finds the Station in `request.auth`."""

    def authenticate(self, request: HttpRequest, token: str) -> Station:
        return pairing.authenticate_token(token, timezone.now())


def wire_version(request: HttpRequest) -> int:
    """Return the newest wire version that the station can read; 0 for one of 86a4649, which does not announce it."""
    version = request.headers.get(VERSION_HEADER, "")
    return min(whole_number(version, 0, digits=5), 999)


def base_url(request: HttpRequest) -> str:
    """Return this server's base URL for phones, without a trailing slash: from the settings, or as the station reached
    it."""
    return settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
