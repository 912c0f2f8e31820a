"""A card taken away too early is told to who holds it, and is no fault of the reader."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.settings.station import station_settings
from hardware.card_reader.api import ReaderProblem
from kiosk.station.station import Station
from kiosk.station.status import status_of
from kiosk.ui.operator.status import Health
from kiosk.visit.state import Step


@pytest.mark.parametrize("key", ["reader.card_moved", "reader.garbled", "reader.card_refused"])
def test_the_student_is_told_and_the_reader_stays_well(tmp_path: Path, key: str) -> None:
    station = Station(station_settings(reader={"port": "/dev/nothing"}), tmp_path)
    station.conductor.start()
    station._hear_reader(None)
    station._hear_reader(ReaderProblem(key, code="90"))
    station.conductor.process_events()
    notice = station.conductor.state.notice
    assert notice is not None
    assert (station.conductor.state.step, notice.key) == (Step.IDENTIFY, key)
    assert status_of(station).reader_health is Health.GOOD
    station._hear_reader(ReaderProblem("reader.lost", port="/dev/nothing"))
    assert status_of(station).reader_health is Health.BAD
    for part in (station.conductor, station.engine, station.outbox, station._alone):
        part.close()
