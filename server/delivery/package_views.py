"""One delivery: progress, files, download, hand-over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from config.errors import Problem
from server.audit.models import Action
from server.audit.record import record
from server.core.access import error_page
from server.core.language import request_language, request_translations
from server.delivery.access import get_delivery, require_delivery
from server.delivery.check_state import audit_details, check_of, check_state
from server.delivery.creation import package_for_chsi
from server.delivery.forms import HandOverForm
from server.delivery.hand_over import record_hand_over, require_complete
from server.delivery.jobs import pack_again
from server.delivery.models import ENCRYPTION_KEY, Delivery, Receiver, Status
from server.delivery.packaging import items_of, part_count, path_of, withdrawn_items
from server.secrets.encryption import decrypt

_OCTETS = "application/octet-stream"


@require_safe
@require_delivery
def delivery_page(request: HttpRequest, identifier: str) -> HttpResponse:
    return _render_page(request, get_delivery(request, identifier), HandOverForm())


@require_safe
@require_delivery
def live(request: HttpRequest, identifier: str) -> HttpResponse:
    """The progress and the files alone, for the script of the page."""
    return render(request, "delivery/_live.html", _context(get_delivery(request, identifier), HandOverForm()))


@require_safe
@require_delivery
def download(request: HttpRequest, identifier: str, number: int) -> HttpResponseBase:
    """Send one file of the package; the download is recorded before the first byte."""
    delivery = get_delivery(request, identifier)
    try:
        require_complete(delivery)
    except Problem as problem:
        return error_page(request, problem.key, 409)
    file = get_object_or_404(delivery.files.select_related("delivery"), number=number)
    path = path_of(file)
    if not path.is_file():
        raise Http404
    record(
        Action.DELIVERY_DOWNLOADED,
        f"delivery {delivery.pk}",
        request=request,
        campaign=delivery.campaign_id,
        file=file.name,
        sha256=file.sha256,
        portraits=file.portraits,
    )
    return FileResponse(path.open("rb"), as_attachment=True, filename=file.name, content_type=_OCTETS)


@require_POST
@require_delivery
def hand_over(request: HttpRequest, identifier: str) -> HttpResponse:
    delivery, form = get_delivery(request, identifier), HandOverForm(request.POST)
    if not form.is_valid():
        return _render_page(request, delivery, form, status=422)

    def step() -> None:
        record_hand_over(delivery, form.cleaned_data["to"], request.user, timezone.now())

    details = audit_details(check_of(delivery))
    details["sha256"] = delivery.hash_list_sha256
    return _carry_out(request, delivery, step, Action.DELIVERY_HANDED_OVER, "delivery.done_hand_over", **details)


@require_POST
@require_delivery
def again(request: HttpRequest, identifier: str) -> HttpResponse:
    """Pack again a delivery that failed or from which portraits were taken out."""
    delivery = get_delivery(request, identifier)

    def step() -> None:
        pack_again(delivery, timezone.now())

    return _carry_out(request, delivery, step, Action.DELIVERY_PACKED_AGAIN, "delivery.done_again")


@require_POST
@require_delivery
def for_chsi(request: HttpRequest, identifier: str) -> HttpResponse:
    """Make CHSI's package of the same portraits, or show the existing package."""
    delivery = get_delivery(request, identifier)
    if delivery.receiver == Receiver.CHSI.value:
        raise Http404
    try:
        with transaction.atomic():
            is_new = not delivery.other_packages.exists()
            package = package_for_chsi(delivery, request.user, timezone.now())
            if is_new:
                subject = f"campaign {delivery.campaign_id}"
                record(Action.DELIVERY_PLANNED, subject, request=request, delivery=package.pk, receiver="chsi")
    except Problem as problem:
        messages.error(request, problem.in_language(request_language(request)))
        return redirect("delivery:delivery", delivery.pk)
    return redirect("delivery:delivery", package.pk)


def _carry_out(
    request: HttpRequest, delivery: Delivery, step: Callable[[], None], action: Action, done: str, **details: Any
) -> HttpResponse:
    """Carry a step out and record it, both or neither."""
    try:
        with transaction.atomic():
            step()
            subject, campaign = f"delivery {delivery.pk}", delivery.campaign_id
            record(action, subject, request=request, campaign=campaign, **details)
        messages.success(request, request_translations(request).translate(done))
    except Problem as problem:
        messages.error(request, problem.in_language(request_language(request)))
    return redirect("delivery:delivery", delivery.pk)


def _render_page(request: HttpRequest, delivery: Delivery, form: HandOverForm, status: int = 200) -> HttpResponse:
    return render(request, "delivery/delivery.html", _context(delivery, form), status=status)


def _context(delivery: Delivery, form: HandOverForm) -> dict[str, Any]:
    files, portraits = list(delivery.files.all()), items_of(delivery).count()
    is_open = delivery.handed_over_at is None
    withdrawn = withdrawn_items(delivery).count() if is_open else 0
    is_packed = delivery.status == Status.READY.value
    return {
        "delivery": delivery,
        "campaign": delivery.campaign,
        "files": files,
        "file_count": part_count(delivery, portraits),
        "portraits": portraits,
        "left_out": delivery.items.exclude(left_out_at=None).count(),
        "withdrawn": withdrawn,
        "is_ready": is_packed and not withdrawn,
        "can_pack_again": is_open and (delivery.status == Status.FAILED.value or (is_packed and bool(withdrawn))),
        "check": check_state(delivery, portraits),
        "password": decrypt(ENCRYPTION_KEY, delivery.password_encrypted) if delivery.password_encrypted else "",
        "total_bytes": sum(file.size for file in files),
        "form": form,
        "package_days": settings.APP.delivery.package_days,
        "other_packages": delivery.other_packages.all(),
        "is_for_chsi": delivery.receiver == Receiver.CHSI.value,
    }
