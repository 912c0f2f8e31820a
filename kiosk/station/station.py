"""Everything of one station but its screens: opens the parts, wires them to the conductor, closes them again."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from config.errors import Problem
from config.i18n import Message
from config.machine_speed import slowness
from config.settings.station import StationSettings
from config.settings.studio import studio_settings
from config.standards.registry import PhotoStandard, custom_folder, load_standard
from hardware.barcodes.api import Scan
from hardware.cameras.assigned_camera import AssignedCamera
from hardware.cameras.isolation.supervisor import CameraState, CameraSupervisor
from hardware.cameras.timeouts import Timeouts
from hardware.card_reader.api import CardReading, ReaderProblem
from hardware.card_reader.discovery import ReaderDiscovery
from hardware.card_reader.poller import CARD_PROBLEMS, CardPoller
from hardware.device_log import DeviceLog
from hardware.document_reader.api import DocumentReading
from kiosk.capture.storage import Kept, Originals
from kiosk.capture.types import Portrait
from kiosk.guidance.analysis_rate import AnalysisRate
from kiosk.guidance.coaching.questions import no_questions, questions
from kiosk.identification.attempts import AttemptCounters
from kiosk.identification.code_list import CodeList
from kiosk.identification.code_lookup import CodeLookup
from kiosk.identification.last_four import AskServer, LastFourCheck
from kiosk.identification.local_codes import LocalCodeResolver
from kiosk.station.devices import camera_driver, studio_lamps, taken_ports
from kiosk.station.pairing import Paired, read_pairing
from kiosk.station.paths import Places, local_time, make_folder
from kiosk.station.single_instance import hold_alone
from kiosk.studio.monitor import StudioDesk
from kiosk.upload.client import Client
from kiosk.upload.encryption import FileCipher
from kiosk.upload.envelope import CampaignPayload
from kiosk.upload.outbox.models import OutboxVisit
from kiosk.upload.outbox.opening import open_outbox
from kiosk.upload.outbox.rebuild import FolderReport
from kiosk.upload.roster import Roster
from kiosk.upload.roster_sync import RosterSync
from kiosk.upload.server_clock import ServerClock
from kiosk.upload.upload_progress import UploadProgress
from kiosk.upload.worker import UploadWorker
from kiosk.visit.campaign_standard import campaign_standard
from kiosk.visit.controller import VisitController
from kiosk.visit.errors import log_failure, slow_analysis_problem
from kiosk.visit.ports import Clock, Services
from kiosk.visit.recorder import VisitRecorder, finish_open_visits
from kiosk.visit.state import VisitTimeouts, VisitState
from kiosk.visit.unclaimed import UnassignedShots
from kiosk.workers.code_scanners import Scanners
from kiosk.workers.document_scanner import DocumentWay
from kiosk.workers.engine_process import DevelopingProcess
from kiosk.workers.live_analysis import Analyst
from kiosk.workers.receipt_printing import Receipts

log = logging.getLogger(__name__)
_WHILE_SOMEBODY_WAITS = (2.0, 4.0)
"""Seconds to reach the server, and for its answer, while a student waits at the keypad."""
UNPAIRED_KEY = "00" * 32  # keys the empty roster of a station that has no server yet


class Station:
    """`start` it, let the conductor `pump`, and `close` it. Works with no server, no camera and no reader."""

    def __init__(
        self, settings: StationSettings, folder: Path, on_change: Callable[[VisitState], None] = lambda sitting: None
    ) -> None:
        folder = folder.expanduser().resolve()  # once: links and relative paths mean the same folder from here on
        self.settings = settings
        self.places = Places(folder)
        self.started_at = local_time()
        self.reader_problem: Problem | None = None
        self.card_note: Problem | None = None
        self.server_problem: Problem | None = None
        self.server_reachable: bool | None = None
        self.server_clock = ServerClock()
        self.clock_problem: Problem | None = None
        self.upload_progress: UploadProgress | None = None
        make_folder(folder)
        self._alone = hold_alone(self.places.lock)
        self.vault = FileCipher.load_or_create(self.places.key)
        self.paired: Paired | None = read_pairing(self.places.pairing, self.vault)
        self.originals = Originals(self.places.files, self.vault.encrypt, self.vault.decrypt)
        self.opened = open_outbox(self.places.outbox, self.vault, monotonic=time.monotonic)
        self.outbox = self.opened.outbox
        self.folder_report: FolderReport | None = None
        self.roster = Roster(
            self.places.roster,
            self.vault,
            self._roster_key(),
            pending_students=self.outbox.waiting_students,
            to_server_time=self.server_clock.to_server_time,
        )
        self.unclaimed = UnassignedShots(self.originals.beside(self.places.unclaimed), self._shot_stored)
        self.unclaimed.import_folder(self.places.old_unclaimed)
        self.history = DeviceLog(self.places.devices, local_time)
        self.own_camera = AssignedCamera(self.places.camera, settings.camera.driver)
        self.camera = self._camera()
        self.analyst = Analyst(
            self.camera.newest, self._hear_advice, self._hear_failure, self.camera.frame_before, self._rate_changed
        )
        self.studio = self._studio()
        self.engine = DevelopingProcess(self.places.files, self.places.key)
        self.bindings = CodeList(self.places.codes, self.vault, self.roster)
        self.scanners = Scanners(
            settings.codes, self.camera.newest, self._hear_code, self._hear_scanner, self._hear_broken_code
        )
        self.documents = DocumentWay(
            settings, self.camera.newest, self._hear_document, self._hear_seen, self.history.record
        )
        self.receipts = Receipts(settings.printer, settings.station, self.history.record, local_time)
        self._on_change = on_change
        self.attempts = AttemptCounters(self.places.attempts, time.time)
        self.conductor = self._conductor(self._changed)
        self.reader = self._reader()
        self.worker, self.refresh = self._senders()

    def start(self) -> None:
        self.camera.start()
        self.analyst.start(load_standard("chsi"))
        self.studio.start()
        if self.reader is not None:
            self.reader.start()
        self.scanners.start()
        self.documents.start()
        self.receipts.start()
        self._reclaim()
        if self.refresh is not None and self.worker is not None:
            self.refresh.start()
            self.worker.start()
        self.engine.warm_up()
        self.recovered = self.conductor.recover(self._recover)

    def close(self) -> None:
        """Puts everything down; what is not sent yet stays in the outbox."""
        self.conductor.close()
        if self.reader is not None:
            self.reader.stop()
        self.scanners.stop()
        self.documents.stop()
        self.receipts.stop()
        if self.worker is not None:
            self.worker.stop()
        if self.refresh is not None:
            self.refresh.stop()
        self.studio.stop()
        self.analyst.stop()
        self.camera.stop()
        self.engine.close()
        self.outbox.close()
        self._alone.close()

    def take_camera(self) -> None:
        """The camera that is plugged in belongs to this station from now on: the operator says so."""
        info = self.camera.state.info
        if info is not None:
            self.own_camera.assign(info)
            self.camera.recheck()

    def find_framing(self) -> None:
        """Two cameras find out with one shot of what is before them how they fit together. The shot is nobody's
        portrait and is not kept; what went wrong is among the camera's warnings."""
        self.camera.send_command("calibrate")
        self.camera.shoot().add_done_callback(log_failure)

    @property
    def analysis_rate(self) -> AnalysisRate | None:
        """Analyses per second, measured and required; None before a sitter was looked at."""
        return self.analyst.rate

    def disk_free(self) -> int:
        """Bytes that are free where the photos are kept."""
        return shutil.disk_usage(self.places.folder).free

    # ------------------------------------------------------------------ the parts

    def _roster_key(self) -> str:
        return self.paired.pairing.roster_key if self.paired else UNPAIRED_KEY

    def _camera(self) -> CameraSupervisor:
        wishes = self.settings.camera
        patience = Timeouts(heartbeat=wishes.heartbeat, open=wishes.open_deadline, shot=wishes.shot_deadline)
        return CameraSupervisor(
            wishes.driver,
            self._hear_camera,
            timeouts=patience.scaled_by(slowness()),
            driver=camera_driver(wishes, self.places.framing),
            on_late=lambda shot: self.conductor.on_late_shot(shot),
            on_unsolicited=lambda shot, after: self.conductor.on_unsolicited_shot(shot, after),
            rejects=self.own_camera.rejects,
        )

    def _studio(self) -> StudioDesk:
        language = self.settings.station.language
        own, by = studio_settings(), load_standard("chsi")
        lamps = studio_lamps(self.settings.lights, self.places.lamps)
        return StudioDesk(self.camera.newest, self.places.studio, by, own, language, local_time, lamps)

    def _code_book(self) -> CodeLookup:
        codes_key = self.paired.pairing.effective_codes_key if self.paired else UNPAIRED_KEY
        schemes = (LocalCodeResolver(self.roster, codes_key), self.bindings)
        return CodeLookup(self.roster, schemes, self.settings.codes.student_numbers)

    def _conductor(self, on_change: Callable[[VisitState], None]) -> VisitController:
        keeper = VisitRecorder(self.originals, self.outbox, self.nudge, self._shot_stored)
        parts = Services(
            self.camera,
            self.analyst,
            self.engine,
            keeper,
            self.roster,
            self.unclaimed,
            self.history.record,
            self._code_book(),
        )
        clocks = Clock(time.monotonic, local_time)
        pace, wishes = VisitTimeouts(**self.settings.pace.model_dump()), self.settings.camera
        pace = replace(pace, document=pace.document * slowness())  # reading one is computed, picture by picture
        asked = questions if self.settings.questions.asked else no_questions
        return VisitController(
            parts,
            pace,
            self.settings.consent.version,
            clocks,
            on_change,
            self._standard_of,
            wishes.burst,
            asked,
            documents_for_staff=self.settings.documents.confirm == "operator",
            last_four_check=LastFourCheck(self._ask_last_four(), self.attempts),
            attempts=self.attempts,
        )

    def _ask_last_four(self) -> AskServer | None:
        """A client of its own, because a requests session belongs to one thread."""
        if self.paired is None:
            return None
        return Client(self.paired.url, self.paired.pairing.token, timeouts=_WHILE_SOMEBODY_WAITS).last_four

    def _reader(self) -> CardPoller | None:
        wishes = self.settings.reader
        if not wishes.port:
            self.reader_problem = ReaderProblem("reader.none_set")
            return None
        search = ReaderDiscovery(
            wishes.port, wishes.baud, include_photo=wishes.keep_photo, reserved_ports=taken_ports(self.settings)
        )
        return CardPoller(search.lazy_reader, self._hear_card, self._hear_reader)

    def _senders(self) -> tuple[UploadWorker | None, RosterSync | None]:
        if self.paired is None:
            self.server_problem = Problem("pairing.none")
            return None, None
        wishes = self.settings.server
        url, token = self.paired.url, self.paired.pairing.token
        timeouts = (wishes.connect_timeout, wishes.answer_timeout)
        # A client each: a requests session belongs to one thread.
        asking = Client(url, token, timeouts=timeouts, clock=self.server_clock)
        sending = Client(url, token, timeouts=timeouts, clock=self.server_clock, on_progress=self._on_upload_progress)
        worker = UploadWorker(self.outbox, sending, self.originals, on_status=self._hear_server)
        return worker, RosterSync(asking, self.roster, wishes.roster_every, self._hear_server)

    def _reclaim(self) -> None:
        """What a killed kiosk was just sending is due again, before the worker looks what is due and naps."""
        try:
            self.outbox.release_leases()
        except Problem as problem:  # a full disk: they are due when their leases end
            log.error("%s", problem)

    def _recover(self) -> int:
        """On the desk, before the first new visit: until it is done nothing else is written."""
        count = finish_open_visits(
            self.outbox, self.originals, self._develop_late, self.places.unclaimed, self._hear_folder
        )
        if count:
            log.info("%d visits that were cut short are ready to be sent", count)
            self.nudge()
        return count

    def _hear_folder(self, report: FolderReport) -> None:
        self.folder_report = report
        log.info("the folder of photos was compared with the outbox: %s", report)

    def _develop_late(self, visit: OutboxVisit) -> tuple[Portrait, Kept]:
        campaign = self.roster.campaign(visit.draft.campaign)
        wanted = self._standard_of(campaign) if campaign else load_standard("chsi")
        return self.engine.develop(visit.shot_file, wanted, visit.chosen_shot.camera).result()

    def _standard_of(self, campaign: CampaignPayload) -> PhotoStandard:
        return campaign_standard(campaign, custom_folder(self.settings.station.standards_folder))

    def _changed(self, sitting: VisitState) -> None:
        self.documents.follow(sitting.step)
        info = self.camera.state.info
        self.receipts.simulated = info is not None and info.simulated
        self.receipts.follow(sitting)
        self._on_change(sitting)

    # ------------------------------------------------------------------ what threads have to say

    def _shot_stored(self, sha256: str) -> None:
        """The camera may delete its copy of that shot."""
        self.camera.send_command(f"stored {sha256}")

    def nudge(self) -> None:
        """There is something to send."""
        if self.worker is not None:
            self.worker.wake()

    def _hear_advice(self, *heard: object) -> None:
        self.conductor.on_advice(*heard)  # type: ignore[arg-type]

    def _rate_changed(self, rate: AnalysisRate | None) -> None:
        """Guidance has become too slow, or quick enough again."""
        problem = None if rate is None else slow_analysis_problem(rate)
        if problem is None:
            log.info("guidance is quick enough again")
        else:
            log.warning("%s", problem)
        self.history.record("guidance", problem)

    def _hear_failure(self, error: BaseException) -> None:
        self.conductor.on_guidance_failure(error)

    def _hear_card(self, card: CardReading) -> None:
        self.card_note = ReaderProblem("reader.card_expired") if card.expired else None
        self.roster.precompute_hash(card.number)  # slow; here it is the reader's thread
        self.conductor.on_card(card)

    def _hear_camera(self, state: CameraState) -> None:
        if state.kind not in ("starting", "stopped"):
            self.history.record("camera", state.problem)
        self.conductor.on_camera_state(state)

    def _hear_scanner(self, problem: Problem | None) -> None:
        self.history.record("scanner", problem)

    def _hear_code(self, scan: Scan) -> None:
        self.conductor.on_code(scan)

    def _hear_broken_code(self) -> None:
        self.conductor.on_broken_code()

    def _hear_document(self, reading: DocumentReading) -> None:
        self.roster.precompute_hash(reading.number)
        self.conductor.on_document(reading)

    def _hear_seen(self, how: Message) -> None:
        self.conductor.on_document_progress(how)

    def _hear_reader(self, problem: ReaderProblem | None) -> None:
        if problem is not None and problem.key in CARD_PROBLEMS:  # the reader is well: this is for who holds the card
            self.conductor.on_card_problem(problem)
            return
        self.reader_problem = problem
        self.history.record("reader", problem)

    def _on_upload_progress(self, progress: UploadProgress | None) -> None:
        self.upload_progress = progress
        if progress is not None and self.worker is not None:
            self.worker.raise_if_stopping()

    def _check_clock(self) -> None:
        """Tells the operator when this station's clock is wrong, and when it is right again."""
        self.clock_problem = self.server_clock.problem(local_time())
        self.history.record("clock", self.clock_problem)

    def _hear_server(self, problem: Problem | None) -> None:
        self._check_clock()
        back = problem is None and self.server_reachable is False
        self.server_problem = problem
        self.server_reachable = problem is None
        if back:  # heard from the roster as well, whose look is due sooner than the worker's longest pause
            self.nudge()
