"""The lines about printer, documents, webcams, scanner and lights, with simulated devices and without."""

from __future__ import annotations

import os
import tty
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from config.arrays import Pixels
from config.document_reader.api import DocumentProblem
from config.document_reader.ocr import TextRow
from config.i18n import LANGUAGES
from config.settings.station import LampSettings, LightSettings
from hardware.cameras.webcam.devices import VideoDevice
from hardware.printers.api import Page, PrinterProblem
from hardware.printers.registry import open_printer
from hardware.simulators.dmx_interface import SimulatedDmxInterface
from hardware.simulators.receipt_printer import PrinterFaults, SimulatedPrinter
from kiosk.diagnostics.camera import webcams
from kiosk.diagnostics.identification import documents, scanner
from kiosk.diagnostics.output import lights, printer, sheet_queues
from kiosk.diagnostics.report import CheckResult, Level
from kiosk.station.devices import studio_lamps

CAMERA = VideoDevice("/dev/video0", "USB Camera", "046d", "0825", "", "/dev/v4l/by-id/usb-x")


def keys_and_levels(lines: Iterable[CheckResult]) -> list[tuple[str, Level]]:
    """Return the key and level of each line; each has a message in every language."""
    results = list(lines)
    assert all(line.translate(language) for line in results for language in LANGUAGES)
    return [(line.message.key, line.level) for line in results]


def test_a_printer_is_checked() -> None:
    with SimulatedPrinter() as simulated:
        spec = f"escpos:network:127.0.0.1:{simulated.port}"
        assert keys_and_levels(printer(spec, lambda: open_printer(spec))) == [("diagnosis.printer.ok", Level.OK)]
        simulated.set_faults(PrinterFaults(paper_out=True))
        assert keys_and_levels(printer(spec, lambda: open_printer(spec))) == [("printer.paper_out", Level.WARNING)]
        assert simulated.roll.receipts == []
        assert simulated.roll.hanging == 0, "nothing is printed by a check"


def test_each_queue_of_sheets_is_checked_once() -> None:
    class Queue:
        def __init__(self, name: str) -> None:
            self.name = name

        def check(self) -> str:
            if self.name == "office":
                raise PrinterProblem("printer.offline", printer=self.name)
            return self.name

        def print(self, page: Page) -> None:
            raise AssertionError("nothing is printed by a check")

    lines = list(sheet_queues(["photo", "office", "photo"], Queue))
    assert keys_and_levels(lines) == [
        ("photo_sheets.printer.offline", Level.WARNING), ("diagnosis.sheets.ok", Level.OK),
    ]  # fmt: skip
    assert [line.details for line in lines] == [("office",), ("photo",)]
    assert keys_and_levels(sheet_queues([], Queue)) == []


@pytest.mark.parametrize(
    ("spec", "key", "level"), [("", "diagnosis.printer.not_set", Level.OK), ("epson", "printer.spec", Level.WARNING)]
)
def test_a_printer_that_is_not_set_or_set_wrong(spec: str, key: str, level: Level) -> None:
    assert keys_and_levels(printer(spec, lambda: open_printer(spec))) == [(key, level)]


@pytest.mark.parametrize(
    ("reading", "key", "level"),
    [
        ("990101200001010129", "diagnosis.documents.ok", Level.OK),
        ("990101200001010128", "diagnosis.documents.misread", Level.WARNING),
        (DocumentProblem("document.not_installed"), "document.not_installed", Level.WARNING),
        (RuntimeError("illegal instruction"), "diagnosis.documents.broken", Level.WARNING),
    ],
)
def test_the_recognition_is_tried_on_a_number(reading: str | Exception, key: str, level: Level) -> None:
    def read(pixels: Pixels) -> Sequence[TextRow]:
        assert pixels.std() > 10, "something is drawn"
        if isinstance(reading, Exception):
            raise reading
        return [TextRow(reading, 0, 0, 1, 1)]

    assert keys_and_levels(documents(True, read)) == [(key, level)]
    assert keys_and_levels(documents(False, read)) == [("diagnosis.documents.not_enabled", Level.OK)]


def test_webcams_and_the_programs_that_use_them_are_named() -> None:
    lines = list(webcams(lambda: [CAMERA], lambda path: ["cheese (42)"]))
    assert keys_and_levels(lines) == [("diagnosis.webcams.found", Level.OK), ("diagnosis.webcams.held", Level.WARNING)]
    assert "cheese (42)" in lines[1].translate("en")
    assert keys_and_levels(webcams(lambda: [CAMERA], lambda path: [])) == [("diagnosis.webcams.found", Level.OK)]
    assert keys_and_levels(webcams(lambda: [], lambda path: [])) == [("diagnosis.webcams.none", Level.OK)]


def test_a_scanner_s_port_is_opened(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    tty.setraw(ours)
    try:
        assert keys_and_levels(scanner(os.ttyname(theirs), 9600)) == [("diagnosis.scanner.ok", Level.OK)]
    finally:
        os.close(ours)
        os.close(theirs)
    assert keys_and_levels(scanner(str(tmp_path / "none"), 9600)) == [("scanner.absent", Level.WARNING)]
    assert keys_and_levels(scanner("", 9600)) == []


def test_a_dimmer_is_opened(tmp_path: Path) -> None:
    lamps = [LampSettings(name="left", channel=1)]
    with SimulatedDmxInterface() as widget:
        arguments = LightSettings(driver="dmx", port=widget.port, lamps=lamps)
        assert keys_and_levels(lights(studio_lamps(arguments, tmp_path / "lamps.json"), widget.port)) == [
            ("diagnosis.lights.ok", Level.OK)
        ]
    absent = LightSettings(driver="dmx", port=str(tmp_path / "none"), lamps=lamps)
    assert keys_and_levels(lights(studio_lamps(absent, tmp_path / "lamps.json"), "")) == [
        ("lights.absent", Level.WARNING)
    ]
    assert keys_and_levels(lights(None, "")) == []
