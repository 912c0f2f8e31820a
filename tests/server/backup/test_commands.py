"""The commands as an administrator runs them, and processes that are killed while they run."""

from __future__ import annotations

import io
import os
import signal
import sqlite3
import subprocess
import sys
from argparse import Namespace
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest
from django.utils import timezone

from config.errors import Problem
from server.audit.models import Action, Event
from server.backup.age import open_with_key
from server.core.management.commands.backup import Command
from server.core.management.commands.seal_keys import Command as SealKeys
from server.core.management.commands.unseal_keys import Command as UnsealKeys
from server.installation_check import check_installation
from server.submissions.models import Submission
from server.submissions.store import picture_store
from tests.migrated_database import seed_data_folder
from tests.paths import ROOT
from tests.server.test_cli import ENVIRONMENT

FILL = """
import django
django.setup()
from django.contrib.auth.models import User
from tests.server.conftest import make_campaign, make_student
from tests.server.delivery.conftest import store_picture
from tests.server.submissions.reviewing import submission_of
campaign = make_campaign(simulated=False)
for serial in range(1, 6):
    shot = store_picture(f"shot {serial}".encode())
    submission_of(make_student(campaign, serial), id=f"{serial:032x}", shot_sha256=shot, portrait_sha256=None)
"""
KILLED_AT_THIRD_FILE = """
import os, sys
import server.backup.repository as repository
original, calls = repository.copy_hashed, [3]
def copy_and_kill(source, target):
    result = original(source, target)
    calls[0] -= 1
    if not calls[0]:
        os.kill(os.getpid(), 9)
    return result
repository.copy_hashed = copy_and_kill
from server.cli import main
main(sys.argv[1:])
"""


def run_python(*words: object, settings: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**ENVIRONMENT, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    if settings is not None:
        environment["ZHENGGUAN_SERVER_CONFIG"] = str(settings)
    return subprocess.run([sys.executable, *map(str, words)], cwd=ROOT, env=environment, capture_output=True, text=True)


def files(data: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (data / "files").glob("??/*")}


def students(data: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(data / "zhengguan.sqlite3")) as database:
        return database.execute("SELECT id, id_number_encrypted FROM records_student ORDER BY id").fetchall()


@pytest.mark.process
def test_a_killed_backup_and_a_killed_restore_lose_nothing(tmp_path: Path) -> None:
    identity = pyrage.x25519.Identity.generate()
    data, backups, new = seed_data_folder(tmp_path / "data"), tmp_path / "backups", tmp_path / "new"
    keys, config = tmp_path / "server.keys", tmp_path / "server.toml"
    (tmp_path / "recovery.txt").write_text(f"# keep it elsewhere\n{identity}\n")
    config.write_text(
        f'[server]\ndata = "{data}"\n[backup]\nfolder = "{backups}"\nrecovery_key = "{identity.to_public()}"\n'
    )
    filled = subprocess.run(
        [sys.executable, "-c", FILL],
        cwd=ROOT,
        env={
            **ENVIRONMENT,
            "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
            "ZHENGGUAN_SERVER_CONFIG": str(config),
            "DJANGO_SETTINGS_MODULE": "server.settings",
        },
        capture_output=True,
        text=True,
    )
    assert filled.returncode == 0, filled.stderr
    assert run_python("-c", KILLED_AT_THIRD_FILE, "backup", settings=config).returncode == -signal.SIGKILL
    assert list(backups.glob("2*.part"))
    completed = run_python("-m", "server.cli", "backup", settings=config)
    assert completed.returncode == 0, completed.stderr
    assert "5 files" in completed.stdout
    assert not list(backups.glob("2*.part"))

    unsealed = run_python(
        "-m", "server.cli", "unseal-keys", backups / "server-keys.age", keys, "--identity", tmp_path / "recovery.txt"
    )
    assert unsealed.returncode == 0, unsealed.stderr
    assert keys.stat().st_mode & 0o777 == 0o600
    config.write_text(f'[server]\ndata = "{new}"\nkeys = "{keys}"\n')
    assert run_python("-c", KILLED_AT_THIRD_FILE, "restore", backups, settings=config).returncode == -signal.SIGKILL
    refused = run_python("-m", "server.cli", "pair-code", settings=config)
    assert (refused.returncode, "was interrupted" in refused.stderr) == (1, True)
    restored = run_python("-m", "server.cli", "restore", backups, settings=config)
    assert restored.returncode == 0, restored.stderr
    assert (files(new), students(new)) == (files(data), students(data))


@pytest.fixture
def command(data: Path) -> Command:
    return Command(stdout=io.StringIO())


def test_a_backup_prints_a_report_and_seals_the_keys(command: Command, backups: Path, settings: Any) -> None:
    identity = pyrage.x25519.Identity.generate()
    command.run(Namespace(folder=backups))
    assert "keys are not in the backup" in printed_by(command)
    chosen = {"folder": str(backups), "recovery_key": str(identity.to_public()), "keep_daily": 1, "keep_weekly": 0}
    settings.APP = settings.APP.model_copy(update={"backup": settings.APP.backup.model_copy(update=chosen)})
    assert command.run(Namespace(folder=None)) == 0
    assert "are sealed" in printed_by(command)
    opened = open_with_key((backups / "server-keys.age").read_bytes(), str(identity))
    assert settings.KEY_STORE.current("number").encode() in opened
    assert Event.objects.filter(action=Action.BACKUP_MADE).count() == 2


def test_a_backup_without_every_picture_fails(command: Command, backups: Path) -> None:
    picture_store().path(Submission.objects.earliest("pk").shot_sha256).unlink()
    assert command.run(Namespace(folder=backups)) == 1
    assert "1 pictures that the database names are missing" in printed_by(command)


def test_a_folder_inside_the_data_or_none_is_refused(command: Command, data: Path, backups: Path) -> None:
    for folder in (data, data / "backups", backups / ".." / "data" / "x"):
        with pytest.raises(Problem, match="inside the data folder"):
            command.run(Namespace(folder=folder))
    with pytest.raises(Problem, match="No folder"):
        command.run(Namespace(folder=None))


def printed_by(command: Command) -> str:
    written: str = command.stdout._out.getvalue()  # type: ignore[attr-defined]
    return written


@pytest.mark.parametrize(("hours", "key"), [(0, "backup"), (47, "backup"), (49, "old_backup")])
def test_the_check_reports_the_age_of_the_last_backup(
    hours: int, key: str, command: Command, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {result.message.key for result in check_installation()}
    assert "server.check.no_backup" in keys
    command.run(Namespace(folder=backups))
    later = timezone.now() + timedelta(hours=hours)
    monkeypatch.setattr("server.installation_check.timezone.now", lambda: later)
    keys = {result.message.key for result in check_installation()}
    assert keys & {"server.check.no_backup", "server.check.old_backup", "server.check.backup"} == {
        f"server.check.{key}"
    }


def test_sealed_keys_are_never_written_over_a_file(data: Path, tmp_path: Path) -> None:
    identity, secret = pyrage.x25519.Identity.generate(), tmp_path / "recovery.txt"
    secret.write_text(f"{identity}\n")
    sealed, keys = tmp_path / "server-keys.age", tmp_path / "new.keys"
    options = Namespace(file=sealed, recipient=str(identity.to_public()), identity=secret, sealed=sealed)
    SealKeys(stdout=io.StringIO()).run(options)
    options.file = keys
    UnsealKeys(stdout=io.StringIO()).run(options)
    assert keys.read_text().startswith("master=")
    for again in (SealKeys, UnsealKeys):
        with pytest.raises(Problem, match="exists already"):
            again(stdout=io.StringIO()).run(options)
    options.sealed, options.file = tmp_path / "none", tmp_path / "other.keys"
    with pytest.raises(Problem, match="could not be read"):
        UnsealKeys(stdout=io.StringIO()).run(options)
    assert not options.file.exists()


def test_a_backup_completes_the_list_of_erased_students_next_to_it(data: Path, backups: Path) -> None:
    """The service that erases them may not write there."""
    (data / "erased-students").write_text("a\nb\n")
    assert Command(stdout=io.StringIO()).run(Namespace(folder=backups)) == 0
    assert (backups / "erased-students").read_text() == "a\nb\n"
    (backups / "erased-students").unlink()
    (backups / "erased-students").mkdir()
    command = Command(stdout=io.StringIO())
    assert command.run(Namespace(folder=backups)) == 1
    assert f"could not be written to {backups}/erased-students" in command.stdout.getvalue()
