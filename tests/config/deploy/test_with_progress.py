"""config/deploy/with_progress.sh: long commands report their progress, and their errors are printed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.paths import ROOT
from tests.waiting import scale_timeout

pytestmark = pytest.mark.process

SCRIPT = ROOT / "config" / "deploy" / "with_progress.sh"


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(SCRIPT), *command], capture_output=True, text=True, check=False, timeout=scale_timeout(300)
    )


def test_only_the_title_of_a_command_that_succeeds_is_printed() -> None:
    done = run("Installing", "-", "sh", "-c", "echo noise")
    assert (done.returncode, done.stdout, done.stderr) == (0, "Installing\n", "")


def test_a_command_that_fails_shows_its_output_and_its_exit_code() -> None:
    done = run("Installing", "-", "sh", "-c", "echo the reason; exit 7")
    assert done.returncode == 7
    assert "the reason" in done.stderr


def test_a_long_command_reports_time_and_size(tmp_path: Path) -> None:
    """The command ends after the first report, so that the result does not depend on a clock."""
    (tmp_path / "file").write_bytes(b"x" * 3_000_000)
    report = tmp_path / "report"
    script = f'"{SCRIPT}" Installing "{tmp_path}" sh -c "until grep -q MB {report}; do :; done" >"{report}"'
    subprocess.run(["sh", "-c", script], check=True, timeout=scale_timeout(300))
    lines = report.read_text().splitlines()
    assert lines[0] == "Installing"
    assert lines[1].endswith(" MB")
    assert " s, " in lines[1]
