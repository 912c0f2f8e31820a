"""[database] in server.toml: SQLite, PostgreSQL, and one sentence about a wrong address."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
from django.contrib.auth.models import User
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.test import Client

from config.errors import Problem
from config.settings.server import DatabaseSettings, server_settings
from server.core.storage_errors import is_unreachable
from server.database import database_settings
from server.installation_check import check_installation
from server.records.models import Campaign
from tests.server.test_boundaries import ROOT
from tests.server.test_cli import ENVIRONMENT, command


def settings_of(url: str, password_file: str = "") -> dict[str, Any]:
    return database_settings(DatabaseSettings(url=url, password_file=password_file), Path("/nowhere"))


def problem_of(url: str, password_file: str = "") -> str:
    with pytest.raises(Problem) as problem:
        settings_of(url, password_file)
    return problem.value.key.rpartition(".")[2]


def test_without_an_address_the_data_folder_has_the_database(tmp_path: Path) -> None:
    entry = database_settings(server_settings().database, tmp_path)
    assert entry["NAME"] == tmp_path / "zhengguan.sqlite3"
    assert entry["NAME"].stat().st_mode & 0o077 == 0


def test_an_address_has_every_part() -> None:
    entry = settings_of("postgresql://na%40me:secret@db.example:5433/photos?sslmode=verify-full&options=-c%20a.b%3Dc")
    assert {name: entry[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")} == {
        "NAME": "photos",
        "USER": "na@me",
        "PASSWORD": "secret",
        "HOST": "db.example",
        "PORT": "5433",
    }
    assert (entry["OPTIONS"]["sslmode"], entry["OPTIONS"]["options"]) == ("verify-full", "-c a.b=c -c lock_timeout=15s")


def test_the_password_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret\n", encoding="utf-8")
    assert settings_of("postgresql:///photos", str(tmp_path / "password"))["PASSWORD"] == "secret"
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    for name in ("empty", "missing", "."):
        assert problem_of("postgresql:///photos", str(tmp_path / name)) == "password"


@pytest.mark.parametrize("url", ["postgresql://", "postgresql://host/", "postgresql://[host/x", "postgresql:///x?y=z"])
def test_a_wrong_address_is_one_sentence_without_its_password(url: str) -> None:
    assert problem_of(url) == "wrong_url"


def test_another_kind_of_address_is_refused(tmp_path: Path) -> None:
    (tmp_path / "server.toml").write_text('[database]\nurl = "mysql://x:secret@y/z"\n', encoding="utf-8")
    with pytest.raises(Problem) as problem:
        server_settings(tmp_path / "server.toml")
    assert "postgresql://" in str(problem.value)
    assert "secret" not in str(problem.value)


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert problem_of("postgresql:///photos") == "no_driver"


def test_each_thread_of_the_server_keeps_its_connection(address: str, campaign: Campaign, settings: Any) -> None:
    opened = list[BaseDatabaseWrapper]()

    def count(connection: BaseDatabaseWrapper, **_: Any) -> None:
        opened.append(connection)

    connection_created.connect(count)
    statuses = [requests.get(f"{address}/c/{campaign.code}", timeout=30).status_code for _ in range(20)]
    connection_created.disconnect(count)
    assert statuses == [200] * 20
    assert 0 < len(opened) <= settings.APP.server.threads


@pytest.mark.process
@pytest.mark.parametrize("where", ["postgresql://127.0.0.1:1/x", "postgresql:///x?host=/nowhere"])
def test_a_database_that_does_not_answer_is_one_sentence(where: str, tmp_path: Path) -> None:
    environment = {**ENVIRONMENT, "ZHENGGUAN_SERVER_DATABASE": where}
    words = command("pair-code", "--data", tmp_path / "data")
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert "PostgreSQL" in done.stderr
    assert not (tmp_path / "data" / "zhengguan.sqlite3").exists()


@pytest.mark.django_db
def test_workers_need_a_proxy(tmp_path: Path) -> None:
    (tmp_path / "server.toml").write_text("[server]\nworkers = 2\n", encoding="utf-8")
    with pytest.raises(Problem, match="trusted_proxy"):
        server_settings(tmp_path / "server.toml")


def test_a_fault_of_the_program_is_no_unreachable_database() -> None:
    assert not is_unreachable(KeyError())


@pytest.mark.postgresql
@pytest.mark.django_db
def test_data_in_an_earlier_sqlite_database_are_reported(settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path
    assert "other_data" not in str([result.message.key for result in check_installation()])
    (tmp_path / "zhengguan.sqlite3").write_bytes(b"SQLite format 3")
    assert "server.check.other_data" in [result.message.key for result in check_installation()]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_postgresql_that_is_gone_gives_503_until_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(raise_request_exception=False)
    form = {"username": "a", "password": "b"}
    with monkeypatch.context() as patch:
        connection.close()
        patch.setitem(connection.settings_dict, "HOST", "/nowhere")
        page = client.post("/signin", form)
        station = client.post("/api/station/v1/pair", {"code": "A", "name": "B"}, content_type="application/json")
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    assert (station.status_code, station.json()["reason"]) == (503, "busy")
    assert client.post("/signin", form).status_code == 403  # the password is wrong


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_row_that_stays_locked_gives_503(reviewer: tuple[str, str]) -> None:
    other = connection.copy()
    client = Client(raise_request_exception=False)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '20ms'")
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("LOCK TABLE core_trycount")
        page = client.post("/signin", {"username": "a", "password": "b"})
    finally:
        other.close()
        connection.close()
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")


@pytest.mark.postgresql
@pytest.mark.django_db
def test_a_value_that_postgresql_cannot_hold_is_a_bad_request() -> None:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create(username="chief", is_superuser=True))
    page = client.get("/audit/", {"text": "a\0b"})
    assert page.status_code == 400
    assert "什么都没有保存" in page.content.decode()
