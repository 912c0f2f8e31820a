"""Settings and fixtures of all tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

# How long one example takes depends on the machine and is not a finding.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

ROOT: Final = Path(__file__).parent
SLOW_FOLDERS: Final = ("e2e", "faults", "photo", "server", "hardware")
"""Folders with slow tests: they are distributed first, so that all workers end at about the same time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort by folder; the order within a folder stays."""

    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(ROOT).parts[0] if item.path.is_relative_to(ROOT) else ""
        return SLOW_FOLDERS.index(folder) if folder in SLOW_FOLDERS else len(SLOW_FOLDERS)

    items.sort(key=place)


@pytest.fixture(scope="session", autouse=True)
def _isolated_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Portrait networks and standards that this machine has installed must not influence the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZHENGGUAN_MODELS", str(tmp_path_factory.mktemp("models")))
        patch.delenv("ZHENGGUAN_STANDARDS", raising=False)
        yield
