"""Verify a proof against a portrait, offline, with the school's public keys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any

from config.errors import Problem
from kiosk.capture.proof.documents import Certificate, Document, Proof, Receipt, SignedRevocations, Statement
from kiosk.capture.proof.keys import is_signed
from kiosk.capture.proof.operations import is_standard_only, operations_of
from kiosk.capture.proof.signing import text_sha256


@dataclass(frozen=True)
class Trust:
    """The school's public keys, and the last valid day of each revoked key."""

    school_keys: tuple[str, ...]
    revoked: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True)
class ConfirmedPortrait:
    """A portrait that a proof confirms."""

    statement: Statement
    certificate: Certificate
    receipt: Receipt
    recipe: str

    @property
    def simulated(self) -> bool:
        """Whether there was no real camera, so that the portrait shows no real person."""
        return self.statement.simulated or self.certificate.simulated

    @property
    def standard_only(self) -> bool:
        """Whether nothing was done besides what a photo standard permits."""
        return is_standard_only(self.statement.operations)


def verify_proof(portrait_sha256: str, proof: bytes, trust: Trust) -> ConfirmedPortrait:
    """Return what the proof confirms about the file with this hash.

    Raises Problem for the first check that fails: proof.unreadable, .newer, .other_portrait, .other_school, .changed,
    .other_day, .revoked.
    """
    parsed = Proof.parse(proof)
    statement, certificate, receipt = parsed.statement, parsed.certificate, parsed.receipt
    if statement.portrait.sha256 != portrait_sha256:
        raise Problem("proof.other_portrait")
    _require_school(certificate, certificate.issuer, parsed.certificate_signature, trust)
    _require_school(receipt, receipt.issuer, parsed.receipt_signature, trust)
    if not is_signed(statement.to_bytes(), parsed.statement_signature, certificate.key):
        raise Problem("proof.changed")
    if statement.key != certificate.key or sha256(statement.to_bytes()).hexdigest() != receipt.statement:
        raise Problem("proof.changed")
    if not _is_recipe_of(parsed.recipe, statement):
        raise Problem("proof.changed")
    if not certificate.valid_from <= statement.day <= certificate.valid_until:
        raise Problem("proof.other_day", day=statement.day.isoformat())
    last_day = trust.revoked.get(statement.key)
    if last_day is not None and statement.day > last_day:
        raise Problem("proof.revoked", name=certificate.holder_name, day=last_day.isoformat())
    return ConfirmedPortrait(statement, certificate, receipt, parsed.recipe)


def read_revocations(content: bytes, school_keys: tuple[str, ...]) -> dict[str, date]:
    """Return the last valid day of each revoked key in a file of them. Raises Problem like `verify_proof`."""
    parsed = SignedRevocations.parse(content)
    revocations = parsed.revocations
    _require_school(revocations, revocations.issuer, parsed.signature, Trust(school_keys))
    return {one.key: one.last_day for one in revocations.keys}


def _require_school(document: Document, issuer: str, signature: str, trust: Trust) -> None:
    if issuer not in trust.school_keys:
        raise Problem("proof.other_school")
    if not is_signed(document.to_bytes(), signature, issuer):
        raise Problem("proof.changed")


def _is_recipe_of(text: str, statement: Statement) -> bool:
    """Return whether the text is the recipe that the statement names, and its operations are those of the recipe."""
    if statement.recipe is None:
        return text == ""
    if text_sha256(text) != statement.recipe:
        return False
    try:
        recipe: Any = json.loads(text)
        return operations_of(recipe) == statement.operations
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False
