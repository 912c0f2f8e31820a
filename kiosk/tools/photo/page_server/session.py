"""The operations behind the addresses of the page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from config.errors import Problem
from config.i18n import Translations
from config.standards.registry import load_standard_by_name
from kiosk.capture.cropping.crop_range import CropRange
from kiosk.capture.cropping.solver import Crop
from kiosk.capture.isolated_decoding.decoder import IsolatedDecoder
from kiosk.tools.photo.page_server.archive import Archive
from kiosk.tools.photo.page_server.collection import Collection
from kiosk.tools.photo.page_server.folders import Folders
from kiosk.tools.photo.page_server.photo import CropRequest, FinishedPortrait, PagePhoto, PageSettings
from kiosk.tools.photo.page_server.production import Production, Submit
from kiosk.tools.photo.page_server.uploads import Uploads, select_pictures
from kiosk.tools.photo.page_server.views import (
    crop_view,
    evaluated,
    photo_view,
    standards_view,
    state_view,
    verdict_views,
)

_MAX_WAIT_S: Final = 20.0  # for a change, in one request


class UnknownPhoto(Exception):
    """There is no such photo, or it has no portrait."""


class Session:
    """The photos of one run of the page. May be used from any thread."""

    def __init__(
        self, settings: PageSettings, top: Path, workers: tuple[Submit, ...], decoder: IsolatedDecoder
    ) -> None:
        self.collection = Collection(settings)
        self.folders = Folders(top)
        self.production = Production(self.collection, self.folders, workers, decoder)
        self.archive = Archive(self.collection, self.folders, self.production)
        self.uploads = Uploads(self.collection, self.folders)
        self.production.start()

    def close(self) -> None:
        """End the production. The caller closes the workers and removes the folder."""
        self.collection.close()
        self.production.close()

    # ------------------------------------------------------------------ reading

    def state(self, after: int, wait: float, tr: Translations) -> dict[str, Any]:
        """Return the changes after version `after` of the page; wait for one at most `wait` seconds."""
        changes = self.collection.wait_for_change(after, min(max(wait, 0.0), _MAX_WAIT_S))
        return state_view(changes, self.archive.status, tr)

    def standards(self, tr: Translations) -> dict[str, Any]:
        return standards_view(self.collection.settings.standard, tr)

    def details(self, photo_id: str, tr: Translations) -> dict[str, Any]:
        """Return a photo with all its verdicts and the crops from which a person may choose."""
        photo = self._photo(photo_id)
        view: dict[str, Any] = {**photo_view(photo, tr), "verdicts": [], "crop": None}
        if photo.portrait is not None:
            view["verdicts"] = verdict_views(evaluated(photo.portrait.verdicts), tr)
            view["crop"] = self._crop_choices(photo.portrait)
        return view

    def _crop_choices(self, portrait: FinishedPortrait) -> dict[str, Any] | None:
        """Return the current crop, or the allowed one that is nearest to it; None if the rules leave no choice."""
        choices = self._range(portrait)
        if choices is None:
            return None
        crop = portrait.crop
        if not choices.contains(crop):
            crop = choices.nearest((crop.left + crop.width / 2, crop.top + crop.height / 2), crop.width)
        return crop_view(crop, choices, portrait.picture)

    # ------------------------------------------------------------------ requests

    def select(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return which of a folder's files are pictures, by their names and first bytes."""
        files = [(str(one["name"]), bytes.fromhex(str(one["head"]))) for one in body["files"]]
        pictures, skipped = select_pictures(files)
        return {"taken": pictures, "skipped": dict(skipped.most_common())}

    def choose(self, body: Mapping[str, Any]) -> None:
        """Use another standard or background. Raises Problem if there is none with that name."""
        standard, name = self.collection.settings.standard, str(body["standard"])
        if name != standard.name:
            standard = load_standard_by_name(name)
        if body.get("background"):
            standard = standard.with_background(str(body["background"]))
        self.collection.set_settings(replace(self.collection.settings, standard=standard))

    def move_crop(self, photo_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the allowed crop that is nearest to the requested one. Raises Problem if there is no choice."""
        portrait = self._portrait(photo_id)
        choices, crop = self._nearest_crop(portrait, body)
        return crop_view(crop, choices, portrait.picture)

    def request_crop(self, photo_id: str, body: Mapping[str, Any]) -> None:
        """Make the portrait with the requested crop, or with that of the rules if `reset` is set. Raises Problem if the
        crop breaks a rule."""
        portrait = self._portrait(photo_id)
        if body.get("reset"):
            self.collection.request_crop(photo_id, None)
            return
        _, crop = self._nearest_crop(portrait, body)
        centre, width = _requested_crop(body)
        distance = max(abs(crop.left + crop.width / 2 - centre[0]), abs(crop.top + crop.height / 2 - centre[1]))
        if max(distance, abs(crop.width - width)) > _rounding_tolerance(portrait):
            raise Problem("photo_page.crop_outside")
        self.collection.request_crop(photo_id, CropRequest(crop, portrait))

    def remove(self, photo_id: str) -> None:
        """Remove a photo from the page, with everything that was made of it."""
        self._photo(photo_id)
        self.collection.remove(photo_id)
        self.folders.remove_photo(photo_id)

    def remove_all(self) -> None:
        for photo in self.collection.photos():
            self.collection.remove(photo.id)
            self.folders.remove_photo(photo.id)

    # ------------------------------------------------------------------ files

    def preview_file(self, photo_id: str) -> Path:
        return self.folders.preview(self._photo(photo_id).id)

    def portrait_file(self, photo_id: str) -> tuple[Path, str]:
        """Return the file of the portrait and its name in the zip file."""
        portrait = self._portrait(photo_id)
        return self.folders.portrait(portrait.path), self.collection.names()[photo_id].name

    def recipe_file(self, photo_id: str) -> tuple[Path, str]:
        portrait = self._portrait(photo_id)
        return self.folders.recipe(portrait.path), self.collection.names()[photo_id].with_suffix(".json").name

    def _photo(self, photo_id: str) -> PagePhoto:
        photo = self.collection.get(photo_id)
        if photo is None:
            raise UnknownPhoto
        return photo

    def _portrait(self, photo_id: str) -> FinishedPortrait:
        portrait = self._photo(photo_id).portrait
        if portrait is None:
            raise UnknownPhoto
        return portrait

    def _range(self, portrait: FinishedPortrait) -> CropRange | None:
        if portrait.head is None:
            return None
        choices = CropRange(portrait.head, portrait.picture, self.collection.settings.standard)
        return None if choices.is_empty else choices

    def _nearest_crop(self, portrait: FinishedPortrait, body: Mapping[str, Any]) -> tuple[CropRange, Crop]:
        choices = self._range(portrait)
        if choices is None:
            raise Problem("photo_page.crop_no_choice")
        return choices, choices.nearest(*_requested_crop(body))


def _requested_crop(body: Mapping[str, Any]) -> tuple[tuple[float, float], float]:
    """Return centre and width of a requested crop. Raises ValueError if they are not finite numbers."""
    x, y = body["centre"]
    numbers = float(x), float(y), float(body["width"])
    if not all(math.isfinite(number) for number in numbers):
        raise ValueError("a crop needs finite numbers")
    return (numbers[0], numbers[1]), numbers[2]


def _rounding_tolerance(portrait: FinishedPortrait) -> float:
    """Return how much a crop in whole pixels may differ from the one that a person set: about one portrait pixel."""
    return 2.0 + 1 / portrait.crop.scale
