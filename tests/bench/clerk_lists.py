"""How long the clerk's lists take with 20,000 students in one campaign.

Run: python -m tests.bench.clerk_lists [STUDENTS]
"""

from __future__ import annotations

# ruff: noqa: E402 - the settings have to be named before Django is imported
import os
import sys
import tempfile
import time
from datetime import date, timedelta
from typing import Final

os.environ["DJANGO_SETTINGS_MODULE"] = "server.settings"
os.environ["ZHENGGUAN_SERVER_DATA"] = tempfile.mkdtemp(prefix="zhengguan-bench-")

import django

django.setup()

from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from config.id_number import make_number
from server.http.serve import prepare
from server.members.models import Role
from server.members.scope import set_scope
from server.records.models import Campaign, School, Student
from server.records.roster_import.importer import import_roster
from server.records.scope import EVERYTHING
from tests.bench.latency import measure

NAMES: Final = ("王小明", "李雷", "韩梅梅", "欧阳娜娜")


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    prepare()
    client, campaign = _clerk(), _campaign()
    content = _roster(count)
    began = time.perf_counter()
    import_roster(campaign, content)
    print(f"import of {count:,} students: {time.perf_counter() - began:.1f} s")
    for name, query in _pages(campaign).items():
        measure(name, lambda query=query: client.get(query).status_code == 200)
    file = SimpleUploadedFile("roster.csv", content)
    address = client.post("/clerk/roster/", {"campaign": campaign.pk, "file": file}).headers["Location"]
    measure("preview of the same file", lambda: client.get(address).status_code == 200, runs=3)
    return 0


def _pages(campaign: Campaign) -> dict[str, str]:
    students = f"/clerk/students/?campaign={campaign.pk}"
    return {
        "start page": "/clerk/",
        "campaign": f"/clerk/campaigns/{campaign.pk}/",
        "list, first page": students,
        "list, last page": f"{students}&page=9999",
        "list by name": f"{students}&sort=name",
        "list by class, descending": f"{students}&sort=-class_name",
        "list by state": f"{students}&sort=state",
        "one class": f"{students}&class=计科7班",
        "search by name": f"{students}&q=韩梅",
        "search by number": f"{students}&q=2022000123",
        "search by last four": f"{students}&q=0016",
        "search without a match": f"{students}&q=查无此人",
        "student": f"/clerk/students/{Student.objects.order_by('pk')[0].pk}/",
    }


def _clerk() -> Client:
    user = get_user_model().objects.create_user("bench")
    set_scope(user, EVERYTHING, Role.CLERK)
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    return client


def _campaign() -> Campaign:
    school = School.objects.create(code="99001", name="示范大学")
    now = timezone.now()
    return Campaign.objects.create(
        code="bench1", school=school, title="示范", opens_at=now, closes_at=now + timedelta(days=1), simulated=True
    )


def _roster(count: int) -> bytes:
    numbers = (make_number("990101", date(2000, 1, 1) + timedelta(days=n // 1000), n % 1000) for n in range(count))
    lines = (f"{NAMES[n % 4]},{number},2022{n:06d},计科{n % 40}班\n" for n, number in enumerate(numbers))
    return ("姓名,身份证号,学号,班级\n" + "".join(lines)).encode()


if __name__ == "__main__":
    sys.exit(main())
