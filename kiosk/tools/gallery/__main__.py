"""Draw every screen as a PNG, with invented data and a drawn figure: `python -m kiosk.tools.gallery --out DIR`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from PyQt5.QtCore import QEvent
from PyQt5.QtWidgets import QApplication

from config.i18n import LANGUAGES
from kiosk.tools.gallery.sample_data import gallery_settings
from kiosk.tools.gallery.scenes import scenes
from kiosk.ui.painting.icons import Animated
from kiosk.ui.widgets.simulator_panel import SimulatorPanel
from kiosk.ui.window import KioskWindow


def render(out: Path, size: tuple[int, int], language: str, panel: bool = True) -> list[Path]:
    """Write one PNG per scene and return their paths. Needs a QApplication."""
    ui_settings = gallery_settings(language)
    window = KioskWindow(ui_settings, size=size)
    if panel:
        window.attach_simulator(SimulatorPanel(("王*明", "*雷", "欧**静"), ("empty", "off_centre", "right")))
    window.show()
    out.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for name, enter in scenes(window, ui_settings):
        enter()
        for animated in window.findChildren(Animated):
            animated.freeze(0.6)
        path = out / f"{name}.png"
        QApplication.sendPostedEvents()
        QApplication.processEvents()
        window.grab().save(str(path))
        written.append(path)
    if window.simulator is not None:
        window.simulator.toggle()
        QApplication.processEvents()
        window.grab().save(str(out / "20-simulator.png"))
        written.append(out / "20-simulator.png")
    window.leave_kiosk()
    window.deleteLater()
    QApplication.sendPostedEvents(window, QEvent.DeferredDelete)
    return written


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Renders every screen of the kiosk to PNG files, offscreen.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", default="1920x1080", help="width x height, such as 1080x1920")
    parser.add_argument("--lang", default=LANGUAGES[0], choices=LANGUAGES)
    chosen = parser.parse_args(arguments)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication(sys.argv[:1])
    width, height = (int(side) for side in chosen.size.split("x"))
    written = render(chosen.out, (width, height), chosen.lang)
    sys.stdout.write("".join(f"{path}\n" for path in written))
    application.quit()
    return 0


if __name__ == "__main__":
    sys.exit(main())
