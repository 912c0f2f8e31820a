"""The server's processes: a killed worker is replaced, and none outlives the server."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from tests.child_processes import command_line
from tests.demo_folder import seed_demo_folder
from tests.migrated_database import seed_data_folder
from tests.server.test_boundaries import ROOT
from tests.server.test_cli import DEADLINE, ENVIRONMENT, command, start_demo
from tests.waiting import eventually, scale_timeout

pytestmark = pytest.mark.process


def worker_of(process: subprocess.Popen[str]) -> psutil.Process | None:
    children = psutil.Process(process.pid).children()
    return next((child for child in children if "worker" in command_line(child)), None)


def lease_holder(data: Path) -> str:
    with closing(sqlite3.connect(data / "zhengguan.sqlite3")) as database:
        row = database.execute("SELECT holder FROM jobs_lease").fetchone()
    return row[0] if row else ""


def is_gone(worker: psutil.Process) -> bool:
    try:
        return not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_a_killed_worker_is_replaced_and_none_outlives_the_server(end: signal.Signals, tmp_path: Path) -> None:
    process = start_demo(seed_demo_folder(tmp_path / "data"), tmp_path / "ready.json")
    try:
        eventually(lambda: worker_of(process) is not None, timeout=DEADLINE)
        first = worker_of(process)
        assert first is not None
        first.kill()
        eventually(lambda: (worker_of(process) or first).pid != first.pid, timeout=DEADLINE)
        second = worker_of(process)
        assert second is not None
        if end == signal.SIGTERM:
            eventually(lambda: f"-{second.pid}-" in lease_holder(tmp_path / "data"), timeout=DEADLINE)
    finally:
        process.send_signal(end)
        status = process.wait(scale_timeout(DEADLINE))
    assert status == (0 if end == signal.SIGTERM else -end)
    eventually(lambda: is_gone(second), timeout=DEADLINE)
    if end == signal.SIGTERM:
        assert lease_holder(tmp_path / "data") == "", "the lease was given back"


def test_a_worker_alone_ends_with_its_service(tmp_path: Path) -> None:
    words = command("worker", "--data", seed_data_folder(tmp_path / "data"))
    with subprocess.Popen(words, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "Zhengguan worker\n"
        eventually(lambda: str(worker.pid) in lease_holder(tmp_path / "data"), timeout=DEADLINE)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(scale_timeout(DEADLINE)) == 0


def test_a_server_may_leave_its_jobs_to_another_machine(tmp_path: Path) -> None:
    process = start_demo(seed_demo_folder(tmp_path / "data"), tmp_path / "ready.json", "--no-worker")
    try:
        assert json.loads((tmp_path / "ready.json").read_text(encoding="utf-8"))["url"]
        assert worker_of(process) is None
    finally:
        process.terminate()
        assert process.wait(scale_timeout(DEADLINE)) == 0
