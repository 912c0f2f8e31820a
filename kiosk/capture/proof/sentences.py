"""Sentences about what a proof confirms, for the person who verifies it."""

from __future__ import annotations

from typing import Final

from config.i18n import Message, Translations
from kiosk.capture.proof.verification import ConfirmedPortrait

SIMULATED: Final = Message("proof.simulated")
NOT_PROVEN: Final = Message("proof.not_proven")


def headline(confirmed: ConfirmedPortrait) -> Message:
    """Return who made the portrait, and when."""
    values = {"name": confirmed.certificate.holder_name, "day": confirmed.statement.day.isoformat()}
    if confirmed.simulated:
        return Message("proof.confirmed.simulated", values)
    return Message(f"proof.confirmed.{confirmed.certificate.holder}", values)


def signed_headline(confirmed: ConfirmedPortrait) -> Message:
    """Return the headline for a proof with which no file has been compared yet."""
    values = {"name": confirmed.certificate.holder_name, "day": confirmed.statement.day.isoformat()}
    return Message("proof.signed_simulated" if confirmed.simulated else "proof.signed", values)


def details(confirmed: ConfirmedPortrait, tr: Translations) -> list[str]:
    """Return one sentence each about the original, the operations, the standard and the days."""
    statement = confirmed.statement
    names = tr.translate("proof.separator").join(tr.translate(f"proof.operation.{one}") for one in statement.operations)
    done = "proof.only_operations" if confirmed.standard_only else "proof.more_operations"
    lines = [
        tr.translate("proof.original", sha256=statement.original.sha256, bytes=statement.original.bytes),
        tr.translate(done, operations=names),
    ]
    if statement.standard is not None:
        lines.append(tr.translate("proof.standard", name=statement.standard.name, version=statement.standard.version))
    if confirmed.certificate.holder == "server":
        lines.append(tr.translate("proof.before_the_server"))
    lines.append(tr.translate("proof.received", day=confirmed.receipt.day.isoformat()))
    if statement.day > confirmed.receipt.day:
        lines.append(tr.translate("proof.clock"))
    return lines
