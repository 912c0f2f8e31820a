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

# How long one example takes depends on the machine and is not a finding.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

# Qt's windows need no screen, whichever files are selected. The tests of a screen set their own platform.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# A second thread of BLAS mostly waits, and OpenBLAS waits busily; with three workers on two cores that is pure cost. It
# reads this when numpy is imported. Tests about the number of threads start processes with their own.
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
"""Files that need more than one and a half seconds of a processor, the longest first.

They get the mark `slow` and are distributed first, so that no worker of pytest-xdist ends with a long one alone."""
PROCESS_FOLDERS: Final = (
    "tests/e2e",
    "tests/faults",
    "tests/hardware/cameras/gphoto",
    "tests/hardware/simulators/ptp_camera",
)
"""Folders whose tests start stations, servers or the simulated DSLR, in fixtures that they share."""


def pytest_configure() -> None:
    """Keep freed memory as the photo engine does. Collect no garbage while tests are collected: the collector looks at
    the 700,000 objects that stay over and over, a fifth of the processor time of a collection.

    What a shell runs in the background ignores Ctrl-C, and so would the commands that tests start and interrupt."""
    keep_freed_memory()
    gc.disable()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """From here on the collector leaves out what the collection made, which stays until the end."""
    gc.freeze()
    gc.enable()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what `-m "not slow and not process"` would deselect before it is imported: each worker of
    `make test-fast` would else need a third of its collection for it."""
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
    others have sorted, the slow ones first; the order within a file stays."""
    places = _slow_paths()
    for path, group in groupby(items, key=lambda item: item.path):
        marks = [name for name, marked in (("slow", path in places), ("process", _has_processes(path))) if marked]
        for item, mark in product(group, marks):
            item.add_marker(mark)
    yield
    items.sort(key=lambda item: (places.get(item.path, len(places)), _mixed(item.path)))


@cache
def _mixed(path: Path) -> int:
    """Return a number that puts files of one folder far from each other: where all workers of pytest-xdist wait for the
    same kind of device at once, the processor is idle."""
    return crc32(path.relative_to(ROOT).as_posix().encode())


@pytest.fixture(scope="session", autouse=True)
def _isolated_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Portrait networks and standards that this machine has installed must not influence the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZHENGGUAN_MODELS", str(tmp_path_factory.mktemp("models")))
        patch.delenv("ZHENGGUAN_STANDARDS", raising=False)
        yield
