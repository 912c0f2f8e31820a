"""Counters of the throttles."""

from __future__ import annotations

from django.db import models


class TryCount(models.Model):
    """The number of attempts since the counter was started; irrelevant after `expires_at`.

    `key` is a keyed hash of the throttle's name and of the client: neither names nor addresses are stored.
    """

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()
