"""The checks that the kiosk runs in the background at its start."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from config.i18n import Message
from config.settings.station import StationSettings
from kiosk.diagnostics import system as machine
from kiosk.diagnostics.camera import webcams
from kiosk.diagnostics.checks import run_safely
from kiosk.diagnostics.report import CheckResult, Level
from kiosk.diagnostics.server import outbox
from kiosk.diagnostics.settings import standards
from kiosk.diagnostics.usb import connected_devices
from kiosk.station.paths import StationPaths


def startup_checks(settings: StationSettings, folder: Path) -> Iterator[CheckResult]:
    """Yield the results of checks that open no device and load no networks; the kiosk itself reports on its devices."""
    checks: list[tuple[str, Callable[[], Iterator[CheckResult]]]] = [
        ("software", machine.versions),
        ("computer", machine.resources),
        ("disk", lambda: machine.disk(folder, settings)),
        ("clock", machine.clock_sync),
        ("standards", lambda: standards(settings.station.standards_folder)),
        ("usb", lambda: connected_devices(check_holders=False)),
        ("webcams", webcams),
        ("outbox", lambda: outbox(StationPaths(folder).outbox)),
    ]
    for subject, check in checks:
        yield from run_safely(subject, check)


class StartupCheck:
    """Runs the checks in a thread. Call `start` once; `messages` then collects warnings and failures."""

    def __init__(self, run_checks: Callable[[], Iterator[CheckResult]]) -> None:
        self._run_checks = run_checks
        self.messages: tuple[Message, ...] = ()
        self._thread = threading.Thread(target=self._run, name="startup-check", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Return whether the checks end within `seconds`."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        for result in self._run_checks():
            if result.level is not Level.OK:
                self.messages = (*self.messages, _message(result))


def _message(result: CheckResult) -> Message:
    message = Message(result.message.key, result.message.values)
    return Message("diagnosis.row", {"subject": Message(f"diagnosis.subject.{result.subject}"), "what": message})
