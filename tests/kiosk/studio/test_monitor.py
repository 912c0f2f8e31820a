from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.settings.studio import studio_settings
from config.standards.registry import load_standard
from hardware.cameras.api import Frame
from kiosk.guidance.studio.setup_check import CheckKind
from kiosk.studio.monitor import StudioMonitor, StudioReport
from tests.kiosk.guidance.studio.synthetic_studio import Light, apply_gain, photographs, studio
from tests.kiosk.guidance.studio.test_grey_card import with_card
from tests.waiting import eventually

AT = datetime(2026, 6, 1, 7, 58, tzinfo=UTC)


class FakeCamera:
    """A camera that returns a new frame at each call, half a second after the last on its own clock."""

    def __init__(self, room: Light) -> None:
        self._lock = threading.Lock()
        self._number = 0
        self.show(room)
        self.silent = False

    def show(self, room: Light) -> None:
        self._pictures = photographs(room, 3)

    def newest(self, after: int) -> Frame | None:
        with self._lock:
            if self.silent:
                return None
            self._number += 1
            return Frame(self._pictures[self._number % 3], self._number, self._number / 2)


@pytest.fixture
def camera() -> FakeCamera:
    return FakeCamera(studio())


@pytest.fixture
def opened(camera: FakeCamera, tmp_path: Path) -> Callable[[], StudioMonitor]:
    settings = studio_settings()
    quick = settings.model_copy(update={"monitor": settings.monitor.model_copy(update={"interval": 0.01})})

    def make() -> StudioMonitor:
        monitor = StudioMonitor(camera.newest, tmp_path / "studio", load_standard("chsi"), quick, "en", lambda: AT)
        monitor.start()
        return monitor

    return make


def wait_for_report(monitor: StudioMonitor, holds: Callable[[StudioReport], bool]) -> StudioReport:
    eventually(lambda: holds(monitor.report))
    return monitor.report


def drift_keys(monitor: StudioMonitor) -> list[str]:
    return [drift.finding.name for drift in monitor.report.drifts]


def test_a_check_is_stored_and_the_monitor_reports_a_weaker_lamp(
    camera: FakeCamera, opened: Callable[[], StudioMonitor], tmp_path: Path
) -> None:
    monitor = opened()
    monitor.request_check(CheckKind.EMPTY)
    report = wait_for_report(monitor, lambda r: not r.busy)
    assert report.setups[CheckKind.EMPTY].at == AT
    assert report.picture is not None
    camera.show(apply_gain(studio(), 0.6, 1.0))
    eventually(lambda: drift_keys(monitor) == ["drift.left_weaker"])
    camera.show(studio())
    eventually(lambda: drift_keys(monitor) == [])
    monitor.stop()
    assert {path.name for path in (tmp_path / "studio").iterdir()} == {"set_up.json", "empty.npz", "empty.png"}


def test_after_a_restart_the_studio_of_the_morning_is_watched(
    camera: FakeCamera, opened: Callable[[], StudioMonitor]
) -> None:
    first = opened()
    first.request_check(CheckKind.EMPTY)
    wait_for_report(first, lambda r: not r.busy)
    first.stop()
    camera.show(apply_gain(studio(), 1.0, 0.6))
    second = opened()
    assert wait_for_report(second, lambda r: bool(r.drifts)).setups[CheckKind.EMPTY].at == AT
    assert drift_keys(second) == ["drift.right_weaker"]
    second.stop()


def test_no_picture_with_people_is_kept(
    camera: FakeCamera, opened: Callable[[], StudioMonitor], tmp_path: Path
) -> None:
    camera.show(with_card())  # somebody holds the card
    monitor = opened()
    monitor.request_check(CheckKind.CARD)
    assert wait_for_report(monitor, lambda r: not r.busy).picture is not None
    eventually((tmp_path / "studio" / "set_up.json").exists)
    monitor.stop()
    assert {path.name for path in (tmp_path / "studio").iterdir()} == {"set_up.json"}


def test_without_a_set_up_no_drift_is_reported(opened: Callable[[], StudioMonitor]) -> None:
    monitor = opened()
    monitor.request_check(CheckKind.CARD)
    report = wait_for_report(monitor, lambda r: not r.busy)
    assert report.problem is not None
    assert report.problem.key == "studio.no_card"
    assert report.drifts == ()
    monitor.stop()


def test_a_damaged_record_is_reported_and_replaced_by_a_new_check(
    opened: Callable[[], StudioMonitor], tmp_path: Path
) -> None:
    (tmp_path / "studio").mkdir()
    (tmp_path / "studio" / "set_up.json").write_text("{half")
    monitor = opened()
    report = wait_for_report(monitor, lambda r: r.problem is not None)
    assert report.problem is not None
    assert report.problem.key == "studio.record_damaged"
    monitor.request_check(CheckKind.EMPTY)
    assert wait_for_report(monitor, lambda r: not r.busy).problem is None
    monitor.stop()


def test_a_folder_that_cannot_be_written_is_reported_and_the_check_holds(
    opened: Callable[[], StudioMonitor], tmp_path: Path
) -> None:
    (tmp_path / "studio").write_text("a file where the folder should be")
    monitor = opened()
    monitor.request_check(CheckKind.EMPTY)
    report = wait_for_report(monitor, lambda r: r.problem is not None and r.problem.key == "studio.record_not_saved")
    assert report.setups[CheckKind.EMPTY].at == AT
    monitor.stop()
