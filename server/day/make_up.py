"""Open a make-up window (补拍) for students without a photo, or remove one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from server.audit.models import Action
from server.audit.record import record
from server.core.language import request_translations
from server.day.absent import absent_classes, make_up_windows, render_list
from server.day.access import get_own_campaign, require_day
from server.day.counts import without_photo
from server.day.make_up_form import MakeUpForm
from server.day.make_up_notices import notify_cancelled, notify_opened
from server.records.models import Campaign


@require_POST
@require_day
def open_window(request: HttpRequest, code: str) -> HttpResponse:
    """Open a window for all students on the list, or for those in the chosen classes. It replaces their earlier window,
    so that nobody has two."""
    campaign = get_own_campaign(request, code)
    form = MakeUpForm(request.POST, campaign=campaign, classes=absent_classes(campaign))
    if not form.is_valid():
        return render_list(request, campaign, form, status=422)
    count = _assign(request, campaign, form)
    key = "day.window_opened" if count else "day.window_for_nobody"
    messages.success(request, request_translations(request).translate(key, count=count))
    return redirect("day:absent", code)


def _assign(request: HttpRequest, campaign: Campaign, form: MakeUpForm) -> int:
    students, classes = without_photo(campaign.students.all()), form.chosen_classes
    if classes is not None:
        students = students.filter(class_name__in=classes)
    with transaction.atomic():
        window = form.save()
        count = campaign.students.filter(pk__in=students.values("pk")).update(make_up_window=window)
        if count:
            notify_opened(window, timezone.now())
            details = {"students": count, "classes": classes or [], "kind": window.kind}
            _record(request, campaign, "make-up window opened", **details)
        else:
            window.delete()
    return count


@require_POST
@require_day
def remove_window(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Remove a make-up window; its students count as absent again, portraits taken in it stay."""
    campaign = get_own_campaign(request, code)
    window = get_object_or_404(make_up_windows(campaign), pk=number)
    with transaction.atomic():
        notify_cancelled(window, timezone.now())
        window.delete()
        _record(request, campaign, "make-up window removed")
    messages.success(request, request_translations(request).translate("day.window_removed"))
    return redirect("day:absent", code)


def _record(request: HttpRequest, campaign: Campaign, change: str, **details: Any) -> None:
    record(Action.RECORD_CHANGED, f"campaign {campaign.pk}", request=request, by="clerk", change=change, **details)
