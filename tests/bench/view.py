"""Frames a second of the live view while guidance runs: `python -m tests.bench.view [SECONDS]`.

The real window shows the simulated studio's sitter, offscreen or on the available display: a timer of the event loop
paints frames while the analyzer evaluates them in its thread. A gap is the time between two paint events.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Final

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PyQt5.QtCore import QEvent, QObject, QTimer
from PyQt5.QtWidgets import QApplication

from config.standards.registry import load_standard
from hardware.cameras.api import Frame
from hardware.cameras.isolation.supervisor import CameraSupervisor
from kiosk.app import FRAME_INTERVAL_MS
from kiosk.guidance.coaching.advice import Advice
from kiosk.tools.gallery.sample_data import SITTER, gallery_settings
from kiosk.ui.window import KioskWindow
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step
from kiosk.visit.timeouts import VisitTimeouts
from kiosk.workers.live_analysis import LiveAnalyzer

WARM_UP: Final = 5.0


class PaintRecorder(QObject):
    """An event filter that records when a widget is painted."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Paint:
            self.times.append(time.perf_counter())
        return False


def main(seconds: float) -> int:
    application = QApplication(sys.argv[:1])
    window, chsi, advice = KioskWindow(gallery_settings("zh_CN")), load_standard("chsi"), [Advice("hint.look")]
    failures: list[BaseException] = []
    analyzed: list[float] = []

    def on_advice(newest: Advice, frame: Frame) -> None:
        advice[0] = newest
        analyzed.append(time.perf_counter())

    camera = CameraSupervisor("studio", lambda state: None)
    analyzer = LiveAnalyzer(camera.newest, on_advice, failures.append, default_standard=chsi)
    window.resize(1920, 1080)
    window.show()
    window.show_visit(VisitState(Step.POSE, 0.0, SITTER), 0.0, VisitTimeouts())
    paints, number = PaintRecorder(), [-1]
    window.pose.live_view.installEventFilter(paints)

    def refresh() -> None:
        frame = camera.newest(number[0])
        if frame is not None:
            number[0] = frame.number
            window.show_frame(frame.pixels)
        window.show_advice(advice[0])

    timer = QTimer()
    timer.timeout.connect(refresh)
    camera.start()
    analyzer.start()
    analyzer.resume(chsi)
    timer.start(FRAME_INTERVAL_MS)
    try:
        _run_until(application, lambda: camera.state.kind == "live", 60.0)
        camera.send_command("scene right")
        _run_until(application, lambda: False, WARM_UP)
        paints.times.clear()
        analyzed.clear()
        _run_until(application, lambda: False, seconds)
    finally:
        timer.stop()
        analyzer.stop()
        camera.stop()
    gaps = [later - earlier for earlier, later in zip(paints.times, paints.times[1:], strict=False)]
    print(
        f"frames painted {len(paints.times) / seconds:.1f}/s, longest gap {1000 * max(gaps, default=seconds):.0f} ms, "
        f"frames analyzed {len(analyzed) / seconds:.1f}/s, failures of guidance {len(failures)}, "
        f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    return 0


def _run_until(application: QApplication, condition: Callable[[], bool], time_limit: float) -> None:
    end = time.monotonic() + time_limit
    while not condition() and time.monotonic() < end:
        application.processEvents()
        time.sleep(0.001)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 20.0))
