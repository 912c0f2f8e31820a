"""Files of retouching, in a folder next to the pictures of submissions. All of them can be made again, or are not
needed after a portrait was submitted: its file is then in the store of pictures."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from django.conf import settings

from config.atomic_file import make_private_folder, write_atomic

BRUSH_PICTURES: Final = ("crop", "person", "matte", "face")
"""PNG files that the brush needs; see server.retouch.engine_work."""


def root() -> Path:
    return make_private_folder(settings.FILES.parent / "retouch")


def folder_of(submission: str) -> Path:
    return make_private_folder(root() / submission)


def brush_picture(submission: str, name: str) -> Path:
    return folder_of(submission) / f"{name}.png"


def has_brush_pictures(submission: str) -> bool:
    return all(brush_picture(submission, name).is_file() for name in BRUSH_PICTURES)


def result_path(submission: str, job: str) -> Path:
    """Return the path of the portrait that a job made or checked."""
    return folder_of(submission) / f"{job}.jpg"


def difference_path(submission: str, job: str) -> Path:
    """Return the path of the picture that shows the differences from the station's portrait."""
    return folder_of(submission) / f"{job}.difference.png"


def store_upload(submission: str, job: str, content: bytes) -> None:
    write_atomic(result_path(submission, job), content)


def remove_job_files(submission: str, job: str) -> None:
    for path in (result_path(submission, job), difference_path(submission, job)):
        path.unlink(missing_ok=True)


def remove_folder(submission: str) -> None:
    shutil.rmtree(root() / submission, ignore_errors=True)
