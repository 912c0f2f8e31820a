"""A full disk (507) and a locked database (503) are reported in a sentence: on every page, to stations and commands."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from server import cli
from server.core import storage_errors
from server.core.storage_errors import storage_api_error

LOCKED = (sqlite3.SQLITE_BUSY, "database is locked")
FULL = (sqlite3.SQLITE_FULL, "database or disk is full")
TABLE_LOCKED = (sqlite3.SQLITE_LOCKED_SHAREDCACHE, "database table is locked")
IO_ERROR = (sqlite3.SQLITE_IOERR_WRITE, "disk I/O error")
API = "/api/station/v1"


def database_error(code: int, text: str) -> OperationalError:
    cause = sqlite3.OperationalError(text)
    cause.sqlite_errorcode = code
    error = OperationalError(text)
    error.__cause__ = cause
    return error


def failing(error: BaseException) -> Any:
    def fail(*arguments: Any, **named: Any) -> None:
        raise error

    return fail


class PostgresError(Exception):
    sqlstate = ""


def postgres_error(sqlstate: str) -> OperationalError:
    cause = PostgresError()
    cause.sqlstate = sqlstate
    error = OperationalError("of PostgreSQL")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (database_error(*LOCKED), "busy"),
        (database_error(*TABLE_LOCKED), "busy"),
        (database_error(*FULL), "disk_full"),
        (database_error(*IO_ERROR), "storage"),
        (OSError(errno.ENOSPC, "full"), "disk_full"),
        (OSError(errno.EDQUOT, "quota"), "disk_full"),
        (OSError(errno.EROFS, "read-only"), "storage"),
        (postgres_error("53100"), "disk_full"),
        (postgres_error("55P03"), "busy"),
        (postgres_error("08006"), "busy"),
        (database_error(sqlite3.SQLITE_ERROR, "no such table"), None),
        (PermissionError(errno.EACCES, "no"), None),
        (KeyError("a bug"), None),
    ],
)
def test_errors_of_disk_and_database_are_distinguished_from_bugs(error: Exception, reason: str | None) -> None:
    api_error = storage_api_error(error)
    assert (api_error.reason if api_error else None) == reason


def test_an_input_output_error_of_a_full_disk_is_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage_errors, "_is_nearly_full", lambda: True)
    api_error = storage_api_error(database_error(*IO_ERROR))
    assert api_error is not None
    assert api_error.reason == "disk_full"


@pytest.mark.django_db
@pytest.mark.parametrize(("code", "status"), [(LOCKED, 503), (FULL, 507), (IO_ERROR, 503)])
@pytest.mark.parametrize("part", ["sign-in", "session", "admin", "review"])
def test_every_page_answers_in_one_sentence(
    part: str, code: tuple[int, str], status: int, monkeypatch: pytest.MonkeyPatch, reviewer: tuple[str, str]
) -> None:
    client = Client(raise_request_exception=False)
    names = {
        "sign-in": "server.core.throttle.Throttle.allow",
        "session": "django.contrib.sessions.backends.db.SessionStore.save",
        "admin": "django.contrib.admin.sites.AdminSite.each_context",
        "review": "server.review.queue_pages.render",
    }
    if part in ("admin", "review"):
        from django.contrib.auth.models import User

        client.force_login(User.objects.create(username="chief", is_superuser=True, is_staff=True))
    monkeypatch.setattr(names[part], failing(database_error(*code)))
    form = {"username": reviewer[0], "password": reviewer[1]}
    path = {"admin": "/admin/", "review": "/review/"}.get(part, "/signin")
    response = client.get(path) if path != "/signin" else client.post(path, form)
    assert response.status_code == status
    assert response.headers["Retry-After"]
    assert "<main>" in response.content.decode()


@pytest.mark.django_db
def test_the_sentence_is_sent_also_when_its_page_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.core.throttle.Throttle.allow", failing(database_error(*FULL)))
    monkeypatch.setattr("server.core.error_handlers.error_page", failing(database_error(*FULL)))
    response = Client(raise_request_exception=False).post("/signin", {"username": "a", "password": "b"})
    assert (response.status_code, "磁盘已满" in response.content.decode()) == (507, True)


@pytest.mark.django_db
@pytest.mark.parametrize(("code", "status", "reason"), [(LOCKED, 503, "busy"), (FULL, 507, "disk_full")])
def test_a_station_gets_retry_after(
    code: tuple[int, str], status: int, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.stations.pairing.pair", failing(database_error(*code)))
    response = Client(raise_request_exception=False).post(
        f"{API}/pair", {"code": "AAAA-AAAA", "name": "一号站"}, content_type="application/json"
    )
    assert (response.status_code, response.json()["reason"]) == (status, reason)
    assert "Retry-After" in response.headers


@pytest.fixture
def locked(transactional_db: None) -> Iterator[None]:
    """Another connection holds the database's write lock; this one waits only 20 ms for it."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 20")
    other = sqlite3.connect(str(connection.settings_dict["NAME"]), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()
    connection.close()


@pytest.mark.sqlite
def test_a_database_that_is_really_locked_gives_503(locked: None) -> None:
    client = Client(raise_request_exception=False)
    page = client.post("/signin", {"username": "a", "password": "b"})
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    pairing = client.post(f"{API}/pair", {"code": "AAAA-AAAA", "name": "一号站"}, content_type="application/json")
    assert (pairing.status_code, pairing.json()["reason"]) == (503, "busy")


@pytest.mark.django_db
def test_a_fault_of_the_program_is_json_for_a_station(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.stations.pairing.pair", failing(KeyError("a bug")))
    client = Client(raise_request_exception=False)
    response = client.post(f"{API}/pair", {"code": "AAAA-AAAA", "name": "一号站"}, content_type="application/json")
    assert (response.status_code, response.json()["reason"]) == (500, "server_error")
    nowhere = client.get(f"{API}/nothing")
    assert (nowhere.status_code, nowhere.json()["reason"]) == (404, "no_such_address")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (database_error(*FULL), "disk is full"),
        (database_error(*LOCKED), "in use by another program"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk is full"),
        (PermissionError(errno.EACCES, "Permission denied", "/data"), "Permission denied"),
        (database_error(sqlite3.SQLITE_CORRUPT, "database disk image is malformed"), "malformed"),
    ],
)
def test_a_command_shows_one_sentence_and_no_traceback(
    error: Exception, sentence: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("server.http.serve.prepare", failing(error))
    assert cli.main(["pair-code"]) == 1
    err = capsys.readouterr().err
    assert sentence in err
    assert err.count("\n") == 1


def test_a_data_folder_that_the_settings_cannot_open_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking for the reason reads the settings again, which fail again."""
    error = FileExistsError(errno.EEXIST, "File exists", "/etc/passwd")
    monkeypatch.setattr(storage_errors, "is_unreachable", failing(error))
    message = cli._storage_error_message(error)
    assert message is not None
    assert "/etc/passwd" in str(message)
