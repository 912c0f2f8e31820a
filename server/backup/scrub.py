"""Compare stored pictures with their hashes: all at once by a command, or a few each night.

A disk can lose bytes that nobody reads for months. If the damage is found early, the picture can be restored from a
backup, whose contents have the same names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from server.audit.models import Action
from server.audit.record import record
from server.backup.models import DamagedFile, FileState, ScrubRound
from server.backup.named_pictures import COLUMNS
from server.backup.repository import Repository
from server.submissions.models import Submission
from server.submissions.store import PictureStore, file_sha256, picture_store

SAVED_AFTER: Final = 50
"""Submissions after which the position is stored: a worker that was killed repeats at most this many."""


@dataclass(frozen=True)
class _Checking:
    """`reported` are the hashes that an earlier check found missing or damaged."""

    files: PictureStore
    backup: Repository | None
    now: datetime
    reported: set[str]


def scrub_slice(now: datetime) -> int:
    """The periodic job: check pictures for a few seconds, at night only; return how many submissions were checked."""
    limits = settings.APP.backup
    if not limits.scrub_from <= timezone.localtime(now).time() < limits.scrub_until:
        return 0
    unfinished = ScrubRound.objects.filter(finished_at=None).first()
    # A round in the future was begun with a wrong clock.
    recent = ScrubRound.objects.filter(started_at__gt=now - timedelta(days=limits.scrub_days), started_at__lte=now)
    if unfinished is None and recent.exists():
        return 0
    end = monotonic() + limits.scrub_seconds
    return scrub(unfinished or ScrubRound.objects.create(started_at=now), now, lambda: monotonic() >= end)


def scrub(
    round_: ScrubRound,
    now: datetime,
    must_stop: Callable[[], bool] = lambda: False,
    backup: Repository | None = None,
    report: Callable[[int], None] = lambda files: None,
) -> int:
    """Continue a round until it ends or `must_stop`; return how many submissions were checked.

    A damaged or missing picture that `backup` has is put back. No transaction is open while files are read.
    """
    checking = _Checking(picture_store(), backup, now, set(DamagedFile.objects.values_list("pk", flat=True)))
    count = 0
    for submission in _submissions_after(round_.last_submission):
        if must_stop():
            round_.save(update_fields=["last_submission", "files"])
            return count
        round_.files += _check_submission(submission, checking)
        round_.last_submission, count = submission.pk, count + 1
        if count % SAVED_AFTER == 0:
            round_.save(update_fields=["last_submission", "files"])
            report(round_.files)
    with transaction.atomic():
        round_.finished_at = now
        round_.save()
        record(Action.FILES_CHECKED, files=round_.files, damaged=DamagedFile.objects.count())
    return count


def _submissions_after(last: str) -> Iterator[Submission]:
    while batch := list(Submission.objects.filter(pk__gt=last).order_by("pk").only("pk", *COLUMNS)[:SAVED_AFTER]):
        yield from batch
        last = batch[-1].pk


def _check_submission(submission: Submission, checking: _Checking) -> int:
    """Check the pictures of a submission; return how many it has."""
    parts = {getattr(submission, column): column.removesuffix("_sha256") for column in COLUMNS}
    parts.pop(None, None)
    for sha256, part in parts.items():
        state = _state(checking.files.path(sha256), sha256)
        if state is not None and checking.backup is not None and _repair(sha256, checking.files, checking.backup):
            record(Action.FILE_REPAIRED, submission.pk, part=part)
            state = None
        if state is not None:
            _store_state(submission, sha256, part, state, checking.now)
        elif sha256 in checking.reported:
            DamagedFile.objects.filter(sha256=sha256).delete()
    return len(parts)


def _state(path: Path, sha256: str) -> FileState | None:
    """Return what is wrong with the file; None if it is intact."""
    try:
        return None if file_sha256(path) == sha256 else FileState.DAMAGED
    except FileNotFoundError:
        return FileState.MISSING
    except OSError:  # a disk that cannot read the bytes any more
        return FileState.DAMAGED


def _repair(sha256: str, files: PictureStore, backup: Repository) -> bool:
    """Put the picture back from the backup; return whether that has it intact."""
    source = backup.object_path(sha256)
    with suppress(FileNotFoundError), source.open("rb") as content:
        draft = files.write_temp(iter(lambda: content.read(1 << 20), b""))
        try:
            if draft.sha256 == sha256:
                files.commit(draft)
                return True
        finally:
            draft.discard()
    return False


def _store_state(submission: Submission, sha256: str, part: str, state: FileState, now: datetime) -> None:
    with transaction.atomic():
        if not Submission.objects.filter(pk=submission.pk).exists():
            return  # erased meanwhile
        values = {"submission": submission, "part": part, "state": state.value, "checked_at": now}
        _, is_new = DamagedFile.objects.update_or_create(
            sha256=sha256, defaults=values, create_defaults={**values, "found_at": now}
        )
        if is_new:
            record(Action.FILE_DAMAGED, submission.pk, part=part, state=state.value)
