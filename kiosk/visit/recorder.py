"""Storage of a visit: every shot, portrait and outcome goes to disk and into the outbox."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from config.errors import Problem
from hardware.cameras.api import Shot
from kiosk.capture.file_header import add_header
from kiosk.capture.storage import FileStore, StoredFile
from kiosk.capture.types import Portrait
from kiosk.guidance.verdict import Verdict
from kiosk.upload.envelope import VisitOutcome
from kiosk.upload.outbox.models import VisitDraft
from kiosk.upload.outbox.outbox import Outbox
from kiosk.upload.outbox.photo_header import shot_header
from kiosk.visit.visit import Visit

log = logging.getLogger(__name__)


class VisitRecorder:
    """Every method runs on the I/O thread and returns when the data is safe on disk."""

    def __init__(
        self,
        originals: FileStore,
        outbox: Outbox,
        on_ready: Callable[[], None],
        on_stored: Callable[[str], None] = lambda sha256: None,
    ) -> None:
        self._originals = originals
        self._outbox = outbox
        self._on_ready = on_ready
        self._on_stored = on_stored
        self._unclosed: list[Visit] = []  # visits that ended, but whose end could not be recorded on a full disk

    def store_shot(self, visit: Visit, shot: Shot) -> StoredFile:
        """Record in the outbox whose shot it is, then write the original, before any processing.

        The record comes first, because the next start removes a record without a file, while a file without a record
        would be a photo of an unknown person.
        """
        self._discard_pending_file(visit)
        file = self._originals.reserve(shot.data, shot.name)
        self._record_shot(visit, shot, file)
        visit.pending_file = file
        try:
            self._originals.write(file, add_header(_header(visit, shot, file), shot.data))
        except Problem:
            self._try_discard_pending_file(visit)
            raise
        visit.pending_file = None
        visit.processing_shot = file
        self._on_stored(file.sha256)
        self._close_unclosed()
        return file

    def store_spare_shot(self, visit: Visit, shot: Shot, chosen_shot: StoredFile) -> None:
        """Store a shot that arrived when another of its burst was chosen already."""
        processing_shot = visit.processing_shot
        self.store_shot(visit, shot)
        visit.processing_shot = processing_shot
        assert visit.id is not None
        self._outbox.choose_shot(visit.id, chosen_shot)

    def choose_shot(self, visit: Visit, shot: StoredFile) -> None:
        """Choose the shot of a burst that is processed, shown and sent; the others stay with the visit."""
        assert visit.id is not None
        self._outbox.choose_shot(visit.id, shot)
        visit.processing_shot = shot

    def store_portrait(self, visit: Visit, shot: StoredFile, portrait: Portrait, file: StoredFile) -> None:
        self._record_result(visit, shot, file, portrait.recipe, verdict_payloads(portrait.verdicts))

    def record_portrait_failure(self, visit: Visit, shot: StoredFile, problem: Problem) -> None:
        self._record_result(visit, shot, None, None, [], str(problem))

    def end(self, visit: Visit, outcome: VisitOutcome) -> None:
        """End the visit; it is sent as soon as its last shot is processed. Only the first outcome counts."""
        visit.outcome = visit.outcome or outcome
        self._close_if_finished(visit)

    def _record_shot(self, visit: Visit, shot: Shot, file: StoredFile) -> None:
        camera = asdict(shot.camera)
        if visit.id is None:
            visit.id = self._outbox.create(_draft(visit, shot), file, camera)
        else:
            self._outbox.add_shot(visit.id, file, camera)

    def _discard_pending_file(self, visit: Visit) -> None:
        """Remove the record of a shot whose file was not written."""
        if visit.pending_file is not None and visit.id is not None:
            if not self._outbox.remove_shot(visit.id, visit.pending_file):
                visit.id = None
            visit.pending_file = None

    def _try_discard_pending_file(self, visit: Visit) -> None:
        try:
            self._discard_pending_file(visit)
        except Problem as problem:  # it is tried again before this visit continues or ends
            log.warning("%s", problem)

    def _record_result(
        self,
        visit: Visit,
        shot: StoredFile,
        portrait: StoredFile | None,
        recipe: Mapping[str, Any] | None,
        verdicts: list[dict[str, object]],
        error: str = "",
    ) -> None:
        assert visit.id is not None
        try:
            self._outbox.record_result(visit.id, portrait, recipe, verdicts, error, shot)
        finally:  # a full disk: do not wait for the record, the original is then sent alone
            if visit.processing_shot == shot:
                visit.processing_shot = None
            self._close_if_finished(visit)

    def _close_unclosed(self) -> None:
        """Record the end of earlier visits, because the disk works again."""
        while self._unclosed:
            try:
                self._close_if_finished(self._unclosed[0])
            except Problem as problem:
                log.warning("%s", problem)
                return
            del self._unclosed[0]

    def _close_if_finished(self, visit: Visit) -> None:
        if visit.outcome is None or visit.processing_shot or visit.closed:
            return
        try:
            self._discard_pending_file(visit)
            if visit.id is None:
                return
            self._outbox.mark_ready(visit.id, visit.outcome)
        except Problem:
            if visit not in self._unclosed:
                self._unclosed.append(visit)
            raise
        visit.closed = True
        log.info("visit %s is ready to be sent (%s)", visit.id, visit.outcome)
        self._on_ready()


def verdict_payloads(verdicts: tuple[Verdict, ...]) -> list[dict[str, object]]:
    return [asdict(verdict) for verdict in verdicts]


def _draft(visit: Visit, shot: Shot) -> VisitDraft:
    assert visit.taken_at is not None
    return VisitDraft(
        campaign=visit.campaign,
        student=visit.student,
        name=visit.name,
        identified_by=visit.identified_by,
        consent=visit.consent,
        taken_at=visit.taken_at,
        simulated=shot.camera.simulated,
        progress_token=visit.progress_token,
        last_four=visit.last_four,
        last_four_confirmed=visit.last_four_confirmed,
        also_for=visit.also_for,
    )


def _header(visit: Visit, shot: Shot, file: StoredFile) -> dict[str, Any]:
    """Return the header of a photo file, by which a visit can be queued again without the outbox."""
    assert visit.id is not None
    draft = _draft(visit, shot)
    return shot_header(visit.id, draft, file, asdict(shot.camera), draft.taken_at, time.time())
