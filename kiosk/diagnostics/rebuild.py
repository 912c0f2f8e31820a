"""`zhengguan outbox rebuild`: create the outbox again from the photo files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from config.i18n import Message
from kiosk.capture.storage import FileStore
from kiosk.diagnostics.checks import require_owner
from kiosk.station.paths import StationPaths, ensure_data_dir
from kiosk.station.single_instance import acquire_lock
from kiosk.station.storage_messages import storage_messages
from kiosk.upload.encryption import FileCipher
from kiosk.upload.envelope import VisitOutcome
from kiosk.upload.outbox.opening import open_outbox
from kiosk.upload.outbox.outbox import Outbox
from kiosk.upload.outbox.rebuild import OutboxRebuild


def rebuild(folder: Path) -> Iterator[Message]:
    """Rebuild the outbox and yield the results. Raises Problem if the kiosk is running or the key is missing."""
    folder = folder.expanduser().resolve()
    require_owner(folder)
    ensure_data_dir(folder)
    paths = StationPaths(folder)
    with closing(acquire_lock(paths.lock)):
        cipher = FileCipher.load_or_create(paths.key)
        opened = open_outbox(paths.outbox, cipher)
        with closing(opened.outbox) as outbox:
            originals = FileStore(paths.files, cipher.encrypt, cipher.decrypt)
            outbox.release_leases()  # nothing is being sent: the kiosk is not running
            report = OutboxRebuild(outbox, originals, paths.unassigned).run(also_unassigned=True)
            _finish(outbox)
            yield from storage_messages(opened, report, max(outbox.stats().unreadable, report.damaged))
            counts = outbox.stats()
            numbers = {"waiting": counts.waiting, "unfinished": counts.open, "refused": counts.rejected}
            yield Message("storage.rebuilt", numbers)


def _finish(outbox: Outbox) -> None:
    """Mark visits with a portrait as ready to be sent; the kiosk makes the other portraits at its next start."""
    for item in outbox.open_visits():
        files = [file for shot in item.shots for file in (shot.original, shot.portrait) if file is not None]
        if item.portrait_file is not None and all(file.path.exists() for file in files):
            outbox.mark_ready(item.id, VisitOutcome.INTERRUPTED)
