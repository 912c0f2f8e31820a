"""Write to the audit log."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest

from server.audit.models import Action, Event
from server.core.throttle import throttle_address


def record(
    action: Action,
    subject: str = "",
    *,
    request: HttpRequest | None = None,
    user: Any = None,
    station_name: str = "",
    **details: Any,
) -> Event:
    """Append an event within the open transaction. User and address come from `request` where there is one.

    `subject` and `details` must not contain ID numbers, tokens or passwords.
    """
    event = _event(action, subject, request, user, station_name, details)
    event.save(force_insert=True)
    return event


def record_several(
    action: Action, subjects: Iterable[tuple[str, dict[str, Any]]], *, request: HttpRequest
) -> list[Event]:
    """Append one event for each subject with its details, in one statement."""
    return Event.objects.bulk_create(
        _event(action, subject, request, None, "", details) for subject, details in subjects
    )


def _event(
    action: Action, subject: str, request: HttpRequest | None, user: Any, station_name: str, details: dict[str, Any]
) -> Event:
    actor = user
    if request is not None and actor is None and getattr(request, "user", None) is not None:
        actor = request.user if request.user.is_authenticated else None
    return Event(
        action=action,
        subject=subject[:200],
        user=actor,
        station_name=station_name[:60],
        address=throttle_address(request)[:64] if request is not None else "",
        details=details,
    )
