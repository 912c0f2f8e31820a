"""The sender of a submission: a paired station, or the student on the remote page."""

from __future__ import annotations

from server.records.models import Campaign, Student
from server.stations.models import Station
from server.submissions.actor import Actor

Sender = Station | Student


def actor_of(sender: Sender, is_server: bool = False) -> Actor:
    if isinstance(sender, Station):
        return Actor(station=sender, is_server=is_server)
    return Actor(student=sender, is_server=is_server)


def station_of(sender: Sender) -> Station | None:
    return sender if isinstance(sender, Station) else None


def may_submit_for(sender: Sender, student: Student) -> bool:
    """Whether the sender may submit for this student: a station for those of its campaigns, students for themselves."""
    if isinstance(sender, Station):
        return serves(sender, student.campaign)
    return sender.pk == student.pk


def serves(sender: Sender, campaign: Campaign) -> bool:
    """Whether the sender may send photos for this campaign: a station in its scope, a student if phones are allowed."""
    if isinstance(sender, Station):
        return sender.scope.allowed().filter(pk=campaign.pk).exists()
    return bool(campaign.photo_sources)


def consent_source(sender: Sender) -> str:
    """Return the source of the consent for its record."""
    return f"station {sender.name}" if isinstance(sender, Station) else "remote page"
