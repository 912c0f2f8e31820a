"""The staff's page for bringing in a roster file."""

from __future__ import annotations

from itertools import islice
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from config.errors import Problem
from server.core.access import needs
from server.core.language import language_of, words_for
from server.members.scope import campaigns_of
from server.records.roster_import.changes import Plan
from server.records.roster_import.importer import Origin, compare_roster, import_roster
from server.records.roster_import.report import bad_lines, report

MOST_BYTES: Final = 20_000_000
MOST_LINES: Final = 300  # of the report; the command prints all of them


@require_http_methods(["GET", "HEAD", "POST"])
@needs("records.add_student")
def roster_page(request: HttpRequest) -> HttpResponse:
    context: dict[str, object] = {
        "campaigns": campaigns_of(request.user).order_by("-closes"),
        "chosen": request.POST.get("campaign"),
    }
    if request.method == "POST":
        try:
            context |= _imported(request)
        except Problem as problem:
            context |= {"outcome": problem.in_language(language_of(request)), "mood": "attention"}
    return render(request, "records/roster.html", context)


def _imported(request: HttpRequest) -> dict[str, object]:
    campaign = get_object_or_404(campaigns_of(request.user), pk=request.POST.get("campaign", ""))
    file = request.FILES.get("file")
    if file is None or not file.size or file.size > MOST_BYTES:
        raise Problem("roster.choose_file", limit=MOST_BYTES // 1_000_000)
    content = file.read()
    if "check_only" in request.POST:
        plan = compare_roster(campaign, content)
        return _told(request, plan, "roster.dry_run", good=not plan.bad)
    origin = Origin(file.name or "", request)
    done = import_roster(campaign, content, skip_bad="skip_bad" in request.POST, origin=origin)
    return _told(request, done.plan, "roster.done" if done.done else "roster.nothing", good=done.done)


def _told(request: HttpRequest, plan: Plan, key: str, good: bool) -> dict[str, object]:
    words = words_for(request)
    counted = {
        "created": len(plan.created),
        "changed": len(plan.changed),
        "unchanged": plan.unchanged,
        "bad": len(plan.bad),
    }
    return {
        "outcome": words.translate(key, **counted),
        "mood": "good" if good else "attention",
        "bad": list(bad_lines(plan.bad, words.language)),
        "report": list(islice(report(plan, words.language), MOST_LINES)),
    }
