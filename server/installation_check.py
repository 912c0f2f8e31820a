"""`zhengguan server check`: what an administrator should fix before people use the server, one line each.

The server makes the same checks at start, except for the one through the proxy, and logs the failures.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from config.errors import Problem
from config.i18n import Message
from config.settings.print_sheets import sheet_layouts
from server.accounts.settings_check import account_problems
from server.audit.models import Action, Event
from server.backup.models import DamagedFile
from server.core.working_hours import calendar_warning, work_calendar
from server.database import SQLITE_NAME
from server.delivery.encryption import check_recipient
from server.http.public_address_check import check_public_address
from server.notices.settings_check import notice_problems
from server.payments.settings_check import payment_problems, simulated_gateways
from server.records.campaign_options import RetouchMode
from server.records.scope import EVERYTHING
from server.retouch.engine_child import engine_is_installed
from server.secrets.key_check import key_warnings
from server.secrets.secret_file import is_backed_up, is_open_to_others
from server.stations.models import Station
from server.submissions.models import Submission
from server.wechat.settings_check import wechat_problems

MIN_FREE_BYTES: Final = 200_000_000
LOW_FREE_BYTES: Final = 5_000_000_000


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True)
class CheckResult:
    level: Level
    message: Problem


def check_installation(ca: Path | None = None) -> Iterator[CheckResult]:
    """Yield every line. `ca` is the certificate that signed the proxy's, if the system does not trust it."""
    yield from check_at_start()
    yield from _database()
    yield from _retouching()
    yield from _accounts()
    if settings.PUBLIC_URL:
        problem = check_public_address(settings.PUBLIC_URL, bool(settings.APP.server.trusted_proxy), ca)
        yield _failure(problem) if problem else _ok("server.check.reachable", url=settings.PUBLIC_URL)


def check_at_start() -> Iterator[CheckResult]:
    """Yield the checks that need no network and work while the server runs."""
    yield from _address()
    yield from _debug()
    yield from _data_folder()
    yield from _disk()
    yield from (_warning(problem) for problem in key_warnings())
    yield from _database_password()
    yield from _calendar()
    yield from _notices()
    yield from _payments()
    yield from _print_sheets()
    yield from _recovery_key()


def _address() -> Iterator[CheckResult]:
    url = settings.PUBLIC_URL
    if not url:
        yield _warning(Problem("server.check.no_public_url"))
    elif not settings.BY_HTTPS:
        yield _warning(Problem("server.check.not_encrypted", url=url))
    elif not settings.APP.server.trusted_proxy:
        yield _warning(Problem("server.check.no_proxy", url=url))
    else:
        yield _ok("server.check.address", url=url, proxy=settings.APP.server.trusted_proxy)


def _debug() -> Iterator[CheckResult]:
    if settings.DEBUG:
        yield _failure(Problem("server.check.debug"))


def _data_folder() -> Iterator[CheckResult]:
    folder: Path = settings.DATA
    mode = folder.stat().st_mode & 0o777
    if not os.access(folder, os.W_OK):
        yield _failure(Problem("server.check.not_writable", folder=folder))
    elif mode & 0o077:
        yield _warning(Problem("server.check.open_folder", folder=folder, mode=f"{mode:04o}"))
    else:
        yield _ok("server.check.folder", folder=folder)


def _disk() -> Iterator[CheckResult]:
    free = shutil.disk_usage(settings.DATA).free
    message = Problem("server.check.disk", free=f"{free / 1e9:.1f}")
    low = Problem("server.check.disk_low", free=f"{free / 1e9:.1f}")
    yield _failure(low) if free < MIN_FREE_BYTES else _warning(low) if free < LOW_FREE_BYTES else _ok_message(message)


def _calendar() -> Iterator[CheckResult]:
    problem = calendar_warning(timezone.now())
    yield _warning(problem) if problem else _ok("server.calendar.known", until=work_calendar().known_until())


def _notices() -> Iterator[CheckResult]:
    problems = list(notice_problems())
    yield from (_warning(problem) for problem in problems)
    if not problems:
        yield _ok("server.notices.ready", backends=", ".join(settings.APP.notices.backends) or "-")


def _print_sheets() -> Iterator[CheckResult]:
    try:
        sheet_layouts(settings.APP.delivery.print_sheets)
    except Problem as problem:
        yield _failure(problem)


def _recovery_key() -> Iterator[CheckResult]:
    """With a wrong key the keys would not be sealed beside the backups, and no backup could be restored."""
    recovery_key = settings.APP.backup.recovery_key
    try:
        if recovery_key:
            check_recipient(recovery_key)
    except Problem as problem:
        yield _failure(Problem("server.check.recovery_key", why=Message(problem.key, problem.values)))


def _payments() -> Iterator[CheckResult]:
    """A gateway is not required: a school may take only cash, or no payments."""
    payments = settings.APP.payments
    problems = [*payment_problems(), *wechat_problems()]
    yield from (_failure(problem) for problem in problems)
    simulated = simulated_gateways(payments)
    if simulated:
        yield _warning(Problem("server.payments.simulated", gateways=", ".join(simulated)))
    if payments.gateways and not problems and not simulated:
        yield _ok("server.payments.ready", gateways=", ".join(payments.gateways))


def _database_password() -> Iterator[CheckResult]:
    file = settings.APP.database.password_file
    if file and is_open_to_others(file):
        yield _warning(Problem("server.database.password_open", file=file))
    if file and is_backed_up(file, settings.DATA):
        yield _warning(Problem("server.database.password_in_data", file=file, folder=settings.DATA))


def _database() -> Iterator[CheckResult]:
    sqlite_file = settings.DATA / SQLITE_NAME
    if connection.vendor != "sqlite" and sqlite_file.is_file() and sqlite_file.stat().st_size:
        yield _warning(Problem("server.check.other_data", file=sqlite_file))
    try:
        executor = MigrationExecutor(connection)
        waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        if waiting:
            yield _warning(Problem("server.check.migrations", count=waiting))
            return
        if not get_user_model().objects.filter(is_active=True).exists():
            yield _warning(Problem("server.check.nobody"))
        shared = Station.objects.filter(revoked_at=None, roster_key_encrypted="").order_by("name")
        if shared:
            yield _warning(Problem("stations.shared_key", names=", ".join(station.name for station in shared)))
    except DatabaseError as error:
        yield _failure(Problem("server.check.database", why=str(error)))
        return
    yield _ok("server.check.database_ready")
    yield from _backups()


def _backups() -> Iterator[CheckResult]:
    """Check for damaged files and an old backup. The demo and a server that nobody uses yet need no backup."""
    damaged = DamagedFile.objects.count()
    if damaged:
        yield _failure(Problem("server.check.damaged_files", count=damaged))
    last = Event.objects.filter(action=Action.BACKUP_MADE).first()
    if last is None:
        if Submission.objects.filter(simulated=False).exists():
            yield _warning(Problem("server.check.no_backup"))
        return
    age = timezone.now() - last.at
    if age > timedelta(days=settings.APP.backup.warn_days):
        yield _warning(Problem("server.check.old_backup", days=age.days))
    else:
        yield _ok("server.check.backup", at=f"{timezone.localtime(last.at):%Y-%m-%d %H:%M}")


def _retouching() -> Iterator[CheckResult]:
    """Retouching and photos by phone need the engine; without a campaign that offers one of them, its absence is no
    fault."""
    try:
        campaigns = EVERYTHING.allowed()
        offered = campaigns.exclude(retouch=RetouchMode.NEVER.value).exists()
        by_phone = campaigns.exclude(photo_sources=[]).exists()
    except DatabaseError:  # `_database` reports it
        return
    if offered and not engine_is_installed():
        yield _failure(Problem("server.check.no_engine"))
    if by_phone and not engine_is_installed():
        yield _failure(Problem("server.check.no_engine_for_phones"))


def _accounts() -> Iterator[CheckResult]:
    try:
        yield from [_warning(problem) for problem in account_problems(timezone.now())]
    except DatabaseError:  # `_database` reports it
        return


def _ok(key: str, **values: object) -> CheckResult:
    return _ok_message(Problem(key, **values))


def _ok_message(message: Problem) -> CheckResult:
    return CheckResult(Level.OK, message)


def _warning(problem: Problem) -> CheckResult:
    return CheckResult(Level.WARNING, problem)


def _failure(problem: Problem) -> CheckResult:
    return CheckResult(Level.FAILURE, problem)
