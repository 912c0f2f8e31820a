"""Invented settings, verdicts and station states for the pictures of the screens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Final

from config.i18n import Message
from config.settings.print_sheets import sheet_layouts
from config.standards.registry import PhotoStandard, Rule, Stage, load_standard
from kiosk.capture.types import Portrait
from kiosk.guidance.verdict import Metric, Verdict, evaluate
from kiosk.tools.gallery.mannequin import live_frame, portrait_jpeg
from kiosk.ui.operator.pin import hash_pin
from kiosk.ui.operator.status import (
    DeviceStatus,
    Health,
    Outage,
    QueueItem,
    SheetStatus,
    StationStatus,
    StudioStatus,
)
from kiosk.ui.ui_settings import UiSettings
from kiosk.upload.sheets import SheetClass, SheetKind, SheetStudent
from kiosk.visit.sitter import EnrolmentChoice, Sitter

_AT: Final = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SITTER: Final = Sitter("s-1", "c-1", "王*明", "123X", "https://photos.example.edu.cn/p/7Hq2mZt4Kc9")

ENROLMENTS: Final = (
    EnrolmentChoice("计算机科学与技术 · 本科", "示范大学 · 2026 届毕业生图像采集"),
    EnrolmentChoice("法学 · 辅修学士学位", "示范大学 · 2026 届毕业生图像采集"),
)


@cache
def gallery_settings(language: str, simulated: bool = True) -> UiSettings:
    """Return the settings, cached because hashing the PIN takes a tenth of a second."""
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
    """Return a value well within the bounds of the rule."""
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
    """Return the verdicts of an invented visit; `failing` names the rules that fail."""
    metrics: dict[str, Metric] = {}
    rules = photo_standard.rules_for(Stage.PORTRAIT)
    for name, rule in rules.items():
        value = _failing_value(rule) if name in failing else _passing_value(rule)
        metrics[rule.metric] = Metric(rule.metric, value, rule.unit)
    return evaluate(metrics, rules)


def portrait_of(photo_standard: PhotoStandard, failing: tuple[str, ...] = ()) -> Portrait:
    jpeg = portrait_jpeg(photo_standard)
    verdicts, questions = verdicts_of(photo_standard, failing), tuple(photo_standard.rules_for(Stage.PERSON))
    return Portrait(jpeg, sha256(jpeg).hexdigest(), verdicts, {}, questions)


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
        sheets=SheetStatus(is_configured=True),
    )


def sheet_status(of_class: bool = False, waits: bool = False) -> SheetStatus:
    """Return three classes and two sheets, with the students of a class or with a print that waits for paper."""
    layouts = sheet_layouts()
    names = ("six_inch_one_inch", "a4_class")
    sheets = tuple(
        SheetKind(name=name, kind=layouts[name].kind, title=layouts[name].title, paper=layouts[name].paper)
        for name in names
    )
    classes = tuple(
        SheetClass(campaign="demo", campaign_title="示范采集", name=name, photos=count)
        for name, count in (("计算机 1 班", 42), ("计算机 2 班", 38), ("", 3))
    )
    students = tuple(
        SheetStudent(id=str(number), name=name, student_no=f"2022{number:04}")
        for number, name in enumerate(("王*明", "*雷", "欧**静"), 1)
    )
    message = Message("photo_sheets.waits.paper_out") if waits else None
    return SheetStatus(
        True,
        sheets,
        classes,
        classes[0] if of_class else None,
        students if of_class else (),
        "printing" if waits else "",
        message,
        waits,
    )


def _device_status(with_errors: bool) -> DeviceStatus:
    """Return a day with two short outages and, with errors, another station's camera and two unassigned shots."""
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
    """Return a studio check with the left lamp too weak and, with errors, a right lamp that has become weaker since."""
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
