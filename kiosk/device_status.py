"""What the operator's page is told of the devices."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from config.words import words
from hardware.cameras.camera import CameraHealth
from hardware.cameras.state import CameraState
from hardware.history import Entry
from kiosk.screens.status import DeviceStatus, Outage
from kiosk.sitting import Saying
from kiosk.station import Station
from kiosk.storage_notes import storage_notes
from kiosk.upload.outbox_rebuild import FolderReport


def device_status(station: Station) -> DeviceStatus:
    camera, unclaimed = station.camera.state, station.unclaimed.listed()
    moments = [picture.at for picture in unclaimed]
    pictures = {"number": len(moments), "first": _day(min(moments)), "last": _day(max(moments))} if moments else {}
    owed = station.conductor.shots_owed
    return DeviceStatus(
        outages=tuple(outage_of(entry) for entry in station.history.entries()),
        other_camera=_other(camera),
        unclaimed=Saying("device.unclaimed", pictures) if pictures else None,
        owed=Saying("device.owed", {"number": owed}) if owed else None,
        warning=_warning(camera),
        storage=_storage(station),
    )


def _storage(station: Station) -> tuple[Saying, ...]:
    report = station.folder_report or FolderReport()
    return storage_notes(station.opened, report, max(station.outbox.counts().unreadable, report.damaged))


def _day(moment: datetime) -> str:
    return f"{moment:%m-%d %H:%M}"


def outage_of(entry: Entry) -> Outage:
    """A line of the history. Of several problems in a row the last says most: what is lost first is then absent."""
    said = entry.what[-1]
    if entry.lasted is not None:
        ended = Saying("device.lasted", {"seconds": f"{entry.lasted:.1f}"})
    else:
        ended = Saying("device.cut_off" if entry.cut_off else "device.lasts")
    return Outage(
        device=entry.device,
        at=entry.began,
        what=Saying(said.key, said.values),
        ended=ended,
        lasts=entry.lasted is None and not entry.cut_off,
    )


def camera_says(state: CameraState) -> Saying | None:
    """Battery and card in one line, with who the camera is; None where it tells neither."""
    health, info = state.health or CameraHealth(), state.info
    told: list[Saying] = []
    if health.battery is not None:
        told.append(Saying("device.battery", {"percent": health.battery}))
    if health.card_free is not None:
        told.append(Saying("device.card", {"number": health.card_free}))
    if not told or info is None:
        return None
    return Saying("device.camera_says", {"camera": info.model, "told": _joined(told)})


def _joined(sayings: Iterable[Saying | str]) -> Saying | str:
    first, *others = sayings
    for other in others:
        first = Saying("device.and", {"first": first, "second": other})
    return first


def _setting(name: str) -> Saying | str:
    """What a webcam's setting is called; a camera on a cable calls its own as its maker does."""
    key = f"camera.setting.{name}"
    return Saying(key) if words().has(key) else name


def _other(state: CameraState) -> Saying | None:
    problem = state.problem
    if problem is None or problem.key != "camera.other" or "found" not in problem.values:
        return None
    return Saying("device.other_camera", {name: problem.values[name] for name in ("found", "own")})


def _warning(state: CameraState) -> Saying | None:
    warnings = [Saying(f"camera.warning.{name}") for name in (state.health or CameraHealth()).warnings]
    if state.info is not None and state.info.refused:
        names = _joined([_setting(name) for name in state.info.refused])
        warnings.append(Saying("device.refused_settings", {"names": names}))
    return Saying("device.warning", {"what": _joined(warnings)}) if warnings else None
