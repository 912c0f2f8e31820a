"""Fixtures of the upload tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from kiosk.capture.storage import FileStore
from kiosk.upload.client import Client
from kiosk.upload.outbox.outbox import Outbox
from tests.kiosk.upload.http_double import TOKEN, ServerDouble
from tests.kiosk.upload.samples import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def outbox(tmp_path: Path, clock: ManualClock) -> Iterator[Outbox]:
    box = Outbox(tmp_path / "outbox.db", clock)
    yield box
    box.close()


@pytest.fixture
def originals(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


@pytest.fixture
def double() -> Iterator[ServerDouble]:
    with ServerDouble() as server:
        yield server


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False  # ignore the proxy settings of this machine
        yield session


@pytest.fixture
def client(double: ServerDouble, session: requests.Session) -> Client:
    return Client(double.url, TOKEN, session=session, timeouts=(2.0, 2.0))
