"""How a station becomes known: a person reads it a one-time code, and it gets a token of its own."""

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
from server.core.api_errors import Refusal
from server.records.id_numbers import roster_key as shared_roster_key
from server.records.models import Student, new_token
from server.records.scope import EVERYTHING, Scope
from server.secrets.encryption import decrypted, encrypted
from server.stations.models import PairingCode, Station

# Without 0/O, 1/I/L, 2/Z, 5/S, 8/B: a person reads the code out and another types it.
ALPHABET: Final = "34679ACDEFGHJKMNPQRTUVWXY"
LENGTH: Final = 8
KEY: Final = "station"  # encrypts the stations' roster keys
SEEN_EVERY: Final = timedelta(seconds=30)


def new_pairing_code(now: datetime, scope: Scope = EVERYTHING, request: HttpRequest | None = None) -> str:
    """Makes a code, valid for [pairing] code_minutes, shown as ABCD-EFGH. It is known only to whom it is shown.

    The station that it pairs gets the campaigns of `scope`.
    """
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    expires = now + timedelta(minutes=settings.HOUSE.pairing.code_minutes)
    with transaction.atomic():
        made = PairingCode.objects.create(code_hash=_code_hash(code), made_at=now, expires_at=expires)
        made.set_scope(scope)
        record(Action.PAIRING_CODE_MADE, request=request, **_described(scope))
    return f"{code[:4]}-{code[4:]}"


def pair(code: str, name: str, now: datetime, request: HttpRequest | None = None) -> Pairing:
    """Spends the code and enrols a station. Raises Refusal: pairing_wrong, pairing_used, pairing_expired."""
    token, roster_key = secrets.token_urlsafe(32), secrets.token_hex(32)
    with transaction.atomic():
        known = _unspent(code, now)
        station = Station.objects.create(
            name=name,
            token_hash=_token_hash(token),
            roster_key_encrypted=encrypted(KEY, roster_key),
            paired_at=now,
        )
        station.set_scope(known.scope)
        known.used_at, known.station = now, station
        known.save(update_fields=["used_at", "station"])
        record(Action.STATION_PAIRED, name, request=request, station_name=name, **_described(known.scope))
    codes_key = settings.KEY_STORE.oldest("codes")
    return Pairing(station=station.id, name=name, token=token, roster_key=roster_key, codes_key=codes_key)


def _unspent(code: str, now: datetime) -> PairingCode:
    known = PairingCode.objects.select_for_update().filter(code_hash=_code_hash(code)).first()
    if known is None:
        raise Refusal("refused.pairing_wrong")
    if known.used_at is not None:
        raise Refusal("refused.pairing_used")
    if known.expires_at < now:
        raise Refusal("refused.pairing_expired")
    return known


def roster_key_of(station: Station) -> str:
    """The key (hex) of the hashes in this station's roster."""
    if station.roster_key_encrypted:
        return decrypted(KEY, station.roster_key_encrypted)
    return shared_roster_key()


def change_scope(station: Station, scope: Scope, request: HttpRequest | None = None) -> None:
    """From now on the station gets the campaigns of `scope`."""
    with transaction.atomic():
        station.set_scope(scope)
        record(Action.STATION_CHANGED, station.name, request=request, **_described(scope))


def station_of(token: str, now: datetime) -> Station:
    """The station that the token belongs to, and notes that it was seen. Raises Refusal: token, revoked."""
    station = known_station(token)
    if station.last_seen is None or now - station.last_seen > SEEN_EVERY:
        Station.objects.filter(pk=station.pk).update(last_seen=now)
    return station


def known_station(token: str) -> Station:
    """The station that the token belongs to; writes nothing. Raises Refusal: token, revoked."""
    station = Station.objects.filter(token_hash=_token_hash(token)).first()
    if station is None:
        raise Refusal("refused.token")
    if station.revoked:
        raise Refusal("refused.revoked", name=station.name)
    return station


def revoke(station: Station, now: datetime, request: HttpRequest | None = None) -> None:
    """From now on the station's token opens nothing; what it delivered stays. Its roster key is destroyed.

    A station that was paired when the roster still had every student's progress link knows these links: they are
    replaced. Links made by receipts lead to the server by a hash and were never in a roster.
    """
    with transaction.atomic():
        replaced = _replace_links(station) if station.has_shared_key else 0
        done = Station.objects.filter(pk=station.pk, revoked_at=None).update(revoked_at=now, roster_key_encrypted="")
        if done:
            record(Action.STATION_REVOKED, station.name, request=request, links_replaced=replaced)


def _replace_links(station: Station) -> int:
    students = list(Student.objects.filter(campaign__in=station.scope.allowed()).only("id", "token"))
    for student in students:
        student.token = new_token()
    Student.objects.bulk_update(students, ["token"], batch_size=500)
    return len(students)


def _described(scope: Scope) -> dict[str, Any]:
    """For the audit log."""
    return {"everything": scope.everything, "schools": list(scope.schools), "campaigns": list(scope.campaigns)}


def _code_hash(code: str) -> str:
    tidy = "".join(code.split()).replace("-", "").upper()
    return hmac.new(settings.SECRET_KEY.encode(), b"pairing:" + tidy.encode(), hashlib.sha256).hexdigest()


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
