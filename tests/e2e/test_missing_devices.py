"""The kiosk without a server, a camera and a reader runs and reports what is missing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication, QLabel, QPushButton

from config.i18n import translations
from config.settings.station import station_settings
from hardware.card_reader.api import CardReading
from kiosk.app import App
from kiosk.station.pairing import PairingRecord, write_pairing
from kiosk.station.paths import StationPaths
from kiosk.station.status import station_status
from kiosk.ui.operator.status import Health
from kiosk.upload.encryption import FileCipher
from kiosk.upload.envelope import Pairing
from kiosk.upload.roster import Roster
from tests.factories import make_campaign, make_roster, make_student
from tests.waiting import eventually, scale_timeout

NO_SERVER = "http://127.0.0.1:9"  # the discard port: nothing listens
KEY = "5a" * 32
NUMBER = "990101200001011234"

pytestmark = pytest.mark.usefixtures("qapp")


def process_events() -> None:
    QApplication.processEvents()


@contextmanager
def kiosk(folder: Path, camera: str) -> Iterator[App]:
    settings: dict[str, dict[str, Any]] = {"camera": {"driver": camera}, "server": {"connect_timeout": 1.0}}
    app = App(station_settings(**settings), folder)
    app.start((1280, 720))
    try:
        yield app
    finally:
        app.close()
        app.window.leave_kiosk()
        app.window.deleteLater()


def until(app: App, happened: Callable[[], object]) -> None:
    eventually(happened, process_events, 60)


def touch(app: App, name: str) -> None:
    button = app.window.findChild(QPushButton, name)
    assert button is not None
    assert button.isVisible()
    QTest.mouseClick(button, Qt.LeftButton)


def current_screen(app: App) -> str:
    """Return the visible text without line breaks."""
    labels = app.window.findChildren(QLabel)
    return "".join("".join(label.text().split()) for label in labels if label.isVisible())


def assert_shown(app: App, key: str, **values: object) -> None:
    """Wait until the first sentence of the message is on the screen, in Chinese."""
    sentence = translations("zh_CN").translate(key, **values)
    first = "".join(sentence.split("。")[0].split())
    until(app, lambda: first in current_screen(app))


def paired_once(folder: Path) -> None:
    """Create the data folder of a station that was paired and has received a roster."""
    places, now = StationPaths(folder), datetime.now(UTC)
    folder.mkdir(parents=True)
    cipher = FileCipher.load_or_create(places.key)
    write_pairing(
        places.pairing, cipher, PairingRecord(NO_SERVER, Pairing(station="1", name="1", token="t", roster_key=KEY))
    )
    student = make_student(NUMBER, key=KEY, progress_url=f"{NO_SERVER}/p/x")
    Roster(places.roster, cipher, KEY).replace(make_roster([make_campaign(now=now)], [student], now=now))


def test_an_event_does_not_wait_for_the_next_tick(tmp_path: Path) -> None:
    app = App(station_settings(camera={"driver": f"folder:{tmp_path}"}), tmp_path / "station")
    try:  # without `start`: there are no ticks
        handled: list[int] = []
        thread = threading.Thread(target=lambda: app.controller.events.put(lambda: handled.append(1)))
        thread.start()
        thread.join()
        assert not handled, "another thread only queues the event"
        process_events()
        assert handled
    finally:
        app.close()
        app.window.deleteLater()


def test_unpaired_without_camera_and_reader(tmp_path: Path) -> None:
    absent = tmp_path / "no such folder"
    with kiosk(tmp_path / "station", f"folder:{absent}") as app:
        station = app.station
        until(app, lambda: station.camera.state.problem is not None)
        status = station_status(station)
        assert (status.camera.key, status.camera_health) == ("camera.folder", Health.CRITICAL)
        assert (status.reader.key, status.reader_health) == ("reader.none_set", Health.CRITICAL)
        assert status.last_error is not None
        assert (status.last_error.key, status.server_reachable) == ("pairing.none", None)
        assert app.window.screen_name == "welcome"

        touch(app, "start")
        until(app, lambda: app.window.screen_name == "identify")
        app.controller.on_card(CardReading("", NUMBER, "mainland"))
        assert_shown(app, "roster.empty")


def test_paired_but_the_server_is_down_and_the_camera_is_not_there(tmp_path: Path) -> None:
    paired_once(tmp_path / "station")
    with kiosk(tmp_path / "station", "webcam:7") as app:
        station = app.station
        until(app, lambda: station.camera.state.problem is not None and station.server.problem is not None)
        status = station_status(station)
        assert (status.camera.key, status.camera_health) == ("camera.absent", Health.CRITICAL)
        assert status.last_error is not None
        assert (status.last_error.key, status.server_reachable) == ("upload.unreachable", False)

        app.controller.on_card(CardReading("", NUMBER, "mainland"))
        until(app, lambda: app.window.screen_name == "consent")  # the roster is stored at the station
        touch(app, "agree")
        until(app, lambda: app.window.screen_name == "prepare")
        touch(app, "ready")
        until(app, lambda: app.window.screen_name == "error")
        assert_shown(app, "camera.absent")
        touch(app, "error_leave")
        until(app, lambda: app.window.screen_name == "welcome")
        assert station.outbox.stats().open == 0


def test_the_command_starts_without_devices(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "kiosk.app", "--data", str(tmp_path / "station"), "--camera", "webcam:7"]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    log = tmp_path / "log"
    with log.open("w") as output:
        process = subprocess.Popen(command, stderr=output, env=environment)
    try:
        eventually(lambda: "No camera was found" in log.read_text("utf-8"), timeout=60)
        assert process.poll() is None, "it keeps running and searching"
        process.send_signal(signal.SIGTERM)
        assert process.wait(scale_timeout(30)) == 0
    finally:
        process.kill()
    assert "Traceback" not in log.read_text("utf-8")
