"""Draw every screen as a PNG, with invented data and a drawn figure: `python -m kiosk.tools.gallery --out DIR`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

from PyQt5.QtCore import QEvent
from PyQt5.QtWidgets import QApplication

from config.i18n import LANGUAGES, Message
from config.standards.registry import PhotoStandard, Rule, Stage, load_standard
from kiosk.capture.types import Portrait
from kiosk.guidance.coaching.advice import Advice
from kiosk.guidance.coaching.prompts import prompts
from kiosk.guidance.verdict import Metric, Verdict, evaluate
from kiosk.tools.gallery.mannequin import document_frame, live_frame, portrait_jpeg
from kiosk.ui.operator.pin import hash_pin
from kiosk.ui.operator.status import DeviceStatus, Health, Outage, QueueItem, StationStatus, StudioStatus
from kiosk.ui.painting.icons import Animated
from kiosk.ui.ui_settings import UiSettings
from kiosk.ui.widgets.simulator_panel import SimulatorPanel
from kiosk.ui.window import KioskWindow
from kiosk.visit.sitter import DocumentSummary, EnrolmentChoice, Sitter
from kiosk.visit.state import Step, VisitState
from kiosk.visit.timeouts import VisitTimeouts
from kiosk.visit.transfer_progress import TransferProgress

_NOW: Final = 100.0
_AT: Final = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SITTER: Final = Sitter("s-1", "c-1", "王*明", "123X", "https://photos.example.edu.cn/p/7Hq2mZt4Kc9")

_ENROLMENTS: Final = (
    EnrolmentChoice("计算机科学与技术 · 本科", "示范大学 · 2026 届毕业生图像采集"),
    EnrolmentChoice("法学 · 辅修学士学位", "示范大学 · 2026 届毕业生图像采集"),
)


def gallery_settings(language: str, simulated: bool = True) -> UiSettings:
    school = "示范大学" if language == "zh_CN" else "Example University"
    station = "毕业生图像采集 1 号采集站" if language == "zh_CN" else "Graduate portraits, station 1"
    pin, help_banner = hash_pin("2468"), "服务台 / Help desk: 8000"
    return UiSettings(
        language,
        load_standard("chsi"),
        pin,
        station,
        school,
        simulated,
        help_banner,
        "0.1.0",
        code_input="camera",
        document_reading=True,
        student_no_keypad=True,
    )


def _passing_value(rule: Rule) -> float:
    """Return a value well within the band."""
    if rule.max is None:
        low = rule.min or 0.0
        return max(low * 1.5, low + 2 * rule.tolerance)
    if rule.min is None:
        return min(rule.max * 0.5, rule.max - 2 * rule.tolerance)
    return (rule.min + rule.max) / 2


def _failing_value(rule: Rule) -> float:
    bound = rule.max if rule.max is not None else rule.min or 0.0
    return bound + (1 if rule.max is not None else -1) * (abs(bound) * 0.06 + 3 * rule.tolerance)


def verdicts_of(photo_standard: PhotoStandard, failing: tuple[str, ...] = ()) -> tuple[Verdict, ...]:
    """Return verdicts as an invented visit may have them; `failing` names rules that fail."""
    metrics: dict[str, Metric] = {}
    rules = photo_standard.rules_for(Stage.PORTRAIT)
    for name, rule in rules.items():
        value = _failing_value(rule) if name in failing else _passing_value(rule)
        metrics[rule.metric] = Metric(rule.metric, value, rule.unit)
    return evaluate(metrics, rules)


def portrait_of(photo_standard: PhotoStandard, failing: tuple[str, ...] = ()) -> Portrait:
    jpeg = portrait_jpeg(photo_standard)
    return Portrait(jpeg, sha256(jpeg).hexdigest(), verdicts_of(photo_standard, failing), {})


def status_of(with_errors: bool = False) -> StationStatus:
    why = Message("screen.operator.example_refusal")
    items = tuple(
        QueueItem(f"{k:032x}", f"{name} · {four}", refused, why if refused else None, _AT - timedelta(minutes=7 * k))
        for k, (name, four, refused) in enumerate(
            (("王*明", "123X", False), ("*雷", "4075", True), ("欧**静", "2210", False))
        )
    )
    return StationStatus(
        at=_AT,
        camera=Message("screen.operator.camera_ready" if not with_errors else "camera.lost"),
        camera_health=Health.CRITICAL if with_errors else Health.GOOD,
        camera_kind="studio · Simulated Studio",
        simulated=True,
        reader=Message("screen.operator.reader_ready"),
        reader_health=Health.GOOD,
        waiting=2,
        rejected=1,
        last_error=why if with_errors else None,
        server_reachable=not with_errors,
        disk_free=1_400_000_000 if with_errors else 212_000_000_000,
        started_at=_AT - timedelta(hours=3),
        roster_generated_at=_AT - timedelta(hours=30 if with_errors else 1),
        operator_notes=("operator.backdrop_shadow",) if with_errors else (),
        queue_items=items,
        studio=_studio_status(with_errors),
        devices=_device_status(with_errors),
        help_reason=Message("screen.operator.help", {"why": Message("hint.tilt_right")}) if with_errors else None,
        printer=Message("printer.paper_out", {"printer": "192.168.1.50:9100"})
        if with_errors
        else Message("printer.ready"),
        printer_health=Health.WARNING if with_errors else Health.GOOD,
        printer_configured=True,
        printer_works=not with_errors,
        document_reading=Message("document.not_installed" if with_errors else "document.ready"),
        document_reading_health=Health.WARNING if with_errors else Health.GOOD,
    )


def _device_status(with_errors: bool) -> DeviceStatus:
    """Return a day with two short outages; and, in trouble, another station's camera and an unassigned shot."""
    lost, reader = Message("camera.lost"), Message("reader.lost", {"port": "/dev/ttyUSB0"})
    over = Message("device.recovered", {"seconds": "3.4"})
    outages = (
        Outage("camera", _AT - timedelta(minutes=12), lost, over, is_ongoing=False),
        Outage("reader", _AT - timedelta(minutes=95), reader, over, is_ongoing=False),
    )
    if not with_errors:
        return DeviceStatus(outages)
    now = Outage("camera", _AT, Message("camera.not_assigned"), Message("device.unresolved"), is_ongoing=True)
    names = {"found": "Nikon D750 …9876", "own": "Nikon D750 …1234"}
    return DeviceStatus(
        outages=(now, *outages),
        other_camera=Message("device.other_camera", names),
        unassigned=Message("device.unassigned", {"number": 2, "first": "06-01 09:10", "last": f"{_AT:%m-%d %H:%M}"}),
    )


def _studio_status(with_errors: bool) -> StudioStatus:
    """Return a studio check with the left lamp too far away; and, in trouble, one that has failed since."""
    values = {"percent": 32, "stops": 0.5, "cm": 30}
    drifts = (Message("studio.drift.right_weaker", {"percent": 41}),) if with_errors else ()
    return StudioStatus(
        message=Message("studio.last_check", {"day": Message("studio.today"), "time": "07:58", "count": 1}),
        checked_at=_AT - timedelta(minutes=92),
        fault_count=1,
        findings=(Message("studio.backdrop.left_darker", values),),
        drifts=drifts,
        picture=live_frame(load_standard("chsi")),
    )


def _visit(step: Step, late: bool = False, **more: object) -> VisitState:
    """`late`: long enough ago that the station shows "Are you still there?"."""
    sitter = None if step in (Step.IDLE, Step.IDENTIFY, Step.DOCUMENT, Step.STUDENT_NO) else SITTER
    since = _NOW - (getattr(VisitTimeouts(), step.value) - 14 if late else 1.2)
    return VisitState(step=step, since=since, sitter=sitter, **more)  # type: ignore[arg-type]


def _sitter_by_document(name: str, for_staff: bool = False) -> Sitter:
    seen = DocumentSummary("id_card", name, "**************123X", name_differs=for_staff, needs_staff=for_staff)
    return replace(SITTER, identified_by="document", document=seen)


def scenes(window: KioskWindow, ui_settings: UiSettings) -> Iterator[tuple[str, Callable[[], None]]]:
    """Return the name of each picture and a function that puts the window into that state, in the order of a visit."""
    timeouts, photo_standard = VisitTimeouts(), ui_settings.standard

    def show(visit: VisitState) -> None:
        window.show_visit(visit, _NOW, timeouts)

    def pose(visit: VisitState, advice: Advice, offset: float = 0.0) -> None:
        show(visit)
        window.show_frame(live_frame(photo_standard, offset=offset))
        window.show_advice(advice)
        show(visit)

    def help_needed(step: Step, **more: object) -> VisitState:
        return _visit(step, **more).on_help_requested(Message("hint.tilt_right"), _NOW)  # type: ignore[arg-type]

    def locked() -> VisitState:
        why = Message("last_four.locked")
        return _visit(Step.LAST_FOUR, notice=why, locked=True).on_help_requested(why, _NOW)

    def countdown() -> None:
        window.pose.notice.clear()  # as after a pose longer than the notice is shown
        pose(_visit(Step.COUNTDOWN), right)

    def shoot(saved: bool) -> None:
        show(_visit(Step.SHOOT))
        window.show_frame(live_frame(photo_standard))
        window.pose.live_view.freeze(0.4)
        show(_visit(Step.SHOOT, shot_count=int(saved)))
        window.pose.live_view.freeze(0.4)

    def transfer() -> None:
        shoot(saved=False)
        window.show_transfer(TransferProgress(40))

    def document() -> None:
        show(_visit(Step.DOCUMENT, notice=Message("document.confirming")))
        window.show_frame(document_frame())

    def printing() -> None:
        window.show_status(status_of())
        show(_visit(Step.DONE, shot_count=1))

    def pin() -> None:
        show(_visit(Step.IDLE))
        window.operator.corner.tapped.emit()
        window.operator.pin_pad.keys["2"].click()

    def operator() -> None:
        window.show_status(status_of())
        window.operator.pin_pad.accepted.emit()

    right = Advice("hint.hold", ready=True, steady_for=0.5)
    seek = Advice("hint.move_right", operator_hint="operator.backdrop_shadow")
    review, unhappy = portrait_of(photo_standard), portrait_of(photo_standard, ("hair_top", "background_evenness"))
    error = Message("camera.lost")
    yield "01-welcome", lambda: show(_visit(Step.IDLE))
    yield "02-identify", lambda: show(_visit(Step.IDENTIFY))
    yield "02b-identify-code", lambda: window.show_frame(live_frame(photo_standard))
    yield "02c-identify-who", lambda: show(VisitState(Step.IDENTIFY, _NOW, SITTER))
    yield "02h-last-four", lambda: show(_visit(Step.LAST_FOUR))
    yield "02i-last-four-letters", window.last_four.keypad.letters.click
    yield "02j-last-four-wrong", lambda: show(_visit(Step.LAST_FOUR, notice=Message("last_four.wrong", {"left": 3})))
    yield "02k-last-four-locked", lambda: show(locked())
    yield (
        "02l-choose",
        lambda: show(replace(_visit(Step.CHOOSE), sitter=replace(SITTER, enrolments=_ENROLMENTS, shareable=True))),
    )
    yield "02m-student-no", lambda: show(_visit(Step.STUDENT_NO))
    yield "02d-document", document
    yield "02e-document-glare", lambda: show(_visit(Step.DOCUMENT, notice=Message("document.no_number")))
    yield "02f-document-who", lambda: show(VisitState(Step.IDENTIFY, _NOW, _sitter_by_document("王*明")))
    yield (
        "02g-document-staff",
        lambda: show(VisitState(Step.IDENTIFY, _NOW, _sitter_by_document("王*朋", for_staff=True))),
    )
    yield "03-identify-refused", lambda: show(_visit(Step.IDENTIFY, notice=Message("roster.captured")))
    yield "04-consent", lambda: show(_visit(Step.CONSENT))
    yield "04a-consent-code", lambda: show(replace(_visit(Step.CONSENT), sitter=replace(SITTER, last_four="")))
    yield "04b-prepare", lambda: show(_visit(Step.PREPARE, questions=prompts(photo_standard)))
    yield "05-pose-seek", lambda: pose(_visit(Step.POSE), seek, offset=0.12)
    yield "06-pose-right", lambda: pose(_visit(Step.POSE), right)
    yield "07-pose-again", lambda: pose(_visit(Step.POSE, shot_count=1, notice=error), seek, offset=-0.1)
    yield "08-countdown", countdown
    yield "09-shoot", lambda: shoot(saved=False)
    yield "09b-transfer", transfer
    yield "10-developing", lambda: shoot(saved=True)
    yield "11-review", lambda: show(_visit(Step.REVIEW, shot_count=1, portrait=review))
    yield "12-review-broken", lambda: show(_visit(Step.REVIEW, shot_count=2, portrait=unhappy))
    yield "13-done", lambda: show(_visit(Step.DONE, shot_count=1))
    yield "13b-done-receipt", printing
    yield "14-trouble", lambda: show(_visit(Step.ERROR, shot_count=1, notice=error, interrupted_step=Step.POSE))
    yield "15-help", lambda: show(help_needed(Step.ERROR, notice=error, shot_count=1, interrupted_step=Step.POSE))
    yield "15b-pose-help", lambda: pose(help_needed(Step.POSE), seek, offset=0.12)
    yield "15c-still-there", lambda: show(_visit(Step.REVIEW, portrait=review, shot_count=1, late=True))
    yield "15d-ended", lambda: show(VisitState(Step.ENDED, _NOW, notice=Message("visit_ended.portrait_saved")))
    yield "15e-ended-nothing", lambda: show(VisitState(Step.ENDED, _NOW, notice=Message("visit_ended.nothing_taken")))
    yield "16-pin", pin
    yield "17-operator", operator
    yield "18-operator-troubled", lambda: window.show_status(status_of(with_errors=True))
    yield "21-studio", window.operator.page.studio_button.click
    yield "22-devices", window.operator.page.devices_button.click
    yield "19-welcome-no-camera", window.operator.close


def render(out: Path, size: tuple[int, int], language: str, panel: bool = True) -> list[Path]:
    """Write one PNG per scene and return their paths. Needs a QApplication."""
    ui_settings = gallery_settings(language)
    window = KioskWindow(ui_settings)
    if panel:
        window.attach_simulator(SimulatorPanel(("王*明", "*雷", "欧**静"), ("empty", "off_centre", "right")))
    window.resize(*size)
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
