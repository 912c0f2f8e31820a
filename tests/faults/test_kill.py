"""kill -9 of the kiosk at every step between shutter and server response: no visit is lost, none arrives twice."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

from config.settings.station import station_settings
from kiosk.station.pairing import pair
from kiosk.tools.demo.server import DemoServer
from kiosk.upload.number_hashing import number_hash
from kiosk.upload.outbox.outbox import Outbox
from tests.demo_server import demo_server, submissions
from tests.faults.visit_child import STEPS
from tests.kiosk.visit.visitor import expected_numbers, pictures
from tests.waiting import scale_timeout

__all__ = ["demo_server", "pictures"]
SAFE = STEPS.index("original on disk")  # from here on the visit must arrive
# One step of each kind: nothing stored, a shot without a portrait, with a portrait, sent without a recorded response.
# `python -m tests.bench.kills` tests all steps.
IN_THE_SUITE = ("shot came", "original on disk", "accepted", "server answered")


def run_visit(station: Path, number: str, step: str, pictures: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.faults.visit_child", str(station), number, step, str(pictures)],
        capture_output=True,
        text=True,
        timeout=scale_timeout(180),
        check=False,
    )


def test_no_visit_is_lost_and_none_is_doubled(demo_server: DemoServer, pictures: Path, tmp_path: Path) -> None:
    killed_at(IN_THE_SUITE, demo_server, pictures, tmp_path / "station")


def killed_at(steps: tuple[str, ...], demo_server: DemoServer, pictures: Path, station: Path) -> None:
    """Kill one visit at each of `steps`, one after the other at the same station, and complete a last one."""
    pair(station_settings(), station, demo_server.url, demo_server.pairing_code)
    expected = expected_numbers(demo_server)
    killed = dict(zip(steps, expected, strict=False))
    arriving = [step for step in steps if STEPS.index(step) >= SAFE]
    for step, number in killed.items():
        child = run_visit(station, number, step, pictures)
        assert child.returncode == -signal.SIGKILL, (
            f"the process was not killed after “{step}”:\n{child.stderr[-2000:]}"
        )
    last = run_visit(station, expected[len(steps)], "never", pictures)
    assert last.returncode == 0, last.stderr[-2000:]

    key = (Path(demo_server.data) / "keys" / "roster.key").read_text(encoding="ascii")  # the key of the server's hashes
    hashes = {number_hash(key, number): step for step, number in killed.items()}
    arrived = Counter(hashes.get(_number_hash(demo_server, row), "never") for row in submissions(demo_server))
    assert arrived == Counter([*arriving, "never"]), "every visit whose original was on disk is on the server, once"
    endings = {hashes.get(_number_hash(demo_server, row)): row["outcome"] for row in submissions(demo_server)}
    assert {step: endings[step] for step in arriving} == {
        step: "interrupted" if step in ("original on disk", "portrait attached") else "accepted" for step in arriving
    }
    outbox = Outbox(station / "outbox.db")
    counts = outbox.stats()
    assert (counts.open, counts.ready, counts.leased, counts.rejected) == (0, 0, 0, 0)
    assert not list((station / "files").iterdir()), "no picture stays at the station once the server has it"


def _number_hash(server: DemoServer, row: dict[str, object]) -> str:
    [database] = Path(server.data).glob("*.sqlite3")
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        student = row["student_id"]
        record = connection.execute("SELECT id_number_hmac FROM records_student WHERE id = ?", (student,)).fetchone()
    return str(record[0])
