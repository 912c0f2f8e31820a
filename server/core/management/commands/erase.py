"""`zhengguan server erase`: erase campaigns whose retention is over, or show what would be erased."""

from __future__ import annotations

import argparse
from typing import Any

from config.errors import Problem
from config.i18n import FALLBACK, translations
from server.core.management.server_command import ServerCommand


class Command(ServerCommand):
    help = (
        "erase the students of campaigns whose retention is over, and accounts that never got an enrolment; the server"
        " does it every night automatically"
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--campaign", help="this campaign alone, if its retention is over")
        parser.add_argument("--dry-run", action="store_true", help="show what would be erased, and erase nothing")
        parser.add_argument(
            "--also-undelivered",
            action="store_true",
            help="also portraits that were never decided or delivered, because nobody needs them; with --campaign",
        )

        parser.add_argument(
            "--after-restore",
            action="store_true",
            help="erase again what a restored backup has brought back, also students who were erased on request",
        )

    def run(self, options: argparse.Namespace) -> int:
        from django.utils import timezone

        from server.privacy.runs import erase_again, erase_campaign, plan_campaign

        if options.after_restore:
            return 1 if any([self._print_report(report) for report in erase_again(timezone.now())]) else 0
        if options.also_undelivered and not options.campaign:
            raise Problem("privacy.campaign_needed")
        now, failed = timezone.now(), False
        campaigns = _campaigns(options.campaign, now)
        for campaign in campaigns:
            plan = plan_campaign(campaign, also_undelivered=options.also_undelivered)
            since = timezone.localtime(plan.since).date()
            self.print_message(
                "privacy.plan",
                campaign=campaign,
                since=since,
                count=len(plan.found.free),
                kept=_total(plan.found.blocked),
            )
            for blocker, ids in plan.found.blocked.items():
                self._print_blocked(blocker, ids)
            if not options.dry_run:
                failed = self._print_report(erase_campaign(plan, now)) or failed
        accounts, found_again = (0, False) if options.campaign else self._erase_accounts(now, options.dry_run)
        if not campaigns and not accounts:
            self.print_message("privacy.nothing_over")
        return 1 if failed or found_again else 0

    def _erase_accounts(self, now: Any, dry_run: bool) -> tuple[int, bool]:
        """Erase accounts without an enrolment, or show how many; return their number and whether the verification found
        a problem."""
        from server.privacy.unlinked import erase_unlinked, unlinked_accounts

        count = len(unlinked_accounts(now))
        if count:
            self.print_message("privacy.plan_accounts", count=count)
        reports = [] if dry_run else erase_unlinked(now)
        return count, any([self._print_report(report) for report in reports])

    def _print_report(self, report: Any) -> bool:
        words = translations(FALLBACK)
        for kind, count in sorted(report.counts.items()):
            self.print(f"  {words.translate(f'privacy.count.{kind}')}: {count}")
        for problem in report.problems:
            self.print(f"  ! {problem}")
        self.print_message("privacy.verified" if not report.problems else "privacy.found_again")
        return bool(report.problems)

    def _print_blocked(self, blocker: str, ids: tuple[str, ...]) -> None:
        words = translations(FALLBACK)
        self.print(f"  {len(ids)}: {words.translate(f'privacy.blocked.{blocker}')}")


def _campaigns(code: str | None, now: Any) -> list[Any]:
    from server.privacy.runs import over_campaigns
    from server.records.models import Campaign

    over = over_campaigns(now)
    if code is None:
        return over
    if not Campaign.objects.filter(pk=code).exists():
        raise Problem("privacy.no_campaign", code=code)
    chosen = [campaign for campaign in over if campaign.pk == code]
    if not chosen and Campaign.objects.get(pk=code).retention_end() >= now:
        raise Problem("privacy.not_over", code=code, until=Campaign.objects.get(pk=code).retention_end().date())
    return chosen


def _total(blocked: dict[str, tuple[str, ...]]) -> int:
    return len({one for ids in blocked.values() for one in ids})
