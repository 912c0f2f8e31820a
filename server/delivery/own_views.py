"""The pages of the student's own file, under /f/: anyone who has the link can open them while it is valid."""

from __future__ import annotations

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from server.audit.models import Action
from server.audit.record import record
from server.core.access import error_page
from server.core.api_errors import ApiError
from server.core.language import request_language
from server.delivery.own_file import content_of, file_name, find_by_link, is_offered, link_end, make_link, sizes
from server.delivery.own_mail import is_mail_offered, mail_status
from server.notices.events import Channel
from server.notices.requested import channel_of_requests
from server.portal.access import HEADERS, PICTURE_HEADERS, student_view
from server.portal.progress import progress_of
from server.portal.proof import is_proven
from server.portal.views import render_proof
from server.records.help_line import help_line_of
from server.records.models import Student
from server.submissions.models import Submission

LINK_OVER: Final = "delivery.own_link_over"


@require_safe
@student_view
def photo(request: HttpRequest, student: Student, token: str) -> HttpResponseBase:
    """Make a link to the file for the student of this page, and go there."""
    if not is_proven(request, student):
        return render_proof(request, student, token, "photo")
    latest = progress_of(student).latest
    if latest is None or not is_offered(latest):
        return redirect("portal:page", token=token)
    return redirect("own_file", make_link(latest))


@require_safe
def own_file_page(request: HttpRequest, link: str) -> HttpResponse:
    """Show the portrait with a link for each size; on a phone, a long press saves it to the album."""
    submission = find_by_link(link)
    if submission is None:
        return private(error_page(request, LINK_OVER, 404))
    return render_own_file(request, submission, link)


def render_own_file(
    request: HttpRequest, submission: Submission, link: str, *, email: str = "", error: str = "", status: int = 200
) -> HttpResponse:
    """Show the page. The form for an e-mail needs the proof of identity in this browser; `email` is the typed text."""
    campaign = submission.student.campaign
    proven = is_proven(request, submission.student)
    context = {
        "link": link,
        "student": submission.student,
        "submission": submission,
        "campaign": campaign,
        "sizes": sizes(),
        "until": link_end(link),
        "help_line": help_line_of(campaign, request_language(request)),
        "url": request.build_absolute_uri(reverse("own_file", args=[link])),
        "mail_offered": is_mail_offered(submission),
        "mail_by_office": channel_of_requests(submission) is Channel.FOLDER,
        "proven": proven,
        "mail_status": mail_status(submission) if proven else None,
        "email": email,
        "error": error,
    }
    return private(render(request, "delivery/own.html", context, status=status))


@require_safe
def own_file(request: HttpRequest, link: str, size: str) -> HttpResponse:
    """Send the file: to show, or with `?save` to save, which is recorded."""
    submission = find_by_link(link)
    if submission is None:
        return private(error_page(request, LINK_OVER, 404))
    chosen = next((one for one in sizes() if one.name == size), None)
    if chosen is None:
        raise Http404
    try:
        content = content_of(submission, chosen)
    except FileNotFoundError as error:
        raise Http404 from error
    except ApiError as api_error:
        return private(error_page(request, api_error.key, api_error.status))
    if "save" in request.GET:
        record(Action.OWN_FILE_DOWNLOADED, submission.pk, request=request, size=size)
    response = HttpResponse(content, content_type="image/jpeg", headers=PICTURE_HEADERS)
    disposition = content_disposition_header("save" in request.GET, file_name(submission, chosen))
    response.headers["Content-Disposition"] = disposition or "inline"
    return private(response)


def private(response: HttpResponse) -> HttpResponse:
    """Keep the response out of caches and search engines."""
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response
