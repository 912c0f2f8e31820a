"""Issue the proof of a portrait: certificate and receipt are signed again each time, with the school's present key."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from config.errors import Problem
from kiosk.capture.proof.documents import Certificate, Proof, Receipt
from kiosk.capture.proof.keys import SigningKey
from kiosk.capture.proof.verification import Trust, verify_proof
from server.proof.models import PortraitStatement, Result, SchoolKey, StationKey
from server.proof.school_key import school_key, school_public_keys
from server.proof.statements import statement_of
from server.proof.station_keys import revoked_keys
from server.submissions.models import Submission

STATION_KEY_AGE: Final = timedelta(days=3 * 365)
"""How long a station's key is certified; the station creates a new key after two years (kiosk.upload.signing_key)."""
_SERVER_KEY_AGE: Final = timedelta(days=20 * 365)
_CLOCK_TOLERANCE: Final = timedelta(days=1)
"""The clock of a station that was just paired may be on the day before."""


@dataclass(frozen=True)
class Issuer:
    """The school's key and the keys that it trusts, for issuing several proofs."""

    key: SigningKey
    trust: Trust
    holders: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The values of certificates by public key, read once."""

    @staticmethod
    def now(now: datetime) -> Issuer:
        return Issuer(school_key(now), trust_of_school())


def trust_of_school() -> Trust:
    return Trust(school_public_keys(), revoked_keys())


def issue(row: PortraitStatement, issuer: Issuer) -> bytes:
    """Return the proof. Raises Problem: proof.none (there is no valid statement), proof.not_certified (the station has
    not reported its key yet), and those of verify_proof, so that no proof is sent that the public page would reject."""
    if row.result != Result.VALID.value:
        raise Problem("proof.none")
    signed = row.signed
    key = signed.statement.key
    if key not in issuer.holders:
        issuer.holders[key] = _holder(key)
    certificate = Certificate(**issuer.holders[key], issuer=issuer.key.public)
    receipt = Receipt(
        statement=sha256(signed.statement.to_bytes()).hexdigest(),
        day=timezone.localdate(row.created_at),
        issuer=issuer.key.public,
    )
    proof = Proof(
        statement=signed.statement,
        statement_signature=signed.signature,
        certificate=certificate,
        certificate_signature=issuer.key.sign(certificate.to_bytes()),
        receipt=receipt,
        receipt_signature=issuer.key.sign(receipt.to_bytes()),
        recipe=row.recipe,
    ).to_bytes()
    verify_proof(row.portrait_sha256, proof, issuer.trust)
    return proof


def proof_of(submission: Submission, issuer: Issuer) -> bytes:
    """Return the proof of the submission's present portrait. Raises Problem as `issue`."""
    row = statement_of(submission)
    if row is None:
        raise Problem("proof.none")
    return issue(row, issuer)


def _holder(public_key: str) -> dict[str, Any]:
    """Return the values of a certificate that are about the key's holder."""
    station_key = StationKey.objects.select_related("station").filter(public_key=public_key).first()
    if station_key is not None:
        station = station_key.station
        return {
            "holder": "station",
            "holder_name": station.name,
            "key": public_key,
            "simulated": station_key.simulated,
            "valid_from": timezone.localdate(station.paired_at) - _CLOCK_TOLERANCE,
            "valid_until": timezone.localdate(station_key.registered_at) + STATION_KEY_AGE,
        }
    school_key_row = SchoolKey.objects.filter(public_key=public_key).first()
    if school_key_row is None:
        raise Problem("proof.not_certified")
    return {
        "holder": "server",
        "holder_name": urlsplit(settings.PUBLIC_URL).hostname or "Zhengguan",
        "key": public_key,
        "simulated": False,
        "valid_from": timezone.localdate(school_key_row.created_at) - _CLOCK_TOLERANCE,
        "valid_until": _last_day(school_key_row),
    }


def _last_day(key: SchoolKey) -> date:
    """Return the day on which the key was replaced, or the day on which it expires."""
    if key.retired_at is not None:
        return timezone.localdate(key.retired_at)
    return timezone.localdate(key.created_at) + _SERVER_KEY_AGE
