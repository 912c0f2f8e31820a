"""A posing screen on a real X server, in a separate process because a process has only one Qt platform."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable

from PyQt5.QtWidgets import QApplication

from kiosk.guidance.coaching.advice import Advice
from kiosk.tools.gallery.mannequin import live_frame
from kiosk.tools.gallery.sample_data import gallery_settings
from kiosk.ui.window import KioskWindow
from kiosk.visit.step import Step
from tests.kiosk.ui.sample_visits import show_step
from tests.waiting import scale_timeout


def until(application: QApplication, done: Callable[[], bool], seconds: float = 15.0) -> bool:
    deadline = time.monotonic() + scale_timeout(seconds)
    while not done() and time.monotonic() < deadline:
        application.processEvents()
    return done()


def main() -> int:
    application = QApplication(sys.argv)
    ui_settings = gallery_settings("zh_CN")
    window = KioskWindow(ui_settings)
    window.show_kiosk()
    until(application, lambda: window.windowHandle().isExposed() and window.width() == 1280)
    show_step(window, Step.POSE, ui_settings)
    window.show_frame(live_frame(ui_settings.standard, 640, 480))
    window.show_advice(Advice("hint.hold", ready=True))
    window.close()
    application.processEvents()
    picture = application.primaryScreen().grabWindow(int(window.winId())).toImage()
    colours = {picture.pixel(x, y) for x in range(0, picture.width(), 8) for y in range(0, picture.height(), 8)}
    tool = shutil.which("xdotool")
    if tool:
        subprocess.run([tool, "mousemove", "40", "40"], check=True)
        subprocess.run([tool, "key", "ctrl+q", "alt+F4"], check=True)
        until(application, lambda: window.lockdown.blocked_keys > 0)
        subprocess.run([tool, "click", "--repeat", "5", "--delay", "60", "1"], check=True)
        until(application, window.operator.pin_pad.isVisible)
    reported = {
        "platform": application.platformName(),
        "size": [window.width(), window.height()],
        "visible_after_close": window.isVisible(),
        "screen": window.screen_name,
        "colours": len(colours),
        "has_xdotool": bool(tool),
        "blocked_keys": window.lockdown.blocked_keys,
        "pin_pad": window.operator.pin_pad.isVisible(),
    }
    sys.stdout.write(json.dumps(reported) + "\n")
    window.leave_kiosk()
    return 0


if __name__ == "__main__":
    sys.exit(main())
