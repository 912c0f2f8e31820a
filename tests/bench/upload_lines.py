"""Upload of a photo over poor connections: `python -m tests.bench.upload_lines [MEGABYTES]`.

Each connection is tried plain and over TLS, without faults, with stalls, and with breaks at random places. The server
stores a piece when it is complete, as behind waitress. "sent" is the amount sent towards the server, headers and TLS
included, as a multiple of the file.
"""

from __future__ import annotations

import hashlib
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import requests

from config.errors import Problem
from kiosk.upload.client import Client
from kiosk.upload.envelope import Consent, FileInfo, Submission, VisitOutcome
from tests.certificates import make_certificate
from tests.kiosk.upload.chunk_server import ChunkServer
from tests.kiosk.upload.http_double import TOKEN
from tests.kiosk.upload.slow_connection import SlowLine

MBIT = (8.0, 2.4, 0.5)
STALL = 6.0
Fault = Callable[[int], float | str]


def no_fault(size: int) -> Fault:
    return lambda passed: 0.0


def stall(size: int) -> Fault:
    """Stop the transfer four times, for STALL seconds each, at random places."""
    places = sorted(random.Random(3).sample(range(size), 4))

    def fault(passed: int) -> float | str:
        if places and passed > places[0]:
            places.pop(0)
            return STALL
        return 0.0

    return fault


def break_off(size: int) -> Fault:
    """Cut six connections at random places."""
    places = sorted(random.Random(4).sample(range(size), 6))

    def fault(passed: int) -> float | str:
        if places and passed > places[0]:
            places.pop(0)
            return "cut"
        return 0.0

    return fault


def visit(photo: bytes) -> Submission:
    now = datetime.now(UTC)
    return Submission(
        id=os.urandom(16).hex(),
        campaign="c1",
        student="s1",
        taken_at=now,
        identified_by="id_card",
        consent=Consent(text_version="1", given_at=now),
        outcome=VisitOutcome.ACCEPTED,
        simulated=True,
        shot=FileInfo(name="IMG_0001.JPG", size=len(photo), sha256=hashlib.sha256(photo).hexdigest()),
        error="bench",
    )


def deliver(photo: bytes, mbit: float, tls: Path | None, fault: Fault) -> str:
    with ChunkServer(tls) as server, SlowLine(server.address, mbit * 125_000, fault) as line, requests.Session() as s:
        s.trust_env = False
        s.verify = str(tls) if tls else True
        client = Client(f"{'https' if tls else 'http'}://127.0.0.1:{line.port}", TOKEN, session=s)
        submission, began = visit(photo), time.monotonic()
        try:
            client.submit(submission, photo, None)
        except Problem as problem:
            return f"NOT delivered: {problem.key} after {time.monotonic() - began:.0f} s"
        seconds, sent = time.monotonic() - began, line.bytes_passed / len(photo)
        assert server.files[submission.shot.sha256] == photo
        pieces = sum(method == "PATCH" for method, _ in server.requests)
        return f"delivered in {seconds:6.1f} s, sent {sent:.3f} x, {pieces} pieces, {line.cuts} breaks"


def main() -> None:
    photo = os.urandom(int(float(sys.argv[1] if len(sys.argv) > 1 else 8) * 1e6))
    with tempfile.TemporaryDirectory() as folder:
        certificate = make_certificate(Path(folder) / "tls.pem")
        rows = [
            (mbit, tls, fault) for mbit in MBIT for tls in (None, certificate) for fault in (no_fault, stall, break_off)
        ]
        results: dict[int, str] = {}

        def run(place: int) -> None:
            mbit, tls, fault = rows[place]
            results[place] = deliver(photo, mbit, tls, fault(len(photo)))

        threads = [threading.Thread(target=run, args=(place,)) for place in range(len(rows))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for place, (mbit, tls, fault) in enumerate(rows):
        print(f"{mbit:4.1f} Mbit/s  {'TLS  ' if tls else 'plain'}  {fault.__name__:<7} {results[place]}")


if __name__ == "__main__":
    main()
