"""`zhengguan server check` and what the server logs when it starts."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections import namedtuple
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from server.http.public_address_check import check_public_address
from server.installation_check import CheckResult, Level, check_at_start, check_installation
from server.settings import APP
from tests.migrated_database import seed_data_folder
from tests.server.test_boundaries import ROOT
from tests.server.test_cli import ENVIRONMENT

Usage = namedtuple("Usage", "total used free")


def levels(results: Iterator[CheckResult]) -> dict[str, Level]:
    return {result.message.key.removeprefix("server.check."): result.level for result in results}


@contextmanager
def http_server(status: int, body: bytes) -> Iterator[str]:
    """Run a server that sends this response to every request; yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def own_health(**facts: Any) -> bytes:
    """Return the body of /health as this server sends it, with these changes."""
    return json.dumps(
        {"server": "zhengguan", "secure": True, "forwarded": True, "client": "10.0.0.1", **facts}
    ).encode()


@pytest.mark.parametrize(
    ("status", "body", "key"),
    [
        (200, own_health(), None),
        (200, own_health(forwarded=False), "proxy_unknown"),
        (200, b"<html>a login page</html>", "other_answer"),
        (200, b"[1]", "other_answer"),
        (200, b'{"server": "another"}', "other_answer"),
        (502, b"", "other_answer"),
        (404, b"", "other_answer"),
    ],
)
def test_responses_of_the_public_address_are_distinguished(status: int, body: bytes, key: str | None) -> None:
    with http_server(status, body) as url:
        problem = check_public_address(url, behind_proxy=True, ca=None)
    assert (problem.key.removeprefix("server.check.") if problem else None) == key


def test_an_unreachable_public_address_is_reported() -> None:
    with http_server(200, b"") as url:
        pass
    problem = check_public_address(url, behind_proxy=True, ca=None)
    assert problem is not None
    assert problem.key == "server.check.unreachable"


@pytest.mark.parametrize(
    ("url", "proxy", "key", "level"),
    [
        ("", "", "no_public_url", Level.WARNING),
        ("http://photo.school.edu", "", "not_encrypted", Level.WARNING),
        ("https://photo.school.edu", "", "no_proxy", Level.WARNING),
        ("https://photo.school.edu", "127.0.0.1", "address", Level.OK),
    ],
)
def test_the_address_is_checked(url: str, proxy: str, key: str, level: Level, settings: Any) -> None:
    settings.PUBLIC_URL, settings.BY_HTTPS = url, url.startswith("https")
    settings.APP = APP.model_copy(update={"server": APP.server.model_copy(update={"trusted_proxy": proxy})})
    assert levels(check_at_start())[key] is level


def test_folder_disk_and_debug_are_checked(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA, settings.DEBUG = tmp_path, True
    tmp_path.chmod(0o755)
    monkeypatch.setattr("server.installation_check.shutil.disk_usage", lambda _: Usage(1, 1, 1000))
    found = levels(check_at_start())
    assert (found["open_folder"], found["disk_low"], found["debug"]) == (Level.WARNING, Level.FAILURE, Level.FAILURE)
    tmp_path.chmod(0o700)
    assert levels(check_at_start())["folder"] is Level.OK


def test_the_password_file_of_the_database_is_checked(settings: Any, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("s3cret", encoding="utf-8")
    database = APP.database.model_copy(update={"password_file": str(password)})
    settings.APP = APP.model_copy(update={"database": database})
    for mode, is_open in ((0o640, False), (0o644, True), (0o600, False)):
        password.chmod(mode)
        assert ("server.database.password_open" in levels(check_at_start())) is is_open
    settings.DATA = tmp_path
    assert levels(check_at_start())["server.database.password_in_data"] is Level.WARNING


def test_a_wrong_recovery_key_is_reported_before_the_first_backup(settings: Any) -> None:
    backup = settings.APP.backup.model_copy(update={"recovery_key": "age1xyz"})
    settings.APP = settings.APP.model_copy(update={"backup": backup})
    (failure,) = [result.message for result in check_at_start() if result.level is Level.FAILURE]
    assert "recovery_key" in str(failure)
    assert "no age public key" in str(failure)


@pytest.mark.django_db
def test_a_server_without_accounts_is_reported() -> None:
    assert levels(check_installation())["nobody"] is Level.WARNING


def command(config: str, tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = tmp_path / "server.toml"
    path.write_text(config, encoding="utf-8")
    environment = {**ENVIRONMENT, "ZHENGGUAN_SERVER_CONFIG": str(path), "PYTHONPATH": os.pathsep.join(sys.path)}
    words = [sys.executable, "-m", "server.cli", *arguments, "--data", str(tmp_path / "data")]
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.mark.process
def test_the_command_shows_a_line_for_each_result_and_changes_nothing(tmp_path: Path) -> None:
    done = command("", tmp_path, "check")
    assert done.returncode == 0, done.stderr
    assert "WARNING  public_url is not set" in done.stdout
    assert "updates behind" in done.stdout
    with closing(sqlite3.connect(tmp_path / "data" / "zhengguan.sqlite3")) as database:
        assert database.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


@pytest.mark.process
def test_a_reader_that_ends_and_a_terminal_without_chinese_are_no_errors(tmp_path: Path) -> None:
    environment = {**ENVIRONMENT, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "ascii"}
    words = [sys.executable, "-m", "server.cli", "check", "--data", str(tmp_path / "数据")]
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(words, cwd=ROOT, env=environment, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (done.returncode, done.stderr) == (128 + 13, "")


@pytest.mark.process
def test_the_command_fails_where_the_public_address_leads_nowhere(tmp_path: Path) -> None:
    done = command('[server]\npublic_url = "https://127.0.0.1:1"\ntrusted_proxy = "127.0.0.1"\n', tmp_path, "check")
    assert done.returncode == 1
    assert "FAILURE  https://127.0.0.1:1 cannot be opened" in done.stdout


@pytest.mark.process
@pytest.mark.parametrize("name", ["run", "check", "pair-code"])
def test_a_public_address_with_a_path_stops_every_command(name: str, tmp_path: Path) -> None:
    done = command('[server]\npublic_url = "https://school.edu/photos"\n', tmp_path, name)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert "a path (/photos) is not supported" in done.stderr


@pytest.mark.process
def test_an_invalid_host_is_one_sentence(tmp_path: Path) -> None:
    seed_data_folder(tmp_path / "data")
    done = command("", tmp_path, "run", "--host", "no such host", "--port", "0")
    assert (done.returncode, "no such host" in done.stderr, "Traceback" in done.stderr) == (1, True, False)
