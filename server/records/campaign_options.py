"""The options of a campaign, and the checks of its lists."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from config.i18n import translations
from server.core.language import current_language


class RetouchMode(models.TextChoices):
    """Which portraits are retouched by hand after the first review."""

    NEVER = "never"
    ON_REQUEST = "on_request"
    ALWAYS = "always"


class Payer(models.TextChoices):
    """Who pays for the portraits."""

    FREE = "free"
    STUDENT = "student"
    SCHOOL = "school"


class PaymentRequired(models.TextChoices):
    """The step before which a student's order must be paid or waived."""

    NEVER = "never"
    BEFORE_CAPTURE = "before_capture"
    BEFORE_REVIEW = "before_review"
    BEFORE_DELIVERY = "before_delivery"


class PhotoSource(models.TextChoices):
    """How a student's own page may take the photo: guided through the browser's camera stream, by the phone's camera
    app, or from a file such as one of a photo shop."""

    STREAM = "stream"
    CAMERA_APP = "camera_app"
    FILE = "album"


def check_photo_sources(value: Any) -> None:
    """Validate Campaign.photo_sources: a list of sources, each once."""
    if not isinstance(value, list) or len(set(map(str, value))) != len(value) or not set(value) <= set(PhotoSource):
        raise ValidationError(translations(current_language()).translate("campaign.photo_sources"))


class Identification(models.TextChoices):
    """How students prove on their own phone that an enrolment is theirs (docs/accounts.md)."""

    ID_CARD = "id_card"  # pictures of both sides of the card, name and ID number against the roster
    PASSWORD = "password"  # the same from one picture; later the ID number and a password
    CAPTURE_CODE = "capture_code"  # capture code and the last four characters


def check_identification(value: Any) -> None:
    """Validate Campaign.identification: a list of ways, each once; it may be empty."""
    if not isinstance(value, list) or len(set(map(str, value))) != len(value) or not set(value) <= set(Identification):
        raise ValidationError(translations(current_language()).translate("campaign.identification"))


def default_identification() -> list[str]:
    return [Identification.ID_CARD.value]
