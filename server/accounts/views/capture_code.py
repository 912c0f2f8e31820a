"""Mode C: a picture of the capture code or its text, the last four characters, and the person's confirmation."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from kiosk.capture.isolated_decoding.readers import read_codes
from kiosk.capture.types import PhotoProblem
from server.accounts.capture_codes import find_student, normalize_payload, prove
from server.accounts.card_pictures import count_picture, keep_in_memory, uploaded_picture
from server.accounts.consent import consent_required
from server.accounts.forms import CaptureCodeForm, LastFourForm, message
from server.accounts.matching import link
from server.accounts.session import person_required, signed_in_person
from server.accounts.steps import next_step
from server.accounts.views.page import finish_link, render_page, sentence
from server.accounts.visit import Visit
from server.core.api_errors import ApiError
from server.core.language import current_language
from server.core.working_hours import format_moment
from server.records.campaign_options import Identification
from server.records.last_four import LastFourResult
from server.records.people_models import LinkProof


@csrf_exempt  # as for the card: the token is in the body, which is read after the consent was checked
@require_http_methods(["GET", "HEAD", "POST"])
@person_required
@consent_required
def capture_code(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        keep_in_memory(request)
    return _capture_code(request)


@csrf_protect
def _capture_code(request: HttpRequest) -> HttpResponse:
    visit, form = Visit(request), CaptureCodeForm(request.POST if request.method == "POST" else None)
    if visit.campaign is None or Identification.CAPTURE_CODE.value not in visit.campaign.identification:
        return redirect(next_step(request))
    if request.method != "POST":
        return render_page(request, "capture_code", form=form)
    try:
        payload = normalize_payload(form.cleaned_data["typed"] if form.is_valid() else "") or _picture_code(request)
    except ApiError as error:
        return render_page(request, "capture_code", form=form, error=sentence(request, error), status=error.status)
    visit.set_capture_code(payload)
    return redirect("accounts:last_four")


def _picture_code(request: HttpRequest) -> str:
    person = signed_in_person(request)
    count_picture(person.pk if person else "")
    picture = uploaded_picture(request, "picture")
    if not picture:
        raise ApiError("refused.picture_missing")
    try:
        codes = read_codes(picture)
    except PhotoProblem as problem:
        busy = problem.key == "photo.decoder_busy"
        raise ApiError("refused.reader_busy" if busy else "refused.picture_unreadable") from problem
    if len(codes) != 1:
        raise ApiError("refused.code_several" if codes else "refused.code_none")
    return normalize_payload(codes[0])


@require_http_methods(["GET", "HEAD", "POST"])
@person_required
@consent_required
def last_four(request: HttpRequest) -> HttpResponse:
    """Check the last four characters. An unknown code gets the same response as wrong characters."""
    visit = Visit(request)
    campaign, payload = visit.campaign, visit.capture_code
    if not payload or campaign is None:
        return redirect("accounts:capture_code")
    form = LastFourForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return render_page(request, "last_four", form=form, status=422 if form.errors else 200)
    proof = prove(request, campaign, payload, form.cleaned_data["last_four"])
    if proof.student is None:
        status = 429 if proof.result.is_paused else 403
        error = _error(proof.result)
        return render_page(request, "last_four", form=form, error=error, offer_clerk=True, status=status)
    visit.set(proved_student=proof.student.pk)
    return redirect("accounts:check")


@require_http_methods(["GET", "HEAD", "POST"])
@person_required
@consent_required
def check(request: HttpRequest) -> HttpResponse:
    """Show the proved enrolment to the person; the answer "yes" links it."""
    visit, person = Visit(request), signed_in_person(request)
    student = find_student(visit.campaign, visit.capture_code) if visit.campaign and visit.capture_code else None
    if person is None or student is None or student.pk != visit.proved_student:
        return redirect("accounts:capture_code")
    if request.method != "POST":
        return render_page(request, "check", student=student)
    if link(person, [student], LinkProof.CODE_LAST_FOUR, request=request):
        return finish_link(request)
    return redirect("accounts:manual")


def _error(result: LastFourResult) -> str:
    if not result.is_paused:
        return message("account.code_or_four_wrong", left=result.tries_left)
    if result.resets_at is None:
        return message("account.code_paused_for_good")
    return message("account.code_paused", until=format_moment(result.resets_at, current_language()))
