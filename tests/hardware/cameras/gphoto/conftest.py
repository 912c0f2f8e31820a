from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("gphoto2")

from hardware.cameras.gphoto.address import parse_address
from hardware.cameras.gphoto.driver import DslrCamera
from hardware.simulators.ptp_camera.simulated_dslr import SimulatedDslr

SIZE = (600, 400)

Open = Callable[..., DslrCamera]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """libgphoto2 writes its own settings to the home folder."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture(scope="package")
def _body() -> Iterator[SimulatedDslr]:
    with SimulatedDslr("--size", "600x400", "--delay", "0.01") as body:
        yield body


@pytest.fixture(scope="package")
def _old_body() -> Iterator[SimulatedDslr]:
    with SimulatedDslr("--size", "600x400", "--delay", "0.01", "--standard-only", "--serial", "0OLD") as body:
        yield body


@pytest.fixture
def body(_body: SimulatedDslr) -> SimulatedDslr:
    _body.reset()
    return _body


@pytest.fixture
def old_body(_old_body: SimulatedDslr) -> SimulatedDslr:
    _old_body.reset()
    return _old_body


@pytest.fixture(params=["modern", "old"])
def any_body(request: pytest.FixtureRequest) -> SimulatedDslr:
    body = request.getfixturevalue("body" if request.param == "modern" else "old_body")
    assert isinstance(body, SimulatedDslr)
    return body


@pytest.fixture
def unopened(tmp_path: Path) -> Iterator[Open]:
    """A function that returns the driver of a body, with `lines` as its settings file; each is closed at the end."""
    cameras: list[DslrCamera] = []

    def camera(body: SimulatedDslr, *lines: str) -> DslrCamera:
        own = tmp_path / "own.toml"
        own.write_text("\n".join(lines), encoding="utf-8")
        address = parse_address(f":ptpip:127.0.0.1:{body.port}@{own}")
        assert address is not None
        cameras.append(DslrCamera(address))
        return cameras[-1]

    yield camera
    for opened_camera in cameras:
        opened_camera.close()


@pytest.fixture
def opened(unopened: Open) -> Open:
    """A function like `unopened` whose driver is open and has returned a first frame."""

    def camera(body: SimulatedDslr, *lines: str) -> DslrCamera:
        driver = unopened(body, *lines)
        driver.open()
        driver.frame()
        return driver

    return camera
