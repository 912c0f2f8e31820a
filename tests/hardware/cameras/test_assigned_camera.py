"""A camera of another station is detected, and used only after a person confirms it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hardware.cameras.api import CameraInfo
from hardware.cameras.assigned_camera import AssignedCamera

OURS = CameraInfo("dslr", "Nikon D750", "6001234", False, (640, 424), (6016, 4016))
THEIRS = replace(OURS, serial="6009876")


@pytest.fixture
def own(tmp_path: Path) -> AssignedCamera:
    assigned = AssignedCamera(tmp_path / "camera.json", "dslr")
    assert assigned.rejects(OURS) is None, "the first one is assigned"
    return assigned


def test_another_serial_number_is_not_accepted_also_after_another_start(own: AssignedCamera, tmp_path: Path) -> None:
    for assigned in (own, AssignedCamera(tmp_path / "camera.json", "dslr")):
        problem = assigned.rejects(THEIRS)
        assert problem is not None
        assert (problem.reason, problem.values["found"]) == ("not_assigned", "Nikon D750 …9876")
        assert assigned.rejects(OURS) is None, "the right one is accepted"


def test_a_camera_that_the_operator_confirms_belongs_to_this_station(own: AssignedCamera) -> None:
    own.assign(THEIRS)
    assert own.rejects(THEIRS) is None
    assert own.rejects(OURS) is not None


@pytest.mark.parametrize("other", [replace(THEIRS, serial=""), replace(THEIRS, driver="scripted")])
def test_a_camera_that_cannot_be_distinguished_is_used(own: AssignedCamera, other: CameraInfo) -> None:
    assert own.rejects(other) is None
    assert own.rejects(THEIRS) is not None, "the assignment is unchanged"


def test_another_setting_means_another_camera(own: AssignedCamera, tmp_path: Path) -> None:
    assert AssignedCamera(tmp_path / "camera.json", "dslr:usb:001,004").rejects(THEIRS) is None


def test_a_damaged_file_counts_as_no_assignment(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "camera.json").write_text("{")
    assert AssignedCamera(tmp_path / "camera.json", "dslr").rejects(OURS) is None
    assert "cannot be read" in caplog.text
