"""Stored second factors: the secret is encrypted, recovery codes are hashed."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class SecondFactor(models.Model):
    """One user's authenticator app. `last_used_step` is the time step of the last accepted code."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="second_factor")
    secret_encrypted = models.TextField(editable=False)
    confirmed_at = models.DateTimeField(null=True)
    last_used_step = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.user)


class RecoveryCode(models.Model):
    """A one-time replacement for a code of the app."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    code_hash = models.CharField(max_length=64, editable=False)

    def __str__(self) -> str:
        return str(self.user)
