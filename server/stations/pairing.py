"""How a station becomes known: a person reads it a one-time code, and it gets a token of its own."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction

from kiosk.upload.envelope import Pairing
from server.records.number import roster_key
from server.refusal import Refusal
from server.stations.models import PairingCode, Station

# Without 0/O, 1/I/L, 2/Z, 5/S, 8/B: a person reads the code out and another types it.
ALPHABET: Final = "34679ACDEFGHJKMNPQRTUVWXY"
LENGTH: Final = 8
SEEN_EVERY: Final = timedelta(seconds=30)


def new_pairing_code(now: datetime) -> str:
    """Makes a code, valid for [pairing] code_minutes, shown as ABCD-EFGH. It is known only to whom it is shown."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    minutes = settings.HOUSE.pairing.code_minutes
    PairingCode.objects.create(code_hash=_code_hash(code), made_at=now, expires_at=now + timedelta(minutes=minutes))
    return f"{code[:4]}-{code[4:]}"


def pair(code: str, name: str, now: datetime) -> Pairing:
    """Spends the code and enrols a station. Raises Refusal: pairing_wrong, pairing_used, pairing_expired."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        known = PairingCode.objects.select_for_update().filter(code_hash=_code_hash(code)).first()
        if known is None:
            raise Refusal("refused.pairing_wrong")
        if known.used_at is not None:
            raise Refusal("refused.pairing_used")
        if known.expires_at < now:
            raise Refusal("refused.pairing_expired")
        station = Station.objects.create(name=name, token_hash=_token_hash(token), paired_at=now)
        known.used_at, known.station = now, station
        known.save(update_fields=["used_at", "station"])
    return Pairing(station=station.id, name=name, token=token, roster_key=roster_key())


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


def revoke(station: Station, now: datetime) -> None:
    """From now on the station's token opens nothing; what it delivered stays."""
    Station.objects.filter(pk=station.pk, revoked_at=None).update(revoked_at=now)


def _code_hash(code: str) -> str:
    tidy = "".join(code.split()).replace("-", "").upper()
    return hmac.new(settings.SECRET_KEY.encode(), b"pairing:" + tidy.encode(), hashlib.sha256).hexdigest()


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
