"""The steps of a roster import: upload, columns, preview, import, undo."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Problem
from server.clerk import uploads
from server.clerk.access import campaigns, get_campaign, require_clerk
from server.clerk.roster_preview import fingerprint, preview, read_outline, read_upload
from server.clerk.template_file import roster_template
from server.clerk.uploads import RosterUpload
from server.core.language import request_language, request_translations
from server.records.models import Campaign
from server.records.roster_import.columns import COLUMNS
from server.records.roster_import.import_audit import ImportSource
from server.records.roster_import.import_plan import ImportPlan
from server.records.roster_import.importer import import_file
from server.records.roster_import.mapping import Outline, differences
from server.records.roster_import.undo import undo_import

MAX_BYTES: Final = 20_000_000


@require_http_methods(["GET", "HEAD", "POST"])
@require_clerk
def roster_page(request: HttpRequest) -> HttpResponse:
    """Choose a campaign and a file. The next step shows its columns, or the preview if all are recognized."""
    error = ""
    if request.method == "POST":
        try:
            return _store_upload(request)
        except Problem as problem:
            error = problem.in_language(request_language(request))
    context = {
        "campaigns": campaigns(request.user).select_related("school").order_by("-closes_at", "pk"),
        "chosen": request.POST.get("campaign") or request.GET.get("campaign", ""),
        "error": error,
        "columns": list(COLUMNS),
    }
    return render(request, "clerk/roster.html", context, status=422 if error else 200)


def _store_upload(request: HttpRequest) -> HttpResponse:
    campaign = get_campaign(request, request.POST.get("campaign", ""))
    file = request.FILES.get("file")
    if file is None or not file.size or file.size > MAX_BYTES:
        raise Problem("roster.choose_file", limit=MAX_BYTES // 1_000_000)
    upload = RosterUpload("", 0, campaign.pk, file.name or "", content=file.read())
    outline, _ = read_outline(upload, campaign.school)  # a file that cannot be read is not stored
    upload = uploads.store(_user_id(request), campaign.pk, upload.file_name, upload.content)
    # The clerk chooses one of several lists: otherwise those of the other sheets would be left out without a word.
    return redirect("clerk:columns" if outline.missing or outline.other_lists else "clerk:preview", upload.id)


@require_safe
@require_clerk
def template_file(request: HttpRequest) -> HttpResponse:
    """Send an empty workbook with the known columns."""
    response = HttpResponse(
        roster_template(request_language(request)),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    response.headers["Content-Disposition"] = 'attachment; filename="zhengguan-roster.xlsx"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@require_clerk
def columns_page(request: HttpRequest, identifier: str) -> HttpResponse:
    """Show the meaning of each column of the file; the clerk may change it."""
    upload, campaign = _get_upload(request, identifier)
    sheet = request.GET.get("sheet") or request.POST.get("sheet") or upload.sheet
    try:
        requested = upload if sheet == upload.sheet else replace(upload, sheet=sheet, columns=None)
        outline, sheets = read_outline(requested, campaign.school)
    except Problem as problem:
        if sheet != upload.sheet:  # no such sheet: the address was typed, or belongs to another file
            return redirect("clerk:columns", upload.id)
        return _read_failed(request, upload, problem)
    if requested is not upload:
        upload = uploads.choose(upload, sheet, None)
    chosen, error = upload.columns or outline.assignment, ""
    if request.method == "POST":
        chosen = _read_assignment(request, outline)
        error = _assignment_error(request, chosen)
        if not error:
            uploads.choose(upload, outline.sheet.name, chosen)
            return redirect("clerk:preview", upload.id)
    context = {
        "upload": upload,
        "campaign": campaign,
        "columns": [(column, chosen.get(column.place, "")) for column in outline.columns],
        "known": list(COLUMNS),
        "sheet": outline.sheet.name,
        "sheets": [one.name for one in sheets if one.lines and one.name],
        "line": outline.sheet.lines[outline.header_row].number,
        "error": error,
        "missing": outline.missing,
        "other_lists": "、".join(outline.other_lists),
    }
    return render(request, "clerk/columns.html", context, status=422 if error else 200)


def _read_assignment(request: HttpRequest, outline: Outline) -> dict[int, str]:
    values = {column.place: request.POST.get(f"column_{column.place}", "") for column in outline.columns}
    return {place: value if value in COLUMNS else "" for place, value in values.items()}


def _assignment_error(request: HttpRequest, chosen: dict[int, str]) -> str:
    tr = request_translations(request)
    missing = [column for column in ("name", "number") if column not in chosen.values()]
    names = ", ".join(tr.translate(f"roster.column_{column}") for column in missing)
    return tr.translate("clerk.columns_missing", columns=names) if missing else ""


@require_http_methods(["GET", "HEAD", "POST"])
@require_clerk
def preview_page(request: HttpRequest, identifier: str) -> HttpResponse:
    """Show what the file changes; POST imports exactly what was shown."""
    upload, campaign = _get_upload(request, identifier)
    error = ""
    try:
        file = read_upload(upload, campaign.school)
        if request.method == "POST":
            return _import(request, upload, campaign, file)
    except _PlanChanged:
        error = request_translations(request).translate("clerk.plan_changed")
    except Problem as problem:
        return _read_failed(request, upload, problem)
    shown = preview(campaign, file, request_language(request))
    context = {"upload": upload, "campaign": campaign, "preview": shown, "error": error}
    return render(request, "clerk/preview.html", context, status=409 if error else 200)


def _read_failed(request: HttpRequest, upload: RosterUpload, problem: Problem) -> HttpResponse:
    """Begin again, with the reason."""
    uploads.remove(upload)
    messages.error(request, problem.in_language(request_language(request)))
    return redirect("clerk:roster")


class _PlanChanged(Exception):
    """Somebody changed students between the preview and the confirmation."""


def _import(request: HttpRequest, upload: RosterUpload, campaign: Campaign, file: Any) -> HttpResponse:
    def check_plan(plan: ImportPlan) -> None:
        if fingerprint(plan) != request.POST.get("fingerprint"):
            raise _PlanChanged

    sha256, agreed = hashlib.sha256(upload.content).hexdigest(), "contacts_agreed" in request.POST
    origin = ImportSource(upload.file_name, request, sha256, agreed)
    result = import_file(campaign, file, "skip_bad" in request.POST, origin, on_plan=check_plan)
    tr = request_translations(request)
    if result.bad_lines and not result.has_effect:
        messages.error(request, tr.translate("clerk.nothing_imported"))
        return redirect("clerk:preview", upload.id)
    _remember_columns(campaign, upload)
    uploads.remove(upload)
    messages.success(request, tr.translate("clerk.imported", created=result.created, changed=result.changed))
    return redirect("clerk:campaign", campaign.pk)


def _remember_columns(campaign: Campaign, upload: RosterUpload) -> None:
    if upload.columns is None:
        return
    outline, _ = read_outline(upload, campaign.school)
    campaign.school.roster_columns |= differences(outline.columns, upload.columns)
    campaign.school.save(update_fields=["roster_columns"])


@require_POST
@require_clerk
def cancel(request: HttpRequest, identifier: str) -> HttpResponse:
    """Delete the uploaded file."""
    upload, campaign = _get_upload(request, identifier)
    uploads.remove(upload)
    return redirect("clerk:campaign", campaign.pk)


@require_POST
@require_clerk
def undo(request: HttpRequest, code: str, identifier: str) -> HttpResponse:
    entry = get_object_or_404(get_campaign(request, code).roster_imports, pk=identifier)
    try:
        undo_import(entry, timezone.now(), request)
        messages.success(request, request_translations(request).translate("clerk.undone", count=entry.created))
    except Problem as problem:
        messages.error(request, problem.in_language(request_language(request)))
    return redirect("clerk:campaign", code)


def _get_upload(request: HttpRequest, identifier: str) -> tuple[RosterUpload, Campaign]:
    """Return the user's upload and its campaign, which they must still be allowed to see."""
    upload = uploads.load(identifier, _user_id(request))
    if upload is None:
        raise Http404
    return upload, get_campaign(request, upload.campaign)


def _user_id(request: HttpRequest) -> int:
    return int(request.user.pk or 0)
