"""Stations paired with this server, and the one-time codes that pair them."""

from __future__ import annotations

from django.db import models

from server.records.identifiers import new_id
from server.records.models import Student
from server.records.scope import CampaignScope


class Station(CampaignScope):
    """One paired kiosk. Only the hash of its token is stored.

    `roster_key_encrypted` keys the hashes in its roster; it is "" for a station that was paired when all stations
    shared one key, and after its access was revoked. `wire_version` is the newest one that it announced; 0: none.
    """

    id = models.CharField(max_length=32, primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=60)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    roster_key_encrypted = models.TextField(blank=True, default="", editable=False)
    wire_version = models.PositiveSmallIntegerField(default=0, editable=False)
    paired_at = models.DateTimeField()
    last_seen = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name

    @property
    def revoked(self) -> bool:
        return self.revoked_at is not None

    @property
    def has_shared_key(self) -> bool:
        """Whether it should be paired again: it still has the roster key that all stations shared."""
        return not self.revoked and not self.roster_key_encrypted


class Heartbeat(models.Model):
    """The latest heartbeat of a station (kiosk.upload.heartbeat); the next one replaces it, so the table does not grow.

    `days` has the times of contact of the last days: see server.stations.contact_times.
    """

    station = models.OneToOneField(Station, on_delete=models.CASCADE, primary_key=True, related_name="heartbeat")
    received_at = models.DateTimeField()
    version = models.CharField(max_length=120, blank=True)
    waiting = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    oldest_waiting_at = models.DateTimeField(null=True)
    disk_free_bytes = models.PositiveBigIntegerField(null=True)
    cameras = models.JSONField(default=list)
    clock_offset_seconds = models.FloatField(null=True)
    analyses_per_second = models.FloatField(null=True)
    required_analyses_per_second = models.FloatField(null=True)
    printer = models.CharField(max_length=120, blank=True)
    days = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.station_id} {self.received_at:%Y-%m-%d %H:%M}"


class PairingCode(CampaignScope):
    """A code that pairs one station once, for the campaigns of its scope. Only its hash is stored."""

    code_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    station = models.ForeignKey(Station, on_delete=models.PROTECT, null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M}"


class LastFourConfirmation(models.Model):
    """A record that the server confirmed the last four characters of a student's ID number to a station."""

    student = models.ForeignKey(Student, on_delete=models.CASCADE)
    station = models.ForeignKey(Station, on_delete=models.PROTECT)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["student", "station"], name="confirmed_by_station")]

    def __str__(self) -> str:
        return f"{self.student_id} {self.at:%Y-%m-%d %H:%M}"


class ProgressLink(models.Model):
    """The progress page of one receipt. Only the hash of its token is stored."""

    token_hash = models.CharField(max_length=64, primary_key=True, editable=False)
    student = models.ForeignKey(Student, on_delete=models.CASCADE)
    station = models.ForeignKey(Station, on_delete=models.PROTECT)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M}"
