"""A station's settings: the defaults are valid, and a wrong file is one problem with file and key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.errors import Problem
from config.i18n import LANGUAGES
from config.settings.station import DEFAULTS, station_settings
from hardware.cameras.webcam.settings import WebcamSettings
from kiosk.ui.operator.pin import hash_pin
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


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[timeouts]\nreview = inf\n", "timeouts.review"),
        ("[timeouts]\nreview = 1e10\n", "timeouts.review"),
        ("[server]\nread_timeout = 1e400\n", "server.read_timeout"),
        ("[operator]\nroster_warning_hours = 1e15\n", "operator.roster_warning_hours"),
        ("[camera]\nburst = 2.5\n", "camera.burst"),
        ('[camera]\nburst = "many"\n', "camera.burst"),
        ("[camera]\nburst = 9\n", "camera.burst"),
        ('[codes]\ncamera = "maybe"\n', "codes.camera"),
        ("[station]\nname = 2026-01-01\n", "station.name"),
        ('[station]\nname = ""\n', "station.name"),
        (f'[station]\nname = "{"x" * 61}"\n', "station.name"),
        ('[station]\nlanguage = "zh"\n', "station.language"),
        ('[lights]\nlamps = [{name = "left"}]\n', "lights.lamps.0.channel"),
        ('[lights]\nlamps = [{name = "left", channel = 1, kelvin = [1, 2, 3]}]\n', "lights.lamps.0.kelvin"),
        ('[sheets]\nqueues = {a4_class = "a queue"}\n', "sheets.queues.a4_class"),
        ("[printer]\nwidth = 3000\n", "printer.width"),
        ("[[station]]\nname = 1\n", "station"),
        ("station = 5\n", "station"),
        ("[station\n", "1"),
        ('[station]\nname = "a"\nname = "b"\n', "3"),
        ('[station]\nname = "北京\n', "2"),
        ("[station]\nname = [", ""),
        ("[timeouts]\npose = " + "9" * 5_000, ""),
        ("a = " + "[" * 3_000, ""),
    ],
)
def test_the_reason_is_in_the_language_of_the_reader(tmp_path: Path, text: str, place: str) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(text, encoding="utf-8")
    with pytest.raises(Problem) as caught:
        station_settings(mine, station={"school": "示范大学"})
    for language in LANGUAGES:
        sentence = caught.value.in_language(language).replace(str(mine), mine.name)
        assert "mine.toml" in sentence
        assert place in sentence
        assert not re.search(r"Input should|Extra inputs|problem\.|valid (integer|number)|\(at line", sentence), (
            sentence
        )
    chinese = caught.value.in_language("zh_CN").replace(str(mine), "").replace("mine.toml", "").replace(place, "")
    assert set(re.findall(r"[A-Za-z]{2,}", chinese)) <= {"inf", "nan", "true", "false", "zh", "CN", "en"}


@pytest.mark.parametrize("wrong", ["730416", "scrypt$1$2", "scrypt$16384$8$1$zz$00"])
def test_a_pin_in_the_place_of_its_hash_is_reported(tmp_path: Path, wrong: str) -> None:
    """No PIN would open the operator page, and the check of the station would find nothing wrong."""
    mine = tmp_path / "mine.toml"
    mine.write_text(f'[operator]\npin_hash = "{wrong}"\n', encoding="utf-8")
    with pytest.raises(Problem) as caught:
        station_settings(mine)
    for language in LANGUAGES:
        assert "operator.pin_hash" in caught.value.in_language(language)
        assert "zhengguan run --set-pin" in caught.value.in_language(language)
        assert wrong not in caught.value.in_language(language)


def test_the_hash_of_a_pin_is_accepted() -> None:
    stored = hash_pin("730416")
    assert station_settings(operator={"pin_hash": stored}).operator.pin_hash == stored


def test_a_speech_command_with_an_open_quote_is_reported() -> None:
    with pytest.raises(Problem) as caught:
        station_settings(speech={"command": "espeak-ng 'zh {sentence}"})
    assert "speech.command (a quotation mark is not closed)" in str(caught.value)
    assert "有引号没有配对" in caught.value.in_language("zh_CN")


def test_a_file_without_sections_overrides_values(tmp_path: Path) -> None:
    mine = tmp_path / "webcam.toml"
    mine.write_text("width = 1280\n", encoding="utf-8")
    assert (WebcamSettings.read(mine).width, WebcamSettings.read(mine).height) == (1280, WebcamSettings.read().height)
    mine.write_text("[width]\npixels = 1280\n", encoding="utf-8")
    with pytest.raises(Problem, match="mistake at width"):
        WebcamSettings.read(mine)


def test_a_file_saved_by_notepad_is_read(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_bytes('\ufeff[station]\r\nname = "北京"\r\n'.encode())
    assert station_settings(mine).station.name == "北京"


def test_a_file_in_another_encoding_is_reported_with_its_line(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_bytes('[station]\nlanguage = "en"\nname = "北京"\n'.encode("gbk"))
    with pytest.raises(Problem) as caught:
        station_settings(mine)
    assert "line 3 is not UTF-8" in str(caught.value)
    assert "第 3 行不是 UTF-8 编码" in caught.value.in_language("zh_CN")


def test_a_wrong_line_is_not_repeated_because_it_may_have_a_password(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('[operator]\npin_hash = "secret\n', encoding="utf-8")
    with pytest.raises(Problem) as caught:
        station_settings(mine)
    assert "secret" not in str(caught.value)
