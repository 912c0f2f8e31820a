"""`zhengguan check` as its user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

from hardware.simulators.card_reader import SimulatedCardReader
from kiosk.station.operator_pin import set_pin
from kiosk.station.single_instance import acquire_lock
from tests.waiting import scale_timeout

pytestmark = pytest.mark.process


def check(folder: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "kiosk.diagnostics", "check", "--data", str(folder), "--language", "en", *arguments],
        capture_output=True,
        text=True,
        timeout=scale_timeout(120),
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    cv2.imwrite(str(folder / "one.jpg"), np.full((480, 640, 3), 200, np.uint8))
    return folder


@pytest.fixture
def no_documents(tmp_path: Path) -> str:
    """Settings of a station that reads no documents: trying the text recognition takes some seconds."""
    settings = tmp_path / "station.toml"
    settings.write_text("[documents]\nenabled = false\n")
    return str(settings)


def levels_by_key(output: str) -> dict[str, str]:
    return {row["key"]: row["level"] for row in map(json.loads, output.splitlines())}


def test_camera_and_reader_are_opened_and_tried(tmp_path: Path, pictures: Path) -> None:
    set_pin(tmp_path / "operator-pin", "730416")
    with SimulatedCardReader() as reader:
        code, output = check(tmp_path, "--json", "--camera", f"folder:{pictures}", "--reader", reader.port)
    levels = levels_by_key(output)
    assert code == 0
    assert levels["diagnosis.shot.ok"] == "ok"
    assert levels["diagnosis.reader.ok"] == "ok"
    assert levels["diagnosis.camera.simulated"] == "warning"
    assert levels["diagnosis.printer.not_set"] == "ok"
    if find_spec("rapidocr"):
        assert levels["diagnosis.documents.ok"] == "ok"


def test_a_station_without_a_pin_is_not_ready(tmp_path: Path, pictures: Path, no_documents: str) -> None:
    code, output = check(tmp_path, "--json", "--camera", f"folder:{pictures}", "--config", no_documents)
    assert code == 1
    assert levels_by_key(output)["diagnosis.pin.none"] == "failure"


def test_a_missing_device_is_a_failure_with_instructions(tmp_path: Path) -> None:
    settings = tmp_path / "station.toml"
    settings.write_text('[documents]\nenabled = false\n[printer]\ndriver = "escpos:file:/dev/no-printer"\n')
    arguments = ("--camera", "webcam:/dev/video99", "--reader", str(tmp_path / "no-port"), "--config", str(settings))
    code, output = check(tmp_path, *arguments)
    assert code == 1
    assert "✗ Camera: No camera was found" in output
    assert "✗ Card reader:" in output
    assert "! Printer: The printer /dev/no-printer was not found" in output
    report = (tmp_path / "station-check.txt").read_text(encoding="utf-8")
    assert "✗ Camera: No camera was found" in report
    assert "mediapipe 0.10" in report


def test_a_running_kiosk_keeps_its_devices(tmp_path: Path, pictures: Path, no_documents: str) -> None:
    set_pin(tmp_path / "operator-pin", "730416")
    with acquire_lock(tmp_path / "station.lock"):
        code, output = check(tmp_path, "--json", "--camera", f"folder:{pictures}", "--config", no_documents)
    levels = levels_by_key(output)
    assert code == 0
    assert levels["diagnosis.kiosk.running"] == "warning"
    assert not any(key.startswith("diagnosis.camera") for key in levels)
