"""The form in which a student requests their own file by e-mail. The link alone is not enough: anyone who got it from
the student could send e-mails to strangers in the school's name."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from config.errors import Problem
from server.audit.models import Action
from server.audit.record import record
from server.core.access import error_page
from server.core.language import request_language
from server.delivery.own_file import find_by_link
from server.delivery.own_mail import request_mail
from server.delivery.own_views import LINK_OVER, private, render_own_file
from server.portal.proof import is_proven


@require_POST
def mail_own_file(request: HttpRequest, link: str) -> HttpResponse:
    submission = find_by_link(link)
    if submission is None:
        return private(error_page(request, LINK_OVER, 404))
    if not is_proven(request, submission.student):
        return render_own_file(request, submission, link, status=403)
    language, address = request_language(request), request.POST.get("email", "")
    try:
        with transaction.atomic():
            notice = request_mail(submission, address, language, timezone.now())
            if notice is not None:
                record(Action.OWN_FILE_MAILED, submission.pk, request=request, channel=notice.channel)
    except Problem as problem:
        error = problem.in_language(language)
        return render_own_file(request, submission, link, email=address[:254], error=error, status=422)
    return private(redirect("own_file", link))
