"""What every test stands on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

# How long one example takes is this machine's business and no finding.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


ROOT: Final = Path(__file__).parent
SLOW_FOLDERS: Final = ("e2e", "faults", "photo", "server", "hardware")
"""Folders whose files take long: they are handed out first, so that all workers end at about the same time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sorts by folder; the order within a folder stays."""

    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(ROOT).parts[0] if item.path.is_relative_to(ROOT) else ""
        return SLOW_FOLDERS.index(folder) if folder in SLOW_FOLDERS else len(SLOW_FOLDERS)

    items.sort(key=place)


@pytest.fixture(scope="session", autouse=True)
def _isolated_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the person at this machine has installed or set for portraits must not decide what the tests see."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZHENGGUAN_MODELS", str(tmp_path_factory.mktemp("models")))
        patch.delenv("ZHENGGUAN_STANDARDS", raising=False)
        yield
