"""The pictures of the retoucher's pages. Every view and every download is recorded, as on the reviewer's pages."""

from __future__ import annotations

from pathlib import Path

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from server.audit.models import Action as AuditAction
from server.audit.record import record
from server.core.api_errors import ApiError
from server.retouch import workspace
from server.retouch.access import get_job, get_submission, require_retoucher
from server.submissions.models import Submission
from server.submissions.picture_views import record_views
from server.submissions.pictures import content_type_of, preview_file
from server.submissions.states import State
from server.submissions.store import picture_store

_DOWNLOADS = {"original": "shot_sha256", "download": "submitted_portrait_sha256"}
_SHOWN = {"portrait.jpg": "portrait_sha256", "station.jpg": "submitted_portrait_sha256"}


@require_safe
@require_retoucher
def picture(request: HttpRequest, identifier: str, part: str) -> HttpResponseBase:
    """Send `portrait.jpg` (the current one), `station.jpg` (as the station made it), `shot.jpg` (a preview), or as
    downloads `original` (the shot's bytes) and `download` (the station's portrait)."""
    submission = _in_retouching(request, identifier)
    if part == "shot.jpg":
        return _preview(request, submission)
    sha256 = getattr(submission, _DOWNLOADS.get(part) or _SHOWN[part])
    if sha256 is None:
        raise Http404
    path = picture_store().path(sha256)
    if part not in _DOWNLOADS:
        return _send(request, submission, path, part)
    record(AuditAction.ORIGINAL_DOWNLOADED, submission.id, request=request, part=part, campaign=submission.campaign_id)
    kind, ending = content_type_of(path)
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"{identifier}.{ending}", content_type=kind)


@require_safe
@require_retoucher
def brush_picture(request: HttpRequest, identifier: str, name: str) -> HttpResponseBase:
    submission = _in_retouching(request, identifier)
    return _send(request, submission, workspace.brush_picture(identifier, name), f"brush.{name}")


@require_safe
@require_retoucher
def job_picture(request: HttpRequest, identifier: str, job: str, part: str) -> HttpResponseBase:
    submission, row = _in_retouching(request, identifier), get_job(request, identifier, job)
    place = workspace.result_path if part == "result.jpg" else workspace.difference_path
    return _send(request, submission, place(identifier, row.pk), part)


def _in_retouching(request: HttpRequest, identifier: str) -> Submission:
    """Return the submission while it is in retouching; afterwards a retoucher does not need its pictures."""
    submission = get_submission(request, identifier)
    if submission.state != State.RETOUCHING.value:
        raise Http404
    return submission


def _preview(request: HttpRequest, submission: Submission) -> HttpResponseBase:
    try:
        path = preview_file(picture_store(), submission.shot_sha256)
    except ApiError as api_error:
        return HttpResponse(status=api_error.status, headers={"Retry-After": str(api_error.retry_after)})
    if path is None:
        raise Http404
    return _send(request, submission, path, "shot.jpg")


def _send(request: HttpRequest, submission: Submission, path: Path, part: str) -> HttpResponseBase:
    if not path.is_file():
        raise Http404
    record_views(request, [submission], part)
    kind = "image/png" if path.suffix == ".png" else "image/jpeg"
    # The browser may cache it for the working session; proxies may not.
    headers = {"Cache-Control": "private, max-age=600"}
    return FileResponse(path.open("rb"), content_type=kind, headers=headers)
