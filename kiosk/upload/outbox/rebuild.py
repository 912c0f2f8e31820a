"""Compare the folder of files with the outbox: every photo is listed, queued again, or stored as unassigned.

No photo is deleted because its record is missing. A file is deleted only if the server has confirmed its hash; a file
whose header names its visit is queued again; any other is moved to the folder of unassigned photos. A file that cannot
be decrypted stays in place: the right key may be restored later."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from config.atomic_file import make_private_folder, sync_folder
from config.errors import Problem
from kiosk.capture.file_names import new_name
from kiosk.capture.storage import FileStore, StoredFile
from kiosk.upload.outbox.identified_files import IdentifiedFile, group_by_visit, shots_of, with_portrait
from kiosk.upload.outbox.models import OutboxShot, OutboxState, OutboxVisit
from kiosk.upload.outbox.opening import damaged_path
from kiosk.upload.outbox.outbox import Outbox
from kiosk.upload.outbox.photo_header import parse_header
from kiosk.upload.outbox.repair import DamagedVisit, OutboxRepair
from kiosk.upload.outbox.rows import ROW_ERRORS
from kiosk.upload.outbox.sent_log import Confirmation

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FolderReport:
    """Numbers: visits queued again (`queued`); files moved to the unassigned photos (`unassigned`), files that could
    not be moved there (`stuck`), that cannot be decrypted (`unreadable`), that were moved back from there (`returned`),
    that were deleted because the server has them (`removed`); and damaged rows that remain (`damaged`)."""

    queued: int = 0
    unassigned: int = 0
    stuck: int = 0
    unreadable: int = 0
    returned: int = 0
    removed: int = 0
    damaged: int = 0


class OutboxRebuild:
    """Run it at start and in `outbox rebuild`, before the first new visit."""

    def __init__(self, outbox: Outbox, originals: FileStore, unassigned: Path) -> None:
        self._outbox, self._originals, self._unassigned = outbox, originals, unassigned
        self._repair = OutboxRepair(outbox)
        self._sent: Mapping[str, Confirmation] = {}
        self._report = FolderReport()
        self._recorded_names: set[str] = set()

    def run(self, also_unassigned: bool = False) -> FolderReport:
        """Compare the folder with the outbox. `also_unassigned`: process unassigned photos of earlier runs again."""
        self._report = FolderReport(unreadable=len(self._originals.recover_partial()))
        self._sent = self._outbox.sent_log.read()
        self._repair.mark_sent(self._sent)
        self._return_listed()
        if also_unassigned:
            self._return_identified()
        # Before the names are read: a file that is sent meanwhile is still listed.
        paths = self._originals.list_except(())
        listed = self._outbox.file_names()
        damaged = self._repair.find_damaged()
        if damaged:
            self._repair.copy_database(damaged_path(self._outbox.path))
        in_doubt = {name for one in damaged for name in one.names}
        identified = self._identify_files(path for path in paths if path.name not in listed or path.name in in_doubt)
        for visit, files in group_by_visit(identified).items():
            try:
                self._process_visit(visit, files, damaged)
            except Problem as problem:  # a full disk: the files stay in place until the next start
                log.error("visit %s could not be queued again: %s", visit, problem)
                self._count(stuck=len(files))
        if damaged:
            self._remove_damaged(damaged)
            self._count(damaged=len({one.id for one in self._repair.find_damaged()}))
        return self._report

    # ------------------------------------------------------------------ files

    def _identify_files(self, paths: Iterable[Path]) -> list[IdentifiedFile]:
        """Return the files with a readable header; move unlisted files without one to the unassigned photos."""
        listed = self._outbox.file_names()
        identified = []
        for path in paths:
            try:
                content = self._originals.read_unrecorded(path)
            except Problem as problem:
                if problem.key != "photo.missing":
                    log.error("%s cannot be opened and stays in place: %s", path.name, problem)
                    self._count(unreadable=1)
                continue
            header = parse_header(content.header)
            if header is not None:
                file = StoredFile(path, header.camera_name, len(content.data), content.sha256)
                identified.append(IdentifiedFile(file, header))
            elif path.name not in listed:
                self._move_to_unassigned(path)
        return identified

    def _return_listed(self) -> None:
        """Move files back from the unassigned photos that a restored outbox lists again."""
        if not self._unassigned.is_dir():
            return
        moved = {path.name for path in self._unassigned.iterdir()}
        for name in sorted(moved & self._outbox.file_names()):
            if not (self._originals.folder / name).exists():
                self._rename(self._unassigned / name, self._originals.folder / name)

    def _return_identified(self) -> None:
        unassigned = self._originals.with_folder(self._unassigned)
        for path in unassigned.list_except(()):
            try:
                header = parse_header(unassigned.read_unrecorded(path).header)
            except Problem:
                continue
            if header is not None and not (self._originals.folder / path.name).exists():
                self._rename(path, self._originals.folder / path.name)

    def _rename(self, path: Path, to: Path) -> None:
        try:
            make_private_folder(to.parent)
            os.rename(path, to)
            sync_folder(to.parent)
            sync_folder(path.parent)
        except OSError as error:
            log.error("%s could not be moved back: %s", path.name, error)
            return
        self._count(returned=1)

    def _move_to_unassigned(self, path: Path) -> None:
        """Move a file to the unassigned photos under its name. An existing file of that name is never overwritten."""
        try:
            make_private_folder(self._unassigned)
            to = self._unassigned / path.name
            if to.exists():
                to = self._unassigned / new_name(path.name[:16], path.name)
            os.rename(path, to)
            sync_folder(self._unassigned)
            sync_folder(path.parent)
        except FileNotFoundError:
            return  # sent and deleted just now
        except OSError as error:
            log.error("%s belongs to no visit and could not be moved: %s", path.name, error)
            self._count(stuck=1)
            return
        log.warning("%s belongs to no visit and is stored with the unassigned photos", path.name)
        self._count(unassigned=1)

    # ------------------------------------------------------------------ visits

    def _process_visit(self, visit: str, files: list[IdentifiedFile], damaged: list[DamagedVisit]) -> None:
        """Process all files of a visit that the outbox does not list, or lists in damaged rows."""
        confirmation = self._sent.get(visit)
        confirmed = self._repair.confirmed_hashes(visit) | (confirmation.hashes if confirmation else frozenset())
        state = self._repair.state_of(visit)
        broken = visit in {one.id for one in damaged}
        if state is OutboxState.SENT or (state is None and confirmation is not None):
            for one in files:
                self._remove(one) if one.file.sha256 in confirmed else self._move_to_unassigned(one.file.path)
        elif state is None or broken:
            self._restore(visit, files)
        else:
            self._merge(visit, state, files)

    def _remove(self, one: IdentifiedFile) -> None:
        log.info("%s is on the server and is removed", one.file.path.name)
        self._originals.delete(one.file)
        self._count(removed=1)

    def _restore(self, visit: str, files: list[IdentifiedFile]) -> None:
        """Queue the visit again from its files alone."""
        shots = shots_of(files)
        if not shots:  # a portrait without its shot cannot be sent
            for one in files:
                self._move_to_unassigned(one.file.path)
            return
        first = min((one.header for one in files if one.header.kind == "shot"), key=lambda header: header.written_at)
        self._repair.restore(visit, first.draft, shots, first.written_at)
        self._mark_recorded(shots)
        self._count(queued=1)
        log.warning("visit %s is queued again from its %d files", visit, len(files))

    def _merge(self, visit: str, state: OutboxState, files: list[IdentifiedFile]) -> None:
        """Add the shots that the rows of the visit do not list. A second file with the same bytes as a listed one stays
        in place until the server has confirmed them."""
        try:
            item = self._outbox.get(visit)
        except ROW_ERRORS:
            return  # its rows are damaged, and none of its files could be decrypted: they stay in place
        known = {shot.original.sha256 for shot in item.shots if shot.original.path.exists()}
        listed = {file.path.name for shot in item.shots for file in (shot.original, shot.portrait) if file is not None}
        newest = max(shot.taken_at for shot in item.shots)
        for shot in shots_of([one for one in files if one.file.path.name not in listed]):
            if shot.original.sha256 not in known:
                self._repair.add_shot(visit, shot, chosen=state is OutboxState.OPEN and shot.taken_at >= newest)
                self._mark_recorded([shot])
                self._count(queued=1)
        if item.outcome is None:
            self._attach_portraits(item, [one for one in files if one.header.kind == "portrait"])

    def _attach_portraits(self, item: OutboxVisit, portraits: list[IdentifiedFile]) -> None:
        """Record a portrait that was finished, but not recorded yet, when the kiosk ended."""
        without_portrait = {
            shot.original.path.name: shot for shot in item.shots if shot.portrait is None and not shot.error
        }
        for one in sorted(portraits, key=lambda one: -one.header.written_at):
            shot = without_portrait.pop(one.header.shot, None)
            if shot is not None:
                self._repair.attach_portrait(item.id, shot.original, with_portrait(shot, one))

    def _remove_damaged(self, damaged: list[DamagedVisit]) -> None:
        """Remove damaged rows whose files are listed in sound rows now."""
        for one in damaged:
            if one.names and one.names <= self._recorded_names:
                self._repair.remove_damaged_shots(one)
        self._repair.remove_empty()

    def _mark_recorded(self, shots: Iterable[OutboxShot]) -> None:
        files = [file for shot in shots for file in (shot.original, shot.portrait) if file is not None]
        self._recorded_names |= {file.path.name for file in files}

    def _count(self, **more: int) -> None:
        before = self._report
        self._report = replace(before, **{name: getattr(before, name) + number for name, number in more.items()})
