"""Photos that arrive from a phone in pieces, by the protocol of the stations (server.submissions.piece_requests)."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from server.core.api_errors import ApiError
from server.core.throttle import Throttle
from server.records.models import Student
from server.remote.eligibility import require_open
from server.remote.photo_jobs import job_of_photo
from server.remote.workspace import HOUR_S, partial_root, photo_files
from server.submissions import piece_requests as pieces
from server.submissions.partial_files import PartialState, remove_expired

_HOUR_MINUTES = 60


def photo_state(student: Student, sha256: str) -> HttpResponse:
    """Return the response: how much of the photo is stored, also after it was submitted; 404 if nothing is."""
    state = _state(student, sha256)
    return pieces.state_response(state) if state.offset else HttpResponse(status=404)


def store_photo_piece(request: HttpRequest, student: Student, sha256: str, now: datetime) -> HttpResponse:
    """Store a piece: 204 with the new offset, 200 once the complete photo is stored and its hash is right. The same
    piece again gets 409 with the right offset. Raises ApiError."""
    files = photo_files(student)
    state = _state(student, sha256)
    if state.path is not None:
        return _stored_response(state, sha256)
    if not state.offset:
        begin_photo(student, pieces.integer_header(request, pieces.LENGTH), now)
    stored = pieces.store_piece(request, files, sha256)
    if isinstance(stored, HttpResponse):
        return stored
    if stored.path is not None:
        return _stored_response(stored, sha256)
    return HttpResponse(status=204, headers=pieces.progress_headers(stored))


def _state(student: Student, sha256: str) -> PartialState:
    """Return how much is stored; a submitted photo is complete, although its pieces are deleted by then."""
    job = job_of_photo(student, sha256)
    if job is not None:
        return PartialState(job.size, job.size, partial_root())
    return photo_files(student).state(sha256)


def begin_photo(student: Student, length: int, now: datetime) -> None:
    """Check the limits of a photo of `length` bytes that begins to arrive. Raises ApiError: why the student may not
    send one now, remote_too_often, remote_full."""
    limits = settings.APP.remote
    require_open(student, now)
    photo_files(student).check_length(length)
    if _bytes_of_all() + length > limits.max_total_bytes:
        raise ApiError("refused.remote_full")
    if not Throttle("remote photo", limits.uploads_per_hour, _HOUR_MINUTES).allow(student.pk):
        raise ApiError("refused.remote_too_often", limit=limits.uploads_per_hour)


def remove_expired_photos(now: datetime) -> int:
    """The periodic job: delete unfinished and unsubmitted photos that received no piece for [remote] expire_hours;
    return how many."""
    return remove_expired(partial_root(), settings.APP.remote.expire_hours * HOUR_S, now.timestamp())


def _stored_response(state: PartialState, sha256: str) -> HttpResponse:
    return JsonResponse({"state": "stored", "photo": sha256}, headers=pieces.progress_headers(state))


def _bytes_of_all() -> int:
    sizes = 0
    for path in partial_root().glob("*/*"):
        try:
            sizes += path.stat().st_size
        except FileNotFoundError:  # it was finished or expired meanwhile
            continue
    return sizes
