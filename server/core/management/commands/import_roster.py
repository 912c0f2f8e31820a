"""`zhengguan server import-roster`: import a roster into a campaign and report each change."""

from __future__ import annotations

import argparse
from pathlib import Path

from config.errors import Problem
from server.core.management.server_command import ServerCommand


class Command(ServerCommand):
    help = "read a roster (.xlsx, .xls, .ods, CSV) into a campaign and report each change"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--campaign", required=True, help="its 特征码")
        parser.add_argument("--sheet", default="", help="the sheet, where several of a workbook hold a list")
        parser.add_argument("--dry-run", action="store_true", help="only report what would change; write nothing")
        parser.add_argument("--skip-bad", action="store_true", help="import the good lines of a file that has bad ones")

    def run(self, options: argparse.Namespace) -> int:
        from server.records.models import Campaign
        from server.records.roster_import.command import run

        campaign = Campaign.objects.filter(pk=options.campaign).first()
        if campaign is None:
            known = ", ".join(Campaign.objects.values_list("code", flat=True)) or "-"
            raise Problem("roster.campaign", code=options.campaign, known=known)
        return run(campaign, options.file, options.sheet, options.skip_bad, options.dry_run)
