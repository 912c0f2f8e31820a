"""Public keys of the school and of its stations, and the signed statements about portraits."""

from __future__ import annotations

import secrets

from django.db import models

from kiosk.capture.proof.documents import SignedStatement, Statement
from server.stations.models import Station
from server.submissions.models import Submission


def new_code() -> str:
    """Return 128 random bits for the address of a statement's page."""
    return secrets.token_urlsafe(16)


class SchoolKey(models.Model):
    """A public key of this server; its private part is the secret `proof` (server.secrets.key_store). Signatures of a
    retired key stay valid."""

    public_key = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.public_key


class StationKey(models.Model):
    """A public key that a station reported. Statements after `last_day`, or after the day on which the station was
    revoked, are not valid."""

    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="signing_keys")
    public_key = models.CharField(max_length=64, unique=True)
    simulated = models.BooleanField()
    registered_at = models.DateTimeField()
    last_day = models.DateField(null=True)

    def __str__(self) -> str:
        return self.public_key


class Result(models.TextChoices):
    """The result of the check of a received statement. `other_portrait`: it does not fit the submission, its recipe or
    its signature."""

    VALID = "valid"
    OTHER_PORTRAIT = "other_portrait"
    MALFORMED = "malformed"


class PortraitStatement(models.Model):
    """The signed statement about one portrait of a submission, byte for byte, and the text of its recipe. `code` is the
    secret part of the address of its page."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="statements")
    portrait_sha256 = models.CharField(max_length=64, db_index=True)
    result = models.CharField(max_length=20, choices=Result.choices)
    statement = models.TextField(blank=True)
    signature = models.CharField(max_length=128, blank=True)
    recipe = models.TextField(blank=True)
    code = models.CharField(max_length=22, unique=True, default=new_code)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission", "portrait_sha256"], name="one_statement_for_each_portrait")
        ]

    def __str__(self) -> str:
        return f"{self.submission_id} {self.portrait_sha256[:8]}"

    @property
    def signed(self) -> SignedStatement:
        """The statement of a valid row."""
        return SignedStatement(statement=Statement.parse(self.statement.encode()), signature=self.signature)
