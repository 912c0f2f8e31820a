"""The backdrop of the shot of a portrait that `make` wrote, from the recipe in the same folder."""

from __future__ import annotations

from pathlib import Path, PurePath

from config.standards.registry import Colour
from kiosk.capture.recipe.recipe import backdrop_of
from kiosk.tools.photo.output_folder import OutputFolder


def shot_backdrop(folder: Path, name: PurePath) -> Colour | None:
    """Return the backdrop of the shot of the portrait `name` in `folder`; None without the recipe of exactly that file,
    and for a shot without a plain backdrop."""
    written = OutputFolder(folder)
    recipe = written.recipe_of(name)
    return backdrop_of(recipe) if recipe and written.contains(name, recipe) else None
