"""Verify the files that somebody sends to the public page. They are neither decoded nor stored."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from config.errors import Problem
from config.i18n import Translations
from kiosk.capture.proof.documents import MAX_PROOF_BYTES
from kiosk.capture.proof.keys import fingerprint
from kiosk.capture.proof.sentences import NOT_PROVEN, SIMULATED, details, headline, signed_headline
from kiosk.capture.proof.verification import ConfirmedPortrait, verify_proof
from server.proof.issuing import Issuer, issue
from server.proof.models import PortraitStatement, Result

_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Answer:
    """The result that the page shows: `kind` is confirmed, retouched, simulated or failed."""

    kind: str
    title: str
    lines: tuple[str, ...] = ()
    limits: str = ""


def portrait_hash(request: HttpRequest) -> str:
    """Return the hash of the portrait: of the file, or as the page's script computed it. Raises Problem
    proof.page.no_portrait."""
    file = request.FILES.get("portrait")
    if isinstance(file, UploadedFile):
        digest = sha256()
        for chunk in file.chunks():
            digest.update(chunk)
        return digest.hexdigest()
    sent_hash = str(request.POST.get("sha256", ""))
    if not _SHA256.fullmatch(sent_hash):
        raise Problem("proof.page.no_portrait")
    return sent_hash


def proof_bytes(request: HttpRequest, portrait_sha256: str, issuer: Issuer) -> bytes:
    """Return the proof that was sent, or the one that this server has of the portrait. Raises Problem:
    proof.page.unknown, and those of `issue`."""
    file = request.FILES.get("proof")
    if isinstance(file, UploadedFile):
        content: bytes = file.read(MAX_PROOF_BYTES + 1)
        return content
    row = PortraitStatement.objects.filter(portrait_sha256=portrait_sha256, result=Result.VALID.value).first()
    if row is None:
        raise Problem("proof.page.unknown")
    return issue(row, issuer)


def check(request: HttpRequest, expected: str, issuer: Issuer, tr: Translations) -> Answer:
    """Verify the request; `expected` is the hash that the portrait must have, or "" for any portrait."""
    try:
        portrait = portrait_hash(request)
        if expected and portrait != expected:
            raise Problem("proof.other_portrait")
        return answer_of(verify_proof(portrait, proof_bytes(request, portrait, issuer), issuer.trust), tr)
    except Problem as problem:
        return Answer("failed", problem.in_language(tr.language))


def answer_of(confirmed: ConfirmedPortrait, tr: Translations, *, compared: bool = True) -> Answer:
    """Return the answer; `compared`: a file was compared with the signed statement."""
    first = headline(confirmed) if compared else signed_headline(confirmed)
    lines = details(confirmed, tr)
    if confirmed.simulated:
        lines.insert(0, tr.translate(SIMULATED.key))
    lines.append(tr.translate("proof.signed_by", fingerprint=fingerprint(confirmed.certificate.issuer)))
    kind = "simulated" if confirmed.simulated else "confirmed" if confirmed.standard_only else "retouched"
    return Answer(kind, tr.translate(first.key, **first.values), tuple(lines), tr.translate(NOT_PROVEN.key))
