"""A process killed with SIGKILL between claim and file, and another one that continues."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.migrated_database import seed_data_folder
from tests.server.test_boundaries import ROOT
from tests.server.test_cli import ENVIRONMENT

pytestmark = pytest.mark.process

SET_UP = """
import os, sys
import django
django.setup()
from datetime import timedelta
from server.notices.models import Notice
from server.notices.sending import LEASE, send_due
from server.notices.senders import folder
from tests.server.notices.conftest import NOON, make_submission
kill = lambda *_, **__: os.kill(os.getpid(), 9)
"""
FIRST = """
from server.notices.queue import queue_notice
from tests.server.conftest import make_campaign, make_student
queue_notice("rejected", make_submission(make_student(make_campaign())), NOON)
if sys.argv[1] == "before":
    folder.FolderSender.send = kill
else:
    folder.SendReceipt = kill
send_due(NOON)
"""
SECOND = """
print(send_due(NOON + LEASE - timedelta(seconds=1)), send_due(NOON + LEASE), Notice.objects.get().state)
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


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_killed_process_loses_no_notice_and_sends_none_twice(moment: str, tmp_path: Path) -> None:
    killed = run(FIRST, seed_data_folder(tmp_path), moment)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(list(tmp_path.glob("notices/*/*.txt"))) == (moment == "after")
    second = run(SECOND, tmp_path)
    assert second.stdout.split() == ["0", "1", "delivered"], second.stderr
    assert sorted(path.suffix for path in tmp_path.glob("notices/*/*")) == [".json", ".txt"]
