"""Files of a station, sent in pieces before the envelope that names them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError

from kiosk.upload.envelope import FileInfo
from server.core.api_errors import ApiError
from server.stations.models import Station
from server.submissions import piece_requests as pieces
from server.submissions.incoming_files import IncomingSubmission
from server.submissions.intake import read_envelope
from server.submissions.models import Submission
from server.submissions.partial_files import PartialFiles, PartialLimits, PartialState
from server.submissions.piece_requests import content_length, progress_headers
from server.submissions.store import file_sha256, picture_store

MAX_ENVELOPE_BYTES: Final = 512 << 10


def partial_root() -> Path:
    """The folder of partial files: on the disk of the stored pictures, so that a complete file is linked and not
    copied."""
    return Path(settings.FILES).with_name("partial")


def partial_files(station: Station) -> PartialFiles:
    return PartialFiles(partial_root(), station.id, PartialLimits(settings.APP.intake.max_request_bytes))


def file_state_response(station: Station, sha256: str) -> HttpResponse:
    """Respond with the number of stored bytes of the file, also if an earlier visit of this station delivered it."""
    state = partial_files(station).state(sha256)
    stored = _stored_file(station, sha256) if state.offset == 0 else None
    if stored is not None:
        size = stored.stat().st_size
        state = PartialState(size, size, stored)
    return pieces.state_response(state)


def store_piece(request: HttpRequest, station: Station, sha256: str) -> HttpResponse:
    """Store the request's body as the next piece of the file."""
    result = pieces.store_piece(request, partial_files(station), sha256)
    return result if isinstance(result, HttpResponse) else HttpResponse(status=204, headers=progress_headers(result))


def incoming_submission(request: HttpRequest, station: Station) -> IncomingSubmission:
    """Return a request's envelope and files. Raises ApiError."""
    if request.content_type != "application/json":
        try:
            return _incoming_by_form(request)
        except (BadRequest, SuspiciousOperation, MultiPartParserError) as error:
            raise ApiError("refused.envelope_wrong", where="-", why=str(error)[:200]) from error
    if content_length(request) > MAX_ENVELOPE_BYTES:
        raise ApiError("refused.envelope_wrong", where="-", why=f"more than {MAX_ENVELOPE_BYTES} bytes")
    return _incoming_by_hash(station, request.body.decode("utf-8", "replace"))


def _incoming_by_form(request: HttpRequest) -> IncomingSubmission:
    envelope, shot, portrait = (
        request.POST.get("envelope"),
        request.FILES.get("shot"),
        request.FILES.get("portrait"),
    )
    if envelope is None or shot is None:
        missing = "envelope" if envelope is None else "shot"
        raise ApiError("refused.envelope_wrong", where=missing, why="field required")
    return IncomingSubmission(envelope, shot.chunks(), portrait.chunks() if portrait else None)


def _incoming_by_hash(station: Station, envelope: str) -> IncomingSubmission:
    """Return the visit's files from the pieces of this station. Raises ApiError: files_missing, and those of the
    envelope."""
    submission = read_envelope(envelope)
    portrait = submission.portrait
    return IncomingSubmission(
        envelope, _complete_file(station, submission.shot), _complete_file(station, portrait) if portrait else None
    )


def discard_pieces(station: Station, submission: Submission) -> None:
    """Delete the pieces after the visit is stored."""
    files = partial_files(station)
    for sha256 in (submission.shot_sha256, submission.submitted_portrait_sha256):
        if sha256 is not None:
            files.discard(sha256)


def _complete_file(station: Station, info: FileInfo) -> Path:
    path = partial_files(station).complete_file(info.sha256, info.size) or _stored_file(station, info.sha256)
    if path is None:
        raise ApiError("refused.files_missing")
    return path


def _stored_file(station: Station, sha256: str) -> Path | None:
    """Return the stored file if a visit of this station delivered it and it is intact. Files of other stations are not
    disclosed: knowing a hash does not prove having the picture."""
    named = Q(shot_sha256=sha256) | Q(portrait_sha256=sha256) | Q(original_portrait_sha256=sha256)
    if not Submission.objects.filter(named, station=station).exists():
        return None
    path = picture_store().path(sha256)
    return path if path.is_file() and file_sha256(path) == sha256 else None
