"""Finish the visits that a crash or power cut interrupted."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from config.errors import Problem
from kiosk.capture.storage import FileStore, StoredFile
from kiosk.capture.types import Portrait
from kiosk.upload.envelope import VisitOutcome
from kiosk.upload.outbox.models import OutboxVisit
from kiosk.upload.outbox.outbox import Outbox
from kiosk.upload.outbox.rebuild import FolderReport, OutboxRebuild
from kiosk.visit.recorder import verdict_payloads

log = logging.getLogger(__name__)
UNASSIGNED_FOLDER: Final = "unassigned"
"""The folder of photos that belong to no visit, in the data folder."""


def finish_open_visits(
    outbox: Outbox,
    originals: FileStore,
    make_portrait: Callable[[OutboxVisit], tuple[Portrait, StoredFile]],
    unassigned: Path | None = None,
    on_report: Callable[[FolderReport], None] = lambda report: None,
) -> int:
    """End the visits that a crash or power cut left open; return how many. Run it once at start.

    It first compares the folder of files with the outbox and passes the result to `on_report`. `unassigned` is the
    folder of photos that belong to no visit.
    """
    rebuild = OutboxRebuild(outbox, originals, unassigned or originals.folder.parent / UNASSIGNED_FOLDER)
    try:
        on_report(rebuild.run())
    except Exception:  # nothing was deleted, and the visits of the outbox are finished and sent in any case
        log.exception("the folder of photos could not be compared with the outbox")
    count = 0
    for open_visit in outbox.open_visits():
        visit = _without_missing_files(outbox, open_visit)
        if visit is None:
            continue
        if visit.portrait_file is None and not visit.error:
            _make_late_portrait(outbox, visit, make_portrait)
        outbox.mark_ready(visit.id, VisitOutcome.INTERRUPTED)
        count += 1
    return count


def _without_missing_files(outbox: Outbox, visit: OutboxVisit) -> OutboxVisit | None:
    """Return the visit without the shots whose file was never written; None if no shot is left."""
    missing = [shot.original for shot in visit.shots if not shot.original.path.exists()]
    for original in missing:
        log.warning("the file %s of visit %s was never written completely", original.path.name, visit.id)
    has_shots = [outbox.remove_shot(visit.id, original) for original in missing]
    return outbox.get(visit.id) if all(has_shots) else None


def _make_late_portrait(
    outbox: Outbox, visit: OutboxVisit, make_portrait: Callable[[OutboxVisit], tuple[Portrait, StoredFile]]
) -> None:
    try:
        portrait, file = make_portrait(visit)
    except Problem as problem:
        outbox.record_result(visit.id, None, None, [], error=str(problem))
    except Exception:  # a bug in one shot must not block all later visits at every start
        log.exception("the shot of visit %s could not be processed; it is sent without a portrait", visit.id)
        outbox.record_result(visit.id, None, None, [], error=str(Problem("error.unexpected")))
    else:
        outbox.record_result(visit.id, file, portrait.recipe, verdict_payloads(portrait.verdicts))
