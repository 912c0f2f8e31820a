"""What the server keeps of second factors: the secret encrypted, recovery codes as hashes."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class SecondFactor(models.Model):
    """One person's authenticator app. `last_used_step` is the time step of the last code that was accepted."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="second_factor")
    secret_encrypted = models.TextField(editable=False)
    confirmed_at = models.DateTimeField(null=True)
    last_used_step = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.user)


class RecoveryCode(models.Model):
    """Opens once instead of a code of the app."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    code_hash = models.CharField(max_length=64, editable=False)

    def __str__(self) -> str:
        return str(self.user)
