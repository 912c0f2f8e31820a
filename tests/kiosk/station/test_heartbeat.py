"""The heartbeat: the station's report about itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from config.settings.station import station_settings
from hardware.cameras.api import CameraHealth, CameraInfo, CameraProblem
from hardware.cameras.isolation.state import CameraState
from hardware.printers.api import PrinterProblem
from kiosk.guidance.analysis_rate import AnalysisRate
from kiosk.station.heartbeat import camera_report, collect_heartbeat, printer_state
from kiosk.station.station import Station
from kiosk.upload.heartbeat import CameraReport
from kiosk.upload.outbox.models import QueueStats
from kiosk.workers.live_analysis import LiveAnalyzer

CAMERA = CameraInfo("dslr", "EOS R8", "1", False, (640, 480), (6000, 4000))


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    station = Station(station_settings(card_reader={"port": ""}), tmp_path)
    yield station
    station.close()


def test_a_station_before_its_first_visit(station: Station) -> None:
    heartbeat = collect_heartbeat(station.reported_parts)
    assert (heartbeat.waiting, heartbeat.rejected, heartbeat.oldest_waiting_seconds) == (0, 0, None)
    assert heartbeat.disk_free_bytes is not None
    assert heartbeat.cameras == (CameraReport(name="studio", state="stopped"),)
    assert (heartbeat.clock_offset_seconds, heartbeat.analyses_per_second, heartbeat.printer) == (None, None, "")
    assert heartbeat.version


@pytest.mark.parametrize(("now", "age"), [(1600.0, 600.0), (900.0, 0.0)], ids=["waiting", "the clock was set back"])
def test_the_queue_and_the_age_of_its_oldest_visit(
    station: Station, monkeypatch: pytest.MonkeyPatch, now: float, age: float
) -> None:
    stats = QueueStats(ready=2, leased=1, rejected=4, oldest_waiting_since=1000.0)
    monkeypatch.setattr(station.outbox, "stats", lambda: stats)
    heartbeat = collect_heartbeat(station.reported_parts, lambda: now)
    assert (heartbeat.waiting, heartbeat.rejected, heartbeat.oldest_waiting_seconds) == (3, 4, age)


def test_a_visit_before_the_clock_was_set_does_not_prevent_the_report(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A computer without a battery starts in 1970."""
    monkeypatch.setattr(station.outbox, "stats", lambda: QueueStats(ready=1, oldest_waiting_since=60.0))
    assert collect_heartbeat(station.reported_parts, lambda: 1.8e9).oldest_waiting_seconds == 1e9


def test_the_rate_of_the_analysis(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LiveAnalyzer, "rate", AnalysisRate(2.5))
    heartbeat = collect_heartbeat(station.reported_parts)
    assert (heartbeat.analyses_per_second, heartbeat.required_analyses_per_second) == (2.5, 5.0)


def test_the_free_space_of_a_disk_that_fails_is_not_reported(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(folder: Path) -> None:
        raise OSError("input/output error")

    monkeypatch.setattr("shutil.disk_usage", fail)
    assert collect_heartbeat(station.reported_parts).disk_free_bytes is None


@pytest.mark.parametrize(
    ("state", "report"),
    [
        (CameraState("starting", None, None, 0.0), CameraReport(name="dslr", state="starting")),
        (CameraState("live", CAMERA, None, 0.0), CameraReport(name="EOS R8", state="live")),
        (
            CameraState("live", CAMERA, None, 0.0, CameraHealth(battery=15)),
            CameraReport(name="EOS R8", state="live", battery_percent=15),
        ),
        (
            CameraState("lost", CAMERA, CameraProblem("camera.lost"), 0.0),
            CameraReport(name="EOS R8", state="lost", problem="camera.lost"),
        ),
    ],
)
def test_a_camera(state: CameraState, report: CameraReport) -> None:
    assert camera_report(state, "dslr") == report


def test_a_separate_document_camera_is_reported(tmp_path: Path) -> None:
    settings = station_settings(card_reader={"port": ""}, documents={"camera": "webcam:9"})
    station = Station(settings, tmp_path)
    cameras = collect_heartbeat(station.reported_parts).cameras
    station.close()
    assert [camera.name for camera in cameras] == ["studio", "documents"]


@pytest.mark.parametrize(
    ("printing", "state"),
    [
        ({"problem": None, "is_healthy": True}, "ready"),
        ({"problem": None, "is_healthy": False}, ""),
        ({"problem": PrinterProblem("printer.paper_out", printer="x"), "is_healthy": False}, "paper_out"),
    ],
)
def test_the_printer(printing: dict[str, Any], state: str) -> None:
    assert printer_state(SimpleNamespace(**printing)) == state  # type: ignore[arg-type]
