"""Statements about portraits: those of stations are verified when they arrive, those of this server are made here."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from kiosk.capture.proof.documents import FileHash, SignedStatement
from kiosk.capture.proof.signing import MadePortrait, matches_recipe, read_signed, recipe_text, sign_edited, sign_recipe
from kiosk.upload.envelope import Submission as Envelope
from server.proof.models import PortraitStatement, Result
from server.proof.school_key import school_key
from server.submissions.models import Submission
from server.submissions.store import picture_store

log = logging.getLogger(__name__)


def record_statement(submission: Submission, envelope: Envelope, now: datetime) -> None:
    """Record the station's statement, or sign a remote student's portrait, inside the intake's transaction.

    A photo is never rejected for its statement: the result is recorded. Stations of earlier versions send none.
    """
    recipe = envelope.recipe
    if recipe is None or submission.portrait_sha256 is None:
        return
    if submission.station_id is None:
        made = MadePortrait(timezone.localdate(envelope.taken_at), envelope.simulated)
        _sign(submission, recipe, made, now)
        return
    try:
        signed = read_signed(recipe)
    except ValueError:
        _store(submission, None, Result.MALFORMED, "", now)
        return
    if signed is not None:
        fits = _is_about(signed, submission) and matches_recipe(signed, recipe)
        _store(submission, signed, Result.VALID if fits else Result.OTHER_PORTRAIT, recipe_text(recipe), now)


def sign_retouched(submission: Submission, recipe: Mapping[str, Any] | None, size: int, now: datetime) -> None:
    """Sign the portrait that replaced the station's, of `size` bytes; `recipe` is None if it was edited with another
    program."""
    made = MadePortrait(timezone.localdate(now), submission.simulated)
    if recipe is not None:
        _sign(submission, recipe, made, now)
        return
    try:
        shot_size = picture_store().path(submission.shot_sha256).stat().st_size
    except OSError as error:
        log.error("submission %s is not signed: %s", submission.pk, error)
        return
    portrait = FileHash(sha256=submission.portrait_sha256 or "", bytes=size)
    original = FileHash(sha256=submission.shot_sha256, bytes=shot_size)
    _store(submission, sign_edited(portrait, original, made, school_key(now)), Result.VALID, "", now)


def copy_statements(submission: Submission, copy: Submission) -> None:
    """Copy the statements to the submission of the same portrait for another enrolment."""
    for row in submission.statements.all():
        PortraitStatement.objects.create(
            submission=copy,
            portrait_sha256=row.portrait_sha256,
            result=row.result,
            statement=row.statement,
            signature=row.signature,
            recipe=row.recipe,
            created_at=row.created_at,
        )


def statement_of(submission: Submission) -> PortraitStatement | None:
    """Return the row about the submission's present portrait."""
    if submission.portrait_sha256 is None:
        return None
    return submission.statements.filter(portrait_sha256=submission.portrait_sha256).first()


def signature_result(submission: Submission) -> str:
    """Return the Result of the present portrait's statement, "none" if there is none."""
    row = statement_of(submission)
    return row.result if row is not None else "none"


def _is_about(signed: SignedStatement, submission: Submission) -> bool:
    statement = signed.statement
    same = (statement.portrait.sha256, statement.original.sha256) == (
        submission.portrait_sha256,
        submission.shot_sha256,
    )
    return same and (statement.simulated or not submission.simulated)


def _sign(submission: Submission, recipe: Mapping[str, Any], made: MadePortrait, now: datetime) -> None:
    try:
        signed = sign_recipe(recipe, made, school_key(now))
        fits = _is_about(signed, submission)
    except ValueError as error:
        log.error("submission %s is not signed: %s", submission.pk, error)
        return
    _store(submission, signed, Result.VALID if fits else Result.OTHER_PORTRAIT, recipe_text(recipe), now)


def _store(submission: Submission, signed: SignedStatement | None, result: Result, recipe: str, now: datetime) -> None:
    if result is not Result.VALID:
        log.warning("the signed statement of submission %s is not valid: %s", submission.pk, result.value)
    values = {
        "result": result.value,
        "statement": signed.statement.to_bytes().decode() if signed else "",
        "signature": signed.signature if signed else "",
        "recipe": recipe if result is Result.VALID else "",
        "created_at": now,
    }
    PortraitStatement.objects.update_or_create(
        submission=submission, portrait_sha256=submission.portrait_sha256, defaults=values
    )
