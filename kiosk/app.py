"""The kiosk: read the settings, create the station and its window, and run the timers."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PyQt5.QtCore import QObject, Qt, QTimer, pyqtSignal
from PyQt5.QtWidgets import QApplication

import config.opencv  # noqa: F401  protects the environment that Qt reads, if OpenCV is imported later
from config.errors import Problem
from config.process_end import exit_process
from config.settings.station import StationSettings
from kiosk.diagnostics.startup import StartupCheck, startup_checks
from kiosk.station.command_line import load_settings, pair_station, parse_arguments, set_new_pin
from kiosk.station.operator_connections import connect_operator_page
from kiosk.station.operator_pin import is_simulated, pin_hash
from kiosk.station.paths import data_dir
from kiosk.station.screen_settings import ui_settings
from kiosk.station.single_instance import has_screen, log_stream
from kiosk.station.station import Station
from kiosk.station.status import station_status
from kiosk.station.systemd import ServiceManager
from kiosk.ui.operator.status import StudioStatus
from kiosk.ui.qt_application import keep_until_exit, prepare_qt
from kiosk.ui.visit_connections import connect_visit
from kiosk.ui.wedge_filter import WedgeFilter
from kiosk.ui.window import KioskWindow
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step
from kiosk.visit.transfer_progress import TransferTracker
from kiosk.workers.announcer import HintAnnouncer
from kiosk.workers.speech import make_speech

log = logging.getLogger(__name__)
FRAME_INTERVAL_MS = 16
"""Half the time between two camera frames, so that none is missed."""
STATUS_INTERVAL_MS = 1000
WATCHDOG_INTERVAL_MS = 1000
"""Time between two watchdog messages to systemd."""


class _EventSignal(QObject):
    """A signal that any thread emits when the visit has an event to process."""

    waiting = pyqtSignal()


class App:
    """Connects the window and the station: touches call the controller, changes of the visit update the window."""

    def __init__(self, settings: StationSettings, folder: Path, simulated: bool | None = None) -> None:
        """`simulated` marks every screen; if it is None, the camera driver decides it."""
        self.station = Station(settings, folder)
        self.controller = self.station.controller
        self.window = KioskWindow(
            ui_settings(
                settings,
                pin_hash(settings, self.station.paths.pin),
                simulated,
                document_reading=self.station.identification.document_scanner.available,
            ),
            self.station.attempts,
        )
        self.speech = make_speech(settings.speech.command)
        self.announcer = HintAnnouncer(self.speech, settings.station.language)
        self.startup_check = StartupCheck(lambda: startup_checks(settings, folder))
        self._frame_number = 0
        self._document_frame_number = 0
        self._transfer_tracker = TransferTracker()
        self._notified_drifts: frozenset[str] = frozenset()
        self._step = Step.IDLE
        self._step_listeners: list[Callable[[VisitState], None]] = []
        self._codes_by_camera = settings.codes.camera
        self.controller.add_listener(self._on_state_changed)
        self._event_signal = _EventSignal()
        # Queued even on this thread: an event must not be handled inside another one.
        self._event_signal.waiting.connect(self.controller.process_events, Qt.QueuedConnection)  # type: ignore[call-arg]
        self.controller.events.set_waker(self._event_signal.waiting.emit)
        self._connect_signals()
        self._install_wedge_filter()
        self._frame_timer = QTimer()
        self._frame_timer.timeout.connect(self.tick)
        self._status_timer = QTimer()
        self._status_timer.timeout.connect(self.show_status)

    def add_step_listener(self, listener: Callable[[VisitState], None]) -> None:
        """Call `listener` whenever the visit reaches another step."""
        self._step_listeners.append(listener)

    def start(self, size: tuple[int, int] | None = None) -> None:
        """Start the station and show the window: fullscreen, or `size` pixels wide and high."""
        self.station.start()
        self.startup_check.start()
        if size is None:
            self.window.show_kiosk()
        else:
            self.window.resize(*size)
            self.window.show()
        self._frame_timer.start(FRAME_INTERVAL_MS)
        self._status_timer.start(STATUS_INTERVAL_MS)
        self.show_status()
        self._on_state_changed(self.controller.state)

    def close(self) -> None:
        self._frame_timer.stop()
        self._status_timer.stop()
        self.window.leave_kiosk()
        self.speech.close()
        self.station.close()

    def tick(self) -> None:
        """Process events, show the newest frame and count down; called about sixty times a second."""
        self.controller.process_events()
        self.announcer.update(self.controller.state, self.controller.advice)
        step = self.controller.state.step
        if self._shows_live_frames(step):
            self._show_frame()
        elif step is Step.DOCUMENT:
            self._show_document()
        progress = self.station.camera.state.progress if step is Step.SHOOT else None
        self.window.show_transfer(self._transfer_tracker.update(progress, time.monotonic()))
        counts_seconds = step in (Step.COUNTDOWN, Step.DONE, Step.ENDED)
        if counts_seconds or self._is_timeout_shown():
            self._on_state_changed(self.controller.state)

    def _shows_live_frames(self, step: Step) -> bool:
        """Return whether the screen shows the camera's frames. While a portrait is made it shows none, because copying
        them would take processor time from the engine."""
        if step is Step.SHOOT:
            return not self.window.pose.processing
        return step in (Step.POSE, Step.COUNTDOWN) or (step is Step.IDENTIFY and self._codes_by_camera)

    def _is_timeout_shown(self) -> bool:
        """Return whether the screen must show the still-there question, or hide it again."""
        warning = self.controller.state.seconds_to_timeout(time.monotonic(), self.controller.timeouts)
        return warning is not None or not self.window.still_there.isHidden()

    def show_status(self) -> None:
        status = station_status(self.station)
        status = replace(status, devices=replace(status.devices, startup_findings=self.startup_check.messages))
        self.window.show_status(status)
        self._notify_drift(status.studio)

    def _notify_drift(self, studio: StudioStatus) -> None:
        """Show changes of the studio to the staff, between two sitters and once before each."""
        if self.controller.state.step is not Step.IDLE or self.window.operator.page.isVisible():
            self._notified_drifts = frozenset()
            return
        fresh = next((drift for drift in studio.drifts if drift.key not in self._notified_drifts), None)
        if fresh is not None:
            self.window.toast.show_message(fresh.key, **fresh.values)
        self._notified_drifts = frozenset(drift.key for drift in studio.drifts)

    def _show_frame(self) -> None:
        frame = self.station.camera.newest(self._frame_number)
        if frame is not None:
            self._frame_number = frame.number
            self.window.show_frame(frame.pixels)
        if self.controller.advice is not None and self.controller.state.step is not Step.SHOOT:
            self.window.show_advice(self.controller.advice)

    def _show_document(self) -> None:
        frame = self.station.identification.document_scanner.newest(self._document_frame_number)
        if frame is not None:
            self._document_frame_number = frame.number
            self.window.show_frame(frame.pixels)

    def _install_wedge_filter(self) -> None:
        """Pass the keys of a scanner that types to the wedge scanner before any widget receives them."""
        keyboard, application = self.station.identification.code_scanners.keyboard, QApplication.instance()
        if keyboard is not None and application is not None:
            self._keys = WedgeFilter(keyboard, self.window)
            application.installEventFilter(self._keys)

    def _on_state_changed(self, state: VisitState) -> None:
        self.window.show_visit(state, time.monotonic(), self.controller.timeouts)
        if state.step is not self._step:
            self._step = state.step
            for listener in self._step_listeners:
                listener(state)

    def _connect_signals(self) -> None:
        connect_visit(self.window, self.controller)
        self.window.language_changed.connect(self.announcer.set_language)
        self.window.language_changed.connect(self.station.receipt_printing.set_language)
        connect_operator_page(self.window.operator.page, self.station, self.show_status)


def main(argv: Sequence[str] | None = None) -> int:
    log_format = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=logging.INFO, format=log_format, stream=log_stream())
    arguments = parse_arguments(argv)
    try:
        return _run(arguments)
    except Problem as problem:
        sys.stderr.write(f"{problem}\n{problem.in_language('zh_CN')}\n")
        return 2


def move_simulated_sitter(step: Step, send_command: Callable[[str], None]) -> None:
    """Let the simulated sitter sit down to pose, and leave afterwards."""
    if step is Step.POSE:
        send_command("scene right")
    elif step in (Step.IDLE, Step.DONE, Step.ENDED):
        send_command("scene empty")


def _run(options: argparse.Namespace) -> int:
    settings = load_settings(options)
    folder = data_dir(options.data, settings.station.data)
    if options.set_pin:
        set_new_pin(settings, folder)
        return 0
    if options.pair:
        pair_station(settings, folder, *options.pair)
        return 0
    return _run_kiosk(settings, folder)


def _run_kiosk(settings: StationSettings, folder: Path) -> int:
    if not has_screen() and "QT_QPA_PLATFORM" not in os.environ:
        raise Problem("station.no_screen")
    application = prepare_qt()
    app = keep_until_exit(App(settings, folder))
    app.window.quit_requested.connect(application.quit)
    if is_simulated(settings):
        app.add_step_listener(lambda visit: move_simulated_sitter(visit.step, app.station.camera.send_command))
    service = ServiceManager()
    watchdog_timer = QTimer()
    watchdog_timer.timeout.connect(service.keep_alive)
    app.start()
    service.ready()
    watchdog_timer.start(WATCHDOG_INTERVAL_MS)
    code = application.exec_()
    service.stopping()
    app.close()
    service.close()
    return int(code)


if __name__ == "__main__":
    exit_process(main())
