"""Sessions of browsers. An expired one still contains what a visitor typed, encrypted, so it is not kept."""

from __future__ import annotations

from datetime import datetime

from django.contrib.sessions.models import Session


def delete_expired_sessions(now: datetime) -> int:
    """Delete expired sessions; return how many. Django itself never deletes them."""
    return Session.objects.filter(expire_date__lt=now).delete()[0]
