"""A sitter who poses before a device of the fault table, and what becomes of them while it fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, cast

from config.errors import Problem
from config.i18n import Message
from hardware.cameras.api import Frame
from hardware.cameras.registry import open_driver
from hardware.cameras.timeouts import Timeouts
from hardware.card_reader.discovery import ReaderDiscovery
from kiosk.guidance.coaching.advice import Advice
from kiosk.ui.widgets.sentences import first_sentence
from kiosk.visit.state import Step
from tests.soak.studio import NAME, SoakStation

LONGEST: Final = 40.0  # seconds; a fault that is not seen, or not over, by then
UNTIL_CLEAR: Final = 6.0  # seconds from the first word of a fault to the right one
LASTS: Final = 1.0  # seconds that a cause stays after its fault was seen
PROMISED: Final = 5.0
OF_A_STATION: Final = Timeouts(heartbeat=4.0, open=40.0, shot=20.0)  # as config/settings/station.toml has it
READY: Final = Advice("hint.hold", ready=True, steady_for=9.0)


class Device(Protocol):
    """A device with faults; `spec` names it where it is a camera, a reader has its place in every stage."""

    name: str
    spec: str
    stage: Stage

    def search(self, port: str) -> ReaderDiscovery: ...


Do = Callable[[Device], object]


@dataclass(frozen=True)
class Fault:
    """`provoke` makes its cause, `mend` takes it away; None: the station itself does, as soon as it sees it. `expected`
    is the key of what the person is told. `at` is when it shows: "view", "shot" (at the next one) or "card"
    (when one is laid down).
    """

    name: str
    provoke: Do
    mend: Do | None
    expected: str
    at: str = "view"


@dataclass(frozen=True)
class Row:
    """`seen` and `recovered` in seconds, None: never. `well`: told as expected, in time, and nothing lost."""

    sentence: str
    seen: float
    recovered: float | None
    kept: str
    well: bool


class Stage:
    """One station with one device. The first sitter has one original already when the first fault comes."""

    def __init__(self, folder: Path, device: Device) -> None:
        self.device = device
        device.stage = self
        if device.spec:
            self.studio = SoakStation(folder, 3, device.spec, open_driver, OF_A_STATION, device.search)
        else:
            self.studio = SoakStation(folder, 3, search=device.search)
        self._pause = threading.Event()
        self.students = iter(self.studio.numbers)
        self.student = next(self.students)
        self.studio.scene.put("sitter", self.student)
        self.studio.start()
        self._until(lambda: self.studio.camera.state.kind == "live", "the camera is not there")
        self._identify()
        self._take_one()

    def close(self) -> None:
        self.studio.close()

    def play(self, fault: Fault) -> Row:
        """One fault from its cause to its end."""
        if fault.at == "card":
            return self._play_card(fault)
        before = self._kept()
        started = time.monotonic()
        fault.provoke(self.device)
        if fault.at == "shot":
            self._pose_until(lambda: self.sitting.step is Step.SHOOT)
        told, seen = self._see(lambda: self.sitting.notice, fault.expected, started)
        mended = started + seen
        if fault.mend is not None:
            self._wait(LASTS)
            fault.mend(self.device)
            mended = time.monotonic()
        recovered = self._back(self._poses, mended)
        as_before = self._sits_still_and_has(before)
        if recovered is not None:
            self._take_one()
        return self._row(fault, told, seen, recovered, as_before)

    def _play_card(self, fault: Fault) -> Row:
        """As `play`, for what has to do with a card: the sitter has left and the next one comes."""
        before, started = self._kept(), time.monotonic()
        self.studio.controller.leave()
        fault.provoke(self.device)
        self._lay()
        told, seen = self._see(lambda: _saying(self.studio.reader_problem), fault.expected, started)
        self._wait(LASTS)
        if fault.mend is not None:
            fault.mend(self.device)
        self._lay()
        recovered = self._back(lambda: self.sitting.step is Step.CONSENT, time.monotonic())
        kept = before <= self._kept()
        self.studio.reader.take_card()
        self.studio.controller.leave()
        self._wait(LASTS)  # a card that is never seen to be lifted is the same one
        return self._row(fault, told, seen, recovered, kept)

    @property
    def sitting(self):  # type: ignore[no-untyped-def]
        return self.studio.controller.state

    # ------------------------------------------------------------------ the sitter

    def _lay(self) -> None:
        self.studio.reader.place_card(NAME, self.studio.numbers[self.student])

    def _identify(self) -> None:
        self._lay()
        self._until(lambda: self.sitting.step is Step.CONSENT, "the card is not read")
        self.studio.reader.take_card()
        self.studio.controller.consent()

    def _take_one(self) -> None:
        """A shot, looked at, and once more before the camera."""
        self._pose_until(lambda: self.sitting.step is Step.REVIEW)
        self.studio.controller.retake()
        self._until(self._poses, "live view does not come back after a shot")

    def _poses(self) -> bool:
        state = self.studio.camera.state
        frame = self.studio.camera.newest()
        return self.sitting.step is Step.POSE and state.kind == "live" and state.problem is None and frame is not None

    def _pose_until(self, happened: Callable[[], bool]) -> None:
        def pose() -> None:
            if self.sitting.step is Step.POSE:
                self.studio.controller.on_advice(READY, cast(Frame, None))

        self._until(happened, "no shot comes about", pose)

    # ------------------------------------------------------------------ what is seen of a fault

    def _see(self, said: Callable[[], Message | None], expected: str, since: float) -> tuple[Message | None, float]:
        """What is said, and after how long. Of what is lost it is said at first that it is lost, whatever the why."""
        first: Message | None = None
        seen, until = LONGEST, since + LONGEST
        while time.monotonic() < until:
            told = said()
            if told is not None and first is None:
                first, seen = told, time.monotonic() - since
                until = time.monotonic() + UNTIL_CLEAR
            if told is not None and told.key == expected:
                return told, seen
            self._beat()
        return first, seen

    def _back(self, happened: Callable[[], bool], since: float) -> float | None:
        until = time.monotonic() + LONGEST
        while not happened():
            if time.monotonic() > until:
                return None
            self._beat()
        return time.monotonic() - since

    def _kept(self) -> set[str]:
        return {shot.original.sha256 for item in self.studio.stored_visits() for shot in item.shots}

    def _sits_still_and_has(self, before: set[str]) -> bool:
        """The same sitter, who has not been asked anything again, and every original of before."""
        sitter = self.sitting.sitter
        return sitter is not None and sitter.student == self.student and before <= self._kept()

    def _row(self, fault: Fault, told: Message | None, seen: float, recovered: float | None, kept: bool) -> Row:
        key = told.key if told else ""
        sentence = first_sentence(Problem(told.key, **told.values).in_language()) if told else "(nothing)"
        if key != fault.expected:
            sentence += f"  [{key}, not {fault.expected}]"
        who = "the sitter, " if fault.at != "card" else ""
        count = len(self._kept())
        what = f"{who}{count} original{'s' if count > 1 else ''}" if kept else "NOT what there was"
        well = kept and key == fault.expected and recovered is not None and recovered <= PROMISED
        return Row(sentence, seen, recovered, what, well)

    # ------------------------------------------------------------------ time

    def _beat(self) -> None:
        self.studio.controller.process_events()
        self._pause.wait(0.01)

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._beat()

    def _until(self, happened: Callable[[], bool], why: str, meanwhile: Callable[[], None] = lambda: None) -> None:
        until = time.monotonic() + LONGEST
        while not happened():
            if time.monotonic() > until:
                raise AssertionError(f"{why}: {self.sitting}, {self.studio.camera.state}")
            meanwhile()
            self._beat()


def _saying(problem: Problem | None) -> Message | None:
    return Message(problem.key, problem.values) if problem else None
