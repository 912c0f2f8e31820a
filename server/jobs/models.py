"""The lease of the worker that plans the periodic jobs, and the times at which they are due."""

from __future__ import annotations

from django.db import models


class Lease(models.Model):
    """A right that one process has until `expires_at`."""

    name = models.CharField(max_length=30, primary_key=True)
    holder = models.CharField(max_length=64)
    expires_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name}: {self.holder}"


class Schedule(models.Model):
    """The next time at which a periodic job is due."""

    name = models.CharField(max_length=60, primary_key=True)
    next_run_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
