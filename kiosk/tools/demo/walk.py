"""Run one visit like a student: put a card on the reader, touch the buttons, follow the hints.

The walk only uses what a person can see: the current screen and its text. A fault of posture is corrected only when its
hint appears.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from PyQt5.QtCore import Qt, QTimer
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication, QPushButton

from config.errors import Problem
from hardware.simulators.card_reader import SimulatedCardReader
from kiosk.app import App
from kiosk.tools.demo.cards import DemoCard
from kiosk.tools.demo.event_loop_lag import EventLoopLag
from kiosk.tools.demo.phone import pay_by_scan
from kiosk.tools.demo.waiting import StepTimeout, WaitFor
from kiosk.tools.demo.walk_result import WalkResult
from kiosk.visit.step import Step

POLL_INTERVAL_MS: Final = 20  # ms between two checks of the screen
_PNG_QUALITY: Final = 80  # Qt's scale: the fastest compression
# The fault in each scene of the studio, and the hints that name it.
HINTS_BY_SCENE: Final = {
    "empty": ("hint.nobody",),
    "off_centre": ("hint.move_left", "hint.move_right"),
    "too_near": ("hint.back",),
    "tilted": ("hint.tilt_left", "hint.tilt_right"),
    "half_dark": ("hint.light",),
    "wall_shadow": ("hint.backdrop",),
    "eyes_shut": ("hint.open_eyes",),
}


class Walk:
    """One automatic visit inside the Qt event loop; `on_end` is called once, when the visit has ended or is stuck."""

    def __init__(
        self,
        app: App,
        reader: SimulatedCardReader,
        cards: dict[str, DemoCard],
        folder: Path,
        print_line: Callable[[str], None],
    ) -> None:
        self.result = WalkResult()
        self._app = app
        self._reader = reader
        self._cards = cards
        self._folder = folder
        self._print = print_line
        self._began = self._last_logged = time.monotonic()
        self._steps = self._visit()
        self._waiting_for: WaitFor | None = None
        self._timer = QTimer()
        self._timer.timeout.connect(self._poll)
        self._event_loop_lag = EventLoopLag(lambda: app.window.screen_name)
        # A real visit writes no pictures: the event loop must not wait for them.
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="walk-pictures")

    def start(self, on_end: Callable[[WalkResult], None]) -> None:
        self._on_end = on_end
        self._folder.mkdir(parents=True, exist_ok=True)
        self._timer.start(POLL_INTERVAL_MS)

    # ------------------------------------------------------------------ the visit

    def _visit(self) -> Iterator[WaitFor]:
        yield from self._open()
        yield from self._check_in()
        yield from self._pose()
        yield from self._shoot()
        yield from self._pay()
        yield from self._upload()

    def _open(self) -> Iterator[WaitFor]:
        station = self._app.station
        yield WaitFor("the camera to be live", lambda: station.camera.state.kind == "live", 90)
        self._log(f"camera live: {station.camera.state.info.model}" if station.camera.state.info else "camera live")
        yield WaitFor("the list of students", lambda: station.roster.generated_at is not None, 30)
        self._log("roster downloaded, stored encrypted at the station")
        yield WaitFor("the photo engine", station.engine.is_warm, 180)
        self._log("photo engine warm")
        self._event_loop_lag.start()
        self._save_picture("welcome")
        self._touch("start")

    def _check_in(self) -> Iterator[WaitFor]:
        yield self._wait_for_screen("identify")
        self._save_picture("identify")
        self._reader.place_card(*self._cards["unknown"].reader_fields)
        yield WaitFor("the message about the unknown card", lambda: self._app.controller.state.notice is not None)
        self._log("an unknown card is explained")
        self._save_picture("identify-unknown")
        self._reader.take_card()
        placed = time.monotonic()
        self._reader.place_card(*self._cards["expected"].reader_fields)
        yield self._wait_for_screen("consent")
        self.result.seconds["card on reader to name on screen"] = time.monotonic() - placed
        sitter = self._app.controller.state.sitter
        self._log(f"card read: {sitter.name if sitter else ''}, found in the stored roster")
        self._save_picture("consent")
        self._reader.take_card()
        self._set_scene("empty")
        self._touch("agree")
        yield self._wait_for_screen("prepare")
        self._save_picture("prepare")
        self._touch("ready")
        yield self._wait_for_screen("pose")

    def _pose(self) -> Iterator[WaitFor]:
        info = self._app.station.camera.state.info
        for scene, hints in HINTS_BY_SCENE.items() if info and info.driver == "studio" else ():
            self._set_scene(scene)
            shown = time.monotonic()
            yield WaitFor(f"the hint for {scene}", lambda hints=hints: self._hint() in hints, 20)  # type: ignore[misc]
            self._log(f"{scene}: “{self._sentence()}” after {time.monotonic() - shown:.1f} s")
            self._save_picture(f"pose-{scene}")
        self._set_scene("right")

    def _shoot(self) -> Iterator[WaitFor]:
        controller = self._app.controller
        yield WaitFor("the countdown", lambda: controller.state.step is Step.COUNTDOWN)
        self._log("every rule passes and the sitter holds still: countdown")
        self._save_picture("countdown")
        yield WaitFor("the shutter", lambda: controller.state.step is Step.SHOOT)
        released = time.monotonic()
        self._save_picture("shoot")
        yield WaitFor("the original to be stored", lambda: controller.state.shot_count > 0)
        self._log("shot taken, original on disk and in the outbox")
        self._save_picture("developing")
        yield self._wait_for_screen("review", 60)
        self.result.seconds["shutter to portrait on screen"] = time.monotonic() - released
        self.result.portrait = controller.state.portrait
        self._record_submission()
        self._log("portrait standardized and measured on the written file")
        self._save_picture("review")
        self._touch("accept")

    def _pay(self) -> Iterator[WaitFor]:
        """Scan the code on the screen with the phone; the screen then shows the payment."""
        yield self._wait_for_screen("payment")
        screen = self._app.window.payment
        yield WaitFor("the payment codes", lambda: bool(screen.codes["wechat"].picture.text), 60)
        self._log(f"payment: {screen.amount.text()}, by WeChat Pay or Alipay (simulated)")
        self._save_picture("payment")
        scanned = time.monotonic()
        pay_by_scan(screen.codes["wechat"].picture.text)
        yield WaitFor("the payment to be known", lambda: self._app.controller.state.unpaid_fen == 0)
        self.result.seconds["phone pays to “paid” on screen"] = time.monotonic() - scanned
        self._log("paid by phone; the screen shows it")
        self._save_picture("payment-paid")
        continued = time.monotonic()
        if self._app.window.screen_name == "payment":  # it also closes automatically
            self._touch("payment_continue")
        yield self._wait_for_screen("done")
        self.result.seconds["continue to receipt on screen"] = time.monotonic() - continued
        self._log("the receipt shows the progress page's QR")
        self._save_picture("done")

    def _upload(self) -> Iterator[WaitFor]:
        outbox = self._app.station.outbox
        yield WaitFor("the server to confirm it", lambda: outbox.stats().sent > 0 or outbox.stats().rejected > 0, 60)
        self._log("sent: the server confirmed the hashes")
        if self._app.window.screen_name == "done":  # the screen closes automatically during a slow upload
            self._touch("finish")
        yield self._wait_for_screen("welcome")

    # ------------------------------------------------------------------ waiting and touching

    def _poll(self) -> None:
        try:
            self._advance()
        except StopIteration:
            self._finish("")
        except (StepTimeout, Problem) as error:
            self._save_picture("stuck")
            self._finish(str(error))

    def _advance(self) -> None:
        if self._waiting_for is None or self._waiting_for.condition():
            self._waiting_for = next(self._steps)
            return
        waiting = self._waiting_for
        if waiting.is_overdue():
            waited = f"waited {waiting.waited_s():.0f} s for {waiting.description}"
            raise StepTimeout(f"{waited}; the screen shows: {self._screen_state()}")
        waiting.print_if_long(self._print)

    def _finish(self, error: str) -> None:
        self._timer.stop()
        self._event_loop_lag.stop()
        self._writer.shutdown()
        self.result.error = error
        self.result.seconds["whole visit"] = time.monotonic() - self._began
        for screen, lag in sorted(self._event_loop_lag.max_lag.items(), key=lambda item: -item[1]):
            self.result.seconds.setdefault("longest event-loop lag", lag)
            self.result.seconds[f"… on the screen {screen}"] = lag
        self._on_end(self.result)

    def _wait_for_screen(self, name: str, timeout_s: float = 15.0) -> WaitFor:
        return WaitFor(f"the screen {name}", lambda: self._app.window.screen_name == name, timeout_s)

    def _touch(self, name: str) -> None:
        button = self._app.window.findChild(QPushButton, name)
        if button is None or not button.isVisible():
            raise StepTimeout(f"there is no button {name} to touch; the screen shows: {self._screen_state()}")
        QTest.mouseClick(button, Qt.LeftButton)

    def _set_scene(self, name: str) -> None:
        self._app.station.camera.send_command(f"scene {name}")

    def _record_submission(self) -> None:
        station = self._app.station
        self.result.submission = station.outbox.entries()[0].id
        original = station.outbox.get(self.result.submission).chosen_shot.original
        self.result.shot = station.originals.read(original)

    def _hint(self) -> str:
        advice = self._app.controller.advice
        return advice.hint if advice else ""

    def _sentence(self) -> str:
        return self._app.window.pose.hint.text().replace("\n", " ")

    def _screen_state(self) -> str:
        notice = self._app.controller.state.notice
        return f"{self._app.window.screen_name} {notice.key if notice else self._hint()}".strip()

    def _log(self, line: str) -> None:
        now = time.monotonic()
        self._print(f"{now - self._began:7.1f} s  (+{now - self._last_logged:4.1f})  {line}")
        self._last_logged = now

    def _save_picture(self, name: str) -> None:
        QApplication.processEvents()
        path = self._folder / f"{len(self.result.pictures) + 1:02d}-{name}.png"
        with self._event_loop_lag.exclude():
            picture = self._app.window.grab().toImage()
        self._writer.submit(picture.save, str(path), "PNG", _PNG_QUALITY)
        self.result.pictures.append(path)
