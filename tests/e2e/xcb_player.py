"""Plays the demo on a real X display as a person does: keys and clicks come from the X server (xdotool), not from Qt.

    python -m tests.e2e.xcb_player FOLDER

In a separate process, because a process has one Qt platform. The widgets are used only for the mouse positions.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PyQt5.QtCore import QPoint, QTimer
from PyQt5.QtWidgets import QApplication, QPushButton

from config.process_end import exit_process
from kiosk.tools.demo import __main__ as demo
from kiosk.tools.demo import visit
from kiosk.ui.window import KioskWindow
from tests.waiting import scale_timeout


@dataclass
class Wait:
    what: str
    condition: Callable[[], bool]
    timeout: float = 30.0


def xdotool(*words: object) -> None:
    subprocess.run(["xdotool", *map(str, words)], check=True, timeout=scale_timeout(10))


class Player:
    """Runs inside the demo's event loop, one step after the other."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "demo.log"
        self._script = self._play()
        self._wait = Wait("the window", self._window_is_shown, 60)
        self._deadline = time.monotonic() + scale_timeout(self._wait.timeout)
        self._timer = QTimer()
        self._timer.timeout.connect(self._poll)
        self._timer.start(50)

    @property
    def window(self) -> KioskWindow:
        return next(widget for widget in QApplication.topLevelWidgets() if isinstance(widget, KioskWindow))

    def _play(self) -> Iterator[Wait]:
        panel = self.window.simulator
        assert panel is not None
        for open_then in (False, True):
            xdotool("key", "F2")
            yield Wait(f"the drawer to be {open_then}", lambda wanted=open_then: panel.is_open is wanted)  # type: ignore[misc]
        yield from self._click("card_0")
        yield from self._screen("consent")
        yield from self._click("agree")
        yield from self._screen("prepare")
        yield from self._click("ready")
        yield from self._screen("pose")
        yield from self._screen("review", 150)
        yield from self._click("accept")
        yield from self._screen("payment")
        yield from self._click("payment_later")
        yield from self._screen("done")
        yield from self._click("finish")
        yield from self._screen("welcome")
        # On a busy machine the upload takes longer than it takes to type the PIN.
        yield Wait("the portrait to arrive", lambda: "is on the server" in self._log.read_text("utf-8"), 120)
        for _ in range(5):
            xdotool("mousemove", 20, self.window.header.mapToGlobal(QPoint(20, 20)).y(), "click", 1)
        for name in ("digit_2", "digit_4", "digit_6", "digit_8", "pin_enter", "operator_quit"):
            yield from self._click(name)

    def _click(self, name: str) -> Iterator[Wait]:
        yield Wait(f"the button {name}", lambda: self._button(name) is not None)
        button = self._button(name)
        assert button is not None
        at = button.mapToGlobal(button.rect().center())
        xdotool("mousemove", at.x(), at.y(), "click", 1)

    def _screen(self, name: str, timeout: float = 30.0) -> Iterator[Wait]:
        yield Wait(f"the screen {name}", lambda: self.window.screen_name == name, timeout)

    def _button(self, name: str) -> QPushButton | None:
        button = self.window.findChild(QPushButton, name)
        return button if button is not None and button.isVisible() and button.isEnabled() else None

    def _window_is_shown(self) -> bool:
        shown = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, KioskWindow)]
        return bool(shown) and shown[0].windowHandle() is not None and shown[0].windowHandle().isExposed()

    def _poll(self) -> None:
        if time.monotonic() > self._deadline:
            self._end(f"timeout: waited for {self._wait.what}; the screen is {self.window.screen_name}", 3)
        elif self._wait.condition():
            try:
                self._wait = next(self._script)
                self._deadline = time.monotonic() + scale_timeout(self._wait.timeout)
            except StopIteration:
                self._timer.stop()

    def _end(self, why: str, code: int) -> None:
        self._timer.stop()
        sys.stderr.write(f"{why}\n")
        QApplication.exit(code)


def main() -> int:
    folder = Path(sys.argv[1])
    players: list[Player] = []
    original = visit.prepare_qt

    def prepare_and_play() -> QApplication:
        application = original()
        players.append(Player(folder))
        return application

    visit.prepare_qt = prepare_and_play  # type: ignore[assignment]
    return demo.main(["--language", "en", "--data", str(folder)])


if __name__ == "__main__":
    exit_process(main())
