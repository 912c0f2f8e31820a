"""The station starts its services in order and stops them in reverse."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from sqlite3 import ProgrammingError

import pytest

from config.settings.station import station_settings
from kiosk.station.server_connection import ServerConnection
from kiosk.station.station import Station
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step


class RecordingService:
    def __init__(self, name: str, calls: list[str]) -> None:
        self._name, self._calls = name, calls

    def start(self) -> None:
        self._calls.append(f"start {self._name}")

    def stop(self) -> None:
        self._calls.append(f"stop {self._name}")


def test_services_start_in_order_and_stop_in_reverse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    station = Station(station_settings(card_reader={"port": ""}), tmp_path)
    monkeypatch.setattr(station.engine, "warm_up", lambda: None)
    monkeypatch.setattr(station, "_services", [RecordingService(name, calls) for name in ("camera", "analyzer")])
    station.start()
    station.close()
    assert calls == ["start camera", "start analyzer", "stop analyzer", "stop camera"]


def test_the_camera_starts_first_and_an_unpaired_station_has_no_upload(tmp_path: Path) -> None:
    station = Station(station_settings(card_reader={"port": ""}), tmp_path)
    assert station._services[0] is station.camera
    assert station.server.worker is None
    assert station.server not in station._services
    assert len(station._services) == 7, "all others but the card reader, which has no port"
    station.close()


def test_a_screen_that_fails_does_not_prevent_the_next_listener(tmp_path: Path) -> None:
    def fail(visit: VisitState) -> None:
        raise RuntimeError("cannot draw")

    station = Station(station_settings(card_reader={"port": ""}), tmp_path)
    steps: list[Step] = []
    station.controller.add_listener(fail)
    station.controller.add_listener(lambda visit: steps.append(visit.step))
    station.controller.start()
    assert steps == [Step.IDENTIFY]
    station.close()


@pytest.mark.parametrize("is_running", [True, False])
def test_an_upload_that_outlasts_the_station_can_record_its_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_running: bool
) -> None:
    monkeypatch.setattr(ServerConnection, "is_running", is_running)
    station = Station(station_settings(card_reader={"port": ""}), tmp_path)
    station.close()
    with nullcontext() if is_running else pytest.raises(ProgrammingError):
        station.outbox.stats()
    station.outbox.close()
