"""Expired sessions are deleted, because they contain what visitors typed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from server.jobs.periodic import PERIODIC_JOBS


@pytest.mark.django_db
def test_the_periodic_job_deletes_expired_sessions_only() -> None:
    now = timezone.now()
    keys = {}
    for minutes in (-1, 1):
        session = SessionStore()
        session["typed"] = "encrypted card"
        session.set_expiry(now + timedelta(minutes=minutes))
        session.save()
        keys[minutes] = session.session_key
    PERIODIC_JOBS["delete_expired_sessions"].run(now)
    assert not SessionStore().exists(str(keys[-1]))
    assert SessionStore().exists(str(keys[1]))
