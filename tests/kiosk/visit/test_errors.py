"""The groups of error keys that a visit treats alike."""

from __future__ import annotations

import pytest

from config.document_reader.api import DocumentProblem
from config.errors import DeviceProblem
from hardware.barcodes.api import ScannerProblem
from hardware.cameras.api import CameraProblem
from hardware.cameras.dual.driver import DualCameraProblem
from hardware.card_reader.api import ReaderProblem
from hardware.lights.api import LightsProblem
from hardware.printers.api import PrinterProblem
from kiosk.visit.errors import CAMERA_ERRORS, SHOT_ERRORS, SINGLE_SHOT_ERRORS, STAFF_ACTION_REQUIRED, is_resolved


def test_every_group_of_camera_keys_is_part_of_the_camera_errors() -> None:
    assert STAFF_ACTION_REQUIRED | SINGLE_SHOT_ERRORS | SHOT_ERRORS <= CAMERA_ERRORS


@pytest.mark.parametrize("which", ["live", "shot"])
def test_an_error_of_one_of_two_cameras_is_a_camera_error(which: str) -> None:
    problem = DualCameraProblem.wrap(which, CameraProblem("camera.lost"))  # type: ignore[arg-type]
    assert problem.key in CAMERA_ERRORS


def test_a_live_camera_resolves_camera_errors_only() -> None:
    assert is_resolved("camera.lost", None)
    assert not is_resolved("photo.disk_full", None)


@pytest.mark.parametrize(
    "problem", [CameraProblem, ReaderProblem, ScannerProblem, DocumentProblem, LightsProblem, PrinterProblem]
)
def test_every_device_class_is_a_device_problem(problem: type) -> None:
    assert issubclass(problem, DeviceProblem)
