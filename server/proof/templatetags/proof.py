"""The proof of the student's own file, for its page."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context
from django.urls import reverse

from server.order_page.views import qr_data_url
from server.proof.models import Result
from server.proof.statements import statement_of
from server.submissions.models import Submission

register = template.Library()


@register.simple_tag(takes_context=True)
def own_proof(context: Context, submission: Submission, link: str) -> dict[str, Any] | None:
    """Return the addresses of the proof and of its public page, and the QR code of the latter; None without a proof."""
    row = statement_of(submission)
    if row is None or row.result != Result.VALID.value:
        return None
    page = context["request"].build_absolute_uri(reverse("proof:statement", args=[row.code]))
    return {"file": reverse("own_proof", args=[link]), "page": page, "picture": qr_data_url(page)}
