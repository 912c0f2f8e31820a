"""The jobs of the page in a worker process: portraits by the rules, portraits with a chosen crop, and sheets.

The code of `zhengguan photo make` makes and stores them, so they are byte for byte the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from config.errors import Problem
from config.i18n import Message
from kiosk.capture.cropping.crop_range import CropRange
from kiosk.capture.cropping.solver import Head
from kiosk.capture.engine import PhotoEngine
from kiosk.capture.recipe.recipe import backdrop_of
from kiosk.capture.recipe.replay import ReplayPlan, plan_replay
from kiosk.capture.verification.check_file import CheckReport
from kiosk.guidance.verdict import Outcome, Verdict
from kiosk.tools.photo.job import BatchOptions
from kiosk.tools.photo.output_folder import OutputFolder, OutputFolderProblem
from kiosk.tools.photo.page_server.photo import CropRequest, FinishedPortrait
from kiosk.tools.photo.page_server.portrait_request import PortraitAnswer, PortraitRequest
from kiosk.tools.photo.shots import read_shot
from kiosk.tools.photo.worker import CAMERA, PortraitWorker, build_engine, sheet_png

_ORDER: Final = (Outcome.PASS, Outcome.NOT_MEASURED, Outcome.UNSURE, Outcome.FAIL)  # from good to bad


_engines: dict[bool, PhotoEngine] = {}  # per worker process, by whether they use the portrait network


def engine(use_network: bool) -> PhotoEngine:
    """Return the engine of this process."""
    if use_network not in _engines:
        _engines[use_network] = build_engine(use_network)
    return _engines[use_network]


def make_portrait(request: PortraitRequest) -> PortraitAnswer:
    """Make and store a portrait. Raises OutputFolderProblem if nothing can be written."""
    maker = _Maker(request)
    try:
        if request.chosen is not None:
            try:
                return PortraitAnswer(maker.with_crop(request.chosen))
            except OutputFolderProblem:
                raise
            except Problem as problem:
                return PortraitAnswer(notice=problem)
        return PortraitAnswer(maker.by_rules())
    except OutputFolderProblem:
        raise
    except Problem as problem:
        return PortraitAnswer(problem=problem)
    except MemoryError:
        return PortraitAnswer(problem=Problem("command.no_memory"))


def draw_sheet(options: BatchOptions, portrait: Path, name: str) -> bytes:
    """Return the sheet, a PNG file, of a portrait that is called `name`."""
    recipe = OutputFolder(options.out).recipe_of(portrait.relative_to(options.out))
    report = engine(options.use_network).check(portrait.read_bytes(), options.standard, backdrop_of(recipe or {}))
    return sheet_png(report, name, options)


class _Maker:
    """Makes the portrait of one request."""

    def __init__(self, request: PortraitRequest) -> None:
        self._options, self._job = request.options, request.job
        self._engine = engine(request.options.use_network)
        self._worker = PortraitWorker(request.options, self._engine)

    def by_rules(self) -> FinishedPortrait:
        draft = self._engine.make(read_shot(self._job.shot), self._options.standard, CAMERA)
        return self._finished_portrait(*self._worker.check_and_store(self._job, draft), adjusted=False)

    def with_crop(self, chosen: CropRequest) -> FinishedPortrait:
        """Make the portrait with the chosen crop.

        Raises Problem if the crop breaks the rules, by the head's position in the current portrait, or if the outcome
        of a rule is worse in the new portrait.
        """
        standard, current = self._options.standard, chosen.portrait
        if current.head is None or not CropRange(current.head, current.picture, standard).contains(chosen.crop):
            raise Problem("photo_page.crop_outside")
        recipe = OutputFolder(self._options.out).recipe_of(current.path)
        if recipe is None:
            raise Problem("photo_page.crop_outside")
        request = plan_replay(recipe).decode_request
        draft = self._engine.make_with_crop(read_shot(self._job.shot), standard, CAMERA, request, chosen.crop)
        approve = partial(_approve, current.verdicts)
        return self._finished_portrait(*self._worker.check_and_store(self._job, draft, approve), adjusted=True)

    def _finished_portrait(self, recipe: Mapping[str, Any], report: CheckReport, adjusted: bool) -> FinishedPortrait:
        plan = plan_replay(recipe)
        width, height = recipe["shot"]["decoded_size"]
        return FinishedPortrait(
            self._job.portrait,
            report.facts.sha256,
            report.verdicts,
            plan.crop,
            (int(width), int(height)),
            _head_in_picture(report, plan),
            adjusted,
        )


def _approve(before: tuple[Verdict, ...], report: CheckReport) -> None:
    """Raise Problem with the first rule whose outcome is worse than before."""
    outcomes = {verdict.rule: verdict.outcome for verdict in before}
    for verdict in report.evaluated:
        if _ORDER.index(verdict.outcome) > _ORDER.index(outcomes.get(verdict.rule, Outcome.FAIL)):
            raise Problem("photo_page.crop_fails", rule=Message(f"rule.{verdict.rule}"))


def _head_in_picture(report: CheckReport, plan: ReplayPlan) -> Head | None:
    """Return the head, as measured on the portrait, in pixels of the picture."""
    head, crop = report.head, plan.crop
    if head is None or head.crown is None:
        return None
    return crop.to_picture(Head(head.crown, head.eyes, head.centre, head.width, head.chin))
