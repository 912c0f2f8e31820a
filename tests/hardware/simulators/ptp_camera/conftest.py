from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("gphoto2")

from hardware.simulators.ptp_camera.simulated_dslr import SimulatedDslr
from tests.hardware.simulators.ptp_camera.client import Client

SIZE = (600, 400)
_CHEAP = ("--lens", "card", "--size", f"{SIZE[0]}x{SIZE[1]}", "--delay", "0.01")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """libgphoto2 writes its settings to ~/.gphoto/settings."""
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture(scope="package")
def _modern() -> Iterator[SimulatedDslr]:
    with SimulatedDslr(*_CHEAP) as dslr:
        yield dslr


@pytest.fixture(scope="package")
def _old() -> Iterator[SimulatedDslr]:
    with SimulatedDslr(*_CHEAP, "--dialect", "old-nikon") as dslr:
        yield dslr


@pytest.fixture(scope="package")
def _eos() -> Iterator[SimulatedDslr]:
    with SimulatedDslr(*_CHEAP, "--dialect", "eos") as dslr:
        yield dslr


@pytest.fixture
def dslr(_modern: SimulatedDslr) -> SimulatedDslr:
    _modern.reset()
    return _modern


@pytest.fixture
def old_dslr(_old: SimulatedDslr) -> SimulatedDslr:
    _old.reset()
    return _old


@pytest.fixture
def eos(_eos: SimulatedDslr) -> SimulatedDslr:
    _eos.reset()
    return _eos


@pytest.fixture(params=["dslr", "old_dslr"])
def any_nikon(request: pytest.FixtureRequest) -> SimulatedDslr:
    return named(request, request.param)


@pytest.fixture(params=["dslr", "old_dslr", "eos"])
def any_dslr(request: pytest.FixtureRequest) -> SimulatedDslr:
    return named(request, request.param)


def named(request: pytest.FixtureRequest, name: str) -> SimulatedDslr:
    dslr = request.getfixturevalue(name)
    assert isinstance(dslr, SimulatedDslr)
    return dslr


@pytest.fixture
def connect() -> Iterator[Callable[[SimulatedDslr], Client]]:
    """A function that connects a client; all are closed at the end, also those whose camera is gone."""
    clients: list[Client] = []

    def connected(dslr: SimulatedDslr) -> Client:
        client = Client(dslr)
        clients.append(client)
        return client

    yield connected
    for client in clients:
        client.close()
