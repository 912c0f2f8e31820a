"""The look at the station that the kiosk takes at its start, beside everything else: what should be seen to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from config.i18n import Message
from config.settings.station import StationSettings
from kiosk.diagnostics import system as machine
from kiosk.diagnostics.camera import webcams
from kiosk.diagnostics.checks import guarded
from kiosk.diagnostics.report import Level, Line
from kiosk.diagnostics.server import outbox
from kiosk.diagnostics.settings import standards
from kiosk.diagnostics.usb import plugged_in
from kiosk.station.paths import Places


def beside_the_kiosk(settings: StationSettings, folder: Path) -> Iterator[Line]:
    """What opens no device and loads nothing: the kiosk itself opens its devices, and says how they are."""
    checks: list[tuple[str, Callable[[], Iterator[Line]]]] = [
        ("programmes", machine.programmes),
        ("strength", machine.strength),
        ("disk", lambda: machine.disk(folder, settings)),
        ("clock", machine.time_of_day),
        ("standards", lambda: standards(settings.station.standards_folder)),
        ("usb", lambda: plugged_in(look_for_holders=False)),
        ("webcams", webcams),
        ("outbox", lambda: outbox(Places(folder).outbox)),
    ]
    for subject, check in checks:
        yield from guarded(subject, check)


class StartLook:
    """`start` it once; `sayings` grows as the look goes on, by warnings and failures alone."""

    def __init__(self, look: Callable[[], Iterator[Line]]) -> None:
        self._look = look
        self.sayings: tuple[Message, ...] = ()
        self._thread = threading.Thread(target=self._run, name="start-look", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Whether the look is over within so many seconds."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        for line in self._look():
            if line.level is not Level.OK:
                self.sayings = (*self.sayings, _saying(line))


def _saying(line: Line) -> Message:
    what = Message(line.said.key, line.said.values)
    return Message("diagnosis.row", {"subject": Message(f"diagnosis.subject.{line.subject}"), "what": what})
