"""Files of erased students: marked in the transaction that erases their rows, and deleted after it."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from server.core.locks import lock_names
from server.delivery.models import Delivery, DeliveryItem, Status
from server.delivery.packaging import remove_files
from server.notices.models import Notice
from server.privacy.models import DoomedFile, FileKind
from server.remote import workspace as remote_workspace
from server.remote.models import PhotoJob, Proof
from server.remote.workspace import partial_root
from server.retouch import workspace
from server.retouch.models import RetouchJob
from server.submissions.models import Submission
from server.submissions.store import picture_store

BATCH_SIZE: Final = 200
PICTURE_COLUMNS: Final = ("shot_sha256", "portrait_sha256", "original_portrait_sha256")


def hashes_of(students: Iterable[str]) -> set[str]:
    """Return the hashes of every picture of these students, also of portraits that a later retouch replaced."""
    students = list(students)
    hashes: set[str | None] = set()
    rows = Submission.objects.filter(student__in=students).values_list(*PICTURE_COLUMNS)
    jobs = RetouchJob.objects.filter(submission__student__in=students)
    for row in (*rows, *jobs.values_list("parent_sha256", "upload_sha256", "result_sha256")):
        hashes.update(row)
    return {sha256 for sha256 in hashes if sha256}


def doom_files(students: Iterable[str]) -> None:
    """Mark the files of these students, before their rows are erased and within that transaction."""
    students = list(students)
    submissions = set(Submission.objects.filter(student__in=students).values_list("pk", flat=True))
    keys = set(Notice.objects.filter(student__in=students).values_list("key", flat=True))
    retouched = {path.name for path in workspace.root().iterdir()} & submissions
    partial = _names_in(partial_root()) & {f"student-{student}" for student in students}
    jobs = {row.pk for model in (Proof, PhotoJob) for row in model.objects.filter(student__in=students).only("pk")}
    remote = {name for name in _names_in(remote_workspace.root()) if name.partition(".")[0] in jobs}
    notices = {f"{path.parent.name}/{path.name}" for path in _notice_files() if path.stem.rpartition("-")[2] in keys}
    doomed = [
        *((FileKind.PICTURE, sha256) for sha256 in hashes_of(students)),
        *((FileKind.RETOUCH, name) for name in retouched),
        *((FileKind.PARTIAL, name) for name in partial),
        *((FileKind.REMOTE, name) for name in remote),
        *((FileKind.NOTICE, name) for name in notices),
    ]
    rows = [DoomedFile(kind=kind.value, name=name) for kind, name in doomed]
    DoomedFile.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)


def delete_doomed_files() -> Counter[str]:
    """Delete every marked file that no row needs; return how many of each kind, and the bytes of the pictures."""
    counts: Counter[str] = Counter()
    while batch := list(DoomedFile.objects.order_by("pk")[:BATCH_SIZE]):
        with transaction.atomic():
            lock_names(*(file.name for file in batch if file.kind == FileKind.PICTURE.value))
            needed = _needed([file.name for file in batch if file.kind == FileKind.PICTURE.value])
            for file in batch:
                if file.name not in needed:
                    _delete(file, counts)
            DoomedFile.objects.filter(pk__in=[file.pk for file in batch]).delete()
    return counts


def packages_of_erased() -> QuerySet[Delivery]:
    """Return the packages with files that contain a portrait of an erased student."""
    items = DeliveryItem.objects.filter(submission__student__erased_at__isnull=False, left_out_at=None)
    return Delivery.objects.filter(pk__in=items.values("delivery"), files__isnull=False).distinct()


def remove_packages() -> int:
    """Delete the files of packages that contain a portrait of an erased student; return how many packages. A package
    that was not handed over is made again without the erased students."""
    packages = list(packages_of_erased())
    for delivery in packages:
        remove_files(delivery)
        if delivery.handed_over_at is None:
            delivery.items.filter(submission__student__erased_at__isnull=False, left_out_at=None).update(
                left_out_at=delivery.created_at
            )
            Delivery.objects.filter(pk=delivery.pk).update(status=Status.QUEUED.value, attempts=0)
    return len(packages)


def files_named(parts: set[str]) -> list[Path]:
    """Return every stored file or folder whose name contains one of `parts`: hashes, ids and keys."""
    previews = Path(settings.FILES).parent / "previews"
    folders = (Path(settings.FILES), previews, workspace.root(), partial_root(), remote_workspace.root())
    paths = [
        path
        for folder in (*folders, Path(settings.NOTICES))
        if folder.is_dir()
        for path in folder.rglob("*")
        if {path.name, path.stem, path.stem.rpartition("-")[2], path.name.partition(".")[0]} & parts
    ]
    return sorted(paths)


def _needed(hashes: list[str]) -> set[str]:
    named = Q(shot_sha256__in=hashes) | Q(portrait_sha256__in=hashes) | Q(original_portrait_sha256__in=hashes)
    rows = Submission.objects.filter(named).values_list(*PICTURE_COLUMNS)
    return {sha256 for row in rows for sha256 in row if sha256}


def _delete(file: DoomedFile, counts: Counter[str]) -> None:
    if file.kind == FileKind.PICTURE.value:
        path = picture_store().path(file.name)
        if path.is_file():
            counts["pictures"] += 1
            counts["bytes"] += path.stat().st_size
        picture_store().remove(file.name)
    elif file.kind == FileKind.RETOUCH.value:
        workspace.remove_folder(file.name)
        counts["retouch_folders"] += 1
    elif file.kind == FileKind.PARTIAL.value:
        shutil.rmtree(partial_root() / file.name, ignore_errors=True)
        counts["partial_uploads"] += 1
    elif file.kind == FileKind.REMOTE.value:
        (remote_workspace.root() / file.name).unlink(missing_ok=True)
        counts["partial_uploads"] += 1
    else:
        (Path(settings.NOTICES) / file.name).unlink(missing_ok=True)
        counts["notice_files"] += 1


def _notice_files() -> list[Path]:
    return [path for path in Path(settings.NOTICES).glob("*/*") if path.is_file()]


def _names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()
