"""`zhengguan studio`: check the studio through the station's camera, and optionally monitor it for a while."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from config.arrays import Pixels
from config.cli import TranslatedParser, add_language, chosen_language
from config.errors import Problem
from config.i18n import Translations, translations
from config.settings.station import station_settings
from config.settings.studio import StudioSettings, studio_settings
from config.standards.registry import load_standard
from hardware.cameras.api import Camera, CameraInfo
from hardware.cameras.registry import open_driver
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.studio.monitor import DriftMonitor
from kiosk.guidance.studio.reference_image import ReferenceImage
from kiosk.guidance.studio.setup_check import FRAME_COUNT, CheckKind, SetupCheckResult, check_studio
from kiosk.studio.overlay import render_overlay
from kiosk.studio.report import as_json_line, as_text, sentence

_SETTLE_S = 1.5  # seconds: a webcam adjusts its exposure, and the simulated sitter leaves


def main(argv: Sequence[str] | None = None) -> int:
    """Return 0 if all is good, 1 if something has to be fixed, 2 if nothing could be checked."""
    argv_list = sys.argv[1:] if argv is None else list(argv)
    arguments = parser(chosen_language(argv_list, os.environ)).parse_args(argv_list)
    try:
        return run(arguments)
    except Problem as problem:
        sys.stderr.write(problem.in_language(arguments.language) + "\n")
        return 2
    except KeyboardInterrupt:
        return 130  # as in a shell: 128 and the number of the signal


def parser(language: str) -> TranslatedParser:
    translated_parser: Any = partial(TranslatedParser, translations=translations(language))
    top: TranslatedParser = translated_parser(prog="zhengguan studio", description="studio.command.description")
    top.add_argument("--camera", metavar="SPEC", help="studio.command.camera")
    top.add_argument("--config", type=Path, metavar="FILE", help="studio.command.config")
    top.add_argument("--studio", type=Path, metavar="FILE", help="studio.command.studio")
    top.add_argument("--expect", choices=[kind.value for kind in CheckKind], help="studio.command.expect")
    top.add_argument("--card", choices=("grey", "white"), default="grey", help="studio.command.card")
    top.add_argument("--standard", default="chsi", metavar="NAME|FILE", help="studio.command.standard")
    top.add_argument("--tell", metavar="WORDS", help="studio.command.simulate")
    top.add_argument("--overlay", type=Path, metavar="OUT.png", help="studio.command.overlay")
    top.add_argument("--json", action="store_true", help="studio.command.json")
    top.add_argument("--watch", type=float, default=0.0, metavar="SECONDS", help="studio.command.watch")
    add_language(top, language)
    top.translate_texts()
    return top


def run(arguments: argparse.Namespace) -> int:
    tr, settings = translations(arguments.language), studio_settings(arguments.studio)
    photo_standard = load_standard(arguments.standard)
    spec = arguments.camera or station_settings(arguments.config).camera.driver
    with _open_camera(open_driver(spec)) as (camera, info), closing(FaceFinder(still=True)) as finder:
        if arguments.tell:
            camera.send_command(arguments.tell)
        frames = _capture_frames(camera)
        expected = CheckKind(arguments.expect) if arguments.expect else None
        at, model = datetime.now().astimezone(), f"{info.driver} · {info.model}"
        result = check_studio(frames, finder, photo_standard, settings, at, arguments.card, expected, model)
        sys.stdout.write((as_json_line if arguments.json else as_text)(result.check, tr))
        if arguments.overlay:
            _draw_overlay(arguments.overlay, frames[-1], result, settings, tr, quiet=arguments.json)
        drifted = _watch_drift(camera, result.image, settings, arguments.watch, tr)
    return 1 if result.check.defects or drifted else 0


@contextmanager
def _open_camera(camera: Camera) -> Iterator[tuple[Camera, CameraInfo]]:
    try:
        yield camera, camera.open()
    finally:
        camera.close()


def _capture_frames(camera: Camera) -> list[Pixels]:
    """Return the newest frames, once the camera has settled. Raises the camera's Problem if it sends none."""
    until = time.monotonic() + _SETTLE_S
    while time.monotonic() < until:
        camera.frame()
    return [camera.frame().copy() for _ in range(FRAME_COUNT)]


def _draw_overlay(
    out: Path, frame: Pixels, result: SetupCheckResult, settings: StudioSettings, tr: Translations, quiet: bool
) -> None:
    picture = render_overlay(frame, result, settings, tr)
    try:
        picture.save(out, "PNG")
    except OSError as error:
        why = error.strerror or str(error)
        raise Problem("studio.command.not_written", file=str(out), why=why) from error
    if not quiet:
        sys.stdout.write(tr.translate("studio.command.drawn", file=str(out)) + "\n")


def _watch_drift(
    camera: Camera, reference: ReferenceImage, settings: StudioSettings, seconds: float, tr: Translations
) -> bool:
    """Print each change once, when it is noticed; return whether there was any."""
    monitor, began, reported = DriftMonitor(reference, settings), time.monotonic(), set[str]()
    while (now := time.monotonic() - began) < seconds:
        for drift in monitor.update(camera.frame(), now):
            if drift.finding.key not in reported:
                reported.add(drift.finding.key)
                finding = sentence(drift.finding, tr)
                sys.stdout.write(tr.translate("studio.command.after", seconds=round(now, 1), finding=finding) + "\n")
                sys.stdout.flush()
    return bool(reported)


if __name__ == "__main__":
    sys.exit(main())
