"""Settings and fixtures of all tests."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from functools import cache
from itertools import groupby, product
from pathlib import Path
from typing import Final
from zlib import crc32

import pytest
from hypothesis import settings

from config.native_memory import keep_freed_memory

# The duration of an example depends on the machine and is no failure.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

# Qt's windows need no display, whichever files are selected. Tests that need one set their own platform.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# A second thread of OpenBLAS mostly waits in a busy loop, which only costs time with three workers on two cores.
# OpenBLAS reads the variable when numpy is imported. Tests of the number of threads start processes with their own.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

pytest_plugins = [
    "tests.crash_report",
    "tests.less_per_test",
    "tests.numbered_folders",
    "tests.process_guard",
    "tests.progress",
]

ROOT: Final = Path(__file__).parents[1]
SLOW_FILES: Final = tuple((Path(__file__).parent / "slow_files.txt").read_text(encoding="ascii").split())
"""Files that need more than one and a half seconds of processor time, the longest first.

They get the mark `slow` and are distributed first, so that no worker of pytest-xdist runs a long one last, alone."""
PROCESS_FOLDERS: Final = (
    "tests/e2e",
    "tests/faults",
    "tests/hardware/cameras/gphoto",
    "tests/hardware/simulators/ptp_camera",
)
"""Folders whose tests start stations, servers or the simulated DSLR, in fixtures that they share."""


def pytest_configure() -> None:
    """Keep freed memory as the photo engine does. Switch the garbage collector off while tests are collected: its
    repeated scans of the 700,000 objects that stay take a fifth of the processor time of a collection.

    A shell makes its background processes ignore Ctrl-C; commands that tests start and interrupt would inherit that."""
    keep_freed_memory()
    gc.disable()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Switch the garbage collector on; it skips the objects that exist now, which stay until the end."""
    gc.freeze()
    gc.enable()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Skip files that `-m "not slow and not process"` would deselect: importing them would take a third of the
    collection time of each worker of `make test-fast`."""
    terms = config.option.markexpr.split(" and ")
    slow = "not slow" in terms and collection_path in _slow_paths()
    process = "not process" in terms and any(collection_path == ROOT / folder for folder in PROCESS_FOLDERS)
    return True if slow or process else None


@cache
def _slow_paths() -> dict[Path, int]:
    """Return the slow files and their places in the list."""
    return {ROOT / name: place for place, name in enumerate(SLOW_FILES)}


def _has_processes(path: Path) -> bool:
    return any(path.is_relative_to(ROOT / folder) for folder in PROCESS_FOLDERS)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Mark the slow files and the folders with processes before tests are selected by marks. Sort by file after all
    other plugins have sorted, the slow files first; the order within a file stays."""
    places = _slow_paths()
    for path, group in groupby(items, key=lambda item: item.path):
        marks = [name for name, marked in (("slow", path in places), ("process", _has_processes(path))) if marked]
        for item, mark in product(group, marks):
            item.add_marker(mark)
    yield
    items.sort(key=lambda item: (places.get(item.path, len(places)), _spread_key(item.path)))


@cache
def _spread_key(path: Path) -> int:
    """Return a sort key that spreads the files of one folder over the run: while all workers of pytest-xdist wait for
    the same kind of device, the processor is idle."""
    return crc32(path.relative_to(ROOT).as_posix().encode())


@pytest.fixture(scope="session", autouse=True)
def _isolated_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Portrait networks and standards that this machine has installed must not influence the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZHENGGUAN_MODELS", str(tmp_path_factory.mktemp("models")))
        patch.delenv("ZHENGGUAN_STANDARDS", raising=False)
        yield
