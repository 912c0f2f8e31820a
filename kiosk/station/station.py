"""One station without its screens: create the services, connect them to the visit controller, start and stop them."""

from __future__ import annotations

import logging
import shutil
import time
from pathlib import Path
from typing import Protocol

from config.settings.station import StationSettings
from config.standards.registry import PhotoStandard, custom_folder, load_standard
from hardware.cameras.assigned_camera import AssignedCamera
from hardware.cameras.isolation.state import CameraState
from kiosk.guidance.analysis_rate import AnalysisRate
from kiosk.identification.attempts import AttemptCounters
from kiosk.identification.code_list import CodeList
from kiosk.station.devices import create_camera, create_studio_monitor
from kiosk.station.heartbeat import ReportedParts, collect_heartbeat
from kiosk.station.identification_devices import IdentificationDevices
from kiosk.station.paths import StationPaths, local_time
from kiosk.station.server_connection import ServerConnection
from kiosk.station.startup_recovery import StartupRecovery
from kiosk.station.storage import open_storage
from kiosk.station.visit_controller import create_code_lookup, create_controller
from kiosk.upload.outbox.opening import OpenedOutbox
from kiosk.upload.roster_payload import CampaignPayload
from kiosk.visit.campaign_standard import campaign_standard
from kiosk.visit.controller import VisitController
from kiosk.visit.errors import log_failure, slow_analysis_problem
from kiosk.visit.ports import Services
from kiosk.visit.recorder import VisitRecorder
from kiosk.visit.state import VisitState
from kiosk.visit.unassigned_shots import UnassignedShots
from kiosk.workers.engine_process import EngineProcess
from kiosk.workers.live_analysis import LiveAnalyzer
from kiosk.workers.receipt_printing import ReceiptPrinting
from kiosk.workers.sheet_printing import SheetPrinting

log = logging.getLogger(__name__)


class Service(Protocol):
    """A part of the station that runs between `start` and `stop`; nine classes implement it."""

    def start(self) -> object: ...

    def stop(self) -> None: ...


class Station:
    """The services of one station. Call `start`, then `controller.process_events` regularly, then `close`.

    It works without a server, a camera or a card reader.
    """

    def __init__(self, settings: StationSettings, folder: Path) -> None:
        folder = folder.expanduser().resolve()  # resolved once, so that it always means the same folder
        self.settings = settings
        self.paths = StationPaths(folder)
        self.started_at = local_time()
        self._open_storage()
        self._create_camera_services()
        self.engine = EngineProcess(self.paths.files, self.paths.key)
        self.recovery = StartupRecovery(
            self.outbox, self.originals, self.roster, self.engine, self.paths.unassigned, self._standard_of
        )
        self.attempts = AttemptCounters(self.paths.attempts, time.time)
        self.controller = self._create_controller()
        self.identification = IdentificationDevices(
            settings, self.camera.newest, self.controller, self.roster, self.device_log
        )
        self.receipt_printing = ReceiptPrinting(settings.printer, settings.station, self.device_log.record, local_time)
        self.sheet_printing = SheetPrinting(
            settings.sheets.queues, self.server.sheet_client(), settings.station.language
        )
        self.controller.add_listener(self._on_state_changed)
        self._services = self._list_services()

    def start(self) -> None:
        """Start all services, then finish the visits that a crash or power cut left open."""
        self.recovery.release_leases()
        for service in self._services:
            service.start()
        self.engine.warm_up()
        self.recovered = self.controller.recover(self._finish_visits)

    def close(self) -> None:
        """Stop all services in reverse order; unsent visits stay in the outbox."""
        self.controller.close()
        for service in reversed(self._services):
            service.stop()
        self.engine.close()
        if not self.server.is_running:  # an upload that is still running records its result in the outbox
            self.outbox.close()
        self._storage.close()

    def _list_services(self) -> list[Service]:
        """Return the services of this station in the order in which they start."""
        services = (
            self.camera,
            self.analyzer,
            self.studio_monitor,
            *self.identification.services,
            self.receipt_printing,
            self.sheet_printing,
            self.server if self.pairing is not None else None,
        )
        return [service for service in services if service is not None]

    def assign_camera(self) -> None:
        """Assign the connected camera to this station, as the operator requested."""
        info = self.camera.state.info
        if info is not None:
            self.assigned_camera.assign(info)
            self.camera.recheck()

    def calibrate_framing(self) -> None:
        """Let a dual camera register its two views with one shot.

        The shot is not stored. Errors appear among the camera's warnings.
        """
        self.camera.send_command("calibrate")
        self.camera.shoot().add_done_callback(log_failure)

    @property
    def code_list(self) -> CodeList:
        return self._storage.code_list

    @property
    def opened_outbox(self) -> OpenedOutbox:
        """The outbox, with the repairs that its opening required."""
        return self._storage.opened_outbox

    @property
    def analysis_rate(self) -> AnalysisRate | None:
        """Analyses per second, measured and required; None before the first sitter."""
        return self.analyzer.rate

    @property
    def reported_parts(self) -> ReportedParts:
        """The parts that a heartbeat of this station reports."""
        return ReportedParts(
            self.settings,
            self.paths.folder,
            self.outbox,
            self.server,
            self.camera,
            self.analyzer,
            self.identification.document_scanner,
            self.receipt_printing,
            self.pairing,
            self.signing_key,
        )

    def disk_free(self) -> int:
        """Return the number of free bytes where the photos are stored."""
        return shutil.disk_usage(self.paths.folder).free

    # ------------------------------------------------------------------ services

    def _open_storage(self) -> None:
        """Open the data folder, and create the server connection, which sends its visits."""
        self._storage = storage = open_storage(self.paths)
        self.pairing, self.signing_key, self.device_log = storage.pairing, storage.signing_key, storage.device_log
        self.originals, self.outbox, self.roster = storage.originals, storage.outbox, storage.roster
        self.server = ServerConnection(
            self.pairing,
            self.settings.server,
            self.outbox,
            self.originals,
            self.roster,
            storage.server_clock,
            self.device_log.record,
            lambda: collect_heartbeat(self.reported_parts),
        )
        self.unassigned_shots = UnassignedShots(self.originals.with_folder(self.paths.unassigned), self._on_shot_stored)
        self.unassigned_shots.import_folder(self.paths.old_unassigned)

    def _create_camera_services(self) -> None:
        self.assigned_camera = AssignedCamera(self.paths.camera, self.settings.camera.driver)
        # Late binding: the controller needs the camera and the analyzer, so they exist first.
        self.camera = create_camera(
            self.settings.camera,
            self.paths.framing,
            self.assigned_camera,
            self._on_camera_state,
            on_late=lambda shot: self.controller.on_late_shot(shot),
            on_unsolicited=lambda shot, after: self.controller.on_unsolicited_shot(shot, after),
        )
        self.analyzer = LiveAnalyzer(
            self.camera.newest,
            lambda advice, frame: self.controller.on_advice(advice, frame),
            lambda error: self.controller.on_guidance_failure(error),
            self.camera.frame_before,
            self._on_rate_changed,
            default_standard=load_standard("chsi"),
        )
        self.studio_monitor = create_studio_monitor(self.settings, self.paths, self.camera.newest)

    def _create_controller(self) -> VisitController:
        recorder = VisitRecorder(self.originals, self.outbox, self.server.wake, self._on_shot_stored)
        services = Services(
            self.camera,
            self.analyzer,
            self.engine,
            recorder,
            self.roster,
            self.unassigned_shots,
            self.device_log.record,
            create_code_lookup(self.roster, self.code_list, self.pairing, self.settings.codes.student_numbers),
        )
        return create_controller(self.settings, services, self.server, self.attempts, self._standard_of)

    def _finish_visits(self) -> int:
        """Finish open visits on the I/O thread; nothing else is written until this is done."""
        count = self.recovery.finish_visits()
        if count:
            self.server.wake()
        return count

    def _standard_of(self, campaign: CampaignPayload) -> PhotoStandard:
        return campaign_standard(campaign, custom_folder(self.settings.station.standards_folder))

    def _on_state_changed(self, state: VisitState) -> None:
        self.identification.on_step(state.step)
        info = self.camera.state.info
        self.receipt_printing.simulated = info is not None and info.simulated
        self.receipt_printing.on_state(state)

    # ------------------------------------------------------------------ called from the threads of services

    def _on_shot_stored(self, sha256: str) -> None:
        """Let the camera delete its copy of that shot."""
        self.camera.send_command(f"stored {sha256}")

    def _on_rate_changed(self, rate: AnalysisRate | None) -> None:
        """Record that the analysis became too slow, or fast enough again (None)."""
        problem = None if rate is None else slow_analysis_problem(rate)
        if problem is None:
            log.info("guidance is fast enough again")
        else:
            log.warning("%s", problem)
        self.device_log.record("guidance", problem)

    def _on_camera_state(self, state: CameraState) -> None:
        if state.kind not in ("starting", "stopped"):
            self.device_log.record("camera", state.problem)
        self.controller.on_camera_state(state)
