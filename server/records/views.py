"""The roster import page for staff."""

from __future__ import annotations

from itertools import islice
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from config.errors import Problem
from server.core.access import require_permission
from server.core.language import request_language, request_translations
from server.members.scope import campaigns_of
from server.records.roster_import.import_audit import ImportSource
from server.records.roster_import.import_plan import ImportPlan
from server.records.roster_import.importer import compare_roster, import_roster
from server.records.roster_import.report import bad_line_report, report

MAX_BYTES: Final = 20_000_000
MAX_REPORT_LINES: Final = 300  # lines of the report on the page; the command prints all


@require_http_methods(["GET", "HEAD", "POST"])
@require_permission("records.add_student", "administrator")
def roster_page(request: HttpRequest) -> HttpResponse:
    context: dict[str, object] = {
        "campaigns": campaigns_of(request.user).order_by("-closes_at"),
        "chosen": request.POST.get("campaign"),
    }
    if request.method == "POST":
        try:
            context |= _import_file(request)
        except Problem as problem:
            context |= {"outcome": problem.in_language(request_language(request)), "tone": "attention"}
    return render(request, "records/roster.html", context)


def _import_file(request: HttpRequest) -> dict[str, object]:
    campaign = get_object_or_404(campaigns_of(request.user), pk=request.POST.get("campaign", ""))
    file = request.FILES.get("file")
    if file is None or not file.size or file.size > MAX_BYTES:
        raise Problem("roster.choose_file", limit=MAX_BYTES // 1_000_000)
    content = file.read()
    if "check_only" in request.POST:
        plan = compare_roster(campaign, content)
        return _report_context(request, plan, "roster.dry_run", good=not plan.bad_lines)
    origin = ImportSource(file.name or "", request)
    result = import_roster(campaign, content, skip_bad="skip_bad" in request.POST, origin=origin)
    return _report_context(
        request, result.plan, "roster.done" if result.has_effect else "roster.nothing", good=result.has_effect
    )


def _report_context(request: HttpRequest, plan: ImportPlan, key: str, good: bool) -> dict[str, object]:
    tr = request_translations(request)
    counts = {
        "created": len(plan.created),
        "changed": len(plan.changed),
        "unchanged": plan.unchanged,
        "bad": len(plan.bad_lines),
    }
    return {
        "outcome": tr.translate(key, **counts),
        "tone": "good" if good else "attention",
        "bad_lines": list(bad_line_report(plan.bad_lines, tr.language)),
        "report": list(islice(report(plan, tr.language), MAX_REPORT_LINES)),
    }
