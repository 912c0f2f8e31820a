"""Execute jobs in a worker process: write a shot's portrait, read it back, check it, and store it with its recipe."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, replace
from hashlib import sha256
from typing import Any, Final

from config.errors import Problem
from kiosk.capture.engine import PhotoEngine
from kiosk.capture.matting.onnx_network import installed_network
from kiosk.capture.recipe.recipe import add_verdicts, standard_entry
from kiosk.capture.report.sheet import draw_sheet
from kiosk.tools.photo.job import BatchOptions, Job, JobResult, JobStatus, failing_rules
from kiosk.tools.photo.output_folder import OutputFolder, OutputFolderProblem, sheet_name
from kiosk.tools.photo.shots import printable, read_shot

_CAMERA: Final = {"driver": "file"}  # no camera data, because those in the file may be personal


class PortraitWorker:
    """Executes jobs, one after the other."""

    def __init__(self, options: BatchOptions) -> None:
        self._options = options
        self._output_folder = OutputFolder(options.out)
        network = installed_network() if options.use_network else None
        self._engine = PhotoEngine(network=network)  # loads its networks with the first shot that needs them

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
        return JobResult(job, JobStatus.MADE, failing_rules(self._make_portrait(job, shot)))

    def _is_finished(self, job: Job, recipe: dict[str, Any], shot: bytes) -> bool:
        """Return whether the portrait exists completely, of this shot, by this standard and with this engine's
        settings."""
        return (
            recipe.get("shot", {}).get("sha256") == sha256(shot).hexdigest()
            and recipe.get("standard") == standard_entry(self._options.standard)
            and recipe.get("matte") == json.loads(json.dumps(self._engine.settings.as_recipe()))
            and recipe.get("network") == (asdict(used) if (used := self._engine.network_used) else None)
            and self._output_folder.contains(job.portrait, recipe)
            and (not self._options.draw_sheets or self._output_folder.has(sheet_name(job.portrait)))
        )

    def _make_portrait(self, job: Job, shot: bytes) -> dict[str, Any]:
        """Return the recipe of the portrait, which is then in the output folder."""
        portrait = self._engine.make(shot, self._options.standard, _CAMERA)
        with self._output_folder.write_partial(job.portrait, portrait.jpeg) as draft:
            written = draft.read_bytes()
            recipe = add_verdicts(portrait.recipe, self._engine.evaluate(written, self._options.standard))
            if self._options.draw_sheets:
                self._draw_sheet(job, written)
            self._output_folder.store(draft, job.portrait, recipe)
        return recipe

    def _draw_sheet(self, job: Job, jpeg: bytes) -> None:
        checked = self._engine.check(jpeg, self._options.standard)
        checked = replace(checked, facts=replace(checked.facts, name=printable(job.portrait.name)))
        file = io.BytesIO()
        draw_sheet(checked, self._options.standard, self._options.language).save(file, "PNG")
        self._output_folder.write(sheet_name(job.portrait), file.getvalue())
