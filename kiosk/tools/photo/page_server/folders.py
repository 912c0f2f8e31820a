"""The paths of a run's files below its work folder."""

from __future__ import annotations

import contextlib
from pathlib import Path, PurePath

from kiosk.tools.photo.output_folder import recipe_name


class Folders:
    """Shots as received, previews, and portraits with their recipes, by the id of the photo."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.portraits = top / "portraits"
        for folder in ("shots", "previews", "portraits"):
            (top / folder).mkdir()

    def shot(self, photo_id: str) -> Path:
        return self.top / "shots" / photo_id

    def preview(self, photo_id: str) -> Path:
        return self.top / "previews" / f"{photo_id}.jpg"

    def portrait(self, path: PurePath) -> Path:
        return self.portraits / path

    def recipe(self, path: PurePath) -> Path:
        return self.portraits / recipe_name(path)

    def remove_portrait(self, path: PurePath) -> None:
        """Remove the portrait and its recipe."""
        for file in (self.portrait(path), self.recipe(path)):
            _remove(file)

    def remove_photo(self, photo_id: str) -> None:
        """Remove everything that was received or made for a photo."""
        portraits = [*self.portraits.glob(f"{photo_id}-*.jpg"), *self.portraits.glob(f"recipes/{photo_id}-*.json")]
        for file in (self.shot(photo_id), self.preview(photo_id), *portraits):
            _remove(file)


def _remove(file: Path) -> None:
    with contextlib.suppress(OSError):  # the whole folder is removed at the end
        file.unlink(missing_ok=True)
