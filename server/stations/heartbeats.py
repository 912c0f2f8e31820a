"""Store the heartbeats of stations: one row each."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from kiosk.upload.heartbeat import Heartbeat as HeartbeatPayload
from server.core.database_text import without_nul
from server.stations.contact_times import with_contact
from server.stations.models import Heartbeat, Station


def store_heartbeat(station: Station, payload: HeartbeatPayload, now: datetime) -> None:
    """Replace the station's earlier heartbeat."""
    values = without_nul(payload.model_dump(exclude={"oldest_waiting_seconds", "cameras", "signing_key"}))
    values["cameras"] = without_nul([camera.model_dump() for camera in payload.cameras])
    age = payload.oldest_waiting_seconds
    values["oldest_waiting_at"] = now - timedelta(seconds=age) if age is not None else None
    silent_after = timedelta(minutes=settings.APP.day.silent_minutes)
    with transaction.atomic():
        earlier = Heartbeat.objects.select_for_update().filter(station=station).values_list("days", flat=True).first()
        values["days"] = with_contact(earlier or {}, now, silent_after)
        Heartbeat.objects.update_or_create(station=station, defaults={**values, "received_at": now})
