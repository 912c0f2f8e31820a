"""The clerk's start page: the steps of the set-up, and the campaigns with their counts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from kiosk.upload.roster_payload import StudentState
from server.accounts.models import LinkRequest, RequestState
from server.audit.models import Action
from server.audit.record import record
from server.clerk.access import campaigns, is_clerk, may_create_school, require_clerk, schools
from server.clerk.forms import SchoolForm
from server.clerk.steps import setup_steps
from server.core.access import error_page, redirect_to_sign_in
from server.core.language import request_translations
from server.day.access import sees_day
from server.delivery.access import sees_delivery
from server.retouch.access import is_retoucher
from server.submissions.models import REVIEW_PERMISSION


@require_safe
@require_clerk
def home(request: HttpRequest) -> HttpResponse:
    steps = setup_steps(request.user)
    own_campaigns = campaigns(request.user).select_related("school").order_by("-closes_at", "pk")
    counted = own_campaigns.annotate(
        total=Count("students"),
        captured=Count("students", filter=Q(students__state=StudentState.CAPTURED.value)),
        expected=Count("students", filter=Q(students__state=StudentState.EXPECTED.value)),
    )
    context = {
        "steps": steps,
        "is_set_up": all(step.done for step in steps),
        "campaigns": counted,
        "links_waiting": LinkRequest.objects.filter(
            campaign__in=campaigns(request.user), state=RequestState.WAITING.value
        ).count(),
        "may_create_school": may_create_school(request.user),
        "own_schools": [] if may_create_school(request.user) else schools(request.user).order_by("code"),
    }
    return render(request, "clerk/home.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_clerk
def school(request: HttpRequest) -> HttpResponse:
    """List the schools and add one."""
    if not may_create_school(request.user):
        return error_page(request, "clerk.school_not_allowed", 403)
    form = SchoolForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        created = form.save()
        record(Action.RECORD_CHANGED, f"school {created.pk}", request=request, change="added")
        messages.success(request, request_translations(request).translate("clerk.school_added", name=created.name))
        return redirect("clerk:home")
    context = {"form": form, "schools": schools(request.user).order_by("code")}
    return render(request, "clerk/school.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@require_clerk
def edit_school(request: HttpRequest, code: str) -> HttpResponse:
    """Change the name and the help line of a school, as a clerk of the whole school."""
    instance = get_object_or_404(schools(request.user), pk=code)
    form = SchoolForm(request.POST if request.method == "POST" else None, instance=instance)
    if request.method == "POST" and form.is_valid():
        form.save()
        fields = sorted(form.changed_data)
        record(Action.RECORD_CHANGED, f"school {code}", request=request, change="changed", fields=fields)
        messages.success(request, request_translations(request).translate("clerk.school_saved"))
        return redirect("clerk:edit_school", code)
    context = {"form": form, "school": get_object_or_404(schools(request.user), pk=code)}
    return render(request, "clerk/school_form.html", context, status=422 if form.errors else 200)


@require_safe
def start(request: HttpRequest) -> HttpResponseBase:
    if not request.user.is_authenticated:
        return redirect_to_sign_in(request)
    return redirect(start_page(request.user))


def start_page(user: Any) -> str:
    """Return the page of the user's task: the review queue, the clerk's pages, which also set an empty server up, the
    retoucher's queue, the deliveries, or the capture day of an operator."""
    reviews = user.has_perm(REVIEW_PERMISSION)
    if is_clerk(user) and not (reviews and campaigns(user).exists()):
        return reverse("clerk:home")
    if is_retoucher(user) and not reviews:
        return reverse("retouch:queue")
    if sees_delivery(user) and not reviews:
        return reverse("delivery:home")
    return reverse("day:day") if sees_day(user) and not reviews else reverse("review:queue")
