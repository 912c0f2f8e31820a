"""`zhengguan server backup`: add a backup of database and files to a folder, while the server runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from config.errors import Problem
from config.i18n import FALLBACK, Message, translations
from server.core.management.server_command import ServerCommand


class Command(ServerCommand):
    help = "back up database and files to a folder; only what is new is copied, and old backups expire"
    needs_database = False  # a backup before an update must not migrate

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, nargs="?", help="on another disk; without it: [backup] folder")

    def run(self, options: argparse.Namespace) -> int:
        """Return 1 if the backup is complete but pictures were missing on this server, or the list of erased students
        could not be written next to it."""
        from django.conf import settings
        from django.utils import timezone

        from server.audit.models import Action
        from server.audit.record import record
        from server.backup.make import make_backup

        chosen = settings.APP.backup.folder
        if options.folder is None and not chosen:
            raise Problem("backup.no_folder")
        folder = (options.folder or Path(chosen)).resolve()
        if folder.is_relative_to(settings.DATA):
            raise Problem("backup.inside_data", folder=folder, data=settings.DATA)
        result = make_backup(folder, timezone.localtime(), self._print_progress)
        self.print_message(
            "backup.made",
            path=result.folder,
            files=result.files,
            copied=result.copied,
            size=f"{result.bytes / 1e9:.2f}",
        )
        if result.expired:
            self.print_message("backup.expired", names=", ".join(result.expired))
        listed = self._complete_lists(folder)
        self._seal_keys(folder)
        record(Action.BACKUP_MADE, result.folder.name, files=result.files, missing=len(result.missing))
        if result.missing:
            self.print_message("backup.missing", count=len(result.missing), first=result.missing[0])
        return int(bool(result.missing) or not listed)

    def _complete_lists(self, folder: Path) -> bool:
        """Complete the copies of the list of erased students; return whether this succeeded."""
        from server.privacy.erased_list import complete_lists

        try:
            complete_lists(folder)
        except (OSError, ValueError) as error:  # ValueError: a file is damaged
            file, why = getattr(error, "filename", None) or folder, getattr(error, "strerror", None) or str(error)
            self.print_message("privacy.list_not_written", file=file, why=why)
            return False
        return True

    def _seal_keys(self, folder: Path) -> None:
        from django.conf import settings

        from config.atomic_file import write_atomic
        from server.backup.age import seal_for_key
        from server.delivery.encryption import check_recipient
        from server.secrets.key_store import key_file_of

        recovery_key = settings.APP.backup.recovery_key
        if not recovery_key:
            self.print_message("backup.without_keys", place=settings.KEY_STORE.file or settings.KEYS)
            return
        path = folder / "server-keys.age"
        write_atomic(path, seal_for_key(key_file_of(settings.KEY_STORE), check_recipient(recovery_key)))
        self.print_message("backup.keys_sealed", path=path)

    def _print_progress(self, message: Message) -> None:
        self.print(translations(FALLBACK).translate(message.key, **message.values))
