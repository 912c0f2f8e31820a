"""One print: the photos of a class or a student on a sheet, with reprints marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.conf import settings
from django.db.models import Count

from config.errors import Problem
from config.settings.print_sheets import SheetLayout, sheet_layouts
from server.core.api_errors import ApiError
from server.printing.photos import Photo, picture_of, with_reprints
from server.printing.sheet_pdf import draw_photo_sheets
from server.records.models import Campaign
from server.submissions.models import Submission


@dataclass(frozen=True)
class PhotoPrint:
    """The PDF of `sheets` pages, and the photos on it."""

    pdf: bytes = field(repr=False)
    sheets: int
    photos: tuple[Photo, ...]

    @property
    def reprints(self) -> int:
        return sum(photo.is_reprint for photo in self.photos)


def layouts() -> dict[str, SheetLayout]:
    """Return the sheets by name. Raises Problem for a mistake in the school's own file."""
    return sheet_layouts(settings.APP.delivery.print_sheets)


def photo_layouts() -> dict[str, SheetLayout]:
    return {name: layout for name, layout in layouts().items() if layout.kind != "labels"}


def classes_of(campaign: Campaign) -> list[tuple[str, int]]:
    """Return the classes of a campaign with the number of their students."""
    counted = campaign.students.order_by().values_list("class_name").annotate(count=Count("pk"))
    return [(name, count) for name, count in counted.order_by("class_name")]


def make_print(
    submissions: Sequence[Submission], sheet: str, layout: SheetLayout, key: str, language: str
) -> PhotoPrint:
    """Draw the sheets; the caller records the print. `key` identifies a form or request; sent twice, it is one print.

    Raises Problem: printing.nothing, printing.unreadable, sheet.no_font.
    """
    photos = with_reprints(submissions, sheet, key)
    if not photos:
        raise Problem("printing.nothing")
    filled, unreadable = _with_pictures(photos, layout)
    if unreadable:
        raise Problem("printing.unreadable", count=len(unreadable), names="、".join(unreadable[:10]))
    pages = len(photos) if layout.kind == "student" else -(-len(photos) // layout.places)
    return PhotoPrint(draw_photo_sheets(layout, filled, language), pages, tuple(photos))


def _with_pictures(photos: Sequence[Photo], layout: SheetLayout) -> tuple[list[Photo], list[str]]:
    """Return the photos with their pictures, and the masked names of those whose file cannot be read."""
    width, height = layout.photo
    filled, unreadable = [], []
    for photo in photos:
        try:
            filled.append(replace(photo, jpeg=picture_of(photo.submission, width / height, layout.rotated)))
        except (OSError, ApiError):
            unreadable.append(photo.student.masked_name)
    return filled, unreadable
