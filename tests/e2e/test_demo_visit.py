"""The README's first command, run without a screen."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import zxingcpp

from config.opencv import cv2
from config.standards.registry import Stage, load_standard
from hardware.simulators.studio_camera.backdrop import PAPER
from kiosk.capture.proof.documents import Statement
from kiosk.capture.proof.keys import is_signed
from kiosk.capture.verification.measure_portrait import evaluate_portrait
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.verdict import Outcome
from tests.migrated_database import seed_data_folder
from tests.waiting import scale_timeout

CHSI = load_standard("chsi")
BACKDROP = (round(PAPER[0]), round(PAPER[1]), round(PAPER[2]))


def run_demo(
    folder: Path, *arguments: str, before: tuple[str, ...] = (), **variables: str
) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    command = [*before, sys.executable, "-m", "kiosk.tools.demo", "--data", str(folder), *arguments]
    return subprocess.run(
        command,
        env={**environment, **variables},
        capture_output=True,
        text=True,
        timeout=scale_timeout(300),
        check=False,
    )


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("visit")
    return folder, run_demo(folder)


def test_the_server_holds_the_portrait_that_the_station_made(
    visit: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, ended = visit
    assert ended.returncode == 0, ended.stdout + ended.stderr
    answer = json.loads((folder / "server-answer.json").read_text(encoding="utf-8"))
    assert answer["portrait_sha256"] == hashlib.sha256((folder / "portrait.jpg").read_bytes()).hexdigest()
    assert answer["shot_sha256"] == hashlib.sha256((folder / "shot.jpg").read_bytes()).hexdigest()


def test_every_step_is_reported_with_its_time_and_pictured(
    visit: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, ended = visit
    reported = re.findall(r"^ +\d+\.\d s .*", ended.stdout, re.MULTILINE)
    pictures = sorted(path.stem for path in (folder / "pictures").glob("*.png"))
    assert len(reported) >= 15
    assert [name.split("-", 1)[1] for name in pictures][:4] == ["welcome", "identify", "identify-unknown", "consent"]
    assert [name.split("-", 1)[1] for name in pictures][-7:] == [
        "countdown",
        "shoot",
        "developing",
        "review",
        "payment",
        "payment-paid",
        "done",
    ]


def test_the_portrait_on_disk_passes_every_numeric_rule(
    visit: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, _ = visit
    rules = CHSI.rules_for(Stage.PORTRAIT)
    finder = FaceFinder(still=True)
    verdicts = evaluate_portrait((folder / "portrait.jpg").read_bytes(), CHSI, finder, BACKDROP)
    finder.close()
    assert {verdict.rule for verdict in verdicts} == set(rules)
    assert [verdict for verdict in verdicts if verdict.outcome is not Outcome.PASS] == []


def test_the_receipts_code_opens_the_progress_page(visit: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, ended = visit
    [done] = (folder / "pictures").glob("*-done.png")
    [code] = zxingcpp.read_barcodes(cv2.imread(str(done)), formats=(zxingcpp.BarcodeFormat.QRCode,))
    server = re.search(r"^Server +(\S+)", ended.stdout, re.MULTILINE)
    assert server is not None
    assert re.fullmatch(re.escape(server.group(1)) + r"/p/[\w-]{16,}", code.text)


def test_the_station_signed_the_portrait(visit: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, _ = visit
    [database] = folder.rglob("*.sqlite3")
    with closing(sqlite3.connect(database)) as stored:
        [[result, text, signature]] = stored.execute("SELECT result, statement, signature FROM proof_portraitstatement")
        [[key]] = stored.execute("SELECT public_key FROM proof_stationkey")
    statement = Statement.parse(text.encode())
    assert (result, statement.key, statement.simulated) == ("valid", key, True)
    assert statement.portrait.sha256 == hashlib.sha256((folder / "portrait.jpg").read_bytes()).hexdigest()
    assert statement.original.sha256 == hashlib.sha256((folder / "shot.jpg").read_bytes()).hexdigest()
    assert is_signed(text.encode(), signature, key)


def test_no_number_is_reported_or_logged(visit: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, ended = visit
    logs = [ended.stdout, ended.stderr, *(path.read_text("utf-8") for path in folder.rglob("*.log"))]
    assert not [match for text in logs for match in re.findall(r"990\d{14}[\dX]", text)]


@pytest.mark.xcb
def test_a_person_plays_the_demo_with_mouse_and_keys(tmp_path: Path) -> None:
    """From the drawer's first card to the operator's PIN, by events of a real X server, on an upright screen."""
    for tool in ("xvfb-run", "xdotool"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    command = [
        "xvfb-run",
        "-a",
        "-s",
        "-screen 0 1080x1920x24",
        sys.executable,
        "-m",
        "tests.e2e.xcb_player",
        str(tmp_path),
    ]
    seed_data_folder(tmp_path / "server")  # the visit above starts with an empty folder
    environment = {**os.environ, "QT_QPA_PLATFORM": "xcb"}
    ended = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=scale_timeout(300), check=False
    )
    log = (tmp_path / "demo.log").read_text("utf-8")
    assert ended.returncode == 0, ended.stdout + ended.stderr + log
    assert "is on the server (received)" in log, "the portrait that was accepted by a click has arrived"
