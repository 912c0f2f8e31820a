"""The student's own file: the confirmed portrait in several sizes, by a link that is valid for some days."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from django.core import signing
from PIL import Image

from config.errors import Problem
from config.image_file import open_image
from server.delivery.fields import ID_NUMBER, values_of
from server.delivery.names import SUFFIX, parse_own_name
from server.submissions.cropping import crop_box
from server.submissions.models import Submission
from server.submissions.pictures import render_portrait
from server.submissions.states import FROZEN_STATES
from server.submissions.store import picture_store

FULL: Final = "full"
_SALT: Final = "own file"
_DPI: Final = 300
_JPEG_QUALITY: Final = 92
_DEFAULT_NAME: Final = "portrait"


@dataclass(frozen=True)
class OwnSize:
    """One size of the file. `width` and `height` are pixels, 0 for the portrait's own."""

    name: str
    width: int = 0
    height: int = 0


def sizes() -> tuple[OwnSize, ...]:
    chosen = settings.APP.delivery.own_sizes.items()
    return (OwnSize(FULL), *(OwnSize(name, width, height) for name, (width, height) in chosen))


def is_offered(submission: Submission | None) -> bool:
    """Whether the portrait is confirmed, so that its bytes never change any more."""
    return submission is not None and submission.state in FROZEN_STATES and bool(submission.portrait_sha256)


def make_link(submission: Submission) -> str:
    """Return the secret part of a link to the file, valid from now on."""
    return signing.dumps(submission.pk, salt=_SALT)


def find_by_link(link: str) -> Submission | None:
    """Return the submission of a link; None if the link has expired or is wrong, or the portrait was revoked since."""
    try:
        identifier = signing.loads(link, salt=_SALT, max_age=timedelta(days=settings.APP.delivery.own_link_days))
    except signing.BadSignature:
        return None
    submission = Submission.objects.select_related("student__campaign__school").filter(pk=identifier).first()
    return submission if is_offered(submission) else None


def link_end(link: str) -> datetime:
    """Return when a valid link expires."""
    signed_at = signing.b62_decode(link.rsplit(":", 2)[1])
    return datetime.fromtimestamp(signed_at, UTC) + timedelta(days=settings.APP.delivery.own_link_days)


def content_of(submission: Submission, size: OwnSize) -> bytes:
    """Return the JPEG. The full size has the portrait's own bytes; others are cropped at the sides or at the bottom
    and scaled. Raises OSError if the file is gone, ApiError if it cannot be decoded now."""
    path = picture_store().path(submission.portrait_sha256 or "")
    if not size.width:
        return path.read_bytes()
    with open_image(render_portrait(path), ("JPEG",)) as portrait:
        box = crop_box(portrait.width, portrait.height, size.width / size.height)
        small = portrait.crop(box).resize((size.width, size.height), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=_JPEG_QUALITY, dpi=(_DPI, _DPI))
    return out.getvalue()


def file_name(submission: Submission, size: OwnSize) -> str:
    """Return the name by the campaign's rule; a default name if a value that the rule needs is missing."""
    student, campaign = submission.student, submission.student.campaign
    try:
        template = parse_own_name(campaign.own_name, campaign.id_number_in_delivery)
        name = template.name_of(values_of(student, campaign, ID_NUMBER in template.fields)).removesuffix(SUFFIX)
    except Problem:
        name = _DEFAULT_NAME
    return f"{name}{'' if size.name == FULL else f'-{size.name}'}{SUFFIX}"
