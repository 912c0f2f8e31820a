"""The stations of a campaign, each with its latest report and its faults."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from config.i18n import LANGUAGES, Message, translations
from config.settings.server import DaySettings
from server.records.models import Campaign
from server.stations.models import Heartbeat, Station

_CONTACT_OF_OLD_STATIONS: Final = timedelta(minutes=15)
"""A station of an earlier version requests its roster every five minutes and sends no heartbeat."""
_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


class Severity(IntEnum):
    """`OFF`: the station is switched off, as at night."""

    OFF = 0
    GOOD = 1
    WARNING = 2
    CRITICAL = 3


@dataclass(frozen=True)
class Finding:
    severity: Severity
    message: Message


@dataclass(frozen=True)
class StationLine:
    """One station on the page. `heartbeat` is None before the first one, `last_contact` before any request."""

    station: Station
    heartbeat: Heartbeat | None
    last_contact: datetime | None
    findings: tuple[Finding, ...]

    @property
    def severity(self) -> Severity:
        return max((finding.severity for finding in self.findings), default=Severity.GOOD)

    @property
    def tone(self) -> str:
        return self.severity.name.lower()


def station_lines(campaign: Campaign, limits: DaySettings, now: datetime) -> list[StationLine]:
    """Return the stations that photograph students of the campaign, the worst first, with one query."""
    lines = [station_line(station, campaign.simulated, limits, now) for station in serving_stations(campaign)]
    return sorted(lines, key=lambda line: (-line.severity, line.station.name, line.station.pk))


def serving_stations(campaign: Campaign) -> QuerySet[Station]:
    serving = Q(everything=True) | Q(campaigns=campaign) | Q(schools=campaign.school_id)
    return Station.objects.filter(serving, revoked_at=None).select_related("heartbeat").distinct()


def station_line(station: Station, simulated_campaign: bool, limits: DaySettings, now: datetime) -> StationLine:
    heartbeat: Heartbeat | None = getattr(station, "heartbeat", None)
    moments = [station.last_seen, heartbeat.received_at if heartbeat else None]
    contact = max((moment for moment in moments if moment is not None), default=None)
    silence = _silence(contact, heartbeat is not None, limits, now)
    findings = list(silence)
    if heartbeat is not None:
        findings += _queue(heartbeat, limits, now)
    if heartbeat is not None and not silence:  # the rest is known only while the station reports it
        findings += _computer(heartbeat, limits)
        findings += _devices(heartbeat, simulated_campaign, limits)
    findings.sort(key=lambda finding: -finding.severity)
    return StationLine(station, heartbeat, contact, tuple(findings))


def _silence(contact: datetime | None, has_heartbeat: bool, limits: DaySettings, now: datetime) -> list[Finding]:
    if contact is None:
        return [Finding(Severity.WARNING, Message("day.never_connected"))]
    silent, longest = now - contact, timedelta(minutes=limits.silent_minutes)
    if silent > (longest if has_heartbeat else _CONTACT_OF_OLD_STATIONS):
        if timezone.localdate(contact) < timezone.localdate(now):
            since = f"{timezone.localtime(contact):%m-%d %H:%M}"
            return [Finding(Severity.OFF, Message("day.silent_since", {"time": since}))]
        return [Finding(Severity.CRITICAL, Message("day.silent", {"duration": duration_message(silent)}))]
    return [] if has_heartbeat else [Finding(Severity.WARNING, Message("day.sends_no_status"))]


def _queue(heartbeat: Heartbeat, limits: DaySettings, now: datetime) -> list[Finding]:
    findings, oldest = [], heartbeat.oldest_waiting_at
    if heartbeat.waiting and oldest is not None and now - oldest >= timedelta(minutes=limits.queue_minutes):
        values = {"count": heartbeat.waiting, "duration": duration_message(now - oldest)}
        findings.append(Finding(Severity.WARNING, Message("day.waiting", values)))
    if heartbeat.rejected:
        findings.append(Finding(Severity.WARNING, Message("day.waiting_rejected", {"count": heartbeat.rejected})))
    return findings


def _computer(heartbeat: Heartbeat, limits: DaySettings) -> list[Finding]:
    findings, free, offset = [], heartbeat.disk_free_bytes, heartbeat.clock_offset_seconds
    if free is not None and free < limits.disk_warning_gb * 1e9:
        severity = Severity.CRITICAL if free < limits.disk_critical_gb * 1e9 else Severity.WARNING
        findings.append(Finding(severity, Message("day.disk_full", {"free": f"{free / 1e9:.1f}"})))
    if offset is not None and abs(offset) > limits.clock_seconds:
        key = "day.clock_fast" if offset > 0 else "day.clock_slow"
        values = {"duration": duration_message(timedelta(seconds=abs(offset)))}
        findings.append(Finding(Severity.WARNING, Message(key, values)))
    measured, required = heartbeat.analyses_per_second, heartbeat.required_analyses_per_second
    if measured is not None and required is not None and measured < required:
        rates = {"measured": f"{measured:.1f}", "required": f"{required:.1f}"}
        findings.append(Finding(Severity.WARNING, Message("day.slow", rates)))
    return findings


def _devices(heartbeat: Heartbeat, simulated_campaign: bool, limits: DaySettings) -> list[Finding]:
    findings: list[Finding] = []
    for camera in heartbeat.cameras:
        findings += _camera(camera, simulated_campaign, limits)
    if heartbeat.printer not in ("", "ready"):
        key = f"day.printer.{heartbeat.printer}"
        known = all(translations(language).has(key) for language in LANGUAGES)
        findings.append(Finding(Severity.WARNING, Message(key if known else "day.printer.other")))
    return findings


def _camera(camera: dict[str, Any], simulated_campaign: bool, limits: DaySettings) -> Iterable[Finding]:
    name = {"camera": camera["name"]}
    if camera["state"] == "starting":
        yield Finding(Severity.WARNING, Message("day.camera_starting", name))
    elif camera["state"] != "live":
        yield Finding(Severity.CRITICAL, Message("day.camera_lost", name))
    elif camera["problem"]:
        yield Finding(Severity.WARNING, Message("day.camera_problem", name))
    if camera["simulated"] and not simulated_campaign:
        yield Finding(Severity.CRITICAL, Message("day.camera_simulated"))
    battery = camera["battery_percent"]
    if battery is not None and battery < limits.battery_percent:
        yield Finding(Severity.WARNING, Message("day.battery", {"percent": battery, **name}))


def duration_message(duration: timedelta) -> Message:
    """Return a duration in the largest unit that fits: "40 s", "25 min", "3 h", "2 d"."""
    if duration < 2 * _MINUTE:
        return Message("day.seconds", {"count": round(duration.total_seconds())})
    if duration < 2 * _HOUR:
        return Message("day.minutes", {"count": duration // _MINUTE})
    if duration < 2 * _DAY:
        return Message("day.hours", {"count": duration // _HOUR})
    return Message("day.days", {"count": duration // _DAY})
