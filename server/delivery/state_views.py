"""Import the upload states: choose a file, see what it changes, confirm."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from config.errors import Problem
from server.audit.models import Action
from server.audit.record import record
from server.clerk import uploads
from server.core.language import request_language, request_translations
from server.delivery.access import get_campaign, require_delivery
from server.delivery.state_file import FileState, read_states
from server.delivery.states import carry_out, compare

MAX_BYTES: Final = 20_000_000
_MAX_LINES: Final = 200
"""Lines of one kind on the page; the counts are complete."""


@require_http_methods(["GET", "HEAD", "POST"])
@require_delivery
def states_page(request: HttpRequest, code: str) -> HttpResponse:
    """Take the file; the next page shows what it changes."""
    campaign, error = get_campaign(request, code), ""
    if request.method == "POST":
        try:
            file = request.FILES.get("file")
            if file is None or (file.size or 0) > MAX_BYTES:
                raise Problem("delivery.state_file", limit=MAX_BYTES // 1_000_000)
            content = file.read()
            read_states(content)
            stored = uploads.store(int(request.user.pk or 0), campaign.pk, file.name or "", content)
            return redirect("delivery:states_preview", campaign.pk, stored.id)
        except Problem as problem:
            error = problem.in_language(request_language(request))
    context = {"campaign": campaign, "error": error}
    return render(request, "delivery/states.html", context, status=422 if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@require_delivery
def preview_page(request: HttpRequest, code: str, identifier: str) -> HttpResponse:
    """Show what the file changes; POST carries out exactly what was shown."""
    campaign, upload = get_campaign(request, code), uploads.load(identifier, int(request.user.pk or 0))
    if upload is None or upload.campaign != campaign.pk:
        raise Http404
    try:
        plan, error = compare(campaign, read_states(upload.content)), ""
    except Problem as problem:  # a file of the roster's pages, or the machine is too busy to read it again
        messages.error(request, problem.in_language(request_language(request)))
        return redirect("delivery:states", campaign.pk)
    if request.method == "POST":
        if request.POST.get("fingerprint") == plan.fingerprint:
            done = carry_out(plan, request.user, timezone.now())
            sha256 = hashlib.sha256(upload.content).hexdigest()
            counts: dict[str, Any] = {state.value: len(plan.of(state)) for state in FileState}
            subject = f"campaign {campaign.pk}"
            record(Action.UPLOAD_STATES_IMPORTED, subject, request=request, sha256=sha256, done=done, **counts)
            uploads.remove(upload)
            messages.success(request, request_translations(request).translate("delivery.states_done", count=done))
            return redirect("delivery:home")
        error = request_translations(request).translate("delivery.states_changed")
    context = {
        "campaign": campaign,
        "upload": upload,
        "plan": plan,
        "published": len(plan.of(FileState.PUBLISHED)),
        "uploaded": len(plan.of(FileState.UPLOADED)),
        "refused": plan.of(FileState.REFUSED),
        "problems": plan.problems[:_MAX_LINES],
        "error": error,
    }
    return render(request, "delivery/states_preview.html", context, status=409 if error else 200)
