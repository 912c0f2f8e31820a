"""Takes a submission in: checks everything, stores the pictures, writes the row, and only then answers.

Sent again, the same submission is answered the same way and stored once: by its id and by the hashes of its files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q
from pydantic import ValidationError

from kiosk.upload.envelope import VERSION, VisitOutcome, EnvelopeVersion, FileInfo, StudentState
from kiosk.upload.envelope import Submission as Envelope
from server.core.api_errors import Refusal
from server.records.models import Student
from server.stations.models import ProgressLink, Station
from server.stations.roster import token_hash
from server.submissions.identity_check import identity_check
from server.submissions.models import CLOSED, AuditEntry, State, Submission, was_interrupted
from server.submissions.pictures import CheckedPictures, check_pictures, check_portrait
from server.submissions.sharing import share_as_chosen
from server.submissions.store import Draft, Store
from server.submissions.workflow import supersede


@dataclass(frozen=True)
class Delivery:
    """A request's parts: the envelope's JSON, and of each file its bytes or where it lies on the store's disk."""

    envelope: str
    shot: Iterable[bytes] | Path
    portrait: Iterable[bytes] | Path | None


@dataclass(frozen=True)
class _Drafts:
    shot: Draft
    portrait: Draft | None

    def all(self) -> list[Draft]:
        return [draft for draft in (self.shot, self.portrait) if draft]


def store() -> Store:
    return Store(settings.FILES)


def take_in(delivery: Delivery, station: Station, now: datetime) -> Submission:
    """The stored submission; its commit is done. Raises Refusal, and then nothing of the delivery is kept."""
    envelope = read_envelope(delivery.envelope)
    if (envelope.portrait is None) != (delivery.portrait is None):
        raise Refusal("refused.portrait_missing" if delivery.portrait is None else "refused.portrait_unannounced")
    files = store()
    with _drafted(delivery, envelope, files) as drafts:
        pictures = _checked(envelope, drafts)
        try:
            with transaction.atomic():
                return _settled(envelope, drafts, pictures, files, station, now)
        except BaseException:
            _remove_unnamed(drafts, files)
            raise


def read_envelope(text: str) -> Envelope:
    """Raises Refusal: version_newer, or envelope_wrong, naming the first field that is."""
    if _version(text) > VERSION:
        raise Refusal("refused.version_newer", version=_version(text), known=VERSION)
    try:
        return Envelope.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "-"
        raise Refusal("refused.envelope_wrong", where=where, why=first["msg"]) from error


def _version(text: str) -> int:
    """Read before everything else: of a newer envelope nothing else may be understood."""
    try:
        return EnvelopeVersion.model_validate_json(text).version
    except ValidationError:
        return 0


@contextmanager
def _drafted(delivery: Delivery, envelope: Envelope, files: Store) -> Iterator[_Drafts]:
    """Both files safe on disk and verified against the envelope; the drafts are gone at the end."""
    made: list[Draft] = []
    try:
        shot = _verified(delivery.shot, envelope.shot, files, made, "shot")
        portrait = None
        if delivery.portrait is not None and envelope.portrait is not None:
            portrait = _verified(delivery.portrait, envelope.portrait, files, made, "portrait")
        yield _Drafts(shot, portrait)
    finally:
        for draft in made:
            draft.discard()


def _verified(content: Iterable[bytes] | Path, facts: FileInfo, files: Store, made: list[Draft], part: str) -> Draft:
    draft = files.draft_of(content) if isinstance(content, Path) else files.draft(content)
    made.append(draft)
    if draft.size != facts.size:
        raise Refusal("refused.size_differs", part=part, came=draft.size, announced=facts.size)
    if draft.sha256 != facts.sha256:
        raise Refusal("refused.hash_differs", part=part)
    return draft


def _checked(envelope: Envelope, drafts: _Drafts) -> CheckedPictures | None:
    """Decodes the pictures while nobody waits for the database; None for a submission that is here already."""
    if Submission.objects.filter(pk=envelope.id).exists():
        return None
    return check_pictures(
        drafts.shot.path,
        drafts.portrait.path if drafts.portrait else None,
        settings.HOUSE.intake.shot_pixels,
        finished=envelope.ending is not VisitOutcome.INTERRUPTED,
    )


def _settled(
    envelope: Envelope,
    drafts: _Drafts,
    pictures: CheckedPictures | None,
    files: Store,
    station: Station,
    now: datetime,
) -> Submission:
    """Inside the transaction: the write lock is held, so what is checked here still holds when the row is written."""
    known = Submission.objects.filter(pk=envelope.id).first()
    if known is not None:
        if not _same(known, envelope):
            raise Refusal("refused.id_taken")
        _place(drafts, files)
        return known
    student = _expected(envelope, station)
    assert pictures is not None  # it is not known
    if drafts.portrait is not None and pictures.portrait is not None:
        check_portrait(drafts.portrait.size, pictures.portrait, student.campaign.photo_standard().output)
    version = _next_version(student, envelope, station, now)
    _place(drafts, files)
    files.place_preview(drafts.shot.sha256, pictures.shot.jpeg)
    submission = _written(envelope, student, version, station, now)
    share_as_chosen(submission, envelope.also_for, station, now)
    return submission


def _same(known: Submission, envelope: Envelope) -> bool:
    portrait = envelope.portrait.sha256 if envelope.portrait else None
    return (known.student_id, known.shot_sha256, known.portrait_sha256) == (
        envelope.student,
        envelope.shot.sha256,
        portrait,
    )


def _expected(envelope: Envelope, station: Station) -> Student:
    """The student, if the envelope may be theirs. Locked: two submissions of one student come one after the other.

    Whether the day was right is not asked here: a station's clock may be wrong, and the photo exists. The reviewer sees
    it (server.review.times).
    """
    student = Student.objects.select_for_update().select_related("campaign").filter(pk=envelope.student).first()
    if student is None or student.campaign_id != envelope.campaign or not _in_scope(student, station):
        raise Refusal("refused.student_unknown")
    if student.state == StudentState.WITHDRAWN.value:
        raise Refusal("refused.student_withdrawn")
    if envelope.simulated and not student.campaign.simulated:
        raise Refusal("refused.simulated_shot")
    return student


def _in_scope(student: Student, station: Station) -> bool:
    return station.scope.allowed().filter(pk=student.campaign_id).exists()


def _next_version(student: Student, envelope: Envelope, station: Station, now: datetime) -> int:
    """The version this submission becomes. Raises Refusal already_received while an earlier one is neither rejected nor
    the rest of a broken-off visit that this finished one replaces."""
    earlier = Submission.objects.filter(student=student)
    active = earlier.exclude(state__in=CLOSED).first()
    if active is not None:
        finished = envelope.ending is not VisitOutcome.INTERRUPTED
        if not (finished and was_interrupted(active) and active.state == State.RECEIVED.value):
            raise Refusal("refused.already_received")
        supersede(active, station, now)
    last: int | None = earlier.aggregate(last=Max("version"))["last"]
    return (last or 0) + 1


def _place(drafts: _Drafts, files: Store) -> None:
    for draft in drafts.all():
        files.place(draft)


def _written(envelope: Envelope, student: Student, version: int, station: Station, now: datetime) -> Submission:
    submission = Submission.objects.create(
        id=envelope.id,
        student=student,
        station=station,
        version=version,
        shot_sha256=envelope.shot.sha256,
        portrait_sha256=envelope.portrait.sha256 if envelope.portrait else None,
        simulated=envelope.simulated,
        ending=envelope.ending.value,
        taken_at=envelope.taken_at,
        received_at=now,
        identity_check=identity_check(envelope, student, station).value,
        # Not a number becomes null, which the database can hold. Neither secret is kept.
        envelope=json.loads(envelope.model_dump_json(exclude={"last_four", "progress_token"})),
    )
    if envelope.progress_token is not None:
        link = {"student": student, "station": station, "made_at": now}
        ProgressLink.objects.get_or_create(token_hash=token_hash(envelope.progress_token), defaults=link)
    AuditEntry.objects.create(submission=submission, at=now, station=station, after=submission.state)
    if envelope.ending is VisitOutcome.ACCEPTED:
        Student.objects.filter(pk=student.pk).update(state=StudentState.CAPTURED.value)
    return submission


def _remove_unnamed(drafts: _Drafts, files: Store) -> None:
    """After a refusal: files placed by it go again, unless a submission names them. Under the write lock, so that no
    other request can start to rely on them in between."""
    with transaction.atomic():
        for draft in drafts.all():
            named = Q(shot_sha256=draft.sha256) | Q(portrait_sha256=draft.sha256)
            if not Submission.objects.filter(named).exists():
                files.remove(draft.sha256)
