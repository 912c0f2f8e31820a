"""Recovery at the start of a station: unfinished uploads and visits of a previous run."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from config.errors import Problem
from config.standards.registry import PhotoStandard, load_standard
from kiosk.capture.storage import FileStore, StoredFile
from kiosk.capture.types import Portrait
from kiosk.upload.outbox.models import OutboxVisit
from kiosk.upload.outbox.outbox import Outbox
from kiosk.upload.outbox.rebuild import FolderReport
from kiosk.upload.roster import Roster
from kiosk.upload.roster_payload import CampaignPayload
from kiosk.visit.interrupted_visits import finish_open_visits
from kiosk.workers.engine_process import EngineProcess

log = logging.getLogger(__name__)


class StartupRecovery:
    """Call `release_leases` before the upload worker starts, then `finish_visits` on the I/O thread.

    `folder_report` is the comparison of the folder of photos with the outbox; None before it is finished.
    """

    def __init__(
        self,
        outbox: Outbox,
        originals: FileStore,
        roster: Roster,
        engine: EngineProcess,
        unassigned: Path,
        standard_of: Callable[[CampaignPayload], PhotoStandard],
    ) -> None:
        self.folder_report: FolderReport | None = None
        self._outbox, self._originals, self._roster, self._engine = outbox, originals, roster, engine
        self._unassigned, self._standard_of = unassigned, standard_of

    def release_leases(self) -> None:
        """Make the unfinished uploads of a killed kiosk due again."""
        try:
            self._outbox.release_leases()
        except Problem as problem:  # a full disk: they are due when their leases end
            log.error("%s", problem)

    def finish_visits(self) -> int:
        """Finish the visits that a crash or power cut left open; return how many."""
        count = finish_open_visits(
            self._outbox, self._originals, self._make_portrait, self._unassigned, self._on_folder_report
        )
        if count:
            log.info("%d interrupted visits are ready to be sent", count)
        return count

    def _on_folder_report(self, report: FolderReport) -> None:
        self.folder_report = report
        log.info("the folder of photos was compared with the outbox: %s", report)

    def _make_portrait(self, visit: OutboxVisit) -> tuple[Portrait, StoredFile]:
        campaign = self._roster.campaign(visit.draft.campaign)
        standard = self._standard_of(campaign) if campaign else load_standard("chsi")
        return self._engine.make_portrait(visit.shot_file, standard, visit.chosen_shot.camera).result()
