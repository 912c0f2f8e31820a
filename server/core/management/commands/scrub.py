"""`zhengguan server scrub`: compare every stored picture with its hash."""

from __future__ import annotations

import argparse
from pathlib import Path

from config.errors import Problem
from server.core.management.server_command import ServerCommand


class Command(ServerCommand):
    help = "compare every stored picture with its hash, and put damaged ones back from a backup"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--from", dest="backup", type=Path, metavar="FOLDER", help="put back what these backups have"
        )

    def run(self, options: argparse.Namespace) -> int:
        """Return 1 if a picture is damaged or missing."""
        from django.utils import timezone

        from server.backup.models import DamagedFile, ScrubRound
        from server.backup.repository import Repository
        from server.backup.scrub import scrub

        backup = Repository(options.backup) if options.backup else None
        if backup is not None and not backup.backups():
            raise Problem("backup.none", folder=backup.folder, name="", names="-")
        now = timezone.now()
        round_ = ScrubRound.objects.create(started_at=now)
        scrub(round_, now, backup=backup, report=lambda files: self.print_message("scrub.progress", files=files))
        damaged = list(DamagedFile.objects.all())
        for file in damaged:
            self.print_message(f"scrub.{file.state}", submission=file.submission_id, part=file.part, sha256=file.sha256)
        self.print_message("scrub.done", files=round_.files, damaged=len(damaged))
        return int(bool(damaged))
