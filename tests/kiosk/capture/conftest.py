"""One simulated studio for all tests of this package: opening it cuts the person out of her photograph once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path

import pytest

from config.standards.registry import load_standard
from hardware.cameras.api import Shot
from hardware.simulators.studio_camera.driver import NO_DELAYS, StudioCamera
from kiosk.capture.portrait_service import PortraitService
from kiosk.capture.storage import FileStore, StoredFile
from kiosk.capture.types import Portrait

Take = Callable[[str], Shot]


@pytest.fixture(scope="session")
def take() -> Take:
    """A shot of the studio's scene of that name, 24 megapixels."""
    return open_studio()


@cache
def open_studio() -> Take:
    """One studio for the process: modules elsewhere import `take`, and rendering a shot needs a second."""
    hour = [0.0]
    camera = StudioCamera(delays=NO_DELAYS, clock=lambda: hour[0], sleep=lambda _: None)
    camera.open()

    @cache
    def take_once(scene: str) -> Shot:
        camera.send_command(f"scene {scene}")
        hour[0] += 60  # she has long arrived
        return camera.shoot()

    return take_once


@pytest.fixture(scope="session")
def portraits(tmp_path_factory: pytest.TempPathFactory) -> FileStore:
    return FileStore(tmp_path_factory.mktemp("portraits"))


@pytest.fixture(scope="session")
def portrait_service(portraits: FileStore) -> Iterator[PortraitService]:
    room = PortraitService(portraits)
    room.warm_up()
    yield room
    room.close()


@pytest.fixture(scope="session")
def developed(portrait_service: PortraitService, take: Take) -> tuple[Portrait, StoredFile]:
    """The portrait of the right pose, after chsi."""
    shot = take("right")
    return portrait_service.make_and_store(shot.data, load_standard("chsi"), asdict(shot.camera))


@pytest.fixture(scope="session")
def on_disk(developed: tuple[Portrait, StoredFile]) -> Path:
    return developed[1].path
