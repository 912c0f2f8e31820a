"""Collect the state of the station for the operator page."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from config.errors import Problem
from config.i18n import Message
from hardware.cameras.isolation.state import CameraState
from kiosk.guidance.studio.finding import Finding
from kiosk.guidance.studio.setup_check import SetupCheck
from kiosk.station.device_status import camera_summary, device_status
from kiosk.station.devices import is_dual_camera
from kiosk.station.paths import local_time
from kiosk.station.station import Station
from kiosk.studio.monitor import StudioReport
from kiosk.ui.operator.status import Health, QueueItem, StationStatus, StudioStatus
from kiosk.upload.outbox.models import QueueEntry
from kiosk.upload.upload_progress import UploadProgress
from kiosk.visit.errors import message_for, slow_analysis_problem

MAX_QUEUE_ITEMS: Final = 20
"""Maximum number of entries of the outbox on the operator page."""


def station_status(station: Station) -> StationStatus:
    """Collect the status of every part; takes a few milliseconds."""
    camera, counts = station.camera.state, station.outbox.stats()
    advice = station.controller.advice
    return StationStatus(
        at=local_time(),
        camera=_camera_message(camera),
        camera_health=_camera_health(camera),
        camera_kind=f"{camera.info.driver} · {camera.info.model}" if camera.info else station.settings.camera.driver,
        simulated=camera.info.simulated if camera.info else False,
        help_reason=_help_message(station),
        reader=_reader_message(station),
        reader_health=_reader_health(station),
        waiting=counts.ready + counts.leased,
        rejected=counts.rejected,
        last_error=_message(station.server.problem or station.server.clock_problem),
        uploading=_upload_message(station.server.progress),
        server_reachable=station.server.reachable,
        disk_free=station.disk_free(),
        started_at=station.started_at,
        roster_generated_at=station.roster.generated_at,
        operator_notes=advice.operator_hints if advice else (),
        queue_items=tuple(_queue_item(visit) for visit in station.outbox.unsent_entries(MAX_QUEUE_ITEMS)),
        studio=replace(
            studio_status(station.studio_monitor.report, local_time()),
            two_cameras=is_dual_camera(station.settings.camera),
        ),
        devices=device_status(station),
        camera_message=camera_summary(camera),
        printer=_printer_message(station),
        printer_health=Health.WARNING if station.receipt_printing.problem else Health.GOOD,
        printer_configured=station.receipt_printing.is_configured,
        printer_works=station.receipt_printing.is_healthy,
        document_reading=_message(station.identification.document_scanner.problem) or Message("document.ready"),
        slow_message=_slow_analysis_message(station),
        sheets=station.sheet_printing.status,
        document_reading_health=Health.WARNING
        if station.identification.document_scanner.problem and station.identification.document_scanner.enabled
        else Health.GOOD,
    )


def studio_status(report: StudioReport, now: datetime) -> StudioStatus:
    """Return the result of the studio checks for the screens."""
    last = max(report.setups.values(), key=lambda one: one.at, default=None)
    drifts = tuple(Message(drift.finding.key, drift.finding.values) for drift in report.drifts)
    problem = _message(report.problem)
    return StudioStatus(
        message=_setup_message(last, now) if last else Message("studio.never"),
        checked_at=last.at if last else None,
        fault_count=len(last.defects) if last else 0,
        findings=tuple(_finding_message(finding) for finding in last.findings) if last else (),
        drifts=drifts,
        problems=(problem,) if problem else (),
        busy=report.busy,
        lamp_offer=Message(report.proposal.message.key, report.proposal.message.values) if report.proposal else None,
        picture=report.picture,
    )


def _setup_message(last: SetupCheck, now: datetime) -> Message:
    at = last.at.astimezone(now.tzinfo)
    day = Message("studio.today") if at.date() == now.date() else f"{at:%m-%d}"
    key = "studio.last_check" if last.defects else "studio.last_check_good"
    count = {"count": len(last.defects)} if last.defects else {}
    return Message(key, {"day": day, "time": f"{at:%H:%M}", **count})


def _finding_message(finding: Finding) -> Message:
    message = Message(finding.key, finding.values)
    return Message("studio.note", {"finding": message}) if finding.note else message


def _camera_message(state: CameraState) -> Message:
    return _message(state.problem) or Message(f"camera.state.{state.kind}")


def _camera_health(state: CameraState) -> Health:
    if state.kind == "live":
        return Health.WARNING if state.problem else Health.GOOD
    return Health.WARNING if state.kind == "starting" else Health.CRITICAL


def _reader_message(station: Station) -> Message:
    """Return the first problem of identification: card reader, code scanner, code list, last card."""
    problems = (
        station.identification.card_reader_problem,
        station.identification.code_scanners.problem,
        station.code_list.problem,
        station.identification.card_warning,
    )
    return _message(next((problem for problem in problems if problem), None)) or Message("reader.ready")


def _help_message(station: Station) -> Message | None:
    """Return why the student needs help. The reason stays for the whole step, even when the operator has arrived."""
    request = station.controller.state.help
    return Message("screen.operator.help", {"why": request.reason}) if request is not None else None


def _reader_health(station: Station) -> Health:
    if station.identification.card_reader_problem:
        return Health.CRITICAL
    return Health.WARNING if _reader_message(station).key != "reader.ready" else Health.GOOD


def _printer_message(station: Station) -> Message:
    return _message(station.receipt_printing.problem) or Message(
        "printer.ready" if station.receipt_printing.is_configured else "printer.none_set"
    )


def _slow_analysis_message(station: Station) -> Message | None:
    rate = station.analysis_rate
    return message_for(slow_analysis_problem(rate)) if rate is not None and rate.slow else None


def _upload_message(progress: UploadProgress | None) -> Message | None:
    if progress is None:
        return None
    figures = {"sent": progress.sent / 1e6, "total": progress.total / 1e6, "rate": progress.rate * 8 / 1e6}
    return Message("screen.operator.uploading", {name: f"{value:.1f}" for name, value in figures.items()})


def _message(problem: Problem | None) -> Message | None:
    return Message(problem.key, problem.values) if problem else None


def _queue_item(visit: QueueEntry) -> QueueItem:
    return QueueItem(
        id=visit.id,
        sitter=visit.name,
        rejected=visit.rejection is not None,
        reason=_queue_item_message(visit),
        taken_at=datetime.fromtimestamp(visit.started_at).astimezone(),
    )


def _queue_item_message(visit: QueueEntry) -> Message | None:
    if visit.rejection is not None:  # the server's own sentence, in the language of the screen
        return Message("station.refused", {"zh_CN": visit.rejection.zh_CN, "en": visit.rejection.en})
    return Message("station.tried", {"times": visit.attempts}) if visit.attempts else None
