"""The backdrop of the shot of a portrait that `make` wrote, from the recipe in the same folder."""

from __future__ import annotations

from pathlib import Path, PurePath

from config.standards.registry import Colour
from kiosk.capture.recipe.recipe import backdrop_of
from kiosk.tools.photo.output_folder import OutputFolder


def shot_backdrop(folder: Path, name: PurePath) -> Colour | None:
    """Return the backdrop of the shot of the portrait `name` in `folder`; None if the recipe of exactly that file is
    missing, or if the shot has no plain backdrop."""
    output_folder = OutputFolder(folder)
    recipe = output_folder.recipe_of(name)
    return backdrop_of(recipe) if recipe and output_folder.contains(name, recipe) else None
