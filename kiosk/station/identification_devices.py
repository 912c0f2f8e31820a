"""The devices that identify a student: card reader, code scanners and document scanner."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from config.document_reader.api import DocumentReading
from config.errors import Problem
from config.settings.station import StationSettings
from hardware.cameras.api import Frame
from hardware.card_reader.api import CardReading, ReaderProblem
from hardware.card_reader.poller import CARD_PROBLEMS, CardPoller
from hardware.device_log import DeviceLog
from kiosk.station.devices import create_card_poller
from kiosk.upload.roster import Roster
from kiosk.visit.controller import VisitController
from kiosk.visit.step import Step
from kiosk.workers.code_scanners import CodeScanners
from kiosk.workers.document_scanner import DocumentScanner


class IdentificationDevices:
    """Creates the devices, which pass their readings to the controller. `newest` returns the frames of the main camera.

    `card_warning` is the warning about the last card; the callbacks run on the threads of the devices.
    """

    def __init__(
        self,
        settings: StationSettings,
        newest: Callable[[int], Frame | None],
        controller: VisitController,
        roster: Roster,
        device_log: DeviceLog,
    ) -> None:
        self._controller, self._roster, self._device_log = controller, roster, device_log
        self.card_reader_problem: Problem | None = None
        self.card_warning: Problem | None = None
        self.code_scanners = CodeScanners(
            settings.codes, newest, controller.on_code, partial(device_log.record, "scanner"), controller.on_broken_code
        )
        self.document_scanner = DocumentScanner(
            settings, newest, self._on_document, controller.on_document_progress, device_log.record
        )
        self.card_reader = create_card_poller(settings, self._on_card, self.on_card_reader_problem)
        if self.card_reader is None:
            self.card_reader_problem = ReaderProblem("reader.none_set")

    @property
    def services(self) -> tuple[CardPoller | None, CodeScanners, DocumentScanner]:
        """The services in the order in which they start; None for a device that the station does not have."""
        return self.card_reader, self.code_scanners, self.document_scanner

    def on_step(self, step: Step) -> None:
        self.document_scanner.on_step(step)
        self.code_scanners.on_step(step)

    def on_card_reader_problem(self, problem: ReaderProblem | None) -> None:
        if problem is not None and problem.key in CARD_PROBLEMS:  # the reader works: the message is for the card holder
            self._controller.on_card_problem(problem)
            return
        self.card_reader_problem = problem
        self._device_log.record("reader", problem)

    def _on_card(self, card: CardReading) -> None:
        self.card_warning = ReaderProblem("reader.card_expired") if card.expired else None
        self._roster.precompute_hash(card.number)  # slow, so it runs on the thread of the card reader
        self._controller.on_card(card)

    def _on_document(self, reading: DocumentReading) -> None:
        self._roster.precompute_hash(reading.number)
        self._controller.on_document(reading)
