"""The files of an incoming submission: on disk and verified before the transaction, deleted after a rejection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.db.models import Q

from kiosk.upload.envelope import FileInfo
from kiosk.upload.envelope import Submission as Envelope
from server.core.api_errors import ApiError
from server.core.locks import lock_names
from server.submissions.models import Submission
from server.submissions.store import PictureStore, TempFile


@dataclass(frozen=True)
class IncomingSubmission:
    """The parts of a request: the envelope's JSON, and each file as bytes or as its path on the store's disk."""

    envelope: str
    shot: Iterable[bytes] | Path
    portrait: Iterable[bytes] | Path | None


@dataclass(frozen=True)
class TempFiles:
    shot: TempFile
    portrait: TempFile | None

    def all_files(self) -> list[TempFile]:
        return [temp_file for temp_file in (self.shot, self.portrait) if temp_file]


@contextmanager
def verified_files(incoming: IncomingSubmission, envelope: Envelope, files: PictureStore) -> Iterator[TempFiles]:
    """Write both files to disk and verify them against the envelope; the temporary files are deleted at the end."""
    created: list[TempFile] = []
    try:
        shot = _verify_file(incoming.shot, envelope.shot, files, created, "shot")
        portrait = None
        if incoming.portrait is not None and envelope.portrait is not None:
            portrait = _verify_file(incoming.portrait, envelope.portrait, files, created, "portrait")
        yield TempFiles(shot, portrait)
    finally:
        for temp_file in created:
            temp_file.discard()


def _verify_file(
    content: Iterable[bytes] | Path, info: FileInfo, files: PictureStore, created: list[TempFile], part: str
) -> TempFile:
    temp_file = files.link_temp(content) if isinstance(content, Path) else files.write_temp(content)
    created.append(temp_file)
    if temp_file.size != info.size:
        raise ApiError("refused.size_differs", part=part, came=temp_file.size, announced=info.size)
    if temp_file.sha256 != info.sha256:
        raise ApiError("refused.hash_differs", part=part)
    return temp_file


def store_files(temp_files: TempFiles, files: PictureStore) -> None:
    for temp_file in temp_files.all_files():
        files.commit(temp_file)


def remove_unreferenced(temp_files: TempFiles, files: PictureStore) -> None:
    """Delete files that a rejected submission has stored, unless another submission uses them. Locks them, so that no
    other request starts to use them meanwhile."""
    with transaction.atomic():
        hashes = [temp_file.sha256 for temp_file in temp_files.all_files()]
        lock_names(*hashes)
        for sha256 in hashes:
            uses = Q(shot_sha256=sha256) | Q(portrait_sha256=sha256) | Q(original_portrait_sha256=sha256)
            if not Submission.objects.filter(uses).exists():
                files.remove(sha256)
