"""Make the submission of a photo: the server writes the envelope that a station would send."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from kiosk.upload.envelope import Consent, FileInfo, Submission, VisitOutcome
from kiosk.upload.photo_origin import DeviceReport, FileReport, PhotoOrigin, SuspicionReport
from server.core.api_errors import ApiError
from server.core.database_text import without_nul
from server.remote import workspace
from server.remote.eligibility import consent_of
from server.remote.models import PhotoJob
from server.remote.signs import distance_m, signs_of
from server.submissions.incoming_files import IncomingSubmission
from server.submissions.intake import ingest
from server.submissions.models import Submission as SubmissionRow
from server.submissions.store import file_sha256


def submit_photo(job: PhotoJob, engine: Callable[[], Mapping[str, Any]], now: datetime) -> SubmissionRow:
    """Make the submission of a photo, unless an earlier run of the job made it. Raises Problem."""
    known = SubmissionRow.objects.filter(pk=job.pk).first()
    if known is not None:
        return known
    answer = dict(engine())
    origin = _origin(job, answer)
    job.report = {"origin": origin.model_dump(mode="json")}
    envelope = _envelope(job, answer, origin)
    incoming = IncomingSubmission(
        envelope.model_dump_json(), workspace.photo_path(job.pk), workspace.portrait_path(job.pk)
    )
    return ingest(incoming, job.student, now)


def _origin(job: PhotoJob, answer: Mapping[str, Any]) -> PhotoOrigin:
    device, file = DeviceReport.model_validate(job.device), FileReport.model_validate(without_nul(answer["file"]))
    distance = distance_m(file, answer["face_share"]) if device.source != "stream" else None
    return PhotoOrigin(
        device=device,
        file=file,
        # For a frame of the stream there is nothing to suspect: its time is known, and no camera wrote its file.
        suspicion=SuspicionReport.model_validate(without_nul(answer["suspicion"]))
        if device.source != "stream"
        else None,
        distance_m=distance,
        signs=signs_of(device, file, distance, job.created_at),
    )


def _envelope(job: PhotoJob, answer: Mapping[str, Any], origin: PhotoOrigin) -> Submission:
    consent = consent_of(job.student)
    if consent is None:
        raise ApiError("refused.remote_consent")
    return Submission(
        id=job.pk,
        campaign=job.student.campaign_id,
        student=job.student.pk,
        taken_at=job.created_at,
        identified_by="remote",
        consent=Consent(text_version=consent.text_version, given_at=consent.given_at),
        outcome=VisitOutcome.ACCEPTED,
        simulated=False,
        shot=_file_info(f"photo.{origin.file.kind or 'bin'}", workspace.photo_path(job.pk)),
        portrait=_file_info("portrait.jpg", workspace.portrait_path(job.pk)),
        recipe=answer["recipe"],
        verdicts=answer["verdicts"],
        also_for=tuple(job.also_for),
        origin=origin,
    )


def _file_info(name: str, path: Path) -> FileInfo:
    return FileInfo(name=name, size=path.stat().st_size, sha256=file_sha256(path))
