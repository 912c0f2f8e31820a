"""Nobody but the person who started the page can use it."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import pytest

from tests.kiosk.tools.photo.page_server.conftest import Client, RunningPage

FOREIGN = "http://evil.example"


def test_the_page_and_its_files_are_served_with_the_token(client: Client) -> None:
    status, headers, body = client.send("GET", "")
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert b"page.js" in body
    for name in ("page.css", "page.js", "cap.svg"):
        assert client.send("GET", f"static/{name}")[0] == 200


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "%00"])
@pytest.mark.parametrize("path", ["", "static/page.js", "api/state"])
def test_without_the_token_there_is_nothing(client: Client, token: str, path: str) -> None:
    status, _, body = client.send("GET", path, token=token)
    assert (status, body) == (404, b"404 Not Found\n")


def test_only_the_address_of_this_computer_is_served(client: Client) -> None:
    port = client.server.access.port
    for host in (f"localhost:{port}", f"evil.example:{port}", "127.0.0.1", f"127.0.0.1:{port + 1}", "", None):
        assert client.send("GET", "", Host=host)[0] == 421, host


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": FOREIGN},
        {"Origin": "null"},
        {"Origin": None},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_another_page_cannot_change_anything(page: RunningPage, headers: dict[str, str | None]) -> None:
    for path in ("api/photos", "api/settings", "api/remove", "api/end"):
        status, _, _ = page.client.send("POST", path, b"{}", X_File_Name="a.jpg", **headers)
        assert status == 403
    assert page.session.collection.photos() == []
    assert not page.ended.is_set()


def test_another_page_cannot_read(client: Client) -> None:
    assert client.send("GET", "api/state", Origin=FOREIGN)[0] == 403


def test_no_response_permits_foreign_origins_or_foreign_content(client: Client) -> None:
    for path, token in (("", None), ("api/state", None), ("static/page.js", None), ("none", None), ("", "wrong")):
        _, headers, _ = client.send("GET", path, token=token)
        assert not [name for name in headers if name.lower().startswith("access-control")]
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


def test_the_opening_address_leads_to_the_page_once_and_has_no_token(page: RunningPage) -> None:
    access = page.server.access
    assert access.token not in access.opening_address
    opening = urlsplit(access.opening_address)
    responses = []
    for _ in range(2):
        connection = http.client.HTTPConnection("127.0.0.1", access.port, timeout=60)
        connection.request("GET", opening.path)
        responses.append(connection.getresponse())
        responses[-1].read()
        connection.close()
    assert (responses[0].status, responses[0].headers["Location"]) == (303, access.address)
    assert responses[1].status == 404
    assert access.token not in str(responses[1].headers)


def test_each_run_has_another_token(page: RunningPage) -> None:
    access = page.server.access
    other = type(access)(access.port)
    assert other.token != access.token
    assert len(access.token) >= 43
    assert access.token not in repr(access)


def test_the_server_listens_on_this_computer_only(page: RunningPage) -> None:
    assert page.server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize("path", ["static/../http_server.py", "static/%2e%2e/routes.py", "static/page.html", "nothing"])
def test_no_other_file_is_served(client: Client, path: str) -> None:
    assert client.send("GET", path)[0] == 404


def test_a_wrong_method_is_refused(client: Client) -> None:
    assert client.send("POST", "api/state", b"{}")[0] == 405
    assert client.send("GET", "api/end")[0] == 405
    assert client.send("DELETE", "api/photos")[0] == 501
