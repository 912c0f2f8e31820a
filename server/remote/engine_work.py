"""The tasks of the photo engine for remote students. They run in the process of `server.retouch.engine_child`, which
alone loads the engine.

The verdicts are those of a station's shot, by the same code; the portrait is made by the same engine. Requests and
responses are plain JSON types; pictures are files.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from config.atomic_file import write_atomic
from config.errors import Problem
from config.i18n import values_to_json
from config.standards.registry import PhotoStandard, Stage, load_standard_by_name
from kiosk.capture.engine import PhotoEngine
from kiosk.capture.image_io.decode import decode, read_size
from kiosk.capture.image_io.file_type import detect_kind
from kiosk.capture.image_io.image_file import exif_of
from kiosk.capture.matting.onnx_network import PortraitNetwork, installed_network
from kiosk.capture.retouch.beauty_filter import assess_beauty_filter
from kiosk.capture.verification.file_metrics import read_jpeg_properties
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.live import ImageAnalysis, analyze_image
from kiosk.guidance.verdict import Verdict

OnStage = Callable[[str], None]
MIN_SHORT_SIDE_PX: Final = 1600
"""The value with which kiosk.workers.engine_worker assesses a shot: a face then has 250 px or more."""
_MAX_TEXT: Final = 100
_MAX_SOFTWARE: Final = 16
log = logging.getLogger(__name__)


class RemotePhotos:
    """A judge of photos that also makes portraits of them. Use it from one thread."""

    def __init__(self, finder: FaceFinder) -> None:
        self._finder = finder
        self._loaded_engine: PhotoEngine | None = None

    def proof(self, request: Mapping[str, Any], on_stage: OnStage) -> dict[str, Any]:
        """Judge a reduced copy and make a preview of the portrait from it. Raises PhotoProblem if it is no picture."""
        standard, data = _standard(request["standard"]), Path(request["photo"]).read_bytes()
        analysis = self._analyze(data, standard)
        answer: dict[str, Any] = {"verdicts": [_verdict(verdict) for verdict in analysis.verdicts], "problem_key": ""}
        try:
            portrait = self._engine.make(data, standard, {"driver": "remote", "proof": True})
        except Problem as problem:
            return {**answer, "problem_key": problem.key, "problem_values": values_to_json(problem.values)}
        write_atomic(Path(request["result"]), portrait.jpeg)
        return answer

    def photo(self, request: Mapping[str, Any], on_stage: OnStage) -> dict[str, Any]:
        """Make the portrait of an original, judge both, and report what the file shows about its origin.

        Raises PhotoProblem if no portrait can be made of it.
        """
        standard, data = _standard(request["standard"]), Path(request["photo"]).read_bytes()
        portrait = self._engine.make_and_verify(data, standard, request["camera"])
        write_atomic(Path(request["result"]), portrait.jpeg)
        analysis = self._analyze(data, standard)
        of_portrait = {verdict.rule for verdict in portrait.verdicts}
        verdicts = (*portrait.verdicts, *(verdict for verdict in analysis.verdicts if verdict.rule not in of_portrait))
        suspicion = asdict(assess_beauty_filter(data, self._finder))
        suspicion["evidence"] = [[key, value[:_MAX_TEXT]] for key, value in suspicion["evidence"]]
        return {
            "recipe": portrait.recipe,
            "verdicts": [_verdict(verdict) for verdict in verdicts],
            "file": file_report(data),
            "suspicion": suspicion,
            "face_share": _face_share(analysis),
        }

    def _analyze(self, data: bytes, standard: PhotoStandard) -> ImageAnalysis:
        pixels = decode(data, min_short_side=MIN_SHORT_SIDE_PX).pixels
        return analyze_image(pixels, standard, Stage.SHOT, self._finder)

    @property
    def _engine(self) -> PhotoEngine:
        if self._loaded_engine is None:
            self._loaded_engine = PhotoEngine(network=_network())
        return self._loaded_engine


def file_report(data: bytes) -> dict[str, Any]:
    """Return the fields of kiosk.upload.photo_origin.FileReport. A GPS position is never read."""
    kind, facts = detect_kind(data), read_jpeg_properties(data)
    exif = exif_of(kind, data)
    size = read_size(data)
    software = facts.software if facts is not None else exif.software
    return {
        "kind": kind.value.lower(),
        "width": size[0],
        "height": size[1],
        "camera": " ".join(text for text in (exif.make, exif.model) if text)[:_MAX_TEXT],
        "lens": exif.lens[:_MAX_TEXT],
        "taken": exif.taken.replace(":", "-", 2)[:_MAX_TEXT],
        "software": [name[:_MAX_TEXT] for name in software[:_MAX_SOFTWARE]],
        "focal_length_35mm": exif.focal_length_35mm,
        "quality": facts.quality if facts is not None else None,
        "camera_tables": not facts.libjpeg_tables if facts is not None else None,
        "progressive": facts.progressive if facts is not None else None,
    }


def _face_share(analysis: ImageAnalysis) -> float | None:
    """Return the width of the one face as a share of the picture's longer side."""
    faces, size = analysis.detections.faces, analysis.detections.size
    return float(faces[0].width) / max(size) if len(faces) == 1 else None


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {**asdict(verdict), "outcome": verdict.outcome.value}


def _standard(entry: Mapping[str, Any]) -> PhotoStandard:
    folder = Path(entry["folder"]) if entry["folder"] else None
    return load_standard_by_name(entry["name"], folder).with_background(entry["background"])


def _network() -> PortraitNetwork | None:
    """Return the installed portrait network, if any; the engine works without it too, and the recipe records that."""
    try:
        return installed_network()
    except Problem as problem:
        log.error("%s", problem)
        return None
