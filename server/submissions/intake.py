"""Receive a submission: check everything, store the pictures, write the row, and only then respond.

A repeated submission, with the same id and file hashes, gets the same response and is stored once.
"""

from __future__ import annotations

import json
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from pydantic import ValidationError

from kiosk.upload.envelope import VERSION, EnvelopeVersion, VisitOutcome
from kiosk.upload.envelope import Submission as Envelope
from kiosk.upload.roster_payload import StudentState
from server.core.api_errors import ApiError
from server.core.database_text import without_nul
from server.core.locks import lock_names
from server.proof.statements import record_statement
from server.records.models import Student
from server.records.people import record_consent
from server.stations.models import ProgressLink, Station
from server.stations.roster import token_hash
from server.submissions.identity_check import identity_check
from server.submissions.incoming_files import (
    IncomingSubmission,
    TempFiles,
    remove_unreferenced,
    store_files,
    verified_files,
)
from server.submissions.locks import lock_students
from server.submissions.models import CLOSED_STATES, STATION_SOURCE, Submission, was_interrupted
from server.submissions.outcomes import outcome_columns
from server.submissions.pictures import CheckedPictures, check_pictures, check_portrait
from server.submissions.sender import Sender, actor_of, consent_source, may_submit_for, station_of
from server.submissions.sharing import share_with_chosen
from server.submissions.states import UNDECIDED_STATES, State
from server.submissions.store import PictureStore, picture_store
from server.submissions.workflow import record_submitted, supersede


def ingest(incoming: IncomingSubmission, sender: Sender, now: datetime) -> Submission:
    """Return the stored, committed submission. Raises ApiError; then nothing of it is stored."""
    envelope = read_envelope(incoming.envelope)
    if (envelope.origin is not None) != isinstance(sender, Student) or not _identified_here(envelope, sender):
        raise ApiError("refused.envelope_wrong", where="identified_by", why="only the remote page identifies so")
    if (envelope.portrait is None) != (incoming.portrait is None):
        raise ApiError("refused.portrait_missing" if incoming.portrait is None else "refused.portrait_unannounced")
    files = picture_store()
    with verified_files(incoming, envelope, files) as temp_files:
        pictures = _check_pictures(envelope, temp_files)
        try:
            with transaction.atomic():
                return _create_or_get(envelope, temp_files, pictures, files, sender, now)
        except BaseException:
            remove_unreferenced(temp_files, files)
            raise


def _identified_here(envelope: Envelope, sender: Sender) -> bool:
    return (envelope.identified_by == "remote") == isinstance(sender, Student)


def read_envelope(text: str) -> Envelope:
    """Parse an envelope. Raises ApiError: version_newer, or envelope_wrong with the first invalid field."""
    if _version(text) > VERSION:
        raise ApiError("refused.version_newer", version=_version(text), known=VERSION)
    try:
        return Envelope.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "-"
        raise ApiError("refused.envelope_wrong", where=where, why=first["msg"]) from error


def _version(text: str) -> int:
    """Read the version first: the rest of a newer envelope may not be readable."""
    try:
        return EnvelopeVersion.model_validate_json(text).version
    except ValidationError:
        return 0


def _check_pictures(envelope: Envelope, temp_files: TempFiles) -> CheckedPictures | None:
    """Decode the pictures before the write lock is taken; None for a submission that is stored already."""
    if Submission.objects.filter(pk=envelope.id).exists():
        return None
    return check_pictures(
        temp_files.shot.path,
        temp_files.portrait.path if temp_files.portrait else None,
        settings.APP.intake.max_shot_pixels,
        finished=envelope.outcome is not VisitOutcome.INTERRUPTED,
    )


def _create_or_get(
    envelope: Envelope,
    temp_files: TempFiles,
    pictures: CheckedPictures | None,
    files: PictureStore,
    sender: Sender,
    now: datetime,
) -> Submission:
    """Create the row inside the transaction. Everything is locked first, so the checks still hold at the end."""
    lock_names(*(temp_file.sha256 for temp_file in temp_files.all_files()))
    students = {student.pk: student for student in lock_students([envelope.student, *envelope.also_for])}
    known = Submission.objects.filter(pk=envelope.id).first()
    if known is not None:
        if not _is_same(known, envelope):
            raise ApiError("refused.id_taken")
        store_files(temp_files, files)
        return known
    student = _check_student(students.get(envelope.student), envelope, sender)
    assert pictures is not None  # the submission is new
    if temp_files.portrait is not None and pictures.portrait is not None:
        check_portrait(temp_files.portrait.size, pictures.portrait, student.campaign.photo_standard().output)
    version = _next_version(student, envelope, sender, now)
    store_files(temp_files, files)
    files.store_preview(temp_files.shot.sha256, pictures.shot.jpeg)
    submission = _create_submission(envelope, student, version, sender, now)
    share_with_chosen(submission, envelope.also_for, sender, now)
    return submission


def _is_same(known: Submission, envelope: Envelope) -> bool:
    sent = (envelope.student, envelope.shot.sha256, envelope.portrait.sha256 if envelope.portrait else None)
    return (known.student_id, known.shot_sha256, known.submitted_portrait_sha256) == sent


def _check_student(student: Student | None, envelope: Envelope, sender: Sender) -> Student:
    """Return the student if the envelope may belong to them.

    The day is not checked here: a station's clock may be wrong, and the photo exists already. The
    reviewer sees whether the day is right (server.review.times).
    """
    if student is None or student.campaign_id != envelope.campaign or not may_submit_for(sender, student):
        raise ApiError("refused.student_unknown")
    if student.state == StudentState.WITHDRAWN.value:
        raise ApiError("refused.student_withdrawn")
    if envelope.simulated and not student.campaign.simulated:
        raise ApiError("refused.simulated_shot")
    return student


def _next_version(student: Student, envelope: Envelope, sender: Sender, now: datetime) -> int:
    """Return the version of this submission. Raises ApiError already_received unless every earlier one is closed or
    is an interrupted visit that this one replaces; submission_revoked after a revocation."""
    earlier = Submission.objects.filter(student=student)
    if earlier.filter(state=State.REVOKED.value).exists():
        raise ApiError("refused.submission_revoked")
    active = earlier.exclude(state__in=CLOSED_STATES).first()
    if active is not None:
        finished = envelope.outcome is not VisitOutcome.INTERRUPTED
        if not (finished and is_replaceable(active)):
            raise ApiError("refused.already_received")
        supersede(active, actor_of(sender, is_server=True), now)
    last: int | None = earlier.aggregate(last=Max("version"))["last"]
    return (last or 0) + 1


def is_replaceable(active: Submission) -> bool:
    """Whether a finished visit replaces this one: it was interrupted, and nobody has decided on it."""
    return was_interrupted(active) and active.state in UNDECIDED_STATES


def _create_submission(envelope: Envelope, student: Student, version: int, sender: Sender, now: datetime) -> Submission:
    submission = Submission.objects.create(
        id=envelope.id,
        student=student,
        station=station_of(sender),
        source=envelope.origin.device.source if envelope.origin else STATION_SOURCE,
        version=version,
        shot_sha256=envelope.shot.sha256,
        portrait_sha256=envelope.portrait.sha256 if envelope.portrait else None,
        simulated=envelope.simulated,
        outcome=envelope.outcome.value,
        taken_at=envelope.taken_at,
        received_at=now,
        identity_check=identity_check(envelope, student, sender).value,
        **outcome_columns(envelope),
        # NaN becomes null, which the database can store. Two fields are secrets. The other names are those of VERSION.
        envelope=without_nul(json.loads(envelope.model_dump_json(exclude={"last_four", "progress_token"})))
        | {"version": VERSION},
    )
    if envelope.progress_token is not None and isinstance(sender, Station):
        link = {"student": student, "station": sender, "created_at": now}
        ProgressLink.objects.get_or_create(token_hash=token_hash(envelope.progress_token), defaults=link)
    text_version = without_nul(envelope.consent.text_version)
    record_consent(student, text_version, envelope.consent.given_at, consent_source(sender))
    record_statement(submission, envelope, now)
    record_submitted(submission, actor_of(sender), now)
    if envelope.outcome is VisitOutcome.ACCEPTED:
        Student.objects.filter(pk=student.pk).update(state=StudentState.CAPTURED.value)
    return submission
