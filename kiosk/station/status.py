"""What the operator page is told of the station."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from config.errors import Problem
from config.i18n import Message, translations
from hardware.cameras.api import CameraHealth
from hardware.cameras.isolation.state import CameraState
from hardware.device_log import DeviceOutage
from kiosk.guidance.studio.finding import Finding
from kiosk.guidance.studio.setup_check import SetUp
from kiosk.station.devices import is_pair
from kiosk.station.paths import local_time
from kiosk.station.station import Station
from kiosk.station.storage_notes import storage_notes
from kiosk.studio.monitor import StudioReport
from kiosk.ui.operator.status import DeviceStatus, Health, Outage, QueueItem, StationStatus, StudioStatus
from kiosk.upload.outbox.models import QueueEntry
from kiosk.upload.outbox.rebuild import FolderReport
from kiosk.upload.upload_progress import UploadProgress
from kiosk.visit.errors import message_for, slow_analysis_problem


def device_status(station: Station) -> DeviceStatus:
    camera, unclaimed = station.camera.state, station.unclaimed.list_shots()
    moments = [picture.at for picture in unclaimed]
    pictures = {"number": len(moments), "first": _day(min(moments)), "last": _day(max(moments))} if moments else {}
    owed = station.conductor.unsaved_shot_count
    return DeviceStatus(
        outages=tuple(outage_of(entry) for entry in station.history.outages()),
        other_camera=_other(camera),
        unclaimed=Message("device.unclaimed", pictures) if pictures else None,
        owed=Message("device.owed", {"number": owed}) if owed else None,
        warning=_warning(camera),
        storage=_storage(station),
    )


def _storage(station: Station) -> tuple[Message, ...]:
    report = station.folder_report or FolderReport()
    return storage_notes(station.opened, report, max(station.outbox.stats().unreadable, report.damaged))


def _day(moment: datetime) -> str:
    return f"{moment:%m-%d %H:%M}"


def outage_of(entry: DeviceOutage) -> Outage:
    """A line of the history. Of several problems in a row the last says most: what is lost first is then absent."""
    said = entry.problems[-1]
    if entry.duration is not None:
        ended = Message("device.lasted", {"seconds": f"{entry.duration:.1f}"})
    else:
        ended = Message("device.cut_off" if entry.interrupted else "device.lasts")
    return Outage(
        device=entry.device,
        at=entry.started_at,
        what=Message(said.key, said.values),
        ended=ended,
        lasts=entry.duration is None and not entry.interrupted,
    )


def camera_says(state: CameraState) -> Message | None:
    """Battery and card in one line, with who the camera is; None where it tells neither."""
    health, info = state.health or CameraHealth(), state.info
    told: list[Message] = []
    if health.battery is not None:
        told.append(Message("device.battery", {"percent": health.battery}))
    if health.card_free is not None:
        told.append(Message("device.card", {"number": health.card_free}))
    if not told or info is None:
        return None
    return Message("device.camera_says", {"camera": info.model, "told": _joined(told)})


def _joined(sayings: Iterable[Message | str]) -> Message | str:
    first, *others = sayings
    for other in others:
        first = Message("device.and", {"first": first, "second": other})
    return first


def _setting(name: str) -> Message | str:
    """What a webcam's setting is called; a camera on a cable calls its own as its maker does."""
    key = f"camera.setting.{name}"
    return Message(key) if translations().has(key) else name


def _other(state: CameraState) -> Message | None:
    problem = state.problem
    if problem is None or problem.key != "camera.other" or "found" not in problem.values:
        return None
    return Message("device.other_camera", {name: problem.values[name] for name in ("found", "own")})


def _warning(state: CameraState) -> Message | None:
    warnings = [Message(f"camera.warning.{name}") for name in (state.health or CameraHealth()).warnings]
    if state.info is not None and state.info.refused:
        names = _joined([_setting(name) for name in state.info.refused])
        warnings.append(Message("device.refused_settings", {"names": names}))
    return Message("device.warning", {"what": _joined(warnings)}) if warnings else None


SHOWN = 20  # entries of the outbox on the operator page


def status_of(station: Station) -> StationStatus:
    """Asks every part once; takes a few milliseconds."""
    camera, counts = station.camera.state, station.outbox.stats()
    advice = station.conductor.advice
    return StationStatus(
        at=local_time(),
        camera=_camera_saying(camera),
        camera_health=_camera_health(camera),
        camera_kind=f"{camera.info.driver} · {camera.info.model}" if camera.info else station.settings.camera.driver,
        simulated=camera.info.simulated if camera.info else False,
        help=_help(station),
        reader=_reader_saying(station),
        reader_health=_reader_health(station),
        waiting=counts.ready + counts.leased,
        refused=counts.refused,
        last_error=_saying(station.server_problem or station.clock_problem),
        uploading=_uploading(station.upload_progress),
        server_reachable=station.server_reachable,
        disk_free=station.disk_free(),
        started_at=station.started_at,
        roster_drawn_at=station.roster.generated_at,
        operator_notes=advice.operators if advice else (),
        items=tuple(_item(visit) for visit in station.outbox.unsent_entries(SHOWN)),
        studio=replace(
            studio_status(station.studio.report, local_time()), two_cameras=is_pair(station.settings.camera)
        ),
        devices=device_status(station),
        camera_says=camera_says(camera),
        printer=_printer_saying(station),
        printer_health=Health.CARE if station.receipts.problem else Health.GOOD,
        printer_set=station.receipts.set,
        printer_well=station.receipts.well,
        documents=_saying(station.documents.problem) or Message("document.ready"),
        slow=_slow_saying(station),
        documents_health=Health.CARE if station.documents.problem and station.documents.wished else Health.GOOD,
    )


def studio_status(report: StudioReport, now: datetime) -> StudioStatus:
    """What the studio's desk has to say, for the screens."""
    last = max(report.set_ups.values(), key=lambda one: one.at, default=None)
    drifts = tuple(Message(drift.finding.key, drift.finding.values) for drift in report.drifts)
    problem = _saying(report.problem)
    return StudioStatus(
        saying=_set_up_saying(last, now) if last else Message("studio.never"),
        at=last.at if last else None,
        faults=len(last.faults) if last else 0,
        findings=tuple(_found(finding) for finding in last.findings) if last else (),
        drifts=drifts,
        problems=(problem,) if problem else (),
        busy=report.busy,
        offer=Message(report.offer.phrase.key, report.offer.phrase.values) if report.offer else None,
        picture=report.picture,
    )


def _set_up_saying(last: SetUp, now: datetime) -> Message:
    at = last.at.astimezone(now.tzinfo)
    day = Message("studio.today") if at.date() == now.date() else f"{at:%m-%d}"
    key = "studio.set_up" if last.faults else "studio.set_up_well"
    count = {"count": len(last.faults)} if last.faults else {}
    return Message(key, {"day": day, "time": f"{at:%H:%M}", **count})


def _found(finding: Finding) -> Message:
    said = Message(finding.key, finding.values)
    return Message("studio.note", {"finding": said}) if finding.note else said


def _camera_saying(state: CameraState) -> Message:
    return _saying(state.problem) or Message(f"camera.state.{state.kind}")


def _camera_health(state: CameraState) -> Health:
    if state.kind == "live":
        return Health.CARE if state.problem else Health.GOOD
    return Health.CARE if state.kind == "starting" else Health.BAD


def _reader_saying(station: Station) -> Message:
    """Of what identifies: the card reader itself comes first, then the code scanner, then what the last card said."""
    problems = (station.reader_problem, station.scanners.problem, station.bindings.problem, station.card_note)
    return _saying(next((problem for problem in problems if problem), None)) or Message("reader.ready")


def _help(station: Station) -> Message | None:
    """Stays while the student is at the same step, also after the operator has come."""
    needed = station.conductor.state.help
    return Message("screen.operator.help", {"why": needed.reason}) if needed is not None else None


def _reader_health(station: Station) -> Health:
    if station.reader_problem:
        return Health.BAD
    return Health.CARE if _reader_saying(station).key != "reader.ready" else Health.GOOD


def _printer_saying(station: Station) -> Message:
    return _saying(station.receipts.problem) or Message("printer.ready" if station.receipts.set else "printer.none_set")


def _slow_saying(station: Station) -> Message | None:
    rate = station.analysis_rate
    return message_for(slow_analysis_problem(rate)) if rate is not None and rate.slow else None


def _uploading(progress: UploadProgress | None) -> Message | None:
    if progress is None:
        return None
    figures = {"sent": progress.sent / 1e6, "total": progress.total / 1e6, "rate": progress.rate * 8 / 1e6}
    return Message("screen.operator.uploading", {name: f"{value:.1f}" for name, value in figures.items()})


def _saying(problem: Problem | None) -> Message | None:
    return Message(problem.key, problem.values) if problem else None


def _item(visit: QueueEntry) -> QueueItem:
    return QueueItem(
        id=visit.id,
        who=visit.name,
        refused=visit.rejection is not None,
        why=_why(visit),
        taken_at=datetime.fromtimestamp(visit.begun_at).astimezone(),
    )


def _why(visit: QueueEntry) -> Message | None:
    if visit.rejection is not None:  # the server's own sentence, in the language of the screen
        return Message("station.refused", {"zh_CN": visit.rejection.zh_CN, "en": visit.rejection.en})
    return Message("station.tried", {"times": visit.attempts}) if visit.attempts else None
