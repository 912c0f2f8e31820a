"""Visits at a real station without screens; the test sends card, document and advice instead of the devices."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from config.document_reader.api import DocumentReading
from config.i18n import Message
from config.opencv import cv2
from config.settings.station import station_settings
from hardware.cameras.api import Frame
from hardware.card_reader.api import CardReading
from kiosk.guidance.coaching.advice import Advice
from kiosk.station.pairing import pair
from kiosk.station.station import Station
from kiosk.tools.demo.cards import read_cards
from kiosk.tools.demo.server import DemoServer
from kiosk.visit.step import Step
from tests.waiting import eventually, scale_timeout

READY = Advice("hint.hold", ready=True, steady_for=9.0)
TIMEOUT_S = 120.0


class Visitor:
    """A person at `station`; each method handles the events of the station until its effect is reached."""

    def __init__(self, station: Station) -> None:
        self.station = station
        self.controller = station.controller

    def wait_for(self, condition: Callable[[], object]) -> None:
        def is_reached() -> object:
            self.controller.process_events()
            return condition()

        eventually(is_reached, timeout=TIMEOUT_S)

    def wait_for_step(self, *steps: Step) -> None:
        self.wait_for(lambda: self.controller.state.step in steps)

    def scan(self, number: str) -> None:
        """Put a card on the reader; wait for the consent screen or a notice."""
        self.controller.on_card(CardReading("", number, "mainland"))
        self.wait_for(lambda: self.controller.state.step is Step.CONSENT or self.controller.state.notice is not None)

    def show_document(self, number: str) -> None:
        """Send the reading of a document; confirm the identity and type the last four characters."""
        self.controller.start()
        self.controller.start_document()
        self.controller.on_document(DocumentReading("id_card", number, ""))
        self.wait_for_step(Step.IDENTIFY)
        self.controller.confirm()
        self.controller.submit_last_four(number[-4:])
        self.wait_for_step(Step.CONSENT)

    def pose(self, number: str, by_document: bool = False) -> None:
        """Pass identification by card or document, and consent, until posing starts."""
        self.show_document(number) if by_document else self.scan(number)
        assert self.controller.state.step is Step.CONSENT, self.controller.state.notice
        self.controller.consent()
        self.controller.confirm_prepared()

    def shoot(self) -> Message | None:
        """Take one shot; return the station's message, or None if the portrait is shown."""
        assert self.controller.state.step is Step.POSE, self.controller.state
        self.controller.on_advice(READY, cast(Frame, None))
        self.wait_for_step(Step.SHOOT)
        self.wait_for_step(Step.POSE, Step.REVIEW, Step.ERROR)
        return self.controller.state.notice

    def accept(self) -> None:
        self.controller.accept()
        self.wait_for_step(Step.DONE)

    def visit(self, number: str, by_document: bool = False) -> str:
        """Run a whole visit; return the address of the student's progress page."""
        self.pose(number, by_document)
        notice = self.shoot()
        assert notice is None, notice
        sitter = self.controller.state.sitter
        assert sitter is not None
        self.accept()
        self.leave()
        return sitter.progress_url

    def leave(self) -> None:
        self.controller.leave()
        self.wait_for_step(Step.IDLE)

    def wait_until_sent(self) -> None:
        """Wait until no visit waits in the outbox."""
        self.wait_for(lambda: self.station.outbox.stats().waiting == 0)


@contextmanager
def visitor_at(folder: Path, camera: str, **changes: dict[str, Any]) -> Iterator[Visitor]:
    """Yield a visitor at a started station with a live camera and, if it is paired, a roster.

    The station searches the camera's frames for codes only if `changes` enable it.
    """
    settings = {"camera": {"driver": camera}, "timeouts": {"countdown": 0.01}, "codes": {"camera": False}}
    station = Station(station_settings(**{**settings, **changes}), folder)
    _stop_searching_frames(station)
    station.start()
    try:
        station.recovered.result(scale_timeout(TIMEOUT_S))
        visitor = Visitor(station)
        visitor.wait_for(lambda: station.camera.state.kind == "live")
        visitor.wait_for(lambda: station.pairing is None or station.roster.generated_at is not None)
        yield visitor
    finally:
        station.close()


def _stop_searching_frames(station: Station) -> None:
    """Keep the networks from searching a folder of pictures, which contains neither a sitter nor a document: the
    visitor sends the advice and the reading."""
    unused: Any = (station.analyzer, station.identification.document_scanner)
    for worker in unused:
        worker.start = lambda: None


def paired_station(server: DemoServer, folder: Path) -> Path:
    """Pair a station with the data folder `folder`; return the folder."""
    pair(station_settings(), folder, server.url, server.pairing_code)
    return folder


def expected_numbers(server: DemoServer) -> list[str]:
    return [card.number for card in read_cards(server.cards) if card.note == "expected"]


@functools.cache
def studio_shot() -> bytes:
    """Return a shot of the simulated studio, at half its size, which is enough for a portrait."""
    # Imported here because it needs half a second, and the child processes of the kill tests take no shot.
    from tests.kiosk.capture.conftest import open_studio

    shot = cv2.imdecode(np.frombuffer(open_studio()("right").data, np.uint8), cv2.IMREAD_REDUCED_COLOR_2)
    return bytes(cv2.imencode(".jpg", shot, [cv2.IMWRITE_JPEG_QUALITY, 92])[1])


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one shot of the simulated studio."""
    folder = tmp_path_factory.mktemp("pictures")
    (folder / "right.jpg").write_bytes(studio_shot())
    return folder
