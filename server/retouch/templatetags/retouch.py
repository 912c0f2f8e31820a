"""Template tags of the retoucher's pages."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context
from django.utils import timezone

from config.i18n import translations
from server.core.language import DEFAULT_LANGUAGE, request_language
from server.retouch import access
from server.retouch.job_view import job_view
from server.submissions.models import Submission

register = template.Library()


@register.simple_tag(takes_context=True)
def is_retoucher(context: Context) -> bool:
    """Whether the menu shows the retoucher's pages."""
    user = context.get("user")
    return user is not None and access.is_retoucher(user)


@register.inclusion_tag("retouch/_summary.html", takes_context=True)
def retouch_summary(context: Context, submission: Submission) -> dict[str, Any]:
    """Show how the present portrait was retouched, for the final reviewer; nothing if it was not."""
    submitted = submission.retouch_jobs.exclude(submitted_at=None).select_related("user")
    job = submitted.filter(result_sha256=submission.portrait_sha256 or "-").first()
    request = context.get("request")
    tr = translations(request_language(request) if request is not None else DEFAULT_LANGUAGE)
    return {
        "request": request,
        "job": job,
        "view": job_view(job, tr, timezone.now()) if job is not None else None,
        "count": len(job.strokes) if job is not None else 0,
    }
