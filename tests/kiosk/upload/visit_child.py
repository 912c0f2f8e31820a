"""One visit from shot to server in a separate process, which kills itself at a given step.

python -m tests.kiosk.upload.visit_child FOLDER URL STEP
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import requests

from kiosk.capture.storage import FileStore
from kiosk.upload.client import Client
from kiosk.upload.encryption import FileCipher
from kiosk.upload.envelope import VisitOutcome
from kiosk.upload.outbox.outbox import Outbox
from tests.kiosk.upload.http_double import TOKEN
from tests.kiosk.upload.samples import PORTRAIT, RECIPE, SHOT, VERDICT, draft, receipt_for

STEPS = ("stored", "created", "portrait", "ready", "leased", "committed", "acknowledged", "sent", "purged")


def main(folder: Path, url: str, last: str) -> None:
    def reached(step: str) -> None:
        sys.stdout.write(step + "\n")
        sys.stdout.flush()
        if step == last:
            os.kill(os.getpid(), signal.SIGKILL)

    cipher = FileCipher.load_or_create(folder / "station.key")
    originals = FileStore(folder / "files", cipher.encrypt, cipher.decrypt)
    outbox = Outbox(folder / "outbox.db")
    session = requests.Session()
    session.trust_env = False
    shot = originals.store(SHOT, "IMG_0001.JPG")
    reached("stored")
    visit = outbox.create(draft(), shot)
    reached("created")
    outbox.record_result(visit, originals.store(PORTRAIT, "p.jpg"), RECIPE, [VERDICT])
    reached("portrait")
    outbox.mark_ready(visit, VisitOutcome.ACCEPTED)
    reached("ready")
    item = outbox.lease(60)
    assert item is not None
    reached("leased")
    submission = item.submission()
    # At the step "committed" the server kills this process between its commit and its response.
    accepted = Client(url, TOKEN, session=session).submit(submission, SHOT, PORTRAIT)
    assert accepted == receipt_for(submission)
    reached("acknowledged")
    outbox.mark_sent(visit, accepted)
    reached("sent")
    outbox.purge_sent(originals)
    reached("purged")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
