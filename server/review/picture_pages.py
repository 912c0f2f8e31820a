"""The pictures of a submission, and the record of who saw them."""

from __future__ import annotations

from typing import Any, Final

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from server.audit.models import Action as AuditAction
from server.audit.record import record
from server.core.api_errors import ApiError
from server.review.access import administered, require_reviewer_or_administrator
from server.submissions.models import REVIEW_PERMISSION, Submission
from server.submissions.picture_views import record_views
from server.submissions.pictures import content_type_of, preview_file
from server.submissions.store import picture_store
from server.submissions.visibility import submissions_of

_PORTRAITS: Final = {"portrait.jpg": "portrait_sha256", "station.jpg": "submitted_portrait_sha256"}
_SHOWN_BY_BROWSERS: Final = ("image/jpeg", "image/png", "image/webp")


@require_safe
@require_reviewer_or_administrator
def picture(request: HttpRequest, identifier: str, part: str) -> HttpResponseBase:
    """Send `portrait.jpg` (its bytes), `station.jpg` (the portrait before it was retouched), `shot.jpg` (the stored
    preview), `shot-full` (the shot's bytes, where a browser shows them) or `original` (the same as a download)."""
    submission = _get_submission(request, identifier)
    sha256 = getattr(submission, _PORTRAITS.get(part, "shot_sha256"))
    if sha256 is None or (part == "shot-full" and not is_shown_by_browsers(sha256)):
        raise Http404
    _record_view(request, submission, part)
    if part == "shot.jpg":
        response = _preview_response(sha256)
    else:
        path = picture_store().path(sha256)
        kind, ending = content_type_of(path)
        name, is_download = f"{identifier}.{ending}", part == "original"
        response = FileResponse(path.open("rb"), as_attachment=is_download, filename=name, content_type=kind)
    # The reviewer's browser may cache it for the working session; proxies may not.
    response.headers["Cache-Control"] = "private, max-age=600"
    return response


def is_shown_by_browsers(sha256: str) -> bool:
    """Whether a browser shows the stored file itself; a raw file or HEIF only as its preview."""
    try:
        return content_type_of(picture_store().path(sha256))[0] in _SHOWN_BY_BROWSERS
    except OSError:
        return False


def _get_submission(request: HttpRequest, identifier: str) -> Submission:
    """Look a submission up that a reviewer may see, or an administrator revoke; 404 for others."""
    user: Any = request.user
    visible = submissions_of(user) if user.has_perm(REVIEW_PERMISSION) else administered(user)
    return get_object_or_404(visible.select_related("student"), pk=identifier)


def _preview_response(sha256: str) -> HttpResponseBase:
    try:
        path = preview_file(picture_store(), sha256)
    except ApiError as api_error:
        return HttpResponse(status=api_error.status, headers={"Retry-After": str(api_error.retry_after)})
    if path is None:  # the original can still be downloaded
        raise Http404
    return FileResponse(path.open("rb"), content_type="image/jpeg")


def _record_view(request: HttpRequest, submission: Submission, part: str) -> None:
    """Record who saw which picture. Repeated views within ten minutes count once; every download counts."""
    if part == "original":
        record(AuditAction.ORIGINAL_DOWNLOADED, submission.id, request=request, campaign=submission.campaign_id)
    else:
        record_views(request, [submission], part)
