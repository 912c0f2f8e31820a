"""The list of checks and their order."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from config.document_reader.ocr import TextReader
from config.errors import Problem
from config.i18n import Message
from config.settings.station import StationSettings
from hardware.card_reader.discovery import ReaderDiscovery
from hardware.printers.registry import open_printer
from kiosk.diagnostics import system as machine
from kiosk.diagnostics.camera import camera, webcams
from kiosk.diagnostics.identification import documents, reader, scanner
from kiosk.diagnostics.output import lights, printer, sheet_queues
from kiosk.diagnostics.report import CheckResult, Level, check_result, result_from_problem
from kiosk.diagnostics.server import outbox, server
from kiosk.diagnostics.settings import networks, pin, standards
from kiosk.diagnostics.usb import connected_devices
from kiosk.station.devices import reserved_ports, studio_lamps
from kiosk.station.paths import StationPaths, ensure_data_dir
from kiosk.station.single_instance import acquire_lock

_ALREADY_RUNNING: Final = "station.already_running"
Check = Callable[[], Iterator[CheckResult]]


def run_all(settings: StationSettings, folder: Path) -> Generator[CheckResult, None, None]:
    """Yield every result as soon as it is known.

    A kiosk that runs on this folder holds the devices, so they are not tested. No kiosk can start during the checks.
    """
    paths = StationPaths(folder)
    with ExitStack() as stack:
        lock_error = _lock_problem(paths, stack)
        running = lock_error is not None and lock_error.key == _ALREADY_RUNNING
        for subject, check in (
            *computer_checks(settings, running),
            *data_dir_checks(settings, paths, None if running else lock_error),
        ):
            yield from run_safely(subject, check)
        if running:
            yield check_result("kiosk", Level.WARNING, "running")
            return
        for subject, check in device_checks(settings, paths):
            yield from run_safely(subject, check)


def run_safely(subject: str, check: Check) -> Iterator[CheckResult]:
    """Yield the results of a check. If the check itself fails, that is a result too, and the other checks still run."""
    try:
        yield from check()
    except Exception as error:
        where = traceback.format_tb(error.__traceback__)[-1].split("\n")[0].strip()
        why = f"{type(error).__name__}: {error}".splitlines()[0]
        yield CheckResult(subject, Level.FAILURE, Message("diagnosis.unexpected", {"why": why}), (where,))


def require_owner(folder: Path) -> None:
    """Raise Problem if the folder belongs to another user: the kiosk could not use the files of the check later."""
    if not hasattr(os, "geteuid") or not folder.exists() or (owner := folder.stat().st_uid) == os.geteuid():
        return
    raise Problem("diagnosis.other_user", folder=str(folder), owner=_user_name(owner), user=_user_name(os.geteuid()))


def _user_name(user: int) -> str:
    import pwd  # Unix only; the caller has checked it

    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def _lock_problem(paths: StationPaths, stack: ExitStack) -> Problem | None:
    """Create and lock the folder; return the problem that prevents it."""
    try:
        ensure_data_dir(paths.folder)
        stack.enter_context(acquire_lock(paths.lock))
    except Problem as problem:
        return problem
    except OSError as error:
        return Problem("station.folder", folder=str(paths.folder), why=error.strerror or str(error))
    return None


def computer_checks(settings: StationSettings, running: bool) -> list[tuple[str, Check]]:
    """Return the checks that open no device and can run in parallel with a kiosk."""
    return [
        ("software", machine.versions),
        ("computer", machine.resources),
        ("clock", machine.clock_sync),
        ("standards", lambda: standards(settings.station.standards_folder)),
        ("usb", lambda: connected_devices(check_holders=not running)),
        ("screen", machine.screen),
        ("networks", networks),
    ]


def data_dir_checks(settings: StationSettings, paths: StationPaths, problem: Problem | None) -> list[tuple[str, Check]]:
    """Return the checks of the station's folder and its content."""
    if problem is not None:
        return [("disk", lambda: iter([result_from_problem("disk", Level.FAILURE, problem)]))]
    timeouts = settings.server.connect_timeout, settings.server.read_timeout
    return [
        ("disk", lambda: machine.disk(paths.folder, settings)),
        ("pin", lambda: pin(settings, paths.pin)),
        ("outbox", lambda: outbox(paths.outbox)),
        ("server", lambda: server(paths.key, paths.pairing, timeouts)),
    ]


def device_checks(settings: StationSettings, paths: StationPaths) -> list[tuple[str, Check]]:
    """Return the checks that open a device."""
    reader_settings, codes, paper = settings.card_reader, settings.codes, settings.printer
    search = ReaderDiscovery(reader_settings.port, reader_settings.baud, reserved_ports=reserved_ports(settings))
    return [
        ("webcams", webcams),
        ("camera", lambda: camera(settings.camera)),
        ("reader", lambda: reader(reader_settings.port, search.lazy_reader)),
        ("scanner", lambda: scanner(codes.serial_port, codes.serial_baud)),
        ("documents", lambda: documents(settings.documents.enabled, TextReader().read)),
        ("lights", lambda: lights(studio_lamps(settings.lights, paths.lamps), settings.lights.port)),
        ("printer", lambda: printer(paper.driver, lambda: open_printer(paper.driver, paper.width))),
        ("sheets", lambda: sheet_queues(settings.sheets.queues.values(), lambda name: open_printer(f"cups:{name}"))),
    ]
