"""`zhengguan server restore`: restore a backup on a server that has no data yet."""

from __future__ import annotations

import argparse
from pathlib import Path

from config.i18n import FALLBACK, Message, translations
from server.core.management.server_command import ServerCommand


class Command(ServerCommand):
    help = "restore a backup on a server without data, completely or not at all"
    needs_database = False  # an empty one

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="the folder of the backups")
        parser.add_argument("--backup", metavar="NAME", help="a folder in it such as 20261129-030000; else the newest")
        parser.add_argument("--skip-damaged", action="store_true", help="restore the rest if files are damaged")

    def run(self, options: argparse.Namespace) -> int:
        """Return 1 if files were left out."""
        from server.audit.models import Action
        from server.audit.record import record
        from server.backup.restore import restore_backup

        result = restore_backup(options.folder, options.backup, self._print_progress, options.skip_damaged)
        record(Action.BACKUP_RESTORED, result.backup, damaged=len(result.damaged))
        for path in result.damaged:
            self.print_message("backup.left_out", path=path)
        for path in result.manifest.missing:
            self.print_message("backup.was_missing", path=path)
        self.print_message("backup.restored", backup=result.backup, files=result.manifest.files - len(result.damaged))
        return int(bool(result.damaged))

    def _print_progress(self, message: Message) -> None:
        self.print(translations(FALLBACK).translate(message.key, **message.values))
