"""Make the files of a planned delivery. The process can be killed at any moment: the next run makes what is missing.

A file is complete under a unique name before a row of the database names it; a file that no row names is deleted.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from config.atomic_file import sync_folder
from config.errors import Problem
from server.delivery import lists
from server.delivery.encryption import Entries, require_available, write_package
from server.delivery.models import ENCRYPTION_KEY, Delivery, DeliveryFile, DeliveryItem, Encryption, Receiver, Status
from server.proof.package import proofs_of
from server.secrets.encryption import decrypt
from server.secrets.private_files import private_folder
from server.submissions.states import State
from server.submissions.store import file_sha256, picture_store

LISTS: Final = 0
"""The number of the file with the lists."""
_DELIVERABLE: Final = (State.QUEUED.value, State.PUBLISHED.value)
_READ_ROWS: Final = 1000


class WorkerReplaced(Exception):
    """Another worker has taken the delivery over."""


@dataclass(frozen=True)
class Packing:
    """One run of `worker` on a delivery."""

    delivery: Delivery
    worker: str
    folder: Path


def folder_of(delivery: Delivery) -> Path:
    return Path(settings.DELIVERIES) / delivery.pk


def path_of(file: DeliveryFile) -> Path:
    return folder_of(file.delivery) / file.stored_name


def remove_files(delivery: Delivery) -> None:
    """Delete the files of the package and their rows, the rows first."""
    delivery.files.all().delete()
    shutil.rmtree(folder_of(delivery), ignore_errors=True)


def items_of(delivery: Delivery) -> QuerySet[DeliveryItem]:
    """Return the portraits that the package contains, in their order."""
    return delivery.items.filter(left_out_at=None).order_by("position")


def part_count(delivery: Delivery, items: int) -> int:
    """Return how many files a package with `items` portraits has, including the file of the lists."""
    return -(-items // settings.APP.delivery.part_portraits) + 1


def withdrawn_items(delivery: Delivery) -> QuerySet[DeliveryItem]:
    """Return the items whose submission is not to be delivered any more: taken out or revoked."""
    planned = Q(submission__state__in=_DELIVERABLE, submission__portrait_sha256=F("portrait_sha256"))
    return items_of(delivery).exclude(planned)


def pack(delivery: Delivery, worker: str) -> None:
    """Make every file that is missing and mark the delivery as ready.

    Raises Problem (delivery.items_withdrawn, .portrait_damaged, .package_missing, .disk_full) and WorkerReplaced.
    """
    require_available(Encryption(delivery.encryption))
    if withdrawn_items(delivery).exists():
        raise Problem("delivery.items_withdrawn")
    packing = Packing(delivery, worker, private_folder(folder_of(delivery)))
    files = {file.number: file for file in delivery.files.all()}
    intact = {number for number, file in files.items() if _is_intact(file)}
    _remove_leftovers(packing, {files[number].stored_name for number in intact})
    positions = list(items_of(delivery).values_list("position", flat=True))
    size = settings.APP.delivery.part_portraits
    for number, start in enumerate(range(0, len(positions), size), 1):
        if number not in intact:
            part = positions[start : start + size]
            _make_file(packing, number, _portraits(delivery, part[0], part[-1]), len(part))
    if LISTS not in intact:
        _make_file(packing, LISTS, _lists(delivery), 0)
    _finish(packing)


def _is_intact(file: DeliveryFile) -> bool:
    path = path_of(file)
    return path.is_file() and path.stat().st_size == file.size


def _remove_leftovers(packing: Packing, intact: set[str]) -> None:
    for path in packing.folder.iterdir():
        if path.name not in intact:
            path.unlink()


def _portraits(delivery: Delivery, first: int, last: int) -> Entries:
    files, proofs = picture_store(), proofs_of(delivery)
    rows = items_of(delivery).filter(position__gte=first, position__lte=last)
    for item in rows.iterator(_READ_ROWS):
        try:
            content = files.path(item.portrait_sha256).read_bytes()
        except FileNotFoundError:
            content = b""
        if sha256(content).hexdigest() != item.portrait_sha256:
            raise Problem("delivery.portrait_damaged", name=item.submission.student.masked_name)
        name = item.row["name"]
        yield name, content
        yield from proofs.entries(item, name)


def _lists(delivery: Delivery) -> Entries:
    """Yield the lists one after the other, so that only one is in memory."""
    fields = lists.fields_of(delivery)
    yield "SHA256SUMS", lists.hash_list(_rows(delivery))
    yield "portraits.csv", lists.csv_list(fields, _rows(delivery))
    yield "portraits.xlsx", lists.xlsx_list(fields, _rows(delivery))
    yield from proofs_of(delivery).lists(items_of(delivery).iterator(_READ_ROWS))
    if not delivery.with_dbf:
        return
    yield "portraits.dbf", lists.dbf_list(fields, _rows(delivery), timezone.localdate(delivery.created_at))
    unfit = lists.unfit_values(fields, _rows(delivery))
    if unfit:
        yield "empty-in-dbf.csv", lists.unfit_list(unfit)


def _rows(delivery: Delivery) -> Iterator[lists.ListRow]:
    return iter(lists.list_rows(items_of(delivery).iterator(_READ_ROWS)))


def _make_file(packing: Packing, number: int, entries: Entries, portraits: int) -> None:
    delivery = packing.delivery
    path = packing.folder / f"{number:03d}-{secrets.token_hex(8)}"
    encryption = Encryption(delivery.encryption)
    password = decrypt(ENCRYPTION_KEY, delivery.password_encrypted) if delivery.password_encrypted else ""
    write_package(path, entries, encryption, delivery.age_recipient, password)
    sync_folder(packing.folder)
    with transaction.atomic():
        _record_progress(packing)
        delivery.files.filter(number=number).delete()
        delivery.files.create(
            number=number,
            name=_file_name(delivery, number),
            stored_name=path.name,
            sha256=file_sha256(path),
            size=path.stat().st_size,
            portraits=portraits,
        )


def _file_name(delivery: Delivery, number: int) -> str:
    """Return the name for the receiver: campaign, day, part."""
    part = "lists" if number == LISTS else f"portraits-{number:03d}"
    receiver = "chsi-" if delivery.receiver == Receiver.CHSI.value else ""
    suffix = ".zip.age" if delivery.encryption == Encryption.AGE.value else ".zip"
    return f"{delivery.campaign_id}-{timezone.localdate(delivery.created_at):%Y%m%d}-{receiver}{part}{suffix}"


def _record_progress(packing: Packing, **changes: object) -> None:
    """Record the progress and `changes`. Raises WorkerReplaced if another worker has taken the delivery over."""
    own = Delivery.objects.filter(pk=packing.delivery.pk, worker=packing.worker, status=Status.RUNNING.value)
    values: dict[str, object] = {"active_at": timezone.now(), "attempts": 0, **changes}
    if not own.update(**values):
        raise WorkerReplaced


def _finish(packing: Packing) -> None:
    digest = sha256(lists.hash_list(_rows(packing.delivery))).hexdigest()
    _record_progress(
        packing, status=Status.READY.value, finished_at=timezone.now(), hash_list_sha256=digest, problem=""
    )
