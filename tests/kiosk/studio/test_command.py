from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from config.arrays import Pixels
from kiosk.tools import studio_check as command
from tests.kiosk.guidance.studio.synthetic_studio import Light, apply_gain, photograph, studio
from tests.kiosk.guidance.studio.test_grey_card import with_card


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_SETTLE_S", 0.0)  # a folder has no exposure to settle


def pictured(folder: Path, room: Light) -> str:
    folder.mkdir()
    Image.fromarray(photograph(room)).save(folder / "studio.png")
    return f"folder:{folder}"


def test_a_correct_studio_has_no_findings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--camera", pictured(tmp_path / "in", studio()), "--language", "en"]) == 0
    assert "All good." in capsys.readouterr().out


def test_findings_are_reported_drawn_and_counted_in_the_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    camera = pictured(tmp_path / "in", apply_gain(studio(), 0.5, 1.0))
    out = tmp_path / "found.png"
    assert command.main(["--camera", camera, "--overlay", str(out), "--language", "en"]) == 1
    assert "lamp on the picture's left" in capsys.readouterr().out
    with Image.open(out) as picture:
        pixels: Pixels = np.asarray(picture.convert("RGB"))
    left, right = pixels[300:700, 240:400].mean((0, 1)), pixels[300:700, 880:1040].mean((0, 1))
    assert left[2] - left[0] > 30 + right[2] - right[0]  # blue where it is darker, amber where it is brighter


def test_json_names_the_findings_for_machines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    camera = pictured(tmp_path / "in", with_card((160.0, 160.0, 160.0)))
    assert command.main(["--camera", camera, "--json", "--language", "zh_CN"]) == 1
    reported = json.loads(capsys.readouterr().out)
    assert reported["kind"] == "card"
    assert [finding["name"] for finding in reported["findings"]] == ["card.too_bright"]
    assert reported["figures"]["exposure"] == pytest.approx(0.94, abs=0.05)
    assert "灰卡" in reported["findings"][0]["says"]


def test_what_cannot_be_checked_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    camera = pictured(tmp_path / "in", studio())
    assert command.main(["--camera", camera, "--expect", "card", "--language", "en"]) == 2
    assert command.main(["--camera", "folder:/nowhere/at/all", "--language", "en"]) == 2
    reported = capsys.readouterr().err.splitlines()
    assert len(reported) == 2
    assert reported[0].startswith("No grey card was found")


def test_a_place_that_cannot_be_written_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    camera = pictured(tmp_path / "in", studio())
    assert command.main(["--camera", camera, "--overlay", str(tmp_path / "no" / "x.png"), "--language", "en"]) == 2
    assert "could not be written" in capsys.readouterr().err
