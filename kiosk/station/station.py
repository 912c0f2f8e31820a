"""One station without its screens: create the services, connect them to the visit controller, start and stop them."""

from __future__ import annotations

import logging
import shutil
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from config.document_reader.api import DocumentReading
from config.errors import Problem
from config.machine_speed import slowness
from config.settings.station import StationSettings
from config.standards.registry import PhotoStandard, custom_folder, load_standard
from hardware.cameras.assigned_camera import AssignedCamera
from hardware.cameras.isolation.state import CameraState
from hardware.card_reader.api import CardReading, ReaderProblem
from hardware.card_reader.poller import CARD_PROBLEMS
from hardware.device_log import DeviceLog
from kiosk.capture.storage import FileStore
from kiosk.guidance.analysis_rate import AnalysisRate
from kiosk.guidance.coaching.prompts import no_prompts, prompts
from kiosk.identification.attempts import AttemptCounters
from kiosk.identification.code_list import CodeList
from kiosk.identification.code_lookup import CodeLookup
from kiosk.identification.last_four import LastFourCheck
from kiosk.identification.local_codes import LocalCodeResolver
from kiosk.station.devices import create_camera, create_card_poller, create_studio_monitor
from kiosk.station.heartbeat import collect_heartbeat
from kiosk.station.pairing import PairingRecord, read_pairing
from kiosk.station.paths import StationPaths, ensure_data_dir, local_time
from kiosk.station.server_connection import ServerConnection
from kiosk.station.single_instance import acquire_lock
from kiosk.station.startup_recovery import StartupRecovery
from kiosk.upload.encryption import FileCipher
from kiosk.upload.outbox.opening import open_outbox
from kiosk.upload.roster import Roster
from kiosk.upload.roster_payload import CampaignPayload
from kiosk.upload.server_clock import ServerClock
from kiosk.upload.signing_key import ensure_signing_key
from kiosk.visit.campaign_standard import campaign_standard
from kiosk.visit.controller import VisitController
from kiosk.visit.errors import log_failure, slow_analysis_problem
from kiosk.visit.options import VisitOptions
from kiosk.visit.ports import Clock, Services
from kiosk.visit.recorder import VisitRecorder
from kiosk.visit.state import VisitState
from kiosk.visit.timeouts import VisitTimeouts
from kiosk.visit.unassigned_shots import UnassignedShots
from kiosk.workers.code_scanners import CodeScanners
from kiosk.workers.document_scanner import DocumentScanner
from kiosk.workers.engine_process import EngineProcess
from kiosk.workers.live_analysis import LiveAnalyzer
from kiosk.workers.receipt_printing import ReceiptPrinting
from kiosk.workers.sheet_printing import SheetPrinting

log = logging.getLogger(__name__)
UNPAIRED_KEY: Final = "00" * 32
"""The key of the empty roster of a station that has no server yet."""


class Service(Protocol):
    """A part of the station that runs between `start` and `stop`; nine classes implement it."""

    def start(self) -> object: ...

    def stop(self) -> None: ...


class Station:
    """Call `start`, then `controller.process_events` regularly, then `close`.

    It works without a server, a camera or a card reader.
    """

    def __init__(self, settings: StationSettings, folder: Path) -> None:
        folder = folder.expanduser().resolve()  # once: links and relative paths mean the same folder from here on
        self.settings = settings
        self.paths = StationPaths(folder)
        self.started_at = local_time()
        self.card_reader_problem: Problem | None = None
        self.card_warning: Problem | None = None
        self._open_storage()
        self._create_camera_services()
        self.engine = EngineProcess(self.paths.files, self.paths.key)
        self.recovery = StartupRecovery(
            self.outbox, self.originals, self.roster, self.engine, self.paths.unassigned, self._standard_of
        )
        self.attempts = AttemptCounters(self.paths.attempts, time.time)
        self.controller = self._create_controller()
        self._create_identification()
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
        if not self.server.is_running:  # an upload that is still under way records its result in the outbox
            self.outbox.close()
        self._lock_file.close()

    def _list_services(self) -> list[Service]:
        """Return the services of this station in the order in which they start."""
        services = (
            self.camera,
            self.analyzer,
            self.studio_monitor,
            self.card_reader,
            self.code_scanners,
            self.document_scanner,
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
    def analysis_rate(self) -> AnalysisRate | None:
        """Analyses per second, measured and required; None before the first sitter."""
        return self.analyzer.rate

    def disk_free(self) -> int:
        """Return the number of free bytes where the photos are stored."""
        return shutil.disk_usage(self.paths.folder).free

    # ------------------------------------------------------------------ services

    def _open_storage(self) -> None:
        """Lock the data folder and open everything that is stored in it."""
        ensure_data_dir(self.paths.folder)
        self._lock_file = acquire_lock(self.paths.lock)
        self.cipher = FileCipher.load_or_create(self.paths.key)
        self.pairing: PairingRecord | None = read_pairing(self.paths.pairing, self.cipher)
        self.signing_key = (
            ensure_signing_key(self.paths.signing_key, self.cipher, local_time().date()) if self.pairing else None
        )
        self.device_log = DeviceLog(self.paths.device_log, local_time)
        self.originals = FileStore(self.paths.files, self.cipher.encrypt, self.cipher.decrypt)
        self.opened_outbox = open_outbox(self.paths.outbox, self.cipher, monotonic=time.monotonic)
        self.outbox = self.opened_outbox.outbox
        server_clock = ServerClock()
        self.roster = Roster(
            self.paths.roster,
            self.cipher,
            self._roster_key(),
            pending_students=self.outbox.waiting_students,
            to_server_time=server_clock.to_server_time,
        )
        self.code_list = CodeList(self.paths.codes, self.cipher, self.roster)
        self.server = ServerConnection(
            self.pairing,
            self.settings.server,
            self.outbox,
            self.originals,
            self.roster,
            server_clock,
            self.device_log.record,
            lambda: collect_heartbeat(self),
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

    def _create_identification(self) -> None:
        self.code_scanners = CodeScanners(
            self.settings.codes,
            self.camera.newest,
            self.controller.on_code,
            partial(self.device_log.record, "scanner"),
            self.controller.on_broken_code,
        )
        self.document_scanner = DocumentScanner(
            self.settings,
            self.camera.newest,
            self._on_document,
            self.controller.on_document_progress,
            self.device_log.record,
        )
        self.card_reader = create_card_poller(self.settings, self._on_card, self._on_card_reader_problem)
        if self.card_reader is None:
            self.card_reader_problem = ReaderProblem("reader.none_set")

    def _roster_key(self) -> str:
        return self.pairing.credentials.roster_key if self.pairing else UNPAIRED_KEY

    def _create_code_lookup(self) -> CodeLookup:
        codes_key = self.pairing.credentials.effective_codes_key if self.pairing else UNPAIRED_KEY
        schemes = (LocalCodeResolver(self.roster, codes_key), self.code_list)
        return CodeLookup(self.roster, schemes, self.settings.codes.student_numbers)

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
            self._create_code_lookup(),
        )
        clock = Clock(time.monotonic, local_time)
        timeouts = VisitTimeouts(**self.settings.timeouts.model_dump())
        # Recognition takes longer on a slow machine.
        timeouts = replace(timeouts, document=timeouts.document * slowness())
        options = VisitOptions(
            self.settings.consent.version,
            self._standard_of,
            self.settings.camera.burst,
            prompts if self.settings.prompts.enabled else no_prompts,
            documents_for_staff=self.settings.documents.confirm == "operator",
        )
        return VisitController(
            services,
            timeouts,
            options,
            clock,
            last_four_check=LastFourCheck(self.server.last_four_client(), self.attempts),
            attempts=self.attempts,
            orders=self.server.order_requests(),
        )

    def _finish_visits(self) -> int:
        """Finish open visits on the I/O thread; nothing else is written until this is done."""
        count = self.recovery.finish_visits()
        if count:
            self.server.wake()
        return count

    def _standard_of(self, campaign: CampaignPayload) -> PhotoStandard:
        return campaign_standard(campaign, custom_folder(self.settings.station.standards_folder))

    def _on_state_changed(self, state: VisitState) -> None:
        self.document_scanner.on_step(state.step)
        self.code_scanners.on_step(state.step)
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

    def _on_card(self, card: CardReading) -> None:
        self.card_warning = ReaderProblem("reader.card_expired") if card.expired else None
        self.roster.precompute_hash(card.number)  # slow, so it runs on the thread of the card reader
        self.controller.on_card(card)

    def _on_camera_state(self, state: CameraState) -> None:
        if state.kind not in ("starting", "stopped"):
            self.device_log.record("camera", state.problem)
        self.controller.on_camera_state(state)

    def _on_document(self, reading: DocumentReading) -> None:
        self.roster.precompute_hash(reading.number)
        self.controller.on_document(reading)

    def _on_card_reader_problem(self, problem: ReaderProblem | None) -> None:
        if problem is not None and problem.key in CARD_PROBLEMS:  # the reader works: the message is for the card holder
            self.controller.on_card_problem(problem)
            return
        self.card_reader_problem = problem
        self.device_log.record("reader", problem)
