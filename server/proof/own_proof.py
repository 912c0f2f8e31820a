"""The proof of the student's own file, under the link of that file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from config.errors import Problem
from server.core.access import error_page
from server.delivery.names import SUFFIX
from server.delivery.own_file import FULL, file_name, find_by_link, sizes
from server.portal.access import HEADERS
from server.proof.issuing import Issuer, proof_of
from server.proof.package import PROOF_SUFFIX


@require_safe
def own_proof(request: HttpRequest, link: str) -> HttpResponse:
    """Send the proof of the file in its full size; the other sizes are other files, which it does not confirm."""
    submission = find_by_link(link)
    if submission is None:
        return _private(error_page(request, "delivery.own_link_over", 404))
    try:
        proof = proof_of(submission, Issuer.now(timezone.now()))
    except Problem as problem:
        return _private(error_page(request, problem.key, 404, **problem.values))
    name = file_name(submission, next(size for size in sizes() if size.name == FULL)).removesuffix(SUFFIX)
    response = HttpResponse(proof, content_type="application/json")
    response.headers["Content-Disposition"] = content_disposition_header(True, name + PROOF_SUFFIX) or "attachment"
    return _private(response)


def _private(response: HttpResponse) -> HttpResponse:
    """Keep the response out of caches and search engines."""
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response
