"""A station's settings: the defaults are valid, and a wrong file is one problem with file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.errors import Problem
from config.settings.station import DEFAULTS, station_settings
from kiosk.visit.timeouts import VisitTimeouts


def test_the_defaults_are_complete_and_commented() -> None:
    settings = station_settings()
    assert VisitTimeouts(**settings.timeouts.model_dump()) == VisitTimeouts(), (
        "the file and the code agree on the timeouts"
    )
    lines = [line for line in DEFAULTS.read_text(encoding="utf-8").splitlines() if " = " in line]
    uncommented = [line for line in lines if "#" not in line]
    assert all(line.split(" = ")[0] in type(settings.timeouts).model_fields for line in uncommented)


def test_a_file_changes_only_what_it_names(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('[camera]\ndriver = "webcam:0"\n', encoding="utf-8")
    settings = station_settings(mine, card_reader={"port": "/dev/ttyUSB3"})
    assert settings.camera.driver == "webcam:0"
    assert settings.card_reader.port == "/dev/ttyUSB3"
    assert settings.station == station_settings().station


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('[camera]\ndrvier = "studio"\n', "camera.drvier"),
        ('[card_reader]\nbaud = "fast"\n', "card_reader.baud"),
        ("[timeouts]\ncountdown = -1.0\n", "timeouts.countdown"),
        ("[nonsense]\nx = 1\n", "nonsense"),
        ("camera = 3\n", "camera"),
    ],
)
def test_a_wrong_key_is_named(tmp_path: Path, text: str, names: str) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(text, encoding="utf-8")
    with pytest.raises(Problem) as caught:
        station_settings(mine)
    assert "mine.toml" in str(caught.value)
    assert names in str(caught.value)


@pytest.mark.parametrize("content", [b"[camera\n", b"\xff\xfe\x00", None])
def test_a_file_that_is_no_settings_file_is_reported(tmp_path: Path, content: bytes | None) -> None:
    mine = tmp_path / "mine.toml"
    if content is not None:
        mine.write_bytes(content)
    with pytest.raises(Problem, match=r"mine\.toml"):
        station_settings(mine)
