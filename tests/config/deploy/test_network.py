"""network.sh: the portrait network never stops an installation; the reason and the later command are printed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.paths import ROOT
from tests.waiting import scale_timeout

pytestmark = pytest.mark.process

SCRIPT = ROOT / "config" / "deploy" / "network.sh"


def run(folder: Path, body: str) -> subprocess.CompletedProcess[str]:
    """Run the script; `body` is the shell code of the zhengguan command in the virtual environment `folder`."""
    program = folder / "bin" / "zhengguan"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >"{folder}/arguments"\n{body}\n', encoding="utf-8")
    program.chmod(0o755)
    return subprocess.run(
        [str(SCRIPT), str(folder)], capture_output=True, text=True, check=False, timeout=scale_timeout(300)
    )


def test_the_network_of_the_list_is_installed(tmp_path: Path) -> None:
    done = run(tmp_path, "exit 0")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "arguments").read_text().split()[:4] == ["photo", "models", "install", "modnet"]
    assert done.stdout.count("\n") == 1
    assert "Apache-2.0" in done.stdout


def test_a_failed_download_is_no_error_and_prints_the_reason_and_the_command(tmp_path: Path) -> None:
    done = run(tmp_path, "echo 'The package index could not be reached.' >&2; exit 2")
    assert done.returncode == 0
    assert done.stderr == "The package index could not be reached.\n"
    assert f"{tmp_path}/bin/zhengguan photo models install modnet" in done.stdout
