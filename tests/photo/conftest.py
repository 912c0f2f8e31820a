from __future__ import annotations

import os
from pathlib import Path

import pytest

from config.networks import OWN
from tests.photo.models_command import MODEL
from tests.tiny_network import entry


@pytest.fixture
def models_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A models folder that knows `tiny`; pip sees an empty folder instead of any index."""
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / OWN).write_text(entry(MODEL), encoding="utf-8")
    (tmp_path / "index").mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    monkeypatch.setenv("ZHENGGUAN_MODELS", str(folder))
    return folder
