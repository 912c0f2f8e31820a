"""The photo standards that a campaign can use, each with its backgrounds and the outline of a portrait."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from config.errors import Problem
from config.standards.registry import custom_folder, load_standard_by_name, standard_files


@dataclass(frozen=True)
class Look:
    """One standard with one background; `value` is its value in the form, `colour` an SVG colour."""

    standard: str
    title: str
    background: str
    colour: str
    width: int
    height: int
    max_kb: int

    @property
    def value(self) -> str:
        return f"{self.standard}:{self.background}"


def looks() -> tuple[Look, ...]:
    """Return every standard with each of its backgrounds, the default background first."""
    folder = custom_folder(settings.APP.server.standards_folder)
    found = []
    for name in sorted(standard_files(folder), key=lambda one: (one != "chsi", one)):
        standard = load_standard_by_name(name, folder)
        output = standard.output
        for background in sorted(output.backgrounds, key=lambda one: one != output.background):
            red, green, blue = output.backgrounds[background]
            colour = f"rgb({red},{green},{blue})"
            size = (output.width, output.height, output.max_bytes // 1024)
            found.append(Look(name, standard.title, background, colour, *size))
    return tuple(found)


def standard_title(name: str) -> str:
    """Return the standard's title; its name while its file is missing or wrong."""
    try:
        return load_standard_by_name(name, custom_folder(settings.APP.server.standards_folder)).title
    except Problem:
        return name
