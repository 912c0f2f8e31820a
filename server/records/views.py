"""The staff's page for bringing in a roster file."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from config.problem import Problem
from server.pages.access import needs
from server.pages.language import language_of, words_for
from server.records.models import Campaign
from server.records.roster_import import import_roster

MOST_BYTES: Final = 20_000_000


@require_http_methods(["GET", "HEAD", "POST"])
@needs("records.add_student")
def roster_page(request: HttpRequest) -> HttpResponse:
    context: dict[str, object] = {
        "campaigns": Campaign.objects.order_by("-closes"),
        "chosen": request.POST.get("campaign"),
    }
    if request.method == "POST":
        try:
            context |= _imported(request)
        except Problem as problem:
            context |= {"outcome": problem.in_words(language_of(request)), "mood": "attention"}
    return render(request, "records/roster.html", context)


def _imported(request: HttpRequest) -> dict[str, object]:
    campaign = get_object_or_404(Campaign, pk=request.POST.get("campaign", ""))
    file = request.FILES.get("file")
    if file is None or not file.size or file.size > MOST_BYTES:
        raise Problem("roster.choose_file", limit=MOST_BYTES // 1_000_000)
    done = import_roster(campaign, file.read(), skip_bad="skip_bad" in request.POST)
    words = words_for(request)
    counted = {"created": done.created, "changed": done.changed, "unchanged": done.unchanged, "bad": len(done.bad)}
    return {
        "outcome": words.say("roster.done" if done.done else "roster.nothing", **counted),
        "mood": "good" if done.done else "attention",
        "bad": [line.in_words(words.language) for line in done.bad],
    }
