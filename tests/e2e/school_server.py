"""An empty server in a separate process with its worker, as `zhengguan server run` starts it, and its users."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.migrated_database import seed_data_folder
from tests.paths import ROOT
from tests.server.test_cli import DEADLINE, ENVIRONMENT, command
from tests.waiting import scale_timeout

PASSWORD: Final = "correct horse battery"
# No time to take a decision back: tests/server/review tests that.
SETTINGS: Final = "[review]\nundo_seconds = 0\n"
CREATE_USERS: Final = """
import sys
from server.cli import main

for user in sys.argv[1:]:
    assert main(["createreviewer", *user.split()]) == 0
"""
RUN_DAYS: Final = """
import sys
from datetime import timedelta

import django

django.setup()
from django.utils import timezone

from server.jobs.periodic import PERIODIC_JOBS

for day in range(1, int(sys.argv[1]) + 1):
    for job in ("send_notices", "run_due_transitions"):
        PERIODIC_JOBS[job].run(timezone.now() + timedelta(days=day))
"""


@dataclass(frozen=True)
class SchoolServer:
    """A running server: its address, its data, and the environment of its commands."""

    url: str
    data: Path
    environment: Mapping[str, str] = field(repr=False)

    def create_users(self, *users: str) -> None:
        """Create each user from the words of `zhengguan server createreviewer`; all have the same password."""
        self._run(CREATE_USERS, *users, text=f"{PASSWORD}\n" * len(users))

    def let_days_pass(self, days: int) -> None:
        """Run the daily jobs of the worker with the time of each of the following days."""
        self._run(RUN_DAYS, str(days))

    def states(self) -> list[str]:
        """Return the state of every submission."""
        [database] = self.data.glob("*.sqlite3")
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return [state for (state,) in connection.execute("SELECT state FROM submissions_submission")]

    def _run(self, program: str, *words: str, text: str = "") -> None:
        done = subprocess.run(
            [sys.executable, "-c", program, *words],
            cwd=ROOT,
            env=self.environment,
            input=text,
            capture_output=True,
            text=True,
            timeout=scale_timeout(DEADLINE),
        )
        assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def school_server(folder: Path) -> Iterator[SchoolServer]:
    (folder / "server.toml").write_text(SETTINGS, encoding="utf-8")
    seed_data_folder(folder / "data")
    environment = {
        **ENVIRONMENT,
        "ZHENGGUAN_SERVER_CONFIG": str(folder / "server.toml"),
        "ZHENGGUAN_SERVER_DATA": str(folder / "data"),
        "DJANGO_SETTINGS_MODULE": "server.settings",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    with (
        (folder / "server.log").open("wb") as log,
        subprocess.Popen(
            command("run", "--port", 0), cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, (folder / "server.log").read_text(encoding="utf-8")
            yield SchoolServer(line.split()[-1], folder / "data", environment)
        finally:
            process.terminate()
