"""The portraits that may be printed, in the order of their class."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from PIL import Image

from config.image_file import open_image
from server.payments.orders import PAYMENT_STAGES, is_required, read_settled
from server.payments.orders import is_settled as is_paid
from server.printing.models import PrintedPhoto
from server.records.models import Campaign, Student
from server.stations.models import Station
from server.submissions.cropping import crop_box
from server.submissions.models import Submission
from server.submissions.pictures import render_portrait
from server.submissions.states import FROZEN_STATES
from server.submissions.store import picture_store

_QUALITY = 95


@dataclass(frozen=True)
class Photo:
    """One student's photo for a sheet. `is_reprint`: an earlier print of this portrait on this sheet exists."""

    submission: Submission
    is_reprint: bool = False
    jpeg: bytes = field(default=b"", repr=False)

    @property
    def student(self) -> Student:
        return self.submission.student


def printable(campaign: Campaign, class_name: str) -> list[Submission]:
    """Return the confirmed portraits of a class by student number, without simulated ones in a real campaign and
    without those whose order must be paid first."""
    found = printable_in(campaign).filter(student__class_name=class_name)
    rows = list(found.select_related("student").defer("envelope").order_by("student__student_no", "pk"))
    for row in rows:
        row.student.campaign = campaign
    if not is_required(campaign, *PAYMENT_STAGES):
        return rows
    read_settled(campaign, [row.student for row in rows])
    return [row for row in rows if is_paid(row.student)]


def printable_in(campaign: Campaign) -> QuerySet[Submission]:
    """Return the confirmed portraits, paid or not, without simulated ones in a real campaign."""
    states = [state.value for state in FROZEN_STATES]
    found = campaign.submissions.filter(state__in=states, portrait_sha256__isnull=False)
    return found if campaign.simulated else found.filter(simulated=False)


def with_reprints(submissions: Iterable[Submission], sheet: str, key: str) -> list[Photo]:
    """Return the photos of a print with reprints marked, without their pictures."""
    by_id = {row.pk: row for row in submissions}
    earlier = PrintedPhoto.objects.filter(submission__in=by_id, sheet=sheet).exclude(key=key)
    known = set(earlier.values_list("submission", flat=True))
    return [Photo(row, pk in known) for pk, row in by_id.items()]


def record_print(
    photos: Iterable[Photo], sheet: str, key: str, user: Any, now: datetime, station: Station | None = None
) -> None:
    """Store which photos a user or a station prints; the same form sent twice is one print."""
    rows = [
        PrintedPhoto(
            submission=photo.submission, sheet=sheet, key=key, printed_at=now, printed_by=user, station=station
        )
        for photo in photos
    ]
    PrintedPhoto.objects.bulk_create(rows, ignore_conflicts=True)


def picture_of(submission: Submission, ratio: float, rotated: bool) -> bytes:
    """Return the portrait as a JPEG of this ratio of width to height, cropped at the sides or at the bottom and not
    scaled. Raises OSError if the file is gone, ApiError if it cannot be decoded now."""
    jpeg = render_portrait(picture_store().path(submission.portrait_sha256 or ""))
    with open_image(jpeg, ("JPEG",)) as portrait:
        cropped = portrait.crop(crop_box(portrait.width, portrait.height, ratio))
    if rotated:
        cropped = cropped.transpose(Image.Transpose.ROTATE_90)
    out = io.BytesIO()
    cropped.save(out, "JPEG", quality=_QUALITY, subsampling=0)
    return out.getvalue()
