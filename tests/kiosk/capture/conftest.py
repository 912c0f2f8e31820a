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
    """A function that returns the shot of a scene of the studio, with 24 megapixels."""
    return open_studio()


@cache
def open_studio() -> Take:
    """Return `take`. There is one studio for each process, and other packages call this function directly.

    Rendering a shot takes a second, so shots are stored, and the studio is opened only for those that are not.
    """
    now, numbers = [0.0], itertools.count(1)
    camera = StudioCamera(delays=NO_DELAYS, clock=lambda: now[0], sleep=lambda _: None)

    def render(scene: str) -> bytes:
        camera.open()  # again for each shot, because its grain must not depend on earlier shots
        camera.send_command(f"scene {scene}")
        now[0] += 60  # the sitter's arrival takes less
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
    service = PortraitService(portraits)
    service.warm_up()
    yield service
    service.close()


@pytest.fixture(scope="session")
def developed(portrait_service: PortraitService, take: Take) -> tuple[Portrait, StoredFile]:
    """The portrait of the scene "right" by the standard chsi, and its file."""
    shot = take("right")
    return portrait_service.make_and_store(shot.data, load_standard("chsi"), asdict(shot.camera))


@pytest.fixture(scope="session")
def on_disk(developed: tuple[Portrait, StoredFile]) -> Path:
    """The path of that file."""
    return developed[1].path
