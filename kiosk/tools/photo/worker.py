"""Execute jobs in a worker process: write a shot's portrait, read it back, check it, and store it with its recipe."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from hashlib import sha256
from typing import Any, Final

from config.errors import Problem
from config.standards.registry import Stage
from kiosk.capture.engine import PhotoEngine
from kiosk.capture.matting.onnx_network import installed_network
from kiosk.capture.recipe.extension_notes import extension_notes
from kiosk.capture.recipe.recipe import add_verdicts, backdrop_of, standard_entry
from kiosk.capture.types import DraftPortrait
from kiosk.capture.verification.check_file import CheckReport
from kiosk.guidance.verdict import NEEDS_SHOT
from kiosk.tools.photo.job import BatchOptions, Job, JobResult, JobStatus, failing_rules
from kiosk.tools.photo.output_folder import OutputFolder, OutputFolderProblem, sheet_name
from kiosk.tools.photo.shots import printable, read_shot

CAMERA: Final = {"driver": "file"}
"""The recipe contains no camera data from the file, because they may be personal."""


class PortraitWorker:
    """Executes jobs, one after the other."""

    def __init__(self, options: BatchOptions, engine: PhotoEngine) -> None:
        self._options = options
        self._output_folder = OutputFolder(options.out)
        self._engine = engine

    def run(self, job: Job) -> JobResult:
        """Execute a job. Raises OutputFolderProblem, because then no other job would succeed."""
        try:
            return self._run(job)
        except OutputFolderProblem:
            raise
        except Problem as problem:
            return JobResult(job, JobStatus.FAILED, problem=problem)
        except MemoryError:
            return JobResult(job, JobStatus.FAILED, problem=Problem("command.no_memory"))

    def _run(self, job: Job) -> JobResult:
        shot = read_shot(job.shot)
        existing = self._output_folder.recipe_of(job.portrait)
        if existing is not None and not self._options.remake and self._is_finished(job, existing, shot):
            return JobResult(job, JobStatus.UNCHANGED, failing_rules(existing))
        if self._output_folder.is_foreign(job.portrait):
            raise Problem("command.foreign", portrait=job.portrait.name)
        replaced = existing is not None and self._is_of_another_shot(job, existing, shot)
        return JobResult(job, JobStatus.MADE, failing_rules(self._make_portrait(job, shot)), replaced=replaced)

    def _is_of_another_shot(self, job: Job, recipe: dict[str, Any], shot: bytes) -> bool:
        recorded = recipe.get("shot", {}).get("sha256")
        return recorded != sha256(shot).hexdigest() and self._output_folder.contains(job.portrait, recipe)

    def _is_finished(self, job: Job, recipe: dict[str, Any], shot: bytes) -> bool:
        """Return whether the complete portrait exists, of this shot, with this standard and this engine's settings."""
        return (
            recipe.get("shot", {}).get("sha256") == sha256(shot).hexdigest()
            and recipe.get("standard") == standard_entry(self._options.standard)
            and recipe.get("matte") == json.loads(json.dumps(self._engine.settings.as_recipe()))
            and recipe.get("network") == (asdict(used) if (used := self._engine.network_used) else None)
            and self._output_folder.contains(job.portrait, recipe)
            and (not self._options.draw_sheets or self._output_folder.has(sheet_name(job.portrait)))
        )

    def _make_portrait(self, job: Job, shot: bytes) -> dict[str, Any]:
        """Make and store the portrait; return its recipe."""
        recipe, _ = self.check_and_store(job, self._engine.make(shot, self._options.standard, CAMERA))
        return recipe

    def check_and_store(
        self, job: Job, portrait: DraftPortrait, approve: Callable[[CheckReport], None] | None = None
    ) -> tuple[dict[str, Any], CheckReport]:
        """Write a portrait, read it back, check it, and store it with its recipe. `approve` may raise Problem, and then
        nothing is stored."""
        with self._output_folder.write_partial(job.portrait, portrait.jpeg) as draft:
            report = self._engine.check(draft.read_bytes(), self._options.standard, backdrop_of(portrait.recipe))
            report = replace(report, notes=extension_notes(portrait.recipe))
            if approve is not None:
                approve(report)
            measured = self._options.standard.rules_for(Stage.PORTRAIT)
            verdicts = tuple(v for v in report.verdicts if v.rule in measured and v.reason != NEEDS_SHOT)
            recipe = add_verdicts(portrait.recipe, verdicts)
            if self._options.draw_sheets:
                sheet = sheet_png(report, printable(job.portrait.name), self._options)
                self._output_folder.write(sheet_name(job.portrait), sheet)
            self._output_folder.store(draft, job.portrait, recipe)
        return recipe, report


def build_engine(use_network: bool) -> PhotoEngine:
    """Return an engine with the installed portrait network or without one. It loads its models with the first shot."""
    return PhotoEngine(network=installed_network() if use_network else None)


def sheet_png(report: CheckReport, name: str, options: BatchOptions) -> bytes:
    """Return the sheet of a checked portrait that is called `name`."""
    from kiosk.capture.report.sheet import draw_sheet  # imports fonts and drawing, which only sheets need

    report = replace(report, facts=replace(report.facts, name=name))
    file = io.BytesIO()
    draw_sheet(report, options.standard, options.language).save(file, "PNG")
    return file.getvalue()
