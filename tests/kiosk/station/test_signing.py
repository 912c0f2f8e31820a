"""A paired station has a key to sign portraits with, also after an update, and reports it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config.settings.station import station_settings
from kiosk.capture.proof.possession import has_private_key
from kiosk.station import pairing as station_pairing
from kiosk.station.heartbeat import collect_heartbeat
from kiosk.station.pairing import PairingRecord, pair, write_pairing
from kiosk.station.paths import StationPaths
from kiosk.station.station import Station
from kiosk.upload.client import Client
from kiosk.upload.encryption import FileCipher
from kiosk.upload.envelope import Pairing
from kiosk.upload.heartbeat import Heartbeat
from tests.kiosk.upload.data_folder import OPEN, VISITS, fill, photos

PAIRING = Pairing(station="s" * 32, name="一号站", token="t", roster_key="00" * 32)


@contextmanager
def started(folder: Path, driver: str = "studio") -> Iterator[Station]:
    station = Station(station_settings(camera={"driver": driver}, card_reader={"port": ""}), folder)
    try:
        yield station
    finally:
        station.close()


@pytest.fixture
def updated(tmp_path: Path) -> Path:
    """The data folder of a station that an earlier release paired, with visits that wait."""
    folder = tmp_path / "station"
    folder.mkdir()
    fill(folder).outbox.close()
    cipher = FileCipher.load_or_create(StationPaths(folder).key)
    write_pairing(StationPaths(folder).pairing, cipher, PairingRecord("http://127.0.0.1:1", PAIRING))
    return folder


def test_an_updated_station_gets_a_key_and_keeps_everything(updated: Path) -> None:
    before, pairing = photos(updated), StationPaths(updated).pairing.read_bytes()
    with started(updated) as station:
        first = station.signing_key
        assert station.outbox.stats().ready == VISITS - OPEN
    with started(updated) as station:
        assert first is not None
        assert station.signing_key is not None
        assert station.signing_key.public == first.public
    assert (photos(updated), StationPaths(updated).pairing.read_bytes()) == (before, pairing)


@pytest.mark.parametrize(("driver", "simulated"), [("studio", True), ("webcam", False), ("dslr", False)])
def test_the_heartbeat_reports_the_key(updated: Path, driver: str, simulated: bool) -> None:
    with started(updated, driver) as station:
        report = collect_heartbeat(station.reported_parts).signing_key
    assert report is not None
    assert has_private_key(report.public_key, PAIRING.station, report.possession)
    assert not has_private_key(report.public_key, "another", report.possession)
    assert report.simulated is simulated


def test_an_unpaired_station_has_none(tmp_path: Path) -> None:
    with started(tmp_path) as station:
        assert station.signing_key is None
        assert collect_heartbeat(station.reported_parts).signing_key is None


def test_every_pairing_makes_a_new_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Client, "pair", lambda url, code, name: PAIRING)
    keys = []
    for _ in range(2):
        pair(station_settings(), tmp_path, "http://127.0.0.1:1", "ABCD-EFGH")
        keys.append(StationPaths(tmp_path).signing_key.read_bytes())
    assert keys[0] != keys[1]
    assert station_pairing.read_pairing(StationPaths(tmp_path).pairing, FileCipher.load(StationPaths(tmp_path).key))


def test_heartbeats_of_earlier_stations_report_none() -> None:
    assert Heartbeat.model_validate_json('{"version": "0.1.0"}').signing_key is None
