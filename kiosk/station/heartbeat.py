"""The heartbeat of this station, collected from its parts; on the heartbeat's own thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from hardware.cameras.api import CameraHealth
from hardware.cameras.isolation.state import CameraState
from hardware.printers.api import PrinterProblem
from kiosk.capture.proof.possession import sign_possession
from kiosk.station.screen_settings import VERSION, has_simulated_driver
from kiosk.upload.heartbeat import CameraReport, Heartbeat, SigningKeyReport
from kiosk.upload.wire_types import MAX_NAME_LENGTH
from kiosk.workers.receipt_printing import ReceiptPrinting

if TYPE_CHECKING:
    from kiosk.station.station import Station

_DOCUMENT_CAMERA: Final = "documents"


def collect_heartbeat(station: Station, wall_clock: Callable[[], float] = time.time) -> Heartbeat:
    """Return the present state. Raises Problem if the outbox cannot be read."""
    queue, rate = station.outbox.stats(), station.analysis_rate
    oldest = queue.oldest_waiting_since
    return Heartbeat(
        version=VERSION,
        waiting=queue.waiting,
        rejected=queue.rejected,
        oldest_waiting_seconds=max(0.0, wall_clock() - oldest) if oldest is not None else None,
        disk_free_bytes=_disk_free(station),
        cameras=tuple(_cameras(station)),
        clock_offset_seconds=station.server.clock_offset,
        analyses_per_second=rate.rate_hz if rate is not None else None,
        required_analyses_per_second=rate.required_hz if rate is not None else None,
        printer=printer_state(station.receipt_printing),
        signing_key=_signing_key(station),
    )


def camera_report(state: CameraState, driver: str) -> CameraReport:
    """`driver` names a camera that has not been opened yet."""
    info = state.info
    battery = (state.health or CameraHealth()).battery
    return CameraReport(
        name=(info.model if info is not None else driver)[:MAX_NAME_LENGTH],
        state=state.kind,
        problem=state.problem.key if state.problem is not None else "",
        simulated=info is not None and info.simulated,
        battery_percent=min(max(battery, 0), 100) if battery is not None else None,
    )


def printer_state(printing: ReceiptPrinting) -> str:
    """Return "ready", the reason of the printer's problem, or "" without a printer or before it has answered."""
    if isinstance(printing.problem, PrinterProblem):
        return printing.problem.reason
    return "ready" if printing.is_healthy else ""


def _cameras(station: Station) -> list[CameraReport]:
    cameras = [camera_report(station.camera.state, station.settings.camera.driver)]
    documents, problem = station.settings.documents, station.identification.document_scanner.problem
    if documents.enabled and documents.camera.strip():
        state = "lost" if problem is not None else "live"
        cameras.append(CameraReport(name=_DOCUMENT_CAMERA, state=state, problem=problem.key if problem else ""))
    return cameras


def _signing_key(station: Station) -> SigningKeyReport | None:
    key, pairing = station.signing_key, station.pairing
    if key is None or pairing is None:
        return None
    info = station.camera.state.info
    simulated = has_simulated_driver(station.settings) if info is None else info.simulated
    possession = sign_possession(key, pairing.credentials.station)
    return SigningKeyReport(public_key=key.public, possession=possession, simulated=simulated)


def _disk_free(station: Station) -> int | None:
    try:
        return station.disk_free()
    except OSError:
        return None
