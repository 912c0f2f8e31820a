"""`zhengguan server restore`: restore a backup on a server that has no data yet."""

from __future__ import annotations

import argparse
from pathlib import Path

from config.errors import Problem
from config.i18n import FALLBACK, Message, translations
from server.core.management.server_command import ServerCommand


class Command(ServerCommand):
    help = "restore a backup on a server without data, completely or not at all"
    needs_database = False  # the backup contains the tables

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="the folder of the backups")
        parser.add_argument("--backup", metavar="NAME", help="a folder in it such as 20261129-030000; else the newest")
        parser.add_argument("--skip-damaged", action="store_true", help="restore the rest if files are damaged")

    def run(self, options: argparse.Namespace) -> int:
        """Return 1 if files were left out, or if the erased students in the backup could not be erased again."""
        from server.audit.models import Action
        from server.audit.record import record
        from server.backup.restore import restore_backup

        result = restore_backup(options.folder, options.backup, self._print_progress, options.skip_damaged)
        record(Action.BACKUP_RESTORED, result.backup, damaged=len(result.damaged))
        for path in result.damaged:
            self.print_message("backup.left_out", path=path)
        for path in result.manifest.missing:
            self.print_message("backup.was_missing", path=path)
        is_erased = self._erase_again(options.folder)
        self.print_message("backup.restored", backup=result.backup, files=result.manifest.files - len(result.damaged))
        return int(bool(result.damaged) or not is_erased)

    def _erase_again(self, folder: Path) -> bool:
        """Erase the erased students in the backup again; return whether this succeeded. The backup stays restored in
        any case: an error is printed with the command that erases them later."""
        from django.db import DatabaseError
        from django.utils import timezone

        from server.http.serve import prepare
        from server.privacy.erased_list import take_over_list
        from server.privacy.runs import erase_again

        self.print_message("backup.erasing_again")
        try:
            take_over_list(folder)
            prepare()  # the backup of an earlier release lacks columns that the erasure names
            reports = erase_again(timezone.now())
        except (Problem, DatabaseError, OSError, ValueError) as error:
            self.print_message("backup.not_erased", why=str(error))
            return False
        self.print_message("backup.erased_again", students=sum(one.counts.get("students", 0) for one in reports))
        has_problems = any(report.problems for report in reports)
        if has_problems:
            self.print_message("privacy.found_again")
        return not has_problems

    def _print_progress(self, message: Message) -> None:
        self.print(translations(FALLBACK).translate(message.key, **message.values))
