"""Small shots of the simulated studio's person, the command as a separate process, and a folder of models."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from config.settings.matting_models import CUSTOM_FILE_NAME
from tests.kiosk.capture.conftest import Take, take  # noqa: F401
from tests.kiosk.capture.matting.tiny_network import network_entry
from tests.kiosk.tools.photo.models_command import MODEL
from tests.waiting import eventually, scale_timeout

SmallShot = Callable[..., bytes]
TIMEOUT_S = 180.0  # reached only where something is broken


@pytest.fixture(scope="session")
def small_shot(take: Take) -> SmallShot:  # noqa: F811
    """A function that returns a studio scene as a picture file: 3 megapixels, enough for a portrait, quick to open."""
    images: dict[str, Image.Image] = {}

    def encode(scene: str = "right", kind: str = "JPEG", width: int = 1450) -> bytes:
        if scene not in images:
            image = Image.open(io.BytesIO(take(scene).data))
            image.draft("RGB", (2000, 2000))
            images[scene] = image.convert("RGB")
        image = images[scene]
        size = (width, round(width * image.height / image.width))
        file = io.BytesIO()
        options = {"quality": 92} if kind == "JPEG" else {}
        image.resize(size, Image.Resampling.LANCZOS).save(file, kind, **options)
        return file.getvalue()

    return encode


class Command:
    """`zhengguan photo` as a user starts it, in a separate process group like in a shell."""

    def __init__(self, *arguments: object, **environment: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "kiosk.tools.photo", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C.UTF-8", **environment},
            start_new_session=True,
        )
        self.pid = self._process.pid

    def wait(self) -> tuple[int, str, str]:
        """Wait for the end; return exit status, stdout and stderr."""
        out, err = self._process.communicate(timeout=scale_timeout(TIMEOUT_S))
        return self._process.returncode, out.decode(), err.decode()

    def interrupt(self) -> None:
        """Interrupt every process of the group, as Ctrl-C does."""
        os.killpg(self.pid, signal.SIGINT)

    def kill(self) -> None:
        self._process.kill()

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition is true; the command must still be running."""
        eventually(lambda: condition() or self._process.poll() is not None, timeout=TIMEOUT_S)
        assert self._process.poll() is None, f"ended before: {self.wait()}"

    def cleanup(self) -> None:
        if self._process.poll() is None:
            os.killpg(self.pid, signal.SIGKILL)
            self._process.communicate()


@pytest.fixture
def start() -> Iterator[Callable[..., Command]]:
    """A function that starts the command, which is killed at the end of the test."""
    started: list[Command] = []

    def start_one(*arguments: object, **environment: str) -> Command:
        started.append(Command(*arguments, **environment))
        return started[-1]

    yield start_one
    for command in started:
        command.cleanup()


@pytest.fixture
def models_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A models folder with the entry `tiny`; pip uses an empty folder instead of an index."""
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / CUSTOM_FILE_NAME).write_text(network_entry(MODEL), encoding="utf-8")
    (tmp_path / "index").mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    monkeypatch.setenv("ZHENGGUAN_MODELS", str(folder))
    return folder
