"""A shot is stored under a hash of everything that it depends on."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hardware.simulators.studio_camera.driver import NO_DELAYS, StudioCamera
from tests.kiosk.capture import stored_shots
from tests.kiosk.capture.conftest import Take
from tests.kiosk.capture.stored_shots import SIMULATOR, simulator_hash, stored_shot, with_imports
from tests.paths import ROOT


def test_the_hash_covers_the_simulator_and_its_imports() -> None:
    files = {str(path.relative_to(ROOT)) for path in with_imports(SIMULATOR.iterdir()) if path.is_file()}
    simulator = "hardware/simulators/studio_camera"
    assert files >= {f"{simulator}/{name}" for name in ("render.py", "scenes.toml", "sitter.webp", "sitter_points.npy")}
    assert files >= {"config/opencv.py", "config/srgb.py", "config/image_file.py", "hardware/cameras/api.py"}


def test_a_changed_file_has_another_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_shots, "ROOT", tmp_path)
    (tmp_path / "config").mkdir()
    importing, imported = tmp_path / "user.py", tmp_path / "config" / "used.py"
    importing.write_text("from config.used import ONE\n", encoding="utf-8")
    hashes = []
    for text in ("ONE = 1\n", "ONE = 2\n"):
        imported.write_text(text, encoding="utf-8")
        hashes.append(simulator_hash(frozenset({importing})))
    assert hashes[0] != hashes[1]


def test_a_shot_is_rendered_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_shots, "_folder", lambda: tmp_path)
    rendered = iter([b"first"])
    assert [stored_shot("right", lambda: next(rendered)) for _ in range(2)] == [b"first", b"first"]


def test_the_stored_shot_is_what_the_simulator_renders(take: Take) -> None:
    now = [0.0]
    camera = StudioCamera(delays=NO_DELAYS, clock=lambda: now[0], sleep=lambda _: None)
    camera.open()
    camera.send_command("scene empty")
    now[0] += 60
    fresh, stored = (Image.open(io.BytesIO(data)) for data in (camera.shoot().data, take("empty").data))
    camera.close()
    assert np.array_equal(np.asarray(fresh), np.asarray(stored))
