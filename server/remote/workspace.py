"""Files of the remote page besides the pictures of submissions: copies that are checked, previews, and photos whose
submission is being made. On the disk of the stored pictures, so that a photo is linked and not copied."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings

from config.atomic_file import make_private_folder, write_atomic
from server.core.api_errors import ApiError
from server.records.models import Student
from server.submissions.partial_files import PartialFiles, PartialLimits

MAX_AGE: Final = timedelta(days=1)
HOUR_S: Final = 3600


def partial_root() -> Path:
    """Return the folder of unfinished photos: on the disk of the stored pictures, so that a complete file is linked and
    not copied."""
    return Path(settings.FILES).with_name("partial-remote")


def photo_files(student: Student) -> PartialFiles:
    limits = settings.APP.remote
    return PartialFiles(
        partial_root(),
        f"student-{student.pk}",
        PartialLimits(limits.max_photo_bytes, limits.max_files, limits.max_bytes, limits.expire_hours * HOUR_S),
    )


def root() -> Path:
    return make_private_folder(Path(settings.FILES).with_name("remote"))


def copy_path(proof: str) -> Path:
    return root() / f"{proof}.copy.jpg"


def preview_path(proof: str) -> Path:
    return root() / f"{proof}.preview.jpg"


def photo_path(job: str) -> Path:
    """Return the path of a submitted photo's original, which stays until its submission is stored."""
    return root() / f"{job}.photo"


def portrait_path(job: str) -> Path:
    return root() / f"{job}.portrait.jpg"


def store_copy(proof: str, jpeg: bytes) -> None:
    write_atomic(copy_path(proof), jpeg)


def link_photo(job: str, source: Path) -> None:
    """Link the photo for its job, which then does not depend on the upload's file. A second call changes nothing.

    Raises ApiError files_missing if it has expired meanwhile.
    """
    try:
        os.link(source, photo_path(job))
    except FileExistsError:
        return
    except FileNotFoundError as error:
        raise ApiError("refused.files_missing") from error


def remove_job_files(job: str) -> None:
    for path in (photo_path(job), portrait_path(job)):
        path.unlink(missing_ok=True)


def remove_proof_files(proof: str) -> None:
    for path in (copy_path(proof), preview_path(proof)):
        path.unlink(missing_ok=True)


def remove_unnamed(named: set[str], now: datetime) -> int:
    """Delete files that no row names, as after a crash, once they are a day old; return how many."""
    count = 0
    for path in root().iterdir():
        is_old = path.stat().st_mtime < (now - MAX_AGE).timestamp()
        if is_old and path.name.partition(".")[0] not in named:
            path.unlink(missing_ok=True)
            count += 1
    return count
