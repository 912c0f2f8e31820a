"""Pair a station: a person enters a one-time code, and the station gets its own token."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from kiosk.upload.envelope import Pairing
from server.audit.models import Action
from server.audit.record import record
from server.core.api_errors import ApiError
from server.records.id_number_protection import roster_key as shared_roster_key
from server.records.identifiers import new_token
from server.records.models import Student
from server.records.scope import EVERYTHING, Scope
from server.secrets.encryption import decrypt, encrypt
from server.stations.models import PairingCode, Station

# Without 0/O, 1/I/L, 2/Z, 5/S, 8/B: one person reads the code aloud and another types it.
CODE_ALPHABET: Final = "34679ACDEFGHJKMNPQRTUVWXY"
CODE_LENGTH: Final = 8
ENCRYPTION_KEY: Final = "station"  # encrypts the stations' roster keys
LAST_SEEN_INTERVAL: Final = timedelta(seconds=30)


def new_pairing_code(now: datetime, scope: Scope = EVERYTHING, request: HttpRequest | None = None) -> str:
    """Create a code, valid for [pairing] code_valid_minutes, in the form ABCD-EFGH. Only its hash is stored.

    The station that uses it gets the campaigns of `scope`.
    """
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    expires = now + timedelta(minutes=settings.APP.pairing.code_valid_minutes)
    with transaction.atomic():
        pairing_code = PairingCode.objects.create(code_hash=_code_hash(code), created_at=now, expires_at=expires)
        pairing_code.set_scope(scope)
        record(Action.PAIRING_CODE_MADE, request=request, **_scope_details(scope))
    return f"{code[:4]}-{code[4:]}"


def pair(code: str, name: str, now: datetime, request: HttpRequest | None = None) -> Pairing:
    """Use up the code and pair a station. Raises ApiError: pairing_wrong, pairing_used, pairing_expired."""
    token, roster_key = secrets.token_urlsafe(32), secrets.token_hex(32)
    with transaction.atomic():
        pairing_code = _lock_unused_code(code, now)
        station = Station.objects.create(
            name=name,
            token_hash=_token_hash(token),
            roster_key_encrypted=encrypt(ENCRYPTION_KEY, roster_key),
            paired_at=now,
        )
        station.set_scope(pairing_code.scope)
        pairing_code.used_at, pairing_code.station = now, station
        pairing_code.save(update_fields=["used_at", "station"])
        record(Action.STATION_PAIRED, name, request=request, station_name=name, **_scope_details(pairing_code.scope))
    codes_key = settings.KEY_STORE.oldest("codes")
    return Pairing(station=station.id, name=name, token=token, roster_key=roster_key, codes_key=codes_key)


def _lock_unused_code(code: str, now: datetime) -> PairingCode:
    known = PairingCode.objects.select_for_update().filter(code_hash=_code_hash(code)).first()
    if known is None:
        raise ApiError("refused.pairing_wrong")
    if known.used_at is not None:
        raise ApiError("refused.pairing_used")
    if known.expires_at < now:
        raise ApiError("refused.pairing_expired")
    return known


def roster_key_of(station: Station) -> str:
    """Return the key (hex) of the hashes in this station's roster."""
    if station.roster_key_encrypted:
        return decrypt(ENCRYPTION_KEY, station.roster_key_encrypted)
    return shared_roster_key()


def change_scope(station: Station, scope: Scope, request: HttpRequest | None = None) -> None:
    """Give the station the campaigns of `scope` from now on."""
    with transaction.atomic():
        station.set_scope(scope)
        record(Action.STATION_CHANGED, station.name, request=request, **_scope_details(scope))


def authenticate_token(token: str, now: datetime) -> Station:
    """Return the station of the token and record that it was seen. Raises ApiError: token, revoked."""
    station = find_station(token)
    if station.last_seen is None or now - station.last_seen > LAST_SEEN_INTERVAL:
        Station.objects.filter(pk=station.pk).update(last_seen=now)
    return station


def find_station(token: str) -> Station:
    """Return the station of the token; writes nothing. Raises ApiError: token, revoked."""
    station = Station.objects.filter(token_hash=_token_hash(token)).first()
    if station is None:
        raise ApiError("refused.token")
    if station.revoked:
        raise ApiError("refused.revoked", name=station.name)
    return station


def revoke(station: Station, now: datetime, request: HttpRequest | None = None) -> None:
    """Revoke the station's token and destroy its roster key; the visits that it delivered stay.

    A station paired when rosters still had every student's progress link has these links, so they are replaced. The
    links on receipts are stored as hashes only and were never in a roster.
    """
    with transaction.atomic():
        replaced = _replace_links(station) if station.has_shared_key else 0
        done = Station.objects.filter(pk=station.pk, revoked_at=None).update(revoked_at=now, roster_key_encrypted="")
        if done:
            record(Action.STATION_REVOKED, station.name, request=request, links_replaced=replaced)


def _replace_links(station: Station) -> int:
    students = list(Student.objects.filter(campaign__in=station.scope.allowed()).only("id", "progress_token"))
    for student in students:
        student.progress_token = new_token()
    Student.objects.bulk_update(students, ["progress_token"], batch_size=500)
    return len(students)


def _scope_details(scope: Scope) -> dict[str, Any]:
    """Return the scope for the audit log."""
    return {"everything": scope.everything, "schools": list(scope.schools), "campaigns": list(scope.campaigns)}


def _code_hash(code: str) -> str:
    tidy = "".join(code.split()).replace("-", "").upper()
    return hmac.new(settings.SECRET_KEY.encode(), b"pairing:" + tidy.encode(), hashlib.sha256).hexdigest()


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
