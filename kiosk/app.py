"""The kiosk: reads the settings, builds the station and its window, and lets time run."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from PyQt5.QtCore import QTimer
from PyQt5.QtWidgets import QApplication

import config.opencv  # noqa: F401  it guards the environment that Qt reads, whoever imports OpenCV later
from config.errors import Problem
from config.i18n import translations
from config.settings.station import StationSettings, station_settings
from config.standards.registry import load_standard
from kiosk.diagnostics.startup import StartLook, beside_the_kiosk
from kiosk.guidance.studio.setup_check import Kind
from kiosk.station.operator_pin import ask_for_pin, check_pin, is_set, is_simulated, pin_hash, set_pin
from kiosk.station.pairing import Paired, write_pairing
from kiosk.station.paths import Places, default_folder, make_folder
from kiosk.station.single_instance import has_screen, log_stream
from kiosk.station.station import Station
from kiosk.station.status import status_of
from kiosk.station.systemd import ServiceManager
from kiosk.ui.operator.status import StudioStatus
from kiosk.ui.ui_settings import CodeWay, Look
from kiosk.ui.wedge_filter import WedgeFilter
from kiosk.ui.window import KioskWindow
from kiosk.upload.client import Client, ServerUnreachable
from kiosk.upload.encryption import FileCipher
from kiosk.visit.state import Step, VisitState
from kiosk.visit.transfer_progress import TransferTracker
from kiosk.workers.announcer import Herald
from kiosk.workers.speech import speaker_of

log = logging.getLogger(__name__)
BEAT = 16  # ms between two looks at everything: half a frame, or some are missed that come between two looks
STATUS_BEAT = 1000  # ms
PULSE = 1000  # ms between two signs of life for systemd
VERSION = version("zhengguan")
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
SIMULATED_DRIVERS = ("studio", "folder", "scripted")


class App:
    """The window and the station, joined: what people do goes to the conductor, what happens goes to the window."""

    def __init__(self, settings: StationSettings, folder: Path, simulated: bool | None = None) -> None:
        """`simulated` marks every screen; where it is not said, the kind of camera decides."""
        self.station = Station(settings, folder, self._changed)
        self.conductor = self.station.conductor
        self.window = KioskWindow(
            _look(settings, simulated, self.station.documents.offered, pin_hash(settings, self.station.places.pin)),
            self.station.attempts,
        )
        self.speaker = speaker_of(settings.voice.command)
        self.herald = Herald(self.speaker, settings.station.language)
        self.look = StartLook(lambda: beside_the_kiosk(settings, folder))
        self._number = 0
        self._document_number = 0
        self._transfer = TransferTracker()
        self._reminded: frozenset[str] = frozenset()
        self._step = Step.IDLE
        self._followers: list[Callable[[VisitState], None]] = []
        self._codes_by_camera = settings.codes.camera
        self._join()
        self._listen_to_keys()
        self._beat = QTimer()
        self._beat.timeout.connect(self.beat)
        self._status_beat = QTimer()
        self._status_beat.timeout.connect(self.show_status)

    def follow(self, follower: Callable[[VisitState], None]) -> None:
        """Calls `follower` whenever the sitting has reached another step."""
        self._followers.append(follower)

    def start(self, size: tuple[int, int] | None = None) -> None:
        """Fullscreen; or, where a `size` is given, as a window of so many pixels."""
        self.station.start()
        self.look.start()
        if size is None:
            self.window.show_kiosk()
        else:
            self.window.resize(*size)
            self.window.show()
        self._beat.start(BEAT)
        self._status_beat.start(STATUS_BEAT)
        self.show_status()
        self._changed(self.conductor.state)

    def close(self) -> None:
        self._beat.stop()
        self._status_beat.stop()
        self.window.leave_kiosk()
        self.speaker.close()
        self.station.close()

    def beat(self) -> None:
        """Sixty times a second: take in what was heard, show the newest frame, count down."""
        self.conductor.process_events()
        self.herald.follow(self.conductor.state, self.conductor.advice)
        step = self.conductor.state.step
        if step in (Step.POSE, Step.COUNTDOWN, Step.SHOOT) or (step is Step.IDENTIFY and self._codes_by_camera):
            self._show_frame()
        elif step is Step.DOCUMENT:
            self._show_document()
        progress = self.station.camera.state.progress if step is Step.SHOOT else None
        self.window.show_transfer(self._transfer.update(progress, time.monotonic()))
        if step in (Step.COUNTDOWN, Step.DONE, Step.ENDED) or self._warns():  # the screens that count seconds
            self._changed(self.conductor.state)

    def _warns(self) -> bool:
        """Whether the screen asks if somebody is still there, or did until now."""
        warning = self.conductor.state.warning(time.monotonic(), self.conductor.timeouts)
        return warning is not None or not self.window.still_there.isHidden()

    def show_status(self) -> None:
        status = status_of(self.station)
        status = replace(status, devices=replace(status.devices, looked=self.look.sayings))
        self.window.show_status(status)
        self._remind(status.studio)

    def _remind(self, studio: StudioStatus) -> None:
        """Tells the staff, between two sitters, what has changed in the studio; before every sitter once."""
        if self.conductor.state.step is not Step.IDLE or self.window.operator.page.isVisible():
            self._reminded = frozenset()
            return
        fresh = next((drift for drift in studio.drifts if drift.key not in self._reminded), None)
        if fresh is not None:
            self.window.toast.say(fresh.key, **fresh.values)
        self._reminded = frozenset(drift.key for drift in studio.drifts)

    def _show_frame(self) -> None:
        frame = self.station.camera.newest(self._number)
        if frame is not None:
            self._number = frame.number
            self.window.show_frame(frame.pixels)
        if self.conductor.advice is not None and self.conductor.state.step is not Step.SHOOT:
            self.window.show_advice(self.conductor.advice)

    def _show_document(self) -> None:
        frame = self.station.documents.newest(self._document_number)
        if frame is not None:
            self._document_number = frame.number
            self.window.show_frame(frame.pixels)

    def _listen_to_keys(self) -> None:
        """A scanner that types is heard before any widget, and whatever has the focus."""
        keyboard, application = self.station.scanners.keyboard, QApplication.instance()
        if keyboard is not None and application is not None:
            self._keys = WedgeFilter(keyboard, self.window)
            application.installEventFilter(self._keys)

    def _changed(self, sitting: VisitState) -> None:
        self.station.scanners.follow(sitting.step)
        self.window.show_sitting(sitting, time.monotonic(), self.conductor.timeouts)
        if sitting.step is not self._step:
            self._step = sitting.step
            for follower in self._followers:
                follower(sitting)

    def _join(self) -> None:
        window, conductor = self.window, self.conductor
        window.started.connect(conductor.start)
        window.confirmed.connect(conductor.confirm)
        window.denied.connect(conductor.deny)
        window.witnessed.connect(conductor.confirm_by_staff)
        window.document_wanted.connect(conductor.start_document)
        window.document_put_away.connect(conductor.cancel_document)
        window.student_no_wanted.connect(conductor.start_student_no)
        window.student_no_typed.connect(conductor.submit_student_no)
        window.student_no_left.connect(conductor.cancel_student_no)
        window.last_four_typed.connect(conductor.submit_last_four)
        window.enrolment_chosen.connect(conductor.choose_enrolment)
        window.all_enrolments_chosen.connect(conductor.choose_all_enrolments)
        window.consented.connect(conductor.consent)
        window.declined.connect(conductor.leave)
        window.prepared.connect(conductor.confirm_prepared)
        window.accepted.connect(conductor.accept)
        window.retake.connect(conductor.retake)
        window.finished.connect(conductor.leave)
        window.retried.connect(conductor.retry)
        window.left.connect(conductor.leave)
        window.resend.connect(self._resend)
        window.language_changed.connect(self.herald.speak)
        window.language_changed.connect(self.station.receipts.speak)
        window.operator.page.studio.asked.connect(lambda kind: self.station.studio.ask(Kind(kind)))
        window.operator.page.studio.agreed.connect(self.station.studio.accept)
        window.operator.page.studio.framed.connect(self.station.find_framing)
        window.operator.page.devices.camera_taken.connect(self.station.take_camera)
        window.operator.page.devices.print_tested.connect(self.station.receipts.try_out)
        window.operator.page.devices.unclaimed_deleted.connect(self._delete_unclaimed)
        window.help_asked.connect(conductor.request_help)
        window.touched.connect(conductor.touch)
        for shown in (window.unlocked, window.witnessed):  # the operator is here
            shown.connect(conductor.acknowledge_help)

    def _delete_unclaimed(self) -> None:
        log.warning("the operator deletes %d pictures of nobody known", self.station.unclaimed.delete_all())
        self.show_status()

    def _resend(self, submission: str) -> None:
        self.station.outbox.retry(submission)
        self.station.nudge()
        self.show_status()


def _look(settings: StationSettings, simulated: bool | None, documents: bool, pin: str) -> Look:
    by_camera = settings.camera.driver.split(":")[0] in SIMULATED_DRIVERS
    return Look(
        language=settings.station.language,
        standard=load_standard("chsi"),
        pin_hash=pin,
        station=settings.station.name,
        school=settings.station.school,
        help=settings.station.help,
        simulated=by_camera if simulated is None else simulated,
        version=VERSION,
        disk_care=int(settings.operator.disk_care * 1e9),
        disk_bad=int(settings.operator.disk_bad * 1e9),
        roster_care=settings.operator.roster_care,
        codes=_codes(settings),
        reader=bool(settings.reader.port.strip()),
        keypad=settings.codes.keypad and settings.codes.student_numbers,
        documents=documents,
    )


def _codes(settings: StationSettings) -> CodeWay:
    """How a student shows a code here; that a scanner which types is plugged in nobody can know."""
    if settings.codes.camera:
        return "camera"
    if settings.codes.serial_port:
        return "scanner"
    return "keyboard" if settings.codes.keyboard else ""


def prepare_qt() -> QApplication:
    """One QApplication, with the two guards that Qt needs under Python: a failing slot must not abort the process,
    and Ctrl-C or SIGTERM must end it in good order."""
    sys.excepthook = _log_uncaught
    application = QApplication(sys.argv[:1])
    for number in (signal.SIGINT, signal.SIGTERM):
        # Through the event loop: quit() itself is lost on a loop that has not begun yet.
        signal.signal(number, lambda *_: QTimer.singleShot(0, application.quit))
    return application


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    log.critical("uncaught", exc_info=(kind, error, trace))


def pair(settings: StationSettings, folder: Path, url: str, code: str) -> Paired:
    """Pairs this station with a server by a one-time code, and remembers it. Raises Problem."""
    parts = urlsplit(url)
    if parts.scheme == "http" and not settings.server.allow_http and parts.hostname not in THIS_MACHINE:
        raise Problem("pairing.http", url=url)
    try:
        pairing = Client.pair(url, code, settings.station.name)
    except ServerUnreachable as problem:
        raise Problem("pairing.unreachable", url=url) from problem
    places = Places(folder)
    make_folder(folder)
    paired = Paired(url, pairing)
    write_pairing(places.pairing, FileCipher.load_or_create(places.key), paired)
    return paired


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("zhengguan-kiosk", description="The fullscreen kiosk of a capture station.")
    parser.add_argument("--config", type=Path, help="settings file; see config/settings/station.toml for every setting")
    parser.add_argument("--data", type=Path, help="folder for photos, outbox and keys")
    parser.add_argument("--camera", help="a camera; see [camera] driver in config/settings/station.toml")
    parser.add_argument("--reader", help="serial port of the card reader, /dev/ttyUSB0")
    parser.add_argument("--language", choices=("zh_CN", "en"))
    parser.add_argument("--pair", nargs=2, metavar=("ADDRESS", "CODE"), help="pair with a server, then end")
    parser.add_argument("--set-pin", action="store_true", help="set the operator's PIN of this station, then end")
    return parser.parse_args(argv)


def settings_of(wishes: argparse.Namespace) -> StationSettings:
    changes: dict[str, dict[str, str]] = {}
    for section, key, value in (
        ("camera", "driver", wishes.camera),
        ("reader", "port", wishes.reader),
        ("station", "language", wishes.language),
    ):
        if value:
            changes.setdefault(section, {})[key] = value
    return station_settings(wishes.config, **changes)


def main(argv: Sequence[str] | None = None) -> int:
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=logging.INFO, format=form, stream=log_stream())
    wishes = arguments(argv)
    try:
        return _run(wishes)
    except Problem as problem:
        sys.stderr.write(f"{problem}\n{problem.in_language('zh_CN')}\n")
        return 2


def _pin_for(settings: StationSettings, folder: Path) -> str:
    """Asked before the one-time code is used; "" where a PIN is set already, or none is needed. Raises Problem."""
    if is_set(settings, Places(folder).pin):
        return ""
    if is_simulated(settings) and sys.stdin.isatty():
        return ""
    pin = ask_for_pin()
    if pin or not is_simulated(settings):
        check_pin(pin)
    return pin


def seat_simulated_person(step: Step, tell: Callable[[str], None]) -> None:
    """In the simulated studio somebody sits down to pose and leaves afterwards, so that a station without any device
    leads to a portrait."""
    if step is Step.POSE:
        tell("scene right")
    elif step in (Step.IDLE, Step.DONE, Step.ENDED):
        tell("scene empty")


def _run(wishes: argparse.Namespace) -> int:
    settings = settings_of(wishes)
    folder = wishes.data or Path(settings.station.data or default_folder())
    if wishes.set_pin:
        make_folder(folder)
        set_pin(Places(folder).pin, ask_for_pin())
        sys.stdout.write(f"{translations(settings.station.language).translate('pin.set')}\n")
        return 0
    if wishes.pair:
        pin = _pin_for(settings, folder)
        paired = pair(settings, folder, *wishes.pair)
        if pin:
            set_pin(Places(folder).pin, pin)
        sys.stdout.write(f"Paired with {paired.url} as {paired.pairing.name}.\n")
        return 0
    if not has_screen() and "QT_QPA_PLATFORM" not in os.environ:
        raise Problem("station.no_screen")
    application = prepare_qt()
    app = App(settings, folder)
    app.window.quit_requested.connect(application.quit)
    if is_simulated(settings):
        app.follow(lambda sitting: seat_simulated_person(sitting.step, app.station.camera.send_command))
    service = ServiceManager()
    pulse = QTimer()
    pulse.timeout.connect(service.alive)
    app.start()
    service.ready()
    pulse.start(PULSE)
    code = application.exec_()
    service.stopping()
    app.close()
    service.close()
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
