"""The public pages of proofs: nobody signs in, and nothing that is sent is stored."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from config.errors import Problem
from kiosk.capture.proof.keys import key_file
from kiosk.capture.proof.verification import verify_proof
from server.core.access import error_page
from server.core.language import request_translations
from server.core.throttle import Throttle, address_tries, throttle_address
from server.proof.check import Answer, answer_of, check
from server.proof.issuing import Issuer, issue
from server.proof.models import PortraitStatement
from server.proof.school_key import KEY_FILE_NAME, school_public_keys
from server.proof.station_keys import REVOCATION_FILE_NAME, revocation_file

_METHODS: Final = ["GET", "HEAD", "POST"]


@require_http_methods(_METHODS)
def check_page(request: HttpRequest) -> HttpResponse:
    """Verify a portrait with its proof, or with the one that this server has of it."""
    return _page(request, None)


@require_http_methods(_METHODS)
def statement_page(request: HttpRequest, code: str) -> HttpResponse:
    """Show the signed statement about the portrait of this code, and compare a file with it. The page shows no picture
    and no person."""
    row = PortraitStatement.objects.filter(code=code).first()
    if row is None:
        return error_page(request, "proof.page.unknown_code", 404)
    return _page(request, row)


@require_safe
def school_keys(request: HttpRequest) -> HttpResponse:
    """Return the school's public keys, for verification without a network."""
    issuer = Issuer.now(timezone.now())
    return _file(key_file(issuer.trust.school_keys).encode(), KEY_FILE_NAME, "application/x-pem-file")


@require_safe
def revoked(request: HttpRequest) -> HttpResponse:
    """Return the list of the revoked keys of stations."""
    now = timezone.now()
    return _file(revocation_file(Issuer.now(now).key, now), REVOCATION_FILE_NAME, "application/json")


def _page(request: HttpRequest, row: PortraitStatement | None) -> HttpResponse:
    tr, issuer = request_translations(request), Issuer.now(timezone.now())
    context: dict[str, Any] = {"code": row.code if row else "", "keys": school_public_keys()}
    if request.method == "POST":
        throttle = Throttle("proof", address_tries(request, settings.APP.throttle.proofs_per_address))
        if not throttle.allow(throttle_address(request)):
            minutes = settings.APP.throttle.window_minutes
            return error_page(request, "refused.too_many_tries", 429, minutes=minutes)
        context["answer"] = check(request, row.portrait_sha256 if row else "", issuer, tr)
    elif row is not None:
        context["signed"] = _signed(row, issuer, request)
    return render(request, "proof/check.html", context)


def _signed(row: PortraitStatement, issuer: Issuer, request: HttpRequest) -> Answer:
    tr = request_translations(request)
    try:
        return answer_of(verify_proof(row.portrait_sha256, issue(row, issuer), issuer.trust), tr, compared=False)
    except Problem as problem:
        return Answer("failed", problem.in_language(tr.language))


def _file(content: bytes, name: str, content_type: str) -> HttpResponse:
    return HttpResponse(
        content, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
