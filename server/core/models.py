"""The counters of the throttles."""

from __future__ import annotations

from django.db import models


class TryCount(models.Model):
    """How often something was tried since the counter was started; worthless after `expires_at`.

    `key` is a keyed hash of the throttle's name and of who tried: neither names nor addresses are stored.
    """

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()
