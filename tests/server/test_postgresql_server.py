"""`zhengguan server` with its own PostgreSQL database, in processes as a person starts them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import requests

from tests.postgresql_server import new_database
from tests.server.test_boundaries import ROOT
from tests.server.test_cli import DEADLINE, ENVIRONMENT, command, start_demo
from tests.waiting import eventually, scale_timeout

pytestmark = [pytest.mark.postgresql, pytest.mark.process]


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty database, which the processes of this test use."""
    address = new_database(os.environ["ZHENGGUAN_TEST_DATABASE"], f"run-{uuid4().hex}")
    monkeypatch.setitem(ENVIRONMENT, "ZHENGGUAN_SERVER_DATABASE", address)
    return address


def value(address: str, query: str) -> object:
    with psycopg.connect(address) as connection:
        row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None


def test_the_server_and_its_worker_use_the_database(database: str, tmp_path: Path) -> None:
    process = start_demo(tmp_path / "data", tmp_path / "ready.json")
    facts = json.loads((tmp_path / "ready.json").read_text(encoding="utf-8"))
    body = {"code": facts["pairing_code"], "name": "一号站"}
    paired = requests.post(f"{facts['url']}/api/station/v1/pair", json=body, timeout=scale_timeout(20))
    assert paired.status_code == 200, paired.text
    eventually(lambda: value(database, "SELECT holder FROM jobs_lease"), timeout=DEADLINE)
    process.send_signal(signal.SIGTERM)
    assert process.wait(scale_timeout(DEADLINE)) == 0
    assert value(database, "SELECT count(*) FROM stations_station") == 1
    assert value(database, "SELECT holder FROM jobs_lease") is None, "the lease was given back"
    assert not list((tmp_path / "data").glob("*.sqlite3"))
    with pytest.raises(psycopg.Error, match="append-only"):
        value(database, "UPDATE audit_event SET subject = '' RETURNING id")


def test_commands_that_prepare_an_empty_database_together_both_succeed(database: str, tmp_path: Path) -> None:
    words = command("pair-code", "--all", "--data", tmp_path / "data")

    def run(_: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True)

    (tmp_path / "data").mkdir()
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(run, range(2)))
    assert [one.returncode for one in done] == [0, 0], [one.stderr for one in done]
    assert value(database, "SELECT count(*) FROM stations_pairingcode") == 2
