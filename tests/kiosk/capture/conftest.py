"""One simulated studio for all tests of this package."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path

import pytest

from config.standards.registry import load_standard
from hardware.cameras.api import Shot
from hardware.simulators.studio_camera.driver import INFO, NO_DELAYS, StudioCamera
from kiosk.capture.portrait_service import PortraitService
from kiosk.capture.storage import FileStore, StoredFile
from kiosk.capture.types import Portrait
from tests.kiosk.capture.stored_shots import stored_shot

Take = Callable[[str], Shot]


@pytest.fixture(scope="session")
def take() -> Take:
    """A shot of the studio's scene of that name, 24 megapixels."""
    return open_studio()


@cache
def open_studio() -> Take:
    """One studio for the process, because modules elsewhere import `take`. Rendering a shot needs a second, so it is
    stored, and the studio is opened only for shots that are not."""
    hour, numbers = [0.0], itertools.count(1)
    camera = StudioCamera(delays=NO_DELAYS, clock=lambda: hour[0], sleep=lambda _: None)

    def render(scene: str) -> bytes:
        camera.open()  # again for each shot: its grain must not depend on the shots before
        camera.send_command(f"scene {scene}")
        hour[0] += 60  # she has long arrived
        data = camera.shoot().data
        camera.close()
        return data

    @cache
    def take_once(scene: str) -> Shot:
        return Shot(stored_shot(scene, partial(render, scene)), f"ZG_{next(numbers):04d}.JPG", INFO)

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
