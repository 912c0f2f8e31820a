"""Collect the state of the devices for the operator page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from config.i18n import Message, translations
from hardware.cameras.api import CameraHealth
from hardware.cameras.isolation.state import CameraState
from hardware.device_log import DeviceOutage
from kiosk.station.station import Station
from kiosk.station.storage_messages import storage_messages
from kiosk.ui.operator.status import DeviceStatus, Outage
from kiosk.upload.outbox.rebuild import FolderReport


def device_status(station: Station) -> DeviceStatus:
    camera, unassigned = station.camera.state, station.unassigned_shots.list_shots()
    moments = [picture.at for picture in unassigned]
    pictures = (
        {"number": len(moments), "first": _format_day(min(moments)), "last": _format_day(max(moments))}
        if moments
        else {}
    )
    unsaved = station.controller.unsaved_shot_count
    return DeviceStatus(
        outages=tuple(outage_from(entry) for entry in station.device_log.outages()),
        other_camera=_other_camera(camera),
        unassigned=Message("device.unassigned", pictures) if pictures else None,
        unsaved=Message("device.unsaved", {"number": unsaved}) if unsaved else None,
        warning=_camera_warning(camera),
        storage_warnings=_storage_warnings(station),
    )


def _storage_warnings(station: Station) -> tuple[Message, ...]:
    report = station.recovery.folder_report or FolderReport()
    return storage_messages(station.opened_outbox, report, max(station.outbox.stats().unreadable, report.damaged))


def _format_day(moment: datetime) -> str:
    return f"{moment:%m-%d %H:%M}"


def outage_from(entry: DeviceOutage) -> Outage:
    """Return a line of the device history, with the last of several problems: a camera is first lost, then absent."""
    problem = entry.problems[-1]
    if entry.duration is not None:
        resolution = Message("device.recovered", {"seconds": f"{entry.duration:.1f}"})
    else:
        resolution = Message("device.unresolved_at_shutdown" if entry.interrupted else "device.unresolved")
    return Outage(
        device=entry.device,
        started_at=entry.started_at,
        message=Message(problem.key, problem.values),
        resolution=resolution,
        is_ongoing=entry.duration is None and not entry.interrupted,
    )


def camera_summary(state: CameraState) -> Message | None:
    """Return battery and card of the camera in one line; None if it reports neither."""
    health, info = state.health or CameraHealth(), state.info
    parts: list[Message] = []
    if health.battery is not None:
        parts.append(Message("device.battery", {"percent": health.battery}))
    if health.card_free is not None:
        parts.append(Message("device.card", {"number": health.card_free}))
    if not parts or info is None:
        return None
    return Message("device.camera_status", {"camera": info.model, "status": _join_messages(parts)})


def _join_messages(messages: Iterable[Message | str]) -> Message | str:
    first, *others = messages
    for other in others:
        first = Message("device.and", {"first": first, "second": other})
    return first


def _setting_name(name: str) -> Message | str:
    """Return the name of a webcam setting; other cameras use the manufacturer's name."""
    key = f"camera.setting.{name}"
    return Message(key) if translations().has(key) else name


def _other_camera(state: CameraState) -> Message | None:
    problem = state.problem
    if problem is None or problem.key != "camera.not_assigned" or "found" not in problem.values:
        return None
    return Message("device.other_camera", {name: problem.values[name] for name in ("found", "own")})


def _camera_warning(state: CameraState) -> Message | None:
    warnings = [Message(f"camera.warning.{name}") for name in (state.health or CameraHealth()).warnings]
    if state.info is not None and state.info.refused:
        names = _join_messages([_setting_name(name) for name in state.info.refused])
        warnings.append(Message("device.refused_settings", {"names": names}))
    return Message("device.warning", {"what": _join_messages(warnings)}) if warnings else None
