"""The engine's work for one job. Runs in the process of `server.retouch.engine_child`, which alone loads the engine.

Requests and answers are plain JSON types; pictures are files.
"""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

from config.atomic_file import write_atomic
from config.errors import Problem
from config.standards.registry import PhotoStandard, load_standard_by_name
from kiosk.capture.recipe.recipe import add_verdicts
from kiosk.capture.repair.portrait_repair import RepairSession, engine_for, open_session
from kiosk.capture.repair.strokes import strokes_of
from kiosk.capture.retouch.comparison_picture import MAX_FINDINGS, difference_picture
from kiosk.capture.retouch.findings import Finding
from kiosk.capture.retouch.guard import compare
from kiosk.capture.verification.measure_portrait import evaluate_portrait
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.verdict import Outcome, Verdict
from server.delivery.beauty_check import assess_portrait
from server.remote.engine_work import RemotePhotos

OnStage = Callable[[str], None]
_MAX_SESSIONS: Final = 3  # about 10 MB each


class EngineWork:
    """Carries out requests, and keeps the latest cut-outs, because a retoucher tries a portrait several times."""

    def __init__(self) -> None:
        self._finder = FaceFinder(still=True)
        self._remote = RemotePhotos(self._finder)
        self._sessions: OrderedDict[tuple[str, str], RepairSession] = OrderedDict()

    def run(self, request: Mapping[str, Any], on_stage: OnStage) -> dict[str, Any]:
        """Return the answer to a request. Raises Problem if the portrait cannot be made or checked."""
        tasks: dict[str, Callable[[Mapping[str, Any], OnStage], dict[str, Any]]] = {
            "prepare": self._prepare,
            "strokes": self._repair,
            "upload": self._check,
            "proof": self._remote.proof,
            "photo": self._remote.photo,
            "beauty": lambda request, _: assess_portrait(request, self._finder),
        }
        return tasks[request["task"]](request, on_stage)

    def _prepare(self, request: Mapping[str, Any], on_stage: OnStage) -> dict[str, Any]:
        """Write the brush's pictures: the crop of the shot, the person's colours, the matte and the face's region."""
        session = self._session(request, on_stage)
        start, folder = session.start, Path(request["folder"])
        planes = {
            "crop": np.rint(start.image * 255),
            "person": np.rint(start.matte.foreground * 255),
            "matte": np.rint(start.matte.alpha * 255),
            "face": start.face * 255.0,
        }
        for name, values in planes.items():
            write_atomic(folder / f"{name}.png", _png(values.clip(0, 255).astype(np.uint8)))
        hue, output = start.hue, session.plan.output
        return {
            "width": output.width,
            "height": output.height,
            "background": list(output.background_colour),
            "hue": [hue.blue, hue.red] if hue else None,
            "same_bytes": session.same_bytes,
        }

    def _repair(self, request: Mapping[str, Any], on_stage: OnStage) -> dict[str, Any]:
        session = self._session(request, on_stage)
        on_stage("composing")
        draft = session.make(strokes_of(request["strokes"]))
        write_atomic(Path(request["result"]), draft.jpeg)
        report, verdicts = self._report(request, draft.jpeg, on_stage)
        return {**report, "recipe": add_verdicts(draft.recipe, verdicts)}

    def _check(self, request: Mapping[str, Any], on_stage: OnStage) -> dict[str, Any]:
        return self._report(request, Path(request["result"]).read_bytes(), on_stage)[0]

    def _report(
        self, request: Mapping[str, Any], portrait: bytes, on_stage: OnStage
    ) -> tuple[dict[str, Any], tuple[Verdict, ...]]:
        """Compare the portrait with the station's, and evaluate both."""
        on_stage("checking")
        own, standard = Path(request["own"]).read_bytes(), _standard(request["standard"])
        comparison = compare(own, portrait, self._finder)
        if comparison.findings:
            picture = io.BytesIO()
            difference_picture(own, portrait, comparison).save(picture, "PNG")
            write_atomic(Path(request["difference"]), picture.getvalue())
        before, now = (evaluate_portrait(jpeg, standard, self._finder) for jpeg in (own, portrait))
        failed_before = {verdict.rule for verdict in before if verdict.outcome is Outcome.FAIL}
        report = {
            "verdict": comparison.verdict.value,
            "findings": [_finding_to_json(finding) for finding in comparison.findings[:MAX_FINDINGS]],
            "failed_rules": [v.rule for v in now if v.outcome is Outcome.FAIL and v.rule not in failed_before],
            "outcomes": {verdict.rule: verdict.outcome.value for verdict in now},
        }
        return report, now

    def _session(self, request: Mapping[str, Any], on_stage: OnStage) -> RepairSession:
        recipe = request["recipe"]
        if not isinstance(recipe, dict) or not isinstance(recipe.get("portrait"), dict):
            raise Problem("repair.no_recipe")
        key = (request["shot"], str(recipe["portrait"].get("sha256")))
        if key not in self._sessions:
            on_stage("cutting_out")
            engine = engine_for(recipe)
            try:
                session = open_session(engine, Path(request["shot"]).read_bytes(), recipe)
            finally:
                engine.close()
            output, required = session.plan.output, _standard(request["standard"]).output
            if (output.width, output.height) != (required.width, required.height):
                raise Problem("repair.other_output")
            self._sessions[key] = session
            while len(self._sessions) > _MAX_SESSIONS:
                self._sessions.popitem(last=False)
        self._sessions.move_to_end(key)
        return self._sessions[key]


def _standard(entry: Mapping[str, Any]) -> PhotoStandard:
    folder = Path(entry["folder"]) if entry["folder"] else None
    return load_standard_by_name(entry["name"], folder).with_background(entry["background"])


def _finding_to_json(finding: Finding) -> dict[str, Any]:
    return {"kind": finding.kind, "place": finding.place, "outcome": finding.outcome.value, "box": list(finding.box)}


def _png(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(values).save(file, "PNG")
    return file.getvalue()
