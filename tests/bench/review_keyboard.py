"""Decisions by keyboard in a real browser: how many an hour, and what each costs the server.

A simulated reviewer looks at each page of twelve for SECONDS (at least the second that every portrait must be on the
screen), marks one portrait of every page, and approves the rest. The server runs in a separate process; its queries and
CPU time are those of its requests, without the worker that carries the decisions out later.

Run: python -m tests.bench.review_keyboard [DECISIONS] [SECONDS]
"""

from __future__ import annotations

# ruff: noqa: E402 - the settings have to be named before Django is imported
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Final

os.environ["DJANGO_SETTINGS_MODULE"] = "server.settings"
if "ZHENGGUAN_SERVER_DATA" not in os.environ:
    os.environ["ZHENGGUAN_SERVER_DATA"] = tempfile.mkdtemp(prefix="zhengguan-bench-")
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright runs an event loop in the thread that reads the database

import django

django.setup()

from django.utils import timezone
from playwright.sync_api import Page, expect

from server.http.limits import HttpLimits
from server.http.serve import embedded_servers, http_limits, prepare
from server.records.models import Campaign, School
from server.submissions.clock import run_due_transitions
from server.submissions.models import PendingDecision
from tests.bench.machine import machine
from tests.browser import CHROMIUM, chromium_running, new_page
from tests.server.review.queue_data import fill_queue, member

PASSWORD: Final = "correct horse battery"
MARK_EVERY: Final = 12


def main() -> int:
    target = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 20.0
    print(machine(), flush=True)
    if CHROMIUM is None:
        print("Debian's chromium is not installed")
        return 1
    prepare()
    _fill(target + 2 * target // MARK_EVERY + 36)
    with _server() as (address, parent), chromium_running() as browser:
        page = new_page(browser, viewport={"width": 1280, "height": 800}, base_url=address, locale="en-GB")
        _sign_in(page)
        before, began = _usage(parent), time.perf_counter()
        decided = _review(page, target, seconds)
        took, after = time.perf_counter() - began, _usage(parent)
    queries, cpu = (late - early for early, late in zip(before, after, strict=True))
    print(f"{decided} decisions in {took:.0f} s: {3600 * decided / took:,.0f} an hour, {seconds:g} s a page")
    print(f"requests: {queries / decided:.2f} queries and {1000 * cpu / decided:.1f} ms CPU a decision")
    _settle(decided)
    return 0


def _review(page: Page, target: int, seconds: float) -> int:
    """Decide until at least `target` portraits are approved or marked, and return their number."""
    decided = 0
    while decided < target:
        count = page.locator("#tiles .tile").count()
        expect(page.locator(".tile.seen")).to_have_count(count)
        first = page.locator(".tile").first.get_attribute("data-id")
        page.wait_for_timeout(max(0.0, 1000 * (seconds - 1)))
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        expect(page.locator(".tile").first).not_to_have_attribute("data-id", str(first))
        decided += count
    return decided


def _settle(decided: int) -> None:
    """Carry the decisions out as the worker does, and print the cost."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    waiting = PendingDecision.objects.count()
    began = time.process_time()
    with CaptureQueriesContext(connection) as counted:
        run_due_transitions(timezone.now() + timedelta(hours=1))
    cpu = 1000 * (time.process_time() - began)
    print(f"worker: {len(counted) / max(waiting, 1):.1f} queries and {cpu / max(waiting, 1):.1f} ms CPU an approval")


def _sign_in(page: Page) -> None:
    user = member("mei")
    user.set_password(PASSWORD)
    user.save()
    page.goto("/signin?next=/review/grid/")
    page.fill("#id_username", "mei")
    page.fill("#id_password", PASSWORD)
    page.click("form button.main")
    page.wait_for_selector(".tile")


def _fill(count: int) -> None:
    school, now = School.objects.create(code="99001", name="示范大学"), timezone.now()
    campaign = Campaign.objects.create(
        code="bench1", school=school, title="示范", opens_at=now, closes_at=now + timedelta(days=1), simulated=True
    )
    fill_queue(campaign, count, pictures=True)


@contextmanager
def _server() -> Iterator[tuple[str, Connection]]:
    """Run the server behind waitress in a separate process."""
    context = get_context("spawn")
    parent, child = context.Pipe()
    process = context.Process(target=_serve, args=(child, http_limits()), daemon=True)
    process.start()
    try:
        yield str(parent.recv()), parent
    finally:
        process.terminate()
        process.join()


def _usage(parent: Connection) -> tuple[float, float]:
    """Return the queries and CPU seconds of the server process up to now."""
    parent.send("usage")
    queries, cpu = parent.recv()
    return queries, cpu


def _serve(pipe: Connection, limits: HttpLimits) -> None:
    from threading import Thread

    from django.db.backends.signals import connection_created

    counted = [0]

    def count(execute: Any, *arguments: Any) -> Any:
        counted[0] += 1
        return execute(*arguments)

    def count_queries(connection: Any, **_: Any) -> None:
        if count not in connection.execute_wrappers:  # a connection that opens again keeps its wrappers
            connection.execute_wrappers.append(count)

    connection_created.connect(count_queries, weak=False)
    [server] = embedded_servers("127.0.0.1", 0, limits)
    Thread(target=server.run, daemon=True).start()
    pipe.send(f"http://127.0.0.1:{server.effective_port}")
    while pipe.recv():
        pipe.send((counted[0], time.process_time()))


if __name__ == "__main__":
    sys.exit(main())
