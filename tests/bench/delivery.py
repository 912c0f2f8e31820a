"""CPU and memory of planning and packing 1,000 portraits, with each kind of encryption.

Run: python -m tests.bench.delivery [PORTRAITS]
"""

from __future__ import annotations

# ruff: noqa: E402 - the settings have to be named before Django is imported
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from typing import Final

os.environ["DJANGO_SETTINGS_MODULE"] = "server.settings"
os.environ["ZHENGGUAN_SERVER_DATA"] = tempfile.mkdtemp(prefix="zhengguan-bench-")

import django

django.setup()

from django.contrib.auth.models import User
from django.utils import timezone

from config.id_number import make_number
from server.delivery.creation import create_delivery
from server.delivery.encryption import is_available
from server.delivery.jobs import run
from server.delivery.models import Delivery, Encryption
from server.delivery.names import parse_template
from server.delivery.planning import Options, make_plan
from server.http.serve import prepare
from server.records.id_number_protection import encrypt_number, keyed_hash
from server.records.models import Campaign, Student
from server.submissions.states import State
from tests.bench.machine import machine
from tests.server.conftest import make_campaign
from tests.server.delivery.conftest import checked, store_picture
from tests.server.submissions.reviewing import submission_of

PORTRAIT_BYTES: Final = 34_000


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print(machine(), flush=True)
    prepare()
    _measure(count)
    return 0


def _measure(count: int) -> None:
    user = User.objects.create_superuser("root")
    recipient = ""
    if is_available(Encryption.AGE):
        import pyrage

        recipient = str(pyrage.x25519.Identity.generate().to_public())
    for kind in Encryption:
        if is_available(kind):
            _measure_one(kind, recipient, count, user)
        else:
            print(f"{kind.value}: not installed")


def _measure_one(kind: Encryption, recipient: str, count: int, user: User) -> None:
    campaign = make_campaign(f"bnch{len(kind.value):02d}", simulated=False)
    _confirmed_portraits(campaign, count)
    options = Options("{bh}/{xh}.jpg", parse_template("{bh}/{xh}.jpg", False), kind, recipient, with_dbf=True)
    now, deliveries = timezone.now(), list[Delivery]()
    fingerprint = make_plan(campaign, options, user, now).fingerprint

    def create() -> None:
        deliveries.append(create_delivery(campaign, options, "bench", fingerprint, user, now))

    _print(f"{kind.value}: plan", count, create)
    checked(deliveries[0])  # without the engine: its part is measured by tests.bench.delivery_check
    _print(f"{kind.value}: pack", count, lambda: run(deliveries[0].pk, timezone.now()))
    size = sum(file.size for file in deliveries[0].files.all())
    print(f"  {Delivery.objects.get(pk=deliveries[0].pk).status}, {size / 1e6:.0f} MB", flush=True)


def _confirmed_portraits(campaign: Campaign, count: int) -> None:
    chance = random.Random(1)
    for number in range(count):
        id_number = make_number("990101", date(1990 + number // 900, 1, 2), number % 900)
        student = Student.objects.create(
            campaign=campaign,
            name="王小明",
            id_number_hmac=keyed_hash(id_number),
            id_number_encrypted=encrypt_number(id_number),
            last_four=id_number[-4:],
            student_no=f"2022{number:06d}",
            class_name=f"计算机{number // 40:04d}班",
        )
        sha256 = store_picture(chance.randbytes(PORTRAIT_BYTES))
        submission_of(student, State.CONFIRMED, id=f"{campaign.pk}{number:026d}", portrait_sha256=sha256)


def _print(name: str, count: int, work: Callable[[], None]) -> None:
    """Print the processor time for 1,000 portraits, and the largest memory of this process so far."""
    before = time.process_time()
    work()
    cpu = (time.process_time() - before) * 1000 / count
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name}: {cpu:.2f} s CPU for 1,000 portraits, {memory:.0f} MB at most", flush=True)


if __name__ == "__main__":
    sys.exit(main())
