"""Which checks make up a look at the station, and in which order."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from config.errors import Problem
from config.i18n import Message
from config.settings.station import StationSettings
from hardware.card_reader.discovery import ReaderDiscovery
from hardware.document_reader.ocr import TextReader
from hardware.printers.registry import open_printer
from kiosk.diagnostics import system as machine
from kiosk.diagnostics.camera import camera, webcams
from kiosk.diagnostics.identification import documents, reader, scanner
from kiosk.diagnostics.output import lights, printer
from kiosk.diagnostics.report import Level, Line, from_problem, line
from kiosk.diagnostics.server import outbox, server
from kiosk.diagnostics.settings import networks, pin, standards
from kiosk.diagnostics.usb import plugged_in
from kiosk.station.devices import studio_lamps, taken_ports
from kiosk.station.paths import Places, make_folder
from kiosk.station.single_instance import hold_alone

_RUNNING: Final = "station.already_running"
Check = Callable[[], Iterator[Line]]


def everything(settings: StationSettings, folder: Path) -> Generator[Line, None, None]:
    """Every line of the report, each as soon as it is known.

    Where the kiosk itself runs on this folder it holds the devices, and they are left alone. It cannot be started while
    this looks at them.
    """
    places = Places(folder)
    with ExitStack() as held:
        trouble = _taken(places, held)
        running = trouble is not None and trouble.key == _RUNNING
        for subject, check in (*computer(settings, running), *kept_in(settings, places, None if running else trouble)):
            yield from guarded(subject, check)
        if running:
            yield line("kiosk", Level.WARNING, "running")
            return
        for subject, check in devices(settings, places):
            yield from guarded(subject, check)


def guarded(subject: str, check: Check) -> Iterator[Line]:
    """The lines of a check. One that fails itself is a line too: it must not cost whoever asks for help all others."""
    try:
        yield from check()
    except Exception as error:
        where = traceback.format_tb(error.__traceback__)[-1].split("\n")[0].strip()
        why = f"{type(error).__name__}: {error}".splitlines()[0]
        yield Line(subject, Level.FAILURE, Message("diagnosis.unexpected", {"why": why}), (where,))


def must_be_ours(folder: Path) -> None:
    """Raises Problem where the folder is another user's: what the check leaves there the kiosk could not use later."""
    if not hasattr(os, "geteuid") or not folder.exists() or (owner := folder.stat().st_uid) == os.geteuid():
        return
    raise Problem("diagnosis.other_user", folder=str(folder), owner=_name_of(owner), user=_name_of(os.geteuid()))


def _name_of(user: int) -> str:
    import pwd  # Unix only, as the caller has made sure

    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def _taken(places: Places, held: ExitStack) -> Problem | None:
    """Makes the folder and holds it alone; what is in the way of that."""
    try:
        make_folder(places.folder)
        held.enter_context(hold_alone(places.lock))
    except Problem as problem:
        return problem
    except OSError as error:
        return Problem("station.folder", folder=str(places.folder), why=error.strerror or str(error))
    return None


def computer(settings: StationSettings, running: bool) -> list[tuple[str, Check]]:
    """What can be looked at beside a kiosk that runs: everything that no device is opened for."""
    return [
        ("programmes", machine.programmes),
        ("strength", machine.strength),
        ("clock", machine.time_of_day),
        ("standards", lambda: standards(settings.station.standards_folder)),
        ("usb", lambda: plugged_in(look_for_holders=not running)),
        ("screen", machine.screen),
        ("networks", networks),
    ]


def kept_in(settings: StationSettings, places: Places, trouble: Problem | None) -> list[tuple[str, Check]]:
    """What concerns the station's folder, and what is kept in it."""
    if trouble is not None:
        return [("disk", lambda: iter([from_problem("disk", Level.FAILURE, trouble)]))]
    timeouts = settings.server.connect_timeout, settings.server.answer_timeout
    return [
        ("disk", lambda: machine.disk(places.folder, settings)),
        ("pin", lambda: pin(settings, places.pin)),
        ("outbox", lambda: outbox(places.outbox)),
        ("server", lambda: server(places.key, places.pairing, timeouts)),
    ]


def devices(settings: StationSettings, places: Places) -> list[tuple[str, Check]]:
    """The checks that open a device."""
    wished, codes, paper = settings.reader, settings.codes, settings.printer
    search = ReaderDiscovery(wished.port, wished.baud, reserved_ports=taken_ports(settings))
    return [
        ("webcams", webcams),
        ("camera", lambda: camera(settings.camera)),
        ("reader", lambda: reader(wished.port, search.lazy_reader)),
        ("scanner", lambda: scanner(codes.serial_port, codes.serial_baud)),
        ("documents", lambda: documents(settings.documents.offered, TextReader().read)),
        ("lights", lambda: lights(studio_lamps(settings.lights, places.lamps), settings.lights.port)),
        ("printer", lambda: printer(paper.driver, lambda: open_printer(paper.driver, paper.width))),
    ]
