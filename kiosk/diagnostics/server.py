"""Checks of the server and of the outbox."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import requests

from config.errors import Problem
from kiosk.diagnostics.report import CheckResult, Level, check_result, result_from_problem
from kiosk.station.pairing import PairingRecord, read_pairing
from kiosk.upload.client import Client
from kiosk.upload.encryption import FileCipher
from kiosk.upload.errors import Unauthorized
from kiosk.upload.outbox.outbox import Outbox

MAX_CLOCK_DIFFERENCE_S = 60  # with a larger difference the order of events on both sides is uncertain


def server(key: Path, pairing: Path, timeouts: tuple[float, float]) -> Iterator[CheckResult]:
    """Check that the station is paired, that the server responds and accepts it, and that both have the same time."""
    try:
        record = read_pairing(pairing, FileCipher.load_or_create(key)) if pairing.exists() else None
    except Problem as problem:
        yield result_from_problem("server", Level.FAILURE, problem)
        return
    if record is None:
        yield check_result("server", Level.WARNING, "not_paired")
        return
    dates: list[str] = []
    with requests.Session() as session:
        session.hooks["response"].append(lambda response, **_: dates.append(response.headers.get("Date", "")))
        yield from run_with_timeout(sum(timeouts), lambda: list(_query_roster(record, session, timeouts)))
    yield from _check_clock(dates[-1] if dates else "", datetime.now(UTC))


def run_with_timeout(seconds: float, query: Callable[[], list[CheckResult]]) -> list[CheckResult]:
    """Return the results of `query`, or a warning if it takes longer than `seconds`.

    The timeouts of a connection apply to each part of a response, so a response in very small parts could take hours.
    """
    result: Future[list[CheckResult]] = Future()

    def run() -> None:
        try:
            result.set_result(query())
        except Exception as error:
            result.set_exception(error)

    threading.Thread(target=run, name="server-check", daemon=True).start()
    try:
        return result.result(seconds)
    except TimeoutError:
        return [check_result("server", Level.WARNING, "slow", seconds=f"{seconds:.0f}")]


def _query_roster(
    record: PairingRecord,
    session: requests.Session,
    timeouts: tuple[float, float],
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[CheckResult]:
    began = clock()
    try:
        roster = Client(record.url, record.credentials.token, session, timeouts).roster()
    except Unauthorized as problem:
        yield result_from_problem("server", Level.FAILURE, problem)
        return
    except Problem as problem:
        yield result_from_problem("server", Level.WARNING, problem)  # the station works without it; photos wait
        return
    yield check_result(
        "server",
        Level.OK,
        "ok",
        seconds=f"{clock() - began:.2f}",
        students=len(roster.students),
        campaigns=len(roster.campaigns),
    )


def _check_clock(date: str, now: datetime) -> Iterator[CheckResult]:
    try:
        seconds = abs((parsedate_to_datetime(date) - now).total_seconds())
    except (ValueError, TypeError):
        return  # the server sent no time
    if seconds > MAX_CLOCK_DIFFERENCE_S:
        yield check_result("clock", Level.FAILURE, "apart", seconds=round(seconds))


def outbox(path: Path) -> Iterator[CheckResult]:
    """Check the outbox and the number of visits that have not been sent yet."""
    if not path.exists():
        return
    try:
        queue = Outbox(path)
    except Problem as problem:
        yield result_from_problem("outbox", Level.FAILURE, problem)
        return
    counts = queue.stats()
    queue.close()
    waiting = counts.ready + counts.leased
    if counts.rejected:
        yield check_result("outbox", Level.WARNING, "refused", refused=counts.rejected, waiting=waiting)
    else:
        yield check_result("outbox", Level.OK, "ok" if not waiting else "waiting", waiting=waiting)
