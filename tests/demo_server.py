"""The real server with its demo campaign, started once for the tests that need one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.tools.demo.server import DemoServer, start_server
from tests.demo_folder import seed_demo_folder


@pytest.fixture(scope="module")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    """A server whose review decisions take effect immediately, so that no test waits."""
    folder = tmp_path_factory.mktemp("server")
    own_settings = tmp_path_factory.mktemp("settings") / "server.toml"
    own_settings.write_text("[review]\nundo_seconds = 0\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ZHENGGUAN_SERVER_CONFIG", str(own_settings))
        server = start_server(seed_demo_folder(folder), port=0)
    yield server
    server.stop()


def submissions(server: DemoServer) -> list[dict[str, object]]:
    """Return every submission in the server's database, oldest first."""
    [database] = Path(server.data).glob("*.sqlite3")
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        rows = connection.execute("SELECT * FROM submissions_submission ORDER BY received_at").fetchall()
        return [dict(row) for row in rows]
    finally:
        connection.close()
