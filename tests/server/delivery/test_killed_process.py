"""A process killed with SIGKILL while it packs, and another one that continues."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.migrated_database import seed_data_folder
from tests.paths import ROOT
from tests.server.test_cli import ENVIRONMENT

SET_UP = """
import os, sys
import django
django.setup()
from datetime import timedelta
from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone
from server.delivery import packaging
from server.delivery.jobs import LOST_AFTER, resume_deliveries, run
from server.delivery.models import Delivery
from tests.server.conftest import make_campaign
from tests.server.delivery.conftest import plan_and_create, portrait_of
small = settings.APP.delivery.model_copy(update={"part_portraits": 2})
settings.APP = settings.APP.model_copy(update={"delivery": small})
"""
FIRST = """
campaign = make_campaign(simulated=False)
for _ in range(5):
    portrait_of(campaign)
delivery = plan_and_create(campaign, User.objects.create_superuser("root"))
calls = [int(sys.argv[2])]
original = getattr(packaging, sys.argv[1])
def call_and_kill(*args, **kwargs):
    result = original(*args, **kwargs)
    calls[0] -= 1
    if calls[0] == 0:
        os.kill(os.getpid(), 9)
    return result
setattr(packaging, sys.argv[1], call_and_kill)
run(delivery.pk, timezone.now())
"""
SECOND = """
from tests.server.delivery.test_packaging import assert_equal_to_the_plan
delivery = Delivery.objects.get()
before = set(delivery.files.values_list("stored_name", flat=True))
print(delivery.status, len(before))
assert resume_deliveries(timezone.now() + 2 * LOST_AFTER) == 1
run(delivery.pk, timezone.now())
delivery.refresh_from_db()
assert_equal_to_the_plan(delivery)
assert before <= set(delivery.files.values_list("stored_name", flat=True))
print("complete", delivery.files.count())
"""


def run(code: str, data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **ENVIRONMENT,
        "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
        "ZHENGGUAN_SERVER_DATA": str(data),
        "DJANGO_SETTINGS_MODULE": "server.settings",
    }
    words = [sys.executable, "-c", SET_UP + code, *arguments]
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.mark.process
@pytest.mark.parametrize(
    ("function", "call", "finished"), [("write_package", "2", "1"), ("_record_progress", "4", "3")]
)
def test_a_killed_process_leaves_nothing_half_done(function: str, call: str, finished: str, tmp_path: Path) -> None:
    killed = run(FIRST, seed_data_folder(tmp_path), function, call)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    second = run(SECOND, tmp_path)
    assert second.stdout.split() == ["running", finished, "complete", "4"], second.stderr
