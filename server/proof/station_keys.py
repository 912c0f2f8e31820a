"""The keys of stations: registered by heartbeats, revoked with their station or after a given day."""

from __future__ import annotations

import logging
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from kiosk.capture.proof.documents import Revocations, RevokedKey, SignedRevocations
from kiosk.capture.proof.keys import SigningKey, fingerprint
from kiosk.capture.proof.possession import has_private_key
from kiosk.upload.heartbeat import SigningKeyReport
from server.audit.models import Action
from server.audit.record import record
from server.proof.models import StationKey
from server.stations.models import Station

REVOCATION_FILE_NAME: Final = "revoked.json"
MAX_KEYS: Final = 20
"""Keys of one station. It creates a new one every two years, and when its key file is damaged."""
log = logging.getLogger(__name__)


def register_signing_key(station: Station, report: SigningKeyReport, now: datetime) -> None:
    """Record the key that a station reports with its heartbeat; nothing changes if it is known."""
    known = StationKey.objects.filter(public_key=report.public_key).first()
    if known is None:
        if has_private_key(report.public_key, station.pk, report.possession):
            _create(station, report, now)
        else:
            log.warning("station %s reports a signing key that is not its own", station.name)
    elif known.station_id != station.pk:
        log.warning("station %s reports the signing key of another station", station.name)
    elif known.simulated != report.simulated:
        known.simulated = report.simulated
        known.save(update_fields=["simulated"])


def last_day_of(key: StationKey) -> date | None:
    """Return the last day whose statements are valid; None if the key is not revoked."""
    revoked_at = key.station.revoked_at
    days = [day for day in (key.last_day, revoked_at and timezone.localdate(revoked_at)) if day is not None]
    return min(days, default=None)


def revoked_keys() -> dict[str, date]:
    """Return the last valid day of each revoked key."""
    return {key.public_key: day for key, day in _revoked()}


def revocation_file(issuer: SigningKey, now: datetime) -> bytes:
    """Return the list of the revoked keys, signed by the school."""
    keys = tuple(
        RevokedKey(key=key.public_key, holder_name=key.station.name, last_day=day)
        for key, day in sorted(_revoked(), key=_by_key)
    )
    revocations = Revocations(day=timezone.localdate(now), keys=keys, issuer=issuer.public)
    return SignedRevocations(revocations=revocations, signature=issuer.sign(revocations.to_bytes())).to_bytes()


def revoke_since(station: Station, last_day: date) -> int:
    """Reject what the keys of a station signed after `last_day`; return the number of its keys."""
    with transaction.atomic():
        changed = StationKey.objects.filter(station=station).update(last_day=last_day)
        day = last_day.isoformat()
        record(Action.STATION_CHANGED, station.name, change="signing_keys_revoked", last_day=day)
    return changed


def _create(station: Station, report: SigningKeyReport, now: datetime) -> None:
    if StationKey.objects.filter(station=station).count() >= MAX_KEYS:
        log.warning("station %s reports one signing key too many", station.name)
        return
    with transaction.atomic():
        values = {"station": station, "simulated": report.simulated, "registered_at": now}
        StationKey.objects.get_or_create(public_key=report.public_key, defaults=values)
        digits = fingerprint(report.public_key)
        record(
            Action.STATION_CHANGED, station.name, station_name=station.name, change="signing_key", fingerprint=digits
        )


def _revoked() -> list[tuple[StationKey, date]]:
    found = ((key, last_day_of(key)) for key in StationKey.objects.select_related("station"))
    return [(key, day) for key, day in found if day is not None]


def _by_key(one: tuple[StationKey, date]) -> str:
    return one[0].public_key
