"""`zhengguan server` as a person starts it: in its own process, stopped by SIGTERM."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from kiosk.upload.envelope import Pairing
from kiosk.upload.number_hashing import candidate_hashes
from kiosk.upload.roster_payload import RosterPayload, StudentState
from tests.demo_folder import seed_demo_folder
from tests.migrated_database import seed_data_folder
from tests.server.test_boundaries import ROOT
from tests.waiting import eventually, scale_timeout

pytestmark = pytest.mark.process

DEADLINE = 60.0
EVIL = {"Host": "evil.example"}
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("ZHENGGUAN", "DJANGO"))}


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "server.cli", *map(str, arguments)]


def run(*arguments: object, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), cwd=ROOT, env=ENVIRONMENT, input=text, capture_output=True, text=True)


def start_demo(data: Path, ready: Path, *more: object) -> subprocess.Popen[str]:
    """Start the demo; return when its ready file exists."""
    ready.unlink(missing_ok=True)
    process = subprocess.Popen(
        command("demo", "--data", data, "--port", 0, "--ready-file", ready, *more),
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    eventually(lambda: ready.exists() or process.poll() is not None, timeout=DEADLINE)
    assert process.poll() is None, process.communicate()[0]
    return process


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("demo")
    process = start_demo(seed_data_folder(folder / "data"), folder / "ready.json")
    yield json.loads((folder / "ready.json").read_text(encoding="utf-8"))
    process.send_signal(signal.SIGTERM)
    assert process.wait(scale_timeout(DEADLINE)) == 0


def roster_of(demo: dict[str, Any], code: str) -> tuple[Pairing, RosterPayload]:
    response = requests.post(
        f"{demo['url']}/api/station/v1/pair", json={"code": code, "name": "一号站"}, timeout=scale_timeout(20)
    )
    pairing = Pairing.model_validate_json(response.text)
    headers = {"Authorization": f"Bearer {pairing.token}"}
    return pairing, RosterPayload.model_validate_json(
        requests.get(f"{demo['url']}/api/station/v1/roster", headers=headers, timeout=scale_timeout(20)).text
    )


def test_the_demo_has_a_card_for_every_case(demo: dict[str, Any]) -> None:
    pairing, roster = roster_of(demo, demo["pairing_code"])
    students = {student.id_number_hmac: student for student in roster.students}
    campaigns = {campaign.code: campaign for campaign in roster.campaigns}
    with open(demo["cards"], encoding="utf-8", newline="") as file:
        cards = list(csv.DictReader(file))
    assert len([card for card in cards if card["note"] in ("expected", "withdrawn")]) == 200
    assert {card["note"] for card in cards} == {"expected", "withdrawn", "expired", "unknown"}
    for card in cards[:4] + cards[-8:]:  # looking one up takes 0.1 s of processor time
        assert roster.number_hashing is not None
        hashes = candidate_hashes(pairing.roster_key, card["number"], roster.number_hashing)
        student = next((students[candidate] for candidate in hashes if candidate in students), None)
        assert card["number"].startswith("990")
        assert (student is None) == (card["note"] == "unknown")
        if student:
            over = campaigns[student.campaign].closes_at < roster.generated_at
            assert over == (card["note"] == "expired")
            assert (student.state is StudentState.WITHDRAWN) == (card["note"] == "withdrawn")
    assert os.stat(demo["cards"]).st_mode & 0o077 == 0
    assert all(campaign.simulated for campaign in roster.campaigns)


def test_the_demo_has_payment_gateways_without_money(demo: dict[str, Any]) -> None:
    assert "SIMULATED" in requests.get(demo["payment_simulator"], timeout=30).text


def test_the_reviewer_can_sign_in(demo: dict[str, Any]) -> None:
    session = requests.Session()
    page = session.get(f"{demo['url']}/signin", timeout=scale_timeout(20)).text
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    form = {"username": demo["reviewer"], "password": demo["password"], "csrfmiddlewaretoken": token}
    response = session.post(f"{demo['url']}/signin", data=form, timeout=scale_timeout(20))
    assert response.url == f"{demo['url']}/review/"


def test_a_second_code_and_revoking(demo: dict[str, Any]) -> None:
    code = run("pair-code", "--data", demo["data"]).stdout.strip()
    pairing, _ = roster_of(demo, code)
    done = run("revoke", pairing.station, "--data", demo["data"])
    assert done.returncode == 0, done.stderr
    headers = {"Authorization": f"Bearer {pairing.token}"}
    assert (
        requests.get(f"{demo['url']}/api/station/v1/roster", headers=headers, timeout=scale_timeout(20)).status_code
        == 401
    )


def test_importing_a_roster_by_command(demo: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text("姓名,身份证号\n王雨,990101200301020019\n李雷,1\n", encoding="gb18030")
    done = run("import-roster", path, "--campaign", "zgdemo", "--data", demo["data"])
    assert done.returncode == 1
    assert "Line 3" in done.stderr
    assert "Nothing" in done.stdout
    assert run("import-roster", path, "--campaign", "nosuch", "--data", demo["data"]).stderr.count("zgdemo") == 1


def test_wrong_use_is_one_sentence(demo: dict[str, Any]) -> None:
    for arguments in (("show", "0" * 32), ("revoke", "nobody"), ("createreviewer", "mei")):
        done = run(*arguments, "--data", demo["data"], text="short\n")
        assert done.returncode == 1
        assert done.stderr.strip()
        assert "Traceback" not in done.stderr
    port = demo["url"].rsplit(":", 1)[1]
    second = run("run", "--port", port, "--data", demo["data"])
    assert (second.returncode, second.stderr.count("\n")) == (1, 1), second.stderr


def test_the_demo_starts_again_with_existing_data(tmp_path: Path) -> None:
    facts = []
    seed_demo_folder(tmp_path / "data")
    for _ in range(2):
        process = start_demo(tmp_path / "data", tmp_path / "ready.json", "--no-worker")
        fresh = json.loads((tmp_path / "ready.json").read_text(encoding="utf-8"))
        _, roster = roster_of(fresh, fresh["pairing_code"])
        facts.append((fresh["password"], sorted(student.id for student in roster.students)))
        process.send_signal(signal.SIGTERM)
        assert process.wait(scale_timeout(DEADLINE)) == 0
    assert facts[0] == facts[1]


def test_a_command_on_an_empty_folder_is_one_sentence_too(tmp_path: Path) -> None:
    done = run("show", "0" * 32, "--data", tmp_path / "new")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    wide = tmp_path / "wide"
    wide.mkdir(mode=0o755)
    assert run("pair-code", "--data", wide).returncode == 0
    assert [path.name for path in wide.iterdir() if path.stat().st_mode & 0o077] == []


def test_requests_to_its_own_address_are_accepted_and_to_a_foreign_name_rejected(tmp_path: Path) -> None:
    data = seed_demo_folder(tmp_path / "data")
    process = start_demo(data, tmp_path / "ready.json", "--no-worker", "--host", "127.0.0.2")
    url = json.loads((tmp_path / "ready.json").read_text(encoding="utf-8"))["url"]
    try:
        assert url.startswith("http://127.0.0.2:")
        statuses = [requests.get(f"{url}/signin", headers=headers, timeout=20).status_code for headers in ({}, EVIL)]
        assert statuses == [200, 421]
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE) == 0
