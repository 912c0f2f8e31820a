"""The simulator in a separate process, as the demo starts it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from config.settings.loader import read_settings
from config.settings.server import DEFAULTS, ServerSettings, server_settings
from server.payments.gateways.base import PaymentState, Product, StartRequest
from server.payments.gateways.configured import wechat_gateway
from server.payments.simulator.child import start_simulator
from server.payments.simulator.keys import SimulatorKeys
from tests.waiting import eventually

pytestmark = pytest.mark.process


def test_a_server_with_its_settings_pays_there(keys: SimulatorKeys, tmp_path: Path) -> None:
    for file in keys.folder.iterdir():
        shutil.copy2(file, tmp_path)
    simulator = start_simulator(tmp_path)
    try:
        payments = server_settings(None, simulator.settings_file).payments
        assert payments.gateways == ("wechat", "alipay")
        assert payments.code_minutes == read_settings(ServerSettings, DEFAULTS, None).payments.code_minutes
        gateway = wechat_gateway(payments.wechat)
        expires_at = datetime.now(UTC) + timedelta(minutes=5)
        request = StartRequest("T-process", Product.NATIVE, 1, "photo", "http://127.0.0.1:9/", expires_at)
        assert requests.post(gateway.start(request).code_url, timeout=10).status_code == 200
        report = gateway.query("T-process")
        assert (report.state, report.amount_fen, report.simulated) == (PaymentState.PAID, 1, True)
    finally:
        simulator.stop()
    stored = json.loads((tmp_path / "trades.json").read_text(encoding="utf-8"))
    assert [trade["paid_fen"] for trade in stored] == [1]
    assert all(file.stat().st_mode & 0o077 == 0 for file in tmp_path.glob("*.pem"))


def test_it_ends_with_the_process_that_started_it(keys: SimulatorKeys, tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from server.payments.simulator.child import start_simulator;"
        "simulator = start_simulator(Path(sys.argv[1])); print(simulator.process.pid, flush=True); os._exit(9)"
    )
    for file in keys.folder.iterdir():
        shutil.copy2(file, tmp_path)
    parent = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
    assert parent.returncode == 9, parent.stderr
    eventually(lambda: not _is_running(int(parent.stdout)))


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{process}/stat").read_text(encoding="ascii").split()[2] != "Z"
