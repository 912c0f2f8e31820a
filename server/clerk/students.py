"""The pages of students: the list, one student, corrections, withdrawal, consent and further enrolments."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kiosk.upload.roster_payload import StudentState
from server.audit.models import Action
from server.audit.record import record
from server.clerk.access import campaigns, get_campaign, get_student, require_clerk, students
from server.clerk.history import history_of
from server.clerk.student_form import StudentForm, masked_number, save_student
from server.clerk.student_list import SORTABLE, ListQuery, find_students, page_of
from server.core.language import request_translations
from server.notices.contacts import shown_contact
from server.records.last_four import places as last_four_places
from server.records.models import Student
from server.records.people import link_same_numbers
from server.records.people_models import Consent, EnrolmentLink, LinkProof, Person

_PAPER_FORM: Final = "paper"


@require_safe
@require_clerk
def student_list(request: HttpRequest) -> HttpResponse:
    known = list(campaigns(request.user).order_by("-closes_at", "pk"))
    code = request.GET.get("campaign") or (known[0].pk if known else "")
    if not code:
        return redirect("clerk:home")
    campaign = get_campaign(request, code)
    query = ListQuery.parse(request.GET)
    page = page_of(find_students(campaign.students.all(), query), request.GET.get("page"))
    classes = campaign.students.order_by("class_name").values_list("class_name", flat=True)
    context = {
        "campaigns": known,
        "campaign": campaign,
        "query": query,
        "page": page,
        "columns": [(name, query.sort_url(code, name)) for name in SORTABLE],
        "previous_url": query.url(code, page=page.number - 1),
        "next_url": query.url(code, page=page.number + 1),
        "classes": [name for name in classes.distinct() if name],
        "states": [state.value for state in StudentState],
    }
    return render(request, "clerk/students.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_clerk
def add_student(request: HttpRequest) -> HttpResponse:
    campaign = get_campaign(request, request.GET.get("campaign", ""))
    form = StudentForm(request.POST or None, campaign=campaign)
    if request.method == "POST" and form.is_valid():
        student = _save(request, form, "added")
        messages.success(request, _tr(request, "clerk.student_added", name=student.masked_name))
        return redirect("clerk:student", student.pk)
    context = {"form": form, "campaign": campaign}
    return render(request, "clerk/student_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@require_clerk
def student_page(request: HttpRequest, identifier: str) -> HttpResponse:
    student = get_student(request, identifier)
    form = StudentForm(request.POST or None, campaign=student.campaign, student=student)
    if request.method == "POST" and form.is_valid():
        _save(request, form, "corrected")
        messages.success(request, _tr(request, "clerk.student_saved"))
        return redirect("clerk:student", student.pk)
    shown = get_student(request, identifier)  # the form has changed its own copy
    person = _person_of(shown)
    same_person = Q(id_number_hmac=shown.id_number_hmac) | Q(person_link__person=person, person_link__isnull=False)
    others = students(request.user).filter(same_person).exclude(pk=shown.pk)
    context = {
        "student": shown,
        "campaign": shown.campaign,
        "number": masked_number(shown),
        "form": form,
        "others": others.select_related("campaign", "person_link").order_by("pk")[:20],
        "consents": Consent.objects.filter(Q(student=shown) | Q(person=person, person__isnull=False)),
        "contact": shown_contact(shown),
        "is_paused": any(place.is_paused(shown.pk) for place in last_four_places()),
        "history": history_of(shown, request_translations(request)),
    }
    return render(request, "clerk/student.html", context, status=422 if form.errors else 200)


def _save(request: HttpRequest, form: StudentForm, change: str) -> Student:
    with transaction.atomic():
        student, correction = save_student(form)
        if correction.corrects_number:
            EnrolmentLink.objects.filter(student=student, proof=LinkProof.ID_NUMBER.value).delete()
            link_same_numbers()
        if correction.columns:
            _record(request, student, change, **correction.columns)
    return student


@require_POST
@require_clerk
def withdraw(request: HttpRequest, identifier: str) -> HttpResponse:
    """End the student's participation; stations reject them from the next roster on."""
    student = get_student(request, identifier)
    if student.state != StudentState.WITHDRAWN.value:
        _set_state(request, student, StudentState.WITHDRAWN, "withdrawn")
        messages.success(request, _tr(request, "clerk.student_withdrawn", name=student.masked_name))
    return redirect("clerk:student", student.pk)


@require_POST
@require_clerk
def reinstate(request: HttpRequest, identifier: str) -> HttpResponse:
    """Undo a withdrawal: the student is expected again, or captured if there is a portrait."""
    student = get_student(request, identifier)
    if student.state == StudentState.WITHDRAWN.value:
        state = StudentState.CAPTURED if student.has_open_portrait() else StudentState.EXPECTED
        _set_state(request, student, state, "reinstated")
        messages.success(request, _tr(request, "clerk.student_reinstated", name=student.masked_name))
    return redirect("clerk:student", student.pk)


def _set_state(request: HttpRequest, student: Student, state: StudentState, change: str) -> None:
    with transaction.atomic():
        students(request.user).filter(pk=student.pk).update(state=state.value)
        _record(request, student, change)


@require_POST
@require_clerk
def reset_last_four(request: HttpRequest, identifier: str) -> HttpResponse:
    """Allow further attempts at the last four characters, after the clerk has seen the student's document."""
    student = get_student(request, identifier)
    with transaction.atomic():
        for place in last_four_places():
            place.reset(student.pk)
        _record(request, student, "last_four_reset")
    messages.success(request, _tr(request, "clerk.last_four_reset", name=student.masked_name))
    return redirect("clerk:student", student.pk)


@require_POST
@require_clerk
def record_consent(request: HttpRequest, identifier: str) -> HttpResponse:
    """Record a signed paper form, or that the student withdrew the consent, which also ends the collection."""
    student, now = get_student(request, identifier), timezone.now()
    with transaction.atomic():
        if "withdraw" in request.POST:
            of_student = Q(student=student) | Q(person=_person_of(student), person__isnull=False)
            Consent.objects.filter(of_student, withdrawn_at=None).update(withdrawn_at=now)
            students(request.user).filter(pk=student.pk).update(state=StudentState.WITHDRAWN.value)
            _record(request, student, "consent_withdrawn")
        else:
            source = f"clerk {request.user.get_username()}"[:80]
            Consent.objects.create(student=student, text_version=_PAPER_FORM, given_at=now, source=source)
            _record(request, student, "consent_recorded")
    return redirect(reverse("clerk:student", args=[student.pk]) + "#consent")


@require_POST
@require_clerk
def link(request: HttpRequest, identifier: str) -> HttpResponse:
    """Link this enrolment with another of the same person, whose documents the clerk has compared; or unlink it."""
    student = get_student(request, identifier)
    back = redirect(reverse("clerk:student", args=[student.pk]) + "#enrolments")
    if "remove" in request.POST:
        EnrolmentLink.objects.filter(student=student, proof=LinkProof.CLERK.value).delete()
        _record(request, student, "unlinked")
        return back
    number = request.POST.get("student_no", "").strip()[:40]
    found = list(students(request.user).filter(student_no=number).exclude(pk=student.pk)[:2]) if number else []
    if len(found) != 1:
        messages.error(request, _tr(request, "clerk.link_unknown"))
        return back
    with transaction.atomic():
        _link(student, found[0], request.user)
        _record(request, student, "linked", other=found[0].pk)
    return back


def _link(student: Student, other: Student, user: Any) -> None:
    person = _person_of(other) or Person.objects.create()
    for one in (other, student):
        if _person_of(one) != person:
            proof = {"person": person, "proof": LinkProof.CLERK.value, "user": user, "linked_at": timezone.now()}
            EnrolmentLink.objects.update_or_create(student=one, defaults=proof)


def _person_of(student: Student) -> Person | None:
    found = EnrolmentLink.objects.filter(student=student.pk).select_related("person").first()
    return found.person if found else None


def _record(request: HttpRequest, student: Student, change: str, **details: Any) -> None:
    record(Action.RECORD_CHANGED, f"student {student.pk}", request=request, by="clerk", change=change, **details)


def _tr(request: HttpRequest, key: str, **values: object) -> str:
    return request_translations(request).translate(key, **values)
