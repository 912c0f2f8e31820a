"""Reports at the end of a run where in the code a worker of pytest-xdist crashed.

A crash (SIGSEGV, SIGABRT) of a native library ends a worker. faulthandler writes the stacks of all threads to the
standard error, where they appear among the dots, with 30 lines of pytest's frames and the names of 115 modules.
"""

from __future__ import annotations

import faulthandler
from pathlib import Path
from typing import Final

import pytest

from tests.paths import ROOT

FOLDER: Final = ROOT / ".pytest_cache" / "crashes"
OUTER: Final = ("/_pytest/", "/pluggy/", "/xdist/", "/execnet/", 'File "<')
"""Parts of the frames of the test runner, which are in each stack."""
MAX_LINES: Final = 60


class _Worker:
    """Makes faulthandler write the stacks of a crash to a file of this worker."""

    def __init__(self, run: str, name: str) -> None:
        FOLDER.mkdir(parents=True, exist_ok=True)
        self._path = _path(run, name)
        self._file = self._path.open("w")
        faulthandler.enable(self._file)

    def pytest_unconfigure(self) -> None:
        """Delete the file, which is empty after a normal end."""
        faulthandler.disable()
        self._file.close()
        self._path.unlink(missing_ok=True)


class _Reports:
    """Prints the stacks that crashed workers have written."""

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
        session = config.pluginmanager.get_plugin("dsession")
        if session is None:  # a run without workers
            return
        run = session.nodemanager.testrunuid
        for path in sorted(FOLDER.glob(f"{run}-*")):
            if stacks := path.read_text(errors="replace"):
                terminalreporter.section(f"crash of worker {path.stem.removeprefix(run + '-')}")
                terminalreporter.write_line("\n".join(shortened(stacks)))
            path.unlink()


def shortened(stacks: str) -> list[str]:
    """Return the lines that show where the worker crashed, without the frames of the test runner and the modules."""
    lines = stacks.partition("\nExtension modules:")[0].splitlines()
    inner = [line for line in lines if line.strip() and not any(part in line for part in OUTER)]
    return inner[:MAX_LINES]


def _path(run: str, name: str) -> Path:
    return FOLDER / f"{run}-{name}.txt"


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register one of both plugins, after pytest has enabled faulthandler for itself."""
    if hasattr(config, "workerinput"):
        config.pluginmanager.register(_Worker(config.workerinput["testrunuid"], config.workerinput["workerid"]))
    else:
        config.pluginmanager.register(_Reports())
