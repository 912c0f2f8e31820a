"""kill -9 at each step between shutter and server response: afterwards the visit is queued, or on the server once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from kiosk.capture.storage import FileStore
from kiosk.upload.client import Client
from kiosk.upload.encryption import FileCipher
from kiosk.upload.envelope import VisitOutcome
from kiosk.upload.outbox.models import OutboxState
from kiosk.upload.outbox.outbox import Outbox
from kiosk.upload.worker import UploadWorker
from tests.kiosk.upload.http_double import TOKEN, ServerDouble
from tests.kiosk.upload.samples import PORTRAIT, SHOT, ManualClock
from tests.kiosk.upload.visit_child import STEPS
from tests.paths import ROOT
from tests.waiting import scale_timeout

pytestmark = pytest.mark.process

AFTER: dict[str, OutboxState | None] = {
    "stored": None,
    "created": OutboxState.OPEN,
    "portrait": OutboxState.OPEN,
    "ready": OutboxState.READY,
    "leased": OutboxState.LEASED,
    "committed": OutboxState.LEASED,
    "acknowledged": OutboxState.LEASED,
    "sent": OutboxState.SENT,
    "purged": OutboxState.SENT,
}
"""The state of the visit after each step; None: its shot is on the disk, but there is no visit yet."""


def run_until_killed(step: str, folder: Path, double: ServerDouble) -> list[str]:
    """Run the visit; return the steps that it reached before it was killed."""
    command = [sys.executable, "-m", "tests.kiosk.upload.visit_child", str(folder), double.url, step]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if step == "committed":
        double.on_commit = lambda: os.kill(child.pid, signal.SIGKILL)
    out, _ = child.communicate(timeout=scale_timeout(60))
    double.on_commit = lambda: None
    assert child.returncode == -signal.SIGKILL
    return out.split()


def recover(folder: Path, double: ServerDouble, session: requests.Session) -> Outbox:
    """Do what a station does at its next start, an hour later."""
    clock = ManualClock(time.time() + 3600)
    cipher = FileCipher.load_or_create(folder / "station.key")
    originals = FileStore(folder / "files", cipher.encrypt, cipher.decrypt)
    originals.recover_partial()
    outbox = Outbox(folder / "outbox.db", clock)
    for item in outbox.open_visits():
        assert originals.read(item.shot_file) == SHOT
        if item.portrait_file is None:
            outbox.record_result(item.id, None, {}, [], error="interrupted")
        outbox.mark_ready(item.id, VisitOutcome.INTERRUPTED)
    worker = UploadWorker(outbox, Client(double.url, TOKEN, session=session), originals, clock)
    while worker.send_next():
        pass
    return outbox


@pytest.mark.parametrize("step", STEPS)
def test_killed(step: str, tmp_path: Path, double: ServerDouble, session: requests.Session) -> None:
    reached = run_until_killed(step, tmp_path, double)
    expected = [name for name in STEPS[: STEPS.index(step) + 1] if name != "committed"]
    assert reached == expected  # control: it was killed there, not earlier and not later
    assert len(double.arrivals) == (STEPS.index(step) >= STEPS.index("committed"))

    before = Outbox(tmp_path / "outbox.db")
    states = [queued.state for queued in before.entries()]
    files = FileStore(tmp_path / "files")
    orphan_files = files.orphans(before.files())
    before.close()
    assert states == ([AFTER[step]] if AFTER[step] else [])

    outbox = recover(tmp_path, double, session)
    if AFTER[step] is None:
        assert len(orphan_files) == 1  # the shot is on the disk and is detected
        assert double.stored == {}
        return
    assert orphan_files == []
    visit = outbox.entries()[0]
    assert (visit.state, list(double.stored)) == (OutboxState.SENT, [visit.id])
    submission, hashes = double.stored[visit.id]
    assert hashes["shot"] == submission.shot.sha256
    assert submission.outcome is (
        VisitOutcome.INTERRUPTED if AFTER[step] is OutboxState.OPEN else VisitOutcome.ACCEPTED
    )
    assert (submission.portrait is None) == (step == "created")
    assert list((tmp_path / "files").iterdir()) == []
    assert len(double.arrivals) == (2 if step in ("committed", "acknowledged") else 1)
    outbox.close()


def test_the_pictures_of_a_killed_visit_are_encrypted(tmp_path: Path, double: ServerDouble) -> None:
    run_until_killed("portrait", tmp_path, double)
    files = list((tmp_path / "files").iterdir())
    assert len(files) == 2
    assert not [path for path in files if SHOT[:5] in path.read_bytes() or PORTRAIT[:9] in path.read_bytes()]
