"""The installer of the station, run unchanged with its files in a folder of the test."""

from __future__ import annotations

import configparser
import fcntl
import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

import config
from tests.waiting import scale_timeout

pytestmark = pytest.mark.process

SCRIPT = Path(config.__file__).parent / "deploy" / "station" / "install.sh"


def run(root: Path, *options: str, umask: int = 0o022) -> str:
    done = subprocess.run(
        [str(SCRIPT), "--root", str(root), *options],
        capture_output=True,
        text=True,
        check=True,
        timeout=scale_timeout(60),
        umask=umask,
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


def test_a_dry_run_prints_each_step_and_changes_nothing(tmp_path: Path) -> None:
    output = run(tmp_path, "--dry-run", "--release", "one")
    assert "would: write /etc/udev/rules.d/70-zhengguan.rules" in output
    assert "would: install the program as release one" in output
    assert list(tmp_path.iterdir()) == []


def test_the_second_run_finds_nothing_to_do(tmp_path: Path) -> None:
    run(tmp_path, "--release", "one")
    before = files(tmp_path)
    assert run(tmp_path, "--release", "one").strip() == "This station is up to date: releases/one."
    assert files(tmp_path) == before


def test_settings_that_were_changed_stay_and_our_own_files_are_restored(tmp_path: Path) -> None:
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


def test_an_incomplete_release_is_built_again(tmp_path: Path) -> None:
    run(tmp_path, "--release", "one")
    (tmp_path / "opt/zhengguan/releases/one/complete").unlink()
    (tmp_path / "opt/zhengguan/releases/one/session").write_bytes(b"")
    run(tmp_path, "--release", "one")
    assert b"zhengguan run" in (tmp_path / "opt/zhengguan/releases/one/session").read_bytes()


def test_a_link_left_by_a_power_cut_does_not_prevent_an_update(tmp_path: Path) -> None:
    run(tmp_path, "--release", "one")
    (tmp_path / "opt/zhengguan/current.new").symlink_to("releases/one")
    run(tmp_path, "--release", "two")
    assert current(tmp_path) == "releases/two"
    assert not (tmp_path / "opt/zhengguan/releases/one/two").is_symlink()


def test_the_kiosk_may_read_what_a_strict_administrator_installs(tmp_path: Path) -> None:
    root = tmp_path / "a disk with spaces"
    run(root, "--release", "one", umask=0o077)
    for folder in ("opt/zhengguan", "opt/zhengguan/releases/one", "etc/zhengguan", "etc/udev/rules.d"):
        assert (root / folder).stat().st_mode & 0o755 == 0o755, folder
    assert (root / "var/lib/zhengguan").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", ["../../etc", "..", "a b", "-one", "a/b"])
def test_a_release_is_named_so_that_it_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        run(tmp_path, "--release", name)
    assert list(tmp_path.iterdir()) == []


def test_two_installations_do_not_run_at_once(tmp_path: Path) -> None:
    run(tmp_path, "--release", "one")
    with (tmp_path / "opt/zhengguan/.install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(subprocess.CalledProcessError):
            run(tmp_path, "--release", "two")
    assert current(tmp_path) == "releases/one"


def test_releases_and_copies_that_no_rollback_needs_are_removed(tmp_path: Path) -> None:
    outbox = tmp_path / "var/lib/zhengguan/outbox.db"
    for name in ("one", "two", "three"):
        run(tmp_path, "--release", name)
        outbox.write_bytes(b"waiting")
        outbox.with_name("outbox.db-wal").write_bytes(b"log")
    run(tmp_path, "--release", "four")
    assert sorted(path.name for path in (tmp_path / "opt/zhengguan/releases").iterdir()) == ["four", "three"]
    copies = sorted(path.name for path in outbox.parent.glob("*.before-*"))
    # The name of the log follows that of its database, or SQLite does not find it.
    assert copies == [f"outbox.db.before-{name}{part}" for name in ("four", "three") for part in ("", "-wal")]


def test_changed_files_are_another_release_also_without_git(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(SCRIPT.parent, source / "config/deploy/station")
    for name in ("run.txt", "release.sh", "command"):
        shutil.copy(SCRIPT.parents[1] / name, source / "config/deploy")
    (source / "config/settings").mkdir()
    (source / "config/settings/station.toml").write_text("", encoding="utf-8")
    (source / "pyproject.toml").write_text('version = "1.2"\n', encoding="utf-8")
    script, root = source / "config/deploy/station/install.sh", tmp_path / "root"

    def installed() -> str:
        subprocess.run([str(script), "--root", str(root)], capture_output=True, check=True, timeout=scale_timeout(60))
        return current(root)

    first = installed()
    assert first.startswith("releases/1.2-")
    assert installed() == first
    (source / "config/settings/station.toml").write_text("# changed\n", encoding="utf-8")
    assert installed() != first


def test_the_kiosk_receives_sigterm_and_is_waited_for(tmp_path: Path) -> None:
    kiosk = subprocess.Popen(
        ["sh", "-c", 'trap "echo saved >saved; exit" TERM; echo ready; while :; do sleep 0.05; done'],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
    )
    assert kiosk.stdout is not None
    assert kiosk.stdout.readline() == b"ready\n"
    threading.Thread(target=kiosk.wait).start()  # collects the exit status, as xinit does
    (tmp_path / "kiosk.pid").write_text(f"{kiosk.pid}\n", encoding="utf-8")
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    subprocess.run([str(SCRIPT.with_name("stop"))], env=environment, check=True, timeout=scale_timeout(30))
    assert (tmp_path / "saved").exists()
    kiosk.stdout.close()


SETTINGS = ["--config", "/etc/zhengguan/station.toml"]


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("zhengguan", ["check", "--report", "a b"], ["check", "--report", "a b", *SETTINGS]),
        ("zhengguan", ["codes", "take", "a.csv"], ["codes", *SETTINGS, "take", "a.csv"]),
        ("zhengguan-station", ["check"], ["check", *SETTINGS]),
        ("zhengguan-kiosk", ["--set-pin"], ["run", "--set-pin", *SETTINGS]),
        ("zhengguan-studio", ["--json"], ["studio", "--json", *SETTINGS]),
    ],
)
def test_the_commands_of_a_station_run_as_its_user_with_its_settings(
    name: str, arguments: list[str], expected: list[str], tmp_path: Path
) -> None:
    run(tmp_path / "root", "--release", "one")
    command = run_wrapper(tmp_path, name, *arguments)
    assert command[:2] == ["-u", "zhengguan"]
    assert command[-len(expected) - 1 :] == ["/opt/zhengguan/current/bin/zhengguan", *expected]


def test_the_commands_of_the_server_run_as_its_user(tmp_path: Path) -> None:
    run(tmp_path / "root", "--release", "one")
    command = run_wrapper(tmp_path, "zhengguan", "server", "check")
    assert command[:2] == ["-u", "zhengguan-server"]
    assert "ZHENGGUAN_SERVER_CONFIG=/etc/zhengguan/server.toml" in command
    assert command[-3:] == ["/opt/zhengguan-server/current/bin/zhengguan", "server", "check"]


def run_wrapper(folder: Path, name: str, *arguments: str) -> list[str]:
    """Return the arguments with which the wrapper calls runuser or sudo."""
    tools = folder / "tools"
    tools.mkdir()
    for tool in ("runuser", "sudo"):
        (tools / tool).write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n', encoding="utf-8")
        (tools / tool).chmod(0o755)
    return subprocess.run(
        [str(folder / "root/usr/local/bin" / name), *arguments],
        env={"PATH": f"{tools}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
        timeout=scale_timeout(30),
    ).stdout.splitlines()


def test_there_is_nothing_to_roll_back_to_at_first(tmp_path: Path) -> None:
    run(tmp_path, "--release", "one")
    with pytest.raises(subprocess.CalledProcessError):
        run(tmp_path, "--rollback")
    assert current(tmp_path) == "releases/one"


def test_systemd_watches_the_unit_and_always_restarts_it() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(SCRIPT.with_name("zhengguan-kiosk.service"), encoding="utf-8")
    assert unit["Service"]["Type"] == "notify"
    assert unit["Service"]["Restart"] == "always"
    assert int(unit["Service"]["WatchdogSec"]) > 0
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"
    assert unit["Service"]["KillMode"] == "control-group"  # with mixed, only xinit would receive the watchdog's signal
    assert unit["Service"]["ExecStop"].endswith("/opt/zhengguan/current/stop")
    assert unit["Service"]["LimitCORE"] == "0"
