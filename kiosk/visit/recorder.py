"""Keeps what a visit brings: every shot, portrait and ending goes to disk and into the outbox here."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from math import inf
from pathlib import Path
from typing import Any, Final

from config.errors import Problem
from config.standards.registry import PhotoStandard
from hardware.cameras.api import Shot
from kiosk.capture.file_header import with_header
from kiosk.capture.storage import Kept, Originals
from kiosk.capture.types import Portrait
from kiosk.guidance.verdict import Verdict
from kiosk.upload.envelope import Consent, VisitOutcome
from kiosk.upload.outbox.models import IdentifiedBy, OutboxVisit, VisitDraft
from kiosk.upload.outbox.outbox import Outbox
from kiosk.upload.outbox.photo_header import shot_header
from kiosk.upload.outbox.rebuild import FolderReport, OutboxRebuild
from kiosk.visit.burst import Burst

log = logging.getLogger(__name__)
UNASSIGNED: Final = "unassigned"
"""The folder of photos that belong to no visit, in the data folder."""


@dataclass
class Visit:
    """One visit as the desk knows it. Only the desk thread changes it, but for what the conductor sets: `taken_at`
    before it hands the visit over, `posing_since` and `left_at` (by the station's clock: from when to when the sitter
    sat there), `unsaved` (a shot that the disk did not take, until it is tried again), `shown` (the kept shot whose
    portrait the sitter waits for; None while a new one is asked for), `burst`, `refused` (how many shots were refused)
    and `closing` (the sitter has accepted)."""

    student: str
    campaign: str
    name: str
    consent: Consent
    standard: PhotoStandard
    taken_at: datetime | None = None
    identified_by: IdentifiedBy = "id_card"
    last_four: str | None = field(default=None, repr=False)
    last_four_confirmed: bool = False
    progress_token: str | None = field(default=None, repr=False)
    also_for: tuple[str, ...] = ()
    shown: Kept | None = None
    closing: bool = False
    burst: Burst | None = field(default=None, repr=False)
    refused: int = 0
    unsaved: Shot | None = field(default=None, repr=False)
    posing_since: float = inf
    left_at: float = inf
    id: str | None = None
    developing: Kept | None = None
    unwritten: Kept | None = None
    ending: VisitOutcome | None = None
    settled: bool = False


class VisitKeeper:
    """Every method runs on one thread, the desk, and returns only when the disk has it."""

    def __init__(
        self,
        originals: Originals,
        outbox: Outbox,
        on_ready: Callable[[], None],
        on_stored: Callable[[str], None] = lambda sha256: None,
    ) -> None:
        self._originals = originals
        self._outbox = outbox
        self._on_ready = on_ready
        self._on_stored = on_stored
        self._unsettled: list[Visit] = []  # over, but the disk was too full to note it

    def keep_shot(self, visit: Visit, shot: Shot) -> Kept:
        """Notes in the outbox whose shot it is, then writes the original, before anything clever runs.

        In this order, because a note without a file is found and crossed out at the next start, while a file without
        a note would be a picture of nobody.
        """
        self._cross_out(visit)
        kept = self._originals.plan(shot.data, shot.name)
        self._note(visit, shot, kept)
        visit.unwritten = kept
        try:
            self._originals.write(kept, with_header(_header(visit, shot, kept), shot.data))
        except Problem:
            self._cross_out_if_possible(visit)
            raise
        visit.unwritten = None
        visit.developing = kept
        self._on_stored(kept.sha256)
        self._catch_up()
        return kept

    def keep_spare(self, visit: Visit, shot: Shot, chosen: Kept) -> Kept:
        """As `keep_shot`, for a shot that came when another of its burst was chosen."""
        developing = visit.developing
        kept = self.keep_shot(visit, shot)
        visit.developing = developing
        assert visit.id is not None
        self._outbox.choose_shot(visit.id, chosen)
        return kept

    def choose(self, visit: Visit, shot: Kept) -> None:
        """Of the shots of a burst this one is developed, shown and sent; the others stay with the visit."""
        assert visit.id is not None
        self._outbox.choose_shot(visit.id, shot)
        visit.developing = shot

    def keep_portrait(self, visit: Visit, shot: Kept, portrait: Portrait, kept: Kept) -> None:
        self._note_portrait(visit, shot, kept, portrait.recipe, wire_verdicts(portrait.verdicts))

    def no_portrait(self, visit: Visit, shot: Kept, why: Problem) -> None:
        self._note_portrait(visit, shot, None, None, [], str(why))

    def end(self, visit: Visit, ending: VisitOutcome) -> None:
        """The visit is over: it is sent as soon as its last shot is developed. The first ending said counts."""
        visit.ending = visit.ending or ending
        self._settle(visit)

    def _note(self, visit: Visit, shot: Shot, kept: Kept) -> None:
        camera = asdict(shot.camera)
        if visit.id is None:
            visit.id = self._outbox.create(_draft(visit, shot), kept, camera)
        else:
            self._outbox.add_shot(visit.id, kept, camera)

    def _cross_out(self, visit: Visit) -> None:
        """Takes back the note of a shot whose file never came to be."""
        if visit.unwritten is not None and visit.id is not None:
            if not self._outbox.remove_shot(visit.id, visit.unwritten):
                visit.id = None
            visit.unwritten = None

    def _cross_out_if_possible(self, visit: Visit) -> None:
        try:
            self._cross_out(visit)
        except Problem as problem:  # done before this visit goes on or ends
            log.warning("%s", problem)

    def _note_portrait(
        self,
        visit: Visit,
        shot: Kept,
        portrait: Kept | None,
        recipe: Mapping[str, Any] | None,
        verdicts: list[dict[str, object]],
        trouble: str = "",
    ) -> None:
        assert visit.id is not None
        try:
            self._outbox.record_result(visit.id, portrait, recipe, verdicts, trouble, shot)
        finally:  # what cannot be noted (a full disk) is not waited for: the original is then sent alone
            if visit.developing == shot:
                visit.developing = None
            self._settle(visit)

    def _catch_up(self) -> None:
        """The disk took something again: now it also takes that earlier visits are over."""
        while self._unsettled:
            try:
                self._settle(self._unsettled[0])
            except Problem as problem:
                log.warning("%s", problem)
                return
            del self._unsettled[0]

    def _settle(self, visit: Visit) -> None:
        if visit.id is None or visit.ending is None or visit.developing or visit.settled:
            return
        try:
            self._cross_out(visit)
            if visit.id is None:
                return
            self._outbox.mark_ready(visit.id, visit.ending)
        except Problem:
            if visit not in self._unsettled:
                self._unsettled.append(visit)
            raise
        visit.settled = True
        log.info("visit %s is ready to be sent (%s)", visit.id, visit.ending)
        self._on_ready()


def wire_verdicts(verdicts: tuple[Verdict, ...]) -> list[dict[str, object]]:
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


def _header(visit: Visit, shot: Shot, kept: Kept) -> dict[str, Any]:
    """What the file itself says of the visit, so that it can be queued again without the outbox."""
    assert visit.id is not None
    draft = _draft(visit, shot)
    return shot_header(visit.id, draft, kept, asdict(shot.camera), draft.taken_at, time.time())


def finish_interrupted(
    outbox: Outbox,
    originals: Originals,
    develop: Callable[[OutboxVisit], tuple[Portrait, Kept]],
    unassigned: Path | None = None,
    told: Callable[[FolderReport], None] = lambda report: None,
) -> int:
    """Brings visits to an end that a crash or power cut left open; returns how many. Run once at start.

    Before, the folder of files is compared with the outbox; `told` is what that came to. `unassigned` is where photos
    that belong to no visit are kept.
    """
    rebuild = OutboxRebuild(outbox, originals, unassigned or originals.folder.parent / UNASSIGNED)
    try:
        told(rebuild.run())
    except Exception:  # nothing was deleted, and what the outbox lists is finished and sent all the same
        log.exception("the folder of photos could not be compared with the outbox")
    count = 0
    for left in outbox.open_visits():
        visit = _with_its_files(outbox, left)
        if visit is None:
            continue
        if visit.portrait_file is None and not visit.error:
            _develop_late(outbox, visit, develop)
        outbox.mark_ready(visit.id, VisitOutcome.INTERRUPTED)
        count += 1
    return count


def _with_its_files(outbox: Outbox, visit: OutboxVisit) -> OutboxVisit | None:
    """The visit without the shots whose file was never written; None where there was no other."""
    missing = [shot.original for shot in visit.shots if not shot.original.path.exists()]
    for original in missing:
        log.warning("the file %s of visit %s was never written whole", original.path.name, visit.id)
    left = [outbox.remove_shot(visit.id, original) for original in missing]
    return outbox.get(visit.id) if all(left) else None


def _develop_late(outbox: Outbox, visit: OutboxVisit, develop: Callable[[OutboxVisit], tuple[Portrait, Kept]]) -> None:
    try:
        portrait, kept = develop(visit)
    except Problem as problem:
        outbox.record_result(visit.id, None, None, [], error=str(problem))
    except Exception:  # a mistake of ours over one shot must not hold back all the visits behind it at every start
        log.exception("the shot of visit %s could not be developed; it is sent without a portrait", visit.id)
        outbox.record_result(visit.id, None, None, [], error=str(Problem("trouble.unexpected")))
    else:
        outbox.record_result(visit.id, kept, portrait.recipe, wire_verdicts(portrait.verdicts))
