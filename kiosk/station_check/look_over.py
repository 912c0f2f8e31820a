"""Which checks make up a look at the station, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from config.problem import Problem
from config.station import StationSettings
from hardware.identity.documents.text_reader import TextReader
from hardware.identity.reader_search import ReaderSearch
from hardware.printers.drivers import open_printer
from kiosk.devices import studio_lamps, taken_ports
from kiosk.only_one import hold_alone
from kiosk.station import Places, make_folder
from kiosk.station_check import machine
from kiosk.station_check.camera import camera
from kiosk.station_check.documents import documents
from kiosk.station_check.lights import lights
from kiosk.station_check.line import Level, Line, from_problem, line
from kiosk.station_check.printer import printer
from kiosk.station_check.reader import reader
from kiosk.station_check.scanner import scanner
from kiosk.station_check.server import outbox, server
from kiosk.station_check.settings import networks, standards
from kiosk.station_check.usb import plugged_in
from kiosk.station_check.webcams import webcams


def computer(settings: StationSettings, folder: Path) -> Iterator[Line]:
    """What can be looked at beside a kiosk that runs: everything that no device is opened for."""
    yield from machine.programmes()
    yield from machine.strength()
    yield from machine.disk(folder, settings)
    yield from machine.time_of_day()
    yield from standards(settings.station.standards_folder)
    yield from plugged_in()
    yield from outbox(Places(folder).outbox)


def everything(settings: StationSettings, folder: Path) -> Iterator[Line]:
    """Every line of the report, each as soon as it is known.

    Where the kiosk itself runs on this folder it holds the devices, and they are left alone.
    """
    try:
        make_folder(folder)
    except Problem as problem:
        yield from_problem("disk", Level.FAILURE, problem)
        return
    yield from computer(settings, folder)
    yield from machine.screen()
    yield from networks()
    places, wishes = Places(folder), settings.server
    yield from server(places.key, places.pairing, (wishes.connect_timeout, wishes.answer_timeout))
    try:
        alone = hold_alone(places.lock)
    except Problem:
        yield line("kiosk", Level.WARNING, "running")
        return
    with alone:
        for check in devices(settings, places):
            yield from check()


def devices(settings: StationSettings, places: Places) -> list[Callable[[], Iterator[Line]]]:
    """The checks that open a device."""
    wished, codes, paper = settings.reader, settings.codes, settings.printer
    search = ReaderSearch(wished.port, wished.baud, taken=taken_ports(settings))
    return [
        webcams,
        lambda: camera(settings.camera),
        lambda: reader(wished.port, search.reader),
        lambda: scanner(codes.serial_port, codes.serial_baud),
        lambda: documents(settings.documents.offered, TextReader().read),
        lambda: lights(studio_lamps(settings.lights, places.lamps), settings.lights.port),
        lambda: printer(paper.driver, lambda: open_printer(paper.driver, paper.width)),
    ]
