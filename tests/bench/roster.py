"""The server's cost of 20,000 students: an import, the same file again, and the roster of a station.

Run: python -m tests.bench.roster [STUDENTS]
"""

from __future__ import annotations

# ruff: noqa: E402 - the settings have to be named before Django is imported
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "server.settings"
os.environ["ZHENGGUAN_SERVER_DATA"] = tempfile.mkdtemp(prefix="zhengguan-bench-")

import django

django.setup()

from django.db import transaction
from django.test import RequestFactory
from django.utils import timezone

from config.id_number import make_number
from kiosk.upload.envelope import VERSION, VERSION_HEADER
from server.http.serve import prepare
from server.records.models import Campaign, School
from server.records.roster_import import importer as roster_import
from server.stations.models import Station
from server.stations.roster_response import roster_etag, roster_response


def number_of(index: int) -> str:
    return make_number("990101", date(2000, 1, 1) + timedelta(days=index // 1000), index % 1000)


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    prepare()
    campaign = _campaign()
    lines = (f"甲{n},{number_of(n)},2022{n:06d},计科{n % 40}班\n" for n in range(count))
    content = ("姓名,身份证号,学号,班级\n" + "".join(lines)).encode("gbk")
    _watch_transactions()
    _time(f"import {count:,} students", lambda: roster_import.import_roster(campaign, content))
    _time("the same file again", lambda: roster_import.import_roster(campaign, content))
    _rosters()
    return 0


def _campaign() -> Campaign:
    school = School.objects.create(code="99001", name="示范大学")
    now = timezone.now()
    return Campaign.objects.create(
        code="bench1", school=school, title="示范", opens_at=now, closes_at=now + timedelta(days=1), simulated=True
    )


def _watch_transactions() -> None:
    """Print how long the import's transaction holds the write lock."""
    real: Any = transaction.atomic

    class Watched:
        def __enter__(self) -> None:
            self._block = real()
            self._block.__enter__()
            self._began, self._processor = time.perf_counter(), time.process_time()

        def __exit__(self, *error: Any) -> None:
            self._block.__exit__(*error)
            seconds, cpu = time.perf_counter() - self._began, time.process_time() - self._processor
            print(f"   write transaction: {seconds:.2f} s, {cpu:.2f} s of processor")

    roster_import.transaction = SimpleNamespace(atomic=Watched)  # type: ignore[attr-defined]


def _rosters() -> None:
    station = Station.objects.create(name="一号机", token_hash="0" * 64, paired_at=timezone.now())
    now, factory = timezone.now(), RequestFactory()

    def fetch(**headers: str) -> Any:
        request = factory.get("/", headers={VERSION_HEADER: "2", **headers})
        return roster_response(request, station, VERSION, now, "https://photo.example.edu")

    plain = _time("roster", lambda: fetch())
    small = _time("roster, gzip", lambda: fetch(**{"Accept-Encoding": "gzip"}))
    tag = roster_etag(station, VERSION, now, "https://photo.example.edu")
    same = _time("roster, not changed", lambda: fetch(**{"If-None-Match": tag}))
    print(f"   bytes: {len(plain.content):,} plain, {len(small.content):,} gzip, {len(same.content)} not changed")


def _time(name: str, work: Callable[[], Any]) -> Any:
    began, processor = time.perf_counter(), time.process_time()
    result = work()
    print(f"   {name}: {time.perf_counter() - began:.2f} s, {time.process_time() - processor:.2f} s of processor")
    return result


if __name__ == "__main__":
    sys.exit(main())
