"""Stations that were paired with this server, and the one-time codes that pair them."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models

from server.records.models import new_id


class Station(models.Model):
    """One enrolled kiosk. Of its token only the hash is kept."""

    id: models.CharField[str, str] = models.CharField(max_length=32, primary_key=True, default=new_id, editable=False)
    name: models.CharField[str, str] = models.CharField(max_length=60)
    token_hash: models.CharField[str, str] = models.CharField(max_length=64, unique=True, editable=False)
    paired_at: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    last_seen: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True, blank=True)
    revoked_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Station]] = models.Manager()

    def __str__(self) -> str:
        return self.name

    @property
    def revoked(self) -> bool:
        return self.revoked_at is not None


class PairingCode(models.Model):
    """A code that pairs one station once. Of the code only the hash is kept."""

    code_hash: models.CharField[str, str] = models.CharField(max_length=64, unique=True, editable=False)
    made_at: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    expires_at: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    used_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True, blank=True)
    station: models.ForeignKey[Station | None, Station | None] = models.ForeignKey(
        Station, on_delete=models.PROTECT, null=True, blank=True
    )

    objects: ClassVar[models.Manager[PairingCode]] = models.Manager()

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M}"
