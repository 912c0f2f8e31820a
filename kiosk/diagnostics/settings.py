"""Checks of the photo standards, the operator's PIN and the engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from config.errors import Problem
from config.settings.station import StationSettings
from config.standards.registry import custom_folder, load_standard
from kiosk.diagnostics.report import CheckResult, Level, check_result, result_from_problem
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.station.operator_pin import is_pin_set, is_simulated


def standards(folder_setting: str) -> Iterator[CheckResult]:
    """Check that every standard in the station's own folder, and the default one, can be read."""
    names: list[str] = []
    try:
        folder: Path | None = custom_folder(folder_setting)
        names.append(load_standard("chsi").name)
    except Problem as problem:
        yield result_from_problem("standards", Level.FAILURE, problem)
        return
    try:
        files = sorted(file for file in folder.iterdir() if file.suffix == ".toml") if folder is not None else []
    except OSError as error:  # glob() would report an empty folder
        yield check_result(
            "standards", Level.FAILURE, "no_folder", folder=str(folder), why=error.strerror or str(error)
        )
        return
    for file in files:
        try:
            names.append(load_standard(str(file)).name)
        except Problem as problem:
            yield result_from_problem("standards", Level.FAILURE, problem)
    yield check_result("standards", Level.OK, "ok", names=", ".join(names))


def pin(settings: StationSettings, path: Path) -> Iterator[CheckResult]:
    """Check that only the staff can open the operator page."""
    if is_pin_set(settings, path):
        yield check_result("pin", Level.OK, "ok")
    elif is_simulated(settings):
        yield check_result("pin", Level.WARNING, "demo")
    else:
        yield check_result("pin", Level.FAILURE, "none")


def networks() -> Iterator[CheckResult]:
    """Check that this processor can run the networks of guidance."""
    try:
        with closing(FaceFinder(still=True)) as finder:
            finder.find(np.zeros((480, 640, 3), np.uint8))
    except (OSError, RuntimeError, ImportError) as error:
        yield check_result(
            "networks", Level.FAILURE, "broken", why=str(error).splitlines()[0] if str(error) else type(error).__name__
        )
        return
    yield check_result("networks", Level.OK, "ok")
