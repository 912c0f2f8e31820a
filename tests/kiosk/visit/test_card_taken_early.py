"""A card that is removed too early causes a message to the student, and is not a fault of the reader."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.settings.station import station_settings
from hardware.card_reader.api import ReaderProblem
from kiosk.station.station import Station
from kiosk.station.status import station_status
from kiosk.ui.operator.status import Health
from kiosk.visit.step import Step


@pytest.mark.parametrize("key", ["reader.card_moved", "reader.garbled", "reader.card_refused"])
def test_the_student_sees_a_message_and_the_reader_counts_as_healthy(tmp_path: Path, key: str) -> None:
    station = Station(station_settings(card_reader={"port": "/dev/nothing"}), tmp_path)
    station.controller.start()
    station.identification.on_card_reader_problem(None)
    station.identification.on_card_reader_problem(ReaderProblem(key, code="90"))
    station.controller.process_events()
    notice = station.controller.state.notice
    assert notice is not None
    assert (station.controller.state.step, notice.key) == (Step.IDENTIFY, key)
    assert station_status(station).reader_health is Health.GOOD
    station.identification.on_card_reader_problem(ReaderProblem("reader.lost", port="/dev/nothing"))
    assert station_status(station).reader_health is Health.CRITICAL
    for part in (station.controller, station.engine, station.outbox, station._storage.lock_file):
        part.close()
