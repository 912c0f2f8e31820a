"""The deliveries of the user's campaigns, and a new one."""

from __future__ import annotations

from itertools import islice
from typing import Any, Final

from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from config.errors import Problem
from config.id_number import mask_number
from config.person_names import mask_name
from server.audit.models import Action
from server.audit.record import record
from server.core.language import request_language, request_translations
from server.delivery import lists
from server.delivery.access import campaigns, deliveries, get_campaign, require_delivery
from server.delivery.creation import PlanChanged, create_delivery
from server.delivery.fields import FIELDS, ID_NUMBER, values_of
from server.delivery.forms import DeliveryForm
from server.delivery.models import Delivery
from server.delivery.names import parse_template
from server.delivery.planning import Plan, make_plan
from server.records.models import Campaign
from server.retouch.engine_child import engine_is_installed
from server.submissions.states import State

PER_PAGE: Final = 30
MAX_REFUSALS: Final = 200
"""Students on the page of a plan at most; the counts are complete."""
_PREVIEW_NAMES: Final = 5
_MASK: Final = "＊"
"""Replaces the `*` of a masked value in the preview: file names must not contain `*`."""


@require_safe
@require_delivery
def home(request: HttpRequest) -> HttpResponse:
    own = campaigns(request.user).annotate(
        confirmed=_count(State.CONFIRMED), queued=_count(State.QUEUED), published=_count(State.PUBLISHED)
    )
    packages = (
        deliveries(request.user)
        .select_related("campaign", "created_by")
        .annotate(portraits=Count("items", filter=Q(items__left_out_at=None)))
    )
    context = {
        "campaigns": own.order_by("-closes_at", "pk"),
        "page": Paginator(packages.order_by("-created_at", "-pk"), PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "delivery/home.html", context)


def _count(state: State) -> Count:
    return Count("submissions", filter=Q(submissions__state=state.value))


@require_http_methods(["GET", "HEAD", "POST"])
@require_delivery
def new_delivery(request: HttpRequest, code: str) -> HttpResponse:
    """Show the plan; the button `deliver` creates the delivery exactly as shown."""
    campaign = get_campaign(request, code)
    form = DeliveryForm(request.POST or None, campaign=campaign)
    if request.method != "POST":
        return _render_plan(request, campaign, form)
    if not form.is_valid():
        return _render_plan(request, campaign, form, status=422)
    if "deliver" not in request.POST:
        return _render_plan(request, campaign, form)
    try:
        return redirect("delivery:delivery", _deliver(request, campaign, form).pk)
    except PlanChanged:
        error, status = request_translations(request).translate("delivery.plan_changed"), 409
    except Problem as problem:
        error, status = problem.in_language(request_language(request)), 422
    return _render_plan(request, campaign, form, error, status)


def _deliver(request: HttpRequest, campaign: Campaign, form: DeliveryForm) -> Delivery:
    options, now = form.options(), timezone.now()
    if options.with_dbf and not form.cleaned_data["unfit_seen"]:
        plan = make_plan(campaign, options, request.user, now)
        if _unfit(plan):
            raise Problem("delivery.unfit_unseen")
    with transaction.atomic():
        count_before = Delivery.objects.count()
        fingerprint = request.POST.get("fingerprint", "")
        delivery = create_delivery(campaign, options, form.cleaned_data["key"], fingerprint, request.user, now)
        if Delivery.objects.count() > count_before:
            subject = f"campaign {campaign.pk}"
            record(Action.DELIVERY_PLANNED, subject, request=request, delivery=delivery.pk, **_summary(delivery))
    return delivery


def _summary(delivery: Delivery) -> dict[str, Any]:
    return {
        "portraits": delivery.items.count(),
        "template": delivery.template,
        "encryption": delivery.encryption,
        "with_id_number": delivery.with_id_number,
    }


def _render_plan(
    request: HttpRequest, campaign: Campaign, form: DeliveryForm, error: str = "", status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"campaign": campaign, "form": form, "error": error}
    try:
        options = form.shown_options()
    except Problem as problem:  # the campaign's own rule is wrong
        context |= {"error": error or problem.in_language(request_language(request))}
        return render(request, "delivery/new.html", context, status=max(status, 422))
    plan = make_plan(campaign, options, request.user, timezone.now())
    context |= {
        "plan": plan,
        "refusals": plan.refusals[:MAX_REFUSALS],
        "unfit": _unfit(plan) if options.with_dbf else [],
        "duplicates": plan.duplicates[:MAX_REFUSALS],
        "engine_missing": not engine_is_installed(),
        "without_photo": campaign.students.exclude(submissions__isnull=False).count(),
        **_preview(request, campaign, options.template_text),
    }
    return render(request, "delivery/new.html", context, status=status)


def _unfit(plan: Plan) -> list[tuple[str, lists.UnfitValue]]:
    """Return the values that the DBF list cannot hold, each with the student's number."""
    fields = tuple(field for field in FIELDS if field.name != ID_NUMBER)
    rows = [lists.ListRow(row.name, "", row.values) for row in plan.rows]
    return [(plan.rows[one.row - 1].student.student_no, one) for one in lists.unfit_values(fields, rows)]


@require_safe
@require_delivery
def names(request: HttpRequest, code: str) -> HttpResponse:
    """Show five names by the rule that is being typed, for the script of the page."""
    campaign = get_campaign(request, code)
    return render(request, "delivery/_names.html", _preview(request, campaign, request.GET.get("template", "")))


def _preview(request: HttpRequest, campaign: Campaign, text: str) -> dict[str, Any]:
    """Return five names with masked values, and the first error."""
    try:
        template = parse_template(text, campaign.id_number_in_delivery)
    except Problem as problem:
        return {"names": [], "names_error": problem.in_language(request_language(request))}
    shown, error = [], ""
    for values in islice(_example_values(campaign, ID_NUMBER in template.fields), _PREVIEW_NAMES):
        try:
            shown.append(template.name_of(values))
        except Problem as problem:
            error = error or problem.in_language(request_language(request))
    return {"names": shown, "names_error": error}


def _example_values(campaign: Campaign, with_id_number: bool) -> list[dict[str, str]]:
    """Return the masked values of the first students to be delivered, or of any while nobody is confirmed."""
    order = ("class_name", "student_no", "id")
    confirmed = campaign.students.filter(submissions__state=State.CONFIRMED.value).order_by(*order)[:_PREVIEW_NAMES]
    students = list(confirmed) or list(campaign.students.order_by(*order)[:_PREVIEW_NAMES])
    examples = [values_of(student, campaign, with_id_number) for student in students]
    return [
        {
            **values,
            "xm": mask_name(values["xm"]).replace("*", _MASK),
            ID_NUMBER: mask_number(values[ID_NUMBER]).replace("*", _MASK),
        }
        for values in examples
    ]
