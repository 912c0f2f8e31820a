"""The script that makes a station: run as it is, with its files laid into a folder of the test."""

from __future__ import annotations

import configparser
import os
import subprocess
from pathlib import Path

import pytest

import config

SCRIPT = Path(config.__file__).parent / "system" / "station" / "install.sh"


def run(root: Path, *wishes: str) -> str:
    done = subprocess.run(
        [str(SCRIPT), "--root", str(root), *wishes], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


def files(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def current(root: Path) -> str:
    return os.readlink(root / "opt/zhengguan/current")


def test_a_dry_run_tells_each_step_and_changes_nothing(tmp_path: Path) -> None:
    said = run(tmp_path, "--dry-run", "--release", "one")
    assert "would: write /etc/udev/rules.d/70-zhengguan.rules" in said
    assert "would: install the programme as release one" in said
    assert list(tmp_path.iterdir()) == []


def test_the_second_run_finds_nothing_to_do(tmp_path: Path) -> None:
    run(tmp_path, "--release", "one")
    before = files(tmp_path)
    assert run(tmp_path, "--release", "one").strip() == "This station is up to date: releases/one."
    assert files(tmp_path) == before


def test_settings_that_were_changed_stay_and_our_own_files_are_mended(tmp_path: Path) -> None:
    run(tmp_path, "--release", "one")
    settings = tmp_path / "etc/zhengguan/station.toml"
    rules = tmp_path / "etc/udev/rules.d/70-zhengguan.rules"
    settings.write_text('[station]\nname = "二号机"\n', encoding="utf-8")
    rules.write_text("", encoding="utf-8")
    run(tmp_path, "--release", "two")
    assert "二号机" in settings.read_text(encoding="utf-8")
    assert "060101" in rules.read_text(encoding="utf-8")


def test_an_update_can_be_rolled_back_and_keeps_the_outbox(tmp_path: Path) -> None:
    run(tmp_path, "--release", "one")
    outbox = tmp_path / "var/lib/zhengguan/outbox.db"
    outbox.write_bytes(b"waiting")
    run(tmp_path, "--release", "two")
    assert current(tmp_path) == "releases/two"
    assert outbox.with_name("outbox.db.before-two").read_bytes() == b"waiting"
    run(tmp_path, "--rollback")
    assert current(tmp_path) == "releases/one"
    assert outbox.read_bytes() == b"waiting"
    run(tmp_path, "--rollback")  # and forward again
    assert current(tmp_path) == "releases/two"


def test_a_release_that_was_cut_short_is_made_anew(tmp_path: Path) -> None:
    run(tmp_path, "--release", "one")
    (tmp_path / "opt/zhengguan/releases/one/complete").unlink()
    (tmp_path / "opt/zhengguan/releases/one/session").write_bytes(b"")
    run(tmp_path, "--release", "one")
    assert b"zhengguan-kiosk" in (tmp_path / "opt/zhengguan/releases/one/session").read_bytes()


def test_there_is_nothing_to_roll_back_to_at_first(tmp_path: Path) -> None:
    run(tmp_path, "--release", "one")
    with pytest.raises(subprocess.CalledProcessError):
        run(tmp_path, "--rollback")
    assert current(tmp_path) == "releases/one"


def test_the_unit_is_watched_and_never_given_up() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(SCRIPT.with_name("zhengguan-kiosk.service"), encoding="utf-8")
    assert unit["Service"]["Type"] == "notify"
    assert unit["Service"]["Restart"] == "always"
    assert int(unit["Service"]["WatchdogSec"]) > 0
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"
