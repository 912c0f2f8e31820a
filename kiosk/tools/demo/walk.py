"""Walks one visit as a student would: puts a card on the reader, touches the buttons, follows the hints.

The walker sees only what a person sees: which screen is shown and which sentence stands on it. A fault of posture is
mended when, and only when, the hint for it appears.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from PyQt5.QtCore import Qt, QTimer
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication, QPushButton

from config.errors import Problem
from config.machine_speed import scale_timeout
from hardware.simulators.card_reader import SimulatedCardReader
from kiosk.app import App
from kiosk.capture.types import Portrait
from kiosk.tools.demo.cards import DemoCard
from kiosk.tools.demo.pulse import Pulse
from kiosk.visit.state import Step

BEAT: Final = 20  # ms between two looks at the screen
# What is wrong in each scene of the studio, and the hints that name it.
FAULTS: Final = {
    "empty": ("hint.nobody",),
    "off_centre": ("hint.move_left", "hint.move_right"),
    "too_near": ("hint.back",),
    "tilted": ("hint.tilt_left", "hint.tilt_right"),
    "half_dark": ("hint.light",),
    "wall_shadow": ("hint.backdrop",),
    "eyes_shut": ("hint.open_eyes",),
}


class Stuck(Exception):
    """The visit did not go on within its time."""


@dataclass
class Moment:
    """Something the walker waits for; `patience` are the seconds that a quiet machine needs at most."""

    what: str
    happened: Callable[[], bool]
    patience: float = 30.0


@dataclass
class Walked:
    """What the walk brings home: the pictures, the portrait, and the seconds between its milestones."""

    pictures: list[Path] = field(default_factory=list)
    portrait: Portrait | None = None
    shot: bytes = field(default=b"", repr=False)
    submission: str | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    trouble: str = ""


class Walk:
    """Runs inside the Qt event loop; `on_end` is called once, when the visit has ended or got stuck."""

    def __init__(
        self,
        app: App,
        reader: SimulatedCardReader,
        cards: dict[str, DemoCard],
        folder: Path,
        say: Callable[[str], None],
    ) -> None:
        self.walked = Walked()
        self._app = app
        self._reader = reader
        self._cards = cards
        self._folder = folder
        self._say = say
        self._began = self._last = time.monotonic()
        self._story = self._visit()
        self._moment: Moment | None = None
        self._waits_since = 0.0
        self._timer = QTimer()
        self._timer.timeout.connect(self._look)
        self._pulse = Pulse(lambda: app.window.screen_name)

    def start(self, on_end: Callable[[Walked], None]) -> None:
        self._on_end = on_end
        self._folder.mkdir(parents=True, exist_ok=True)
        self._timer.start(BEAT)

    # ------------------------------------------------------------------ the visit

    def _visit(self) -> Iterator[Moment]:
        yield from self._open()
        yield from self._check_in()
        yield from self._pose()
        yield from self._take()
        yield from self._send()

    def _open(self) -> Iterator[Moment]:
        station = self._app.station
        yield Moment("the camera to be live", lambda: station.camera.state.kind == "live", 90)
        self._tell(f"camera live: {station.camera.state.info.model}" if station.camera.state.info else "camera live")
        yield Moment("the list of students", lambda: station.roster.generated_at is not None, 30)
        self._tell("roster drawn from the server and kept, encrypted, at the station")
        yield Moment("the photo engine", station.engine.is_warm, 180)
        self._tell("photo engine warm")
        self._pulse.start()
        self._picture("welcome")
        self._touch("start")

    def _check_in(self) -> Iterator[Moment]:
        yield self._screen("identify")
        self._picture("identify")
        self._reader.place_card(*self._cards["unknown"].printed)
        yield Moment("the unknown card to be told", lambda: self._app.controller.state.notice is not None)
        self._tell("an unknown card is told apart in words")
        self._picture("identify-unknown")
        self._reader.take_card()
        placed = time.monotonic()
        self._reader.place_card(*self._cards["expected"].printed)
        yield self._screen("consent")
        self.walked.seconds["card on reader to name on screen"] = time.monotonic() - placed
        sitter = self._app.controller.state.sitter
        self._tell(f"card read: {sitter.name if sitter else ''}, found in the offline roster")
        self._picture("consent")
        self._reader.take_card()
        self._scene("empty")
        self._touch("agree")
        yield self._screen("prepare")
        self._picture("prepare")
        self._touch("ready")
        yield self._screen("pose")

    def _pose(self) -> Iterator[Moment]:
        info = self._app.station.camera.state.info
        for scene, hints in FAULTS.items() if info and info.driver == "studio" else ():
            self._scene(scene)
            shown = time.monotonic()
            yield Moment(f"the hint for {scene}", lambda hints=hints: self._hint() in hints, 20)  # type: ignore[misc]
            self._tell(f"{scene}: “{self._sentence()}” after {time.monotonic() - shown:.1f} s")
            self._picture(f"pose-{scene}")
        self._scene("right")

    def _take(self) -> Iterator[Moment]:
        conductor = self._app.controller
        yield Moment("the countdown", lambda: conductor.state.step is Step.COUNTDOWN)
        self._tell("all is well and steady: countdown")
        self._picture("countdown")
        yield Moment("the shutter", lambda: conductor.state.step is Step.SHOOT)
        released = time.monotonic()
        self._picture("shoot")
        yield Moment("the original to be safe", lambda: conductor.state.shots > 0)
        self._tell("shot taken, original on disk and in the outbox")
        self._picture("developing")
        yield self._screen("review", 60)
        self.walked.seconds["shutter to portrait on screen"] = time.monotonic() - released
        self.walked.portrait = conductor.state.portrait
        self._note_submission()
        self._tell("portrait standardized and measured on the written file")
        self._picture("review")
        accepted = time.monotonic()
        self._touch("accept")
        yield self._screen("done")
        self.walked.seconds["accept to receipt on screen"] = time.monotonic() - accepted
        self._tell("accepted; the receipt shows the progress page's QR")
        self._picture("done")

    def _send(self) -> Iterator[Moment]:
        outbox = self._app.station.outbox
        yield Moment("the server to have it", lambda: outbox.stats().sent > 0 or outbox.stats().refused > 0, 60)
        self._tell("sent: the server answered with its own hashes")
        self._touch("finish")
        yield self._screen("welcome")

    # ------------------------------------------------------------------ how it is walked

    def _look(self) -> None:
        try:
            self._go_on()
        except StopIteration:
            self._end("")
        except (Stuck, Problem) as trouble:
            self._picture("stuck")
            self._end(str(trouble))

    def _go_on(self) -> None:
        if self._moment is None or self._moment.happened():
            self._moment = next(self._story)
            self._waits_since = time.monotonic()
        elif time.monotonic() - self._waits_since > scale_timeout(self._moment.patience):
            waited = time.monotonic() - self._waits_since
            raise Stuck(f"waited {waited:.0f} s for {self._moment.what}; the screen says: {self._where()}")

    def _end(self, trouble: str) -> None:
        self._timer.stop()
        self._pulse.stop()
        self.walked.trouble = trouble
        self.walked.seconds["whole visit"] = time.monotonic() - self._began
        for screen, gap in sorted(self._pulse.longest.items(), key=lambda item: -item[1]):
            self.walked.seconds.setdefault("longest gap between two looks of the view", gap)
            self.walked.seconds[f"… on the screen {screen}"] = gap
        self._on_end(self.walked)

    def _screen(self, name: str, patience: float = 15.0) -> Moment:
        return Moment(f"the screen {name}", lambda: self._app.window.screen_name == name, patience)

    def _touch(self, name: str) -> None:
        button = self._app.window.findChild(QPushButton, name)
        if button is None or not button.isVisible():
            raise Stuck(f"there is no button {name} to touch; the screen says: {self._where()}")
        QTest.mouseClick(button, Qt.LeftButton)

    def _scene(self, name: str) -> None:
        self._app.station.camera.send_command(f"scene {name}")

    def _note_submission(self) -> None:
        station = self._app.station
        self.walked.submission = station.outbox.entries()[0].id
        kept = station.outbox.get(self.walked.submission).chosen_shot.original
        self.walked.shot = station.originals.read(kept)

    def _hint(self) -> str:
        advice = self._app.controller.advice
        return advice.hint if advice else ""

    def _sentence(self) -> str:
        return self._app.window.pose.hint.text().replace("\n", " ")

    def _where(self) -> str:
        notice = self._app.controller.state.notice
        return f"{self._app.window.screen_name} {notice.key if notice else self._hint()}".strip()

    def _tell(self, line: str) -> None:
        now = time.monotonic()
        self._say(f"{now - self._began:7.1f} s  (+{now - self._last:4.1f})  {line}")
        self._last = now

    def _picture(self, name: str) -> None:
        QApplication.processEvents()
        path = self._folder / f"{len(self.walked.pictures) + 1:02d}-{name}.png"
        with self._pulse.aside():
            self._app.window.grab().save(str(path))
        self.walked.pictures.append(path)
