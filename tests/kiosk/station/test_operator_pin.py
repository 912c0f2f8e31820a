"""The operator's PIN: set at pairing, no default, no weak PIN, and pauses that continue after a restart."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import pytest

from config.errors import Problem
from config.i18n import translations
from config.settings.station import StationSettings, station_settings
from kiosk.app import main
from kiosk.diagnostics.report import Level
from kiosk.diagnostics.settings import pin as pin_lines
from kiosk.identification.attempts import AttemptCounters
from kiosk.station import command_line
from kiosk.station.operator_pin import DEMO_PIN, check_pin, pin_hash, set_pin
from kiosk.station.paths import data_dir
from kiosk.tools.codes import main as codes
from kiosk.ui.operator.pin import verify_pin
from kiosk.ui.operator.pin_pad import PIN_LIMIT, PinPad

GOOD = "730416"
WEAK = [
    *("", "2468", "1234", "0000", "12345", "abcdef", "１２３４５６", "73 0416", "7304167304167"),
    *("000000", "123456", "987654", "246802", "135791", "112233", "121212", "123123", "444555", "258258", "1234567890"),
    *(
        "147258",
        "147258369",
        "159357",
        "5201314",
        "1314520",
        "369369369",
        "890123",
        "741147",
        "20002000",
        "001122334455",
    ),
]


def settings(driver: str, **operator: Any) -> StationSettings:
    return station_settings(camera={"driver": driver}, operator=operator)


@pytest.mark.parametrize("weak", WEAK)
def test_weak_pins_are_refused(tmp_path: Path, weak: str) -> None:
    with pytest.raises(Problem, match="PIN"):
        set_pin(tmp_path / "pin", weak)
    assert not (tmp_path / "pin").exists()


def test_good_pins_are_accepted_and_stored_as_a_salted_hash(tmp_path: Path) -> None:
    for good in (GOOD, "902817", "48151623", "271828182845"):
        check_pin(good)
        set_pin(tmp_path / "pin", good)
    pin_file = tmp_path / "pin"
    assert pin_file.stat().st_mode & 0o077 == 0
    assert "271828182845" not in pin_file.read_text()
    assert verify_pin("271828182845", pin_hash(settings("webcam"), pin_file))


@pytest.mark.parametrize("driver", ["webcam", "dslr", "dslr:ptpip:10.0.0.9", "dual:webcam+dslr", "folder:/tmp"])
def test_no_default_pin_opens_a_station_with_a_camera(tmp_path: Path, driver: str) -> None:
    assert not verify_pin(DEMO_PIN, pin_hash(settings(driver), tmp_path / "pin"))
    (line,) = pin_lines(settings(driver), tmp_path / "pin")
    assert line.level is Level.FAILURE


def test_only_the_simulated_studio_opens_with_the_demo_s_pin(tmp_path: Path) -> None:
    assert verify_pin(DEMO_PIN, pin_hash(settings("studio"), tmp_path / "pin"))
    set_pin(tmp_path / "pin", GOOD)
    assert not verify_pin(DEMO_PIN, pin_hash(settings("studio"), tmp_path / "pin"))
    (line,) = pin_lines(settings("webcam"), tmp_path / "pin")
    assert line.level is Level.OK


class TypedInput(io.StringIO):
    terminal = False

    def isatty(self) -> bool:
        return self.terminal


@pytest.fixture
def paired(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The code of each pairing, which needs no server here."""
    codes: list[str] = []

    def pair(settings: object, folder: Path, url: str, code: str) -> Any:
        codes.append(code)
        folder.mkdir(exist_ok=True)
        return type("PairingRecord", (), {"url": url, "credentials": type("Pairing", (), {"name": "one"})})

    monkeypatch.setattr(command_line, "pair", pair)
    return codes


def run(monkeypatch: pytest.MonkeyPatch, folder: Path, typed: str, camera: str = "webcam") -> int:
    monkeypatch.setattr("sys.stdin", TypedInput(typed))
    return main(["--data", str(folder), "--camera", camera, "--pair", "http://127.0.0.1:1", "CODE"])


def test_pairing_sets_the_pin_and_uses_no_code_without_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paired: list[str]
) -> None:
    for weak in ("", "\n", "2468\n", "123456\n"):
        assert run(monkeypatch, tmp_path, weak) == 2
    assert paired == [], "the one-time code is still valid"
    assert run(monkeypatch, tmp_path, f"{GOOD}\n") == 0
    assert verify_pin(GOOD, pin_hash(settings("webcam"), tmp_path / "operator-pin"))
    assert run(monkeypatch, tmp_path, "") == 0, "paired again, the PIN stays"
    assert verify_pin(GOOD, pin_hash(settings("webcam"), tmp_path / "operator-pin"))


def test_a_simulated_station_may_be_paired_without_a_pin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paired: list[str]
) -> None:
    assert run(monkeypatch, tmp_path, "", "studio") == 0
    assert paired == ["CODE"]


def test_on_a_terminal_it_is_typed_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paired: list[str]) -> None:
    answers = iter([GOOD, "111111", GOOD, GOOD])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(answers))
    monkeypatch.setattr(TypedInput, "terminal", True)
    assert run(monkeypatch, tmp_path, "") == 2
    assert paired == []
    assert run(monkeypatch, tmp_path, "") == 0


@pytest.mark.usefixtures("qapp")
def test_a_restart_does_not_shorten_the_pause_after_wrong_pins(tmp_path: Path) -> None:
    path, now = tmp_path / "attempts", time.time()
    set_pin(tmp_path / "pin", GOOD)
    stored = (tmp_path / "pin").read_text()

    def opened(typed: str, at: float) -> bool:
        pad = PinPad(stored, AttemptCounters(path, lambda: at))  # a new start each time
        received: list[None] = []
        pad.accepted.connect(lambda: received.append(None))
        pad._set_typed(typed)
        pad.enter.click()
        return bool(received)

    for _ in range(PIN_LIMIT.tries):
        assert not opened("000000", now)
    assert not opened(GOOD, now + PIN_LIMIT.pause - 1)
    for _ in range(PIN_LIMIT.tries):
        assert not opened("000000", now + PIN_LIMIT.pause + 1)
    assert not opened(GOOD, now + 2 * PIN_LIMIT.pause), "the second pause is longer"
    assert opened(GOOD, now + 4 * PIN_LIMIT.pause)


@pytest.mark.usefixtures("qapp")
def test_a_station_without_a_pin_gets_instructions() -> None:
    pad = PinPad("")
    received: list[None] = []
    pad.accepted.connect(lambda: received.append(None))
    for typed in ("", DEMO_PIN, "000000"):
        pad._set_typed(typed)
        pad.enter.click()
    assert received == []
    pad.reset()
    assert "--set-pin" in pad.prompt.text()


def test_a_folder_in_the_home_is_the_same_for_every_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A settings file is not read by a shell, so that nothing else replaces "~"."""
    mine, picture = tmp_path / "mine.toml", tmp_path / "code.png"
    mine.write_text('[station]\ndata = "~/photos"\n', encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO("730416\n"))
    assert main(["--config", str(mine), "--set-pin"]) == 0
    assert (tmp_path / "home" / "photos" / "operator-pin").exists()
    assert codes(["--config", str(mine), "draw", "C1", "2022001", str(picture)]) == 2, "it is not paired"
    assert translations("zh_CN").translate("pairing.none") in capsys.readouterr().err
    assert not (tmp_path / "~").exists()


def test_a_home_of_nobody_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Problem, match="nobody-here"):
        data_dir(None, "~nobody-here/photos")
    with pytest.raises(Problem):
        data_dir(None, "photos\0")
