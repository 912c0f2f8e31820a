"""The heartbeat of this station, collected from its parts on the thread that sends it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.settings.station import StationSettings
from hardware.cameras.api import CameraHealth
from hardware.cameras.isolation.state import CameraState
from hardware.cameras.isolation.supervisor import CameraSupervisor
from hardware.printers.api import PrinterProblem
from kiosk.capture.proof.keys import SigningKey
from kiosk.capture.proof.possession import sign_possession
from kiosk.station.pairing import PairingRecord
from kiosk.station.screen_settings import VERSION, has_simulated_driver
from kiosk.station.server_connection import ServerConnection
from kiosk.upload.heartbeat import MAX_SECONDS, CameraReport, Heartbeat, SigningKeyReport
from kiosk.upload.outbox.outbox import Outbox
from kiosk.upload.wire_types import MAX_NAME_LENGTH
from kiosk.workers.document_scanner import DocumentScanner
from kiosk.workers.live_analysis import LiveAnalyzer
from kiosk.workers.receipt_printing import ReceiptPrinting

_DOCUMENT_CAMERA: Final = "documents"


@dataclass(frozen=True)
class ReportedParts:
    """The parts of a station that a heartbeat reports. `folder` is on the disk of the photos."""

    settings: StationSettings
    folder: Path
    outbox: Outbox
    server: ServerConnection
    camera: CameraSupervisor
    analyzer: LiveAnalyzer
    document_scanner: DocumentScanner
    receipt_printing: ReceiptPrinting
    pairing: PairingRecord | None
    signing_key: SigningKey | None


def collect_heartbeat(parts: ReportedParts, wall_clock: Callable[[], float] = time.time) -> Heartbeat:
    """Return the current state. Raises Problem if the outbox cannot be read."""
    queue, rate = parts.outbox.stats(), parts.analyzer.rate
    oldest = queue.oldest_waiting_since
    return Heartbeat(
        version=VERSION,
        waiting=queue.waiting,
        rejected=queue.rejected,
        # A visit that waits since 1970 began before the clock was set, and must not keep the report from being sent.
        oldest_waiting_seconds=min(max(0.0, wall_clock() - oldest), MAX_SECONDS) if oldest is not None else None,
        disk_free_bytes=_disk_free(parts.folder),
        cameras=tuple(_cameras(parts)),
        clock_offset_seconds=parts.server.clock_offset,
        analyses_per_second=rate.rate_hz if rate is not None else None,
        required_analyses_per_second=rate.required_hz if rate is not None else None,
        printer=printer_state(parts.receipt_printing),
        signing_key=_signing_key(parts),
    )


def camera_report(state: CameraState, driver: str) -> CameraReport:
    """Return the report on one camera; `driver` is its name before it has been opened."""
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
    """Return "ready", the reason of the printer's problem, or "" without a printer or before its first report."""
    if isinstance(printing.problem, PrinterProblem):
        return printing.problem.reason
    return "ready" if printing.is_healthy else ""


def _cameras(parts: ReportedParts) -> list[CameraReport]:
    cameras = [camera_report(parts.camera.state, parts.settings.camera.driver)]
    documents, problem = parts.settings.documents, parts.document_scanner.problem
    if documents.enabled and documents.camera.strip():
        state = "lost" if problem is not None else "live"
        cameras.append(CameraReport(name=_DOCUMENT_CAMERA, state=state, problem=problem.key if problem else ""))
    return cameras


def _signing_key(parts: ReportedParts) -> SigningKeyReport | None:
    key, pairing = parts.signing_key, parts.pairing
    if key is None or pairing is None:
        return None
    info = parts.camera.state.info
    simulated = has_simulated_driver(parts.settings) if info is None else info.simulated
    possession = sign_possession(key, pairing.credentials.station)
    return SigningKeyReport(public_key=key.public, possession=possession, simulated=simulated)


def _disk_free(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
