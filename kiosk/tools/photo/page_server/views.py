"""The state of the page as JSON: settings, photos, verdicts and the zip file, with sentences in one language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from config.errors import Problem
from config.i18n import Translations
from config.standards.registry import PhotoStandard, Stage, read_standard, standard_files
from kiosk.capture.cropping.crop_range import CropRange
from kiosk.capture.cropping.solver import Crop
from kiosk.capture.report.number_format import format_band, format_value
from kiosk.capture.report.wording import colour_name, format_reason
from kiosk.capture.verification.summary import summarize
from kiosk.guidance.verdict import UNANSWERABLE, Outcome, Verdict
from kiosk.tools.photo.page_server.archive import ArchiveStatus
from kiosk.tools.photo.page_server.collection import Changes
from kiosk.tools.photo.page_server.photo import FinishedPortrait, PagePhoto


def state_view(changes: Changes, archive: ArchiveStatus, tr: Translations) -> dict[str, Any]:
    """Return the state of the page, with the photos that have changed."""
    return {
        "version": changes.version,
        "settings": settings_view(changes.settings.standard, tr),
        "order": changes.order,
        "photos": [photo_view(photo, tr) for photo in changes.photos],
        "archive": {
            "state": archive.state.value,
            "done": archive.done,
            "total": archive.total,
            "problem": _sentence(archive.problem, tr),
        },
    }


def settings_view(standard: PhotoStandard, tr: Translations) -> dict[str, Any]:
    """Return the chosen standard and background, and the questions for a person."""
    prompts = standard.rules_for(Stage.PERSON)
    output = standard.output
    size = {"width": output.width, "height": output.height, "low": output.min_bytes, "high": output.max_bytes}
    return {
        "standard": standard.name,
        "title": standard.title,
        "background": output.background,
        "size": tr.translate("standards.size", **size).replace("\n", " · "),
        "aspect": [output.width, output.height],
        "questions": [tr.translate(f"rule.{name}.question") for name in prompts],
    }


def standards_view(chosen: PhotoStandard, tr: Translations) -> dict[str, Any]:
    """Return the standards to choose from, including a chosen one from another folder, and a sentence for each file
    that cannot be used."""
    standards, problems = [], []
    for path in standard_files().values():
        try:
            standards.append(_standard_view(read_standard(path), tr))
        except Problem as problem:
            problems.append(problem.in_language(tr.language))
    if chosen.name not in [each["name"] for each in standards]:
        standards.insert(0, _standard_view(chosen, tr))
    return {"standards": standards, "problems": problems}


def _standard_view(standard: PhotoStandard, tr: Translations) -> dict[str, Any]:
    colours = standard.output.backgrounds.items()
    backgrounds = [{"name": name, "label": colour_name(name, tr), "colour": colour} for name, colour in colours]
    return {"name": standard.name, "title": standard.title, "backgrounds": backgrounds}


def photo_view(photo: PagePhoto, tr: Translations) -> dict[str, Any]:
    """Return one photo, with the rules that its portrait does not pass."""
    return {
        "id": photo.id,
        "name": photo.shot.display_name,
        "state": photo.state.value,
        "preview": photo.has_preview,
        "portrait": _portrait_view(photo, photo.portrait, tr) if photo.portrait is not None else None,
        "problem": _sentence(photo.problem, tr),
        "notice": _sentence(photo.notice, tr),
    }


def _portrait_view(photo: PagePhoto, portrait: FinishedPortrait, tr: Translations) -> dict[str, Any]:
    verdicts = evaluated(portrait.verdicts)
    return {
        "key": portrait.path.stem,
        "corners": corners_view(portrait.crop, portrait.picture),
        "adjusted": portrait.adjusted,
        "summary": summarize(verdicts).value,
        "passed": sum(verdict.outcome is Outcome.PASS for verdict in verdicts),
        "rules": len(verdicts),
        "open": verdict_views((verdict for verdict in verdicts if verdict.outcome is not Outcome.PASS), tr),
    }


def verdict_views(verdicts: Iterable[Verdict], tr: Translations) -> list[dict[str, str]]:
    """Return verdicts in words."""
    return [
        {
            "rule": tr.translate(f"rule.{verdict.rule}"),
            "outcome": verdict.outcome.value,
            "value": format_value(verdict),
            "band": format_band(verdict, tr),
            "reason": format_reason(verdict, tr),
        }
        for verdict in verdicts
    ]


def evaluated(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Return the verdicts on rules that can be evaluated on a file."""
    return tuple(v for v in verdicts if v.reason not in UNANSWERABLE)


def corners_view(crop: Crop, picture: tuple[int, int]) -> list[list[float]]:
    """Return the corners of the crop as shares of the picture's width and height."""
    return [[float(x) / picture[0], float(y) / picture[1]] for x, y in crop.corners]


def crop_view(crop: Crop, choices: CropRange, picture: tuple[int, int]) -> dict[str, Any]:
    """Return a crop of the range and how far it can be changed, in pixels of the picture."""
    limits = choices.limits(crop)
    return {
        "centre": [crop.left + crop.width / 2, crop.top + crop.height / 2],
        "width": crop.width,
        "height": crop.height,
        "angle": crop.angle,
        "picture": picture,
        "corners": corners_view(crop, picture),
        "limits": {
            "width": limits.width,
            "x": [edge + crop.width / 2 for edge in limits.left],
            "y": [edge + crop.height / 2 for edge in limits.top],
        },
    }


def _sentence(problem: Problem | None, tr: Translations) -> str | None:
    return problem.in_language(tr.language) if problem is not None else None
