"""Behind a real nginx with TLS: all works under every form of public address that an administrator may choose."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from kiosk.upload.client import Client
from kiosk.upload.envelope import Rejection
from kiosk.upload.errors import Unauthorized
from tests.demo_folder import seed_demo_folder
from tests.server.behind_nginx import NGINX, Browser, NginxFront, Response, application, free_port, is_listening, nginx
from tests.server.test_boundaries import ROOT
from tests.server.test_cli import DEADLINE, ENVIRONMENT, start_demo

pytestmark = [
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed (config/deploy/test.txt)"),
    pytest.mark.process,
]

API = "/api/station/v1"
WEB = {"waitress": 0, "gunicorn": 2}
GUNICORN = "https://localhost with gunicorn"
FORMS = [
    "https://photo.example",
    GUNICORN,
    "https://Photo.Example:8443/",
    "https://照片.示范大学.example",
    "https://192.168.1.20:8443",
    "https://[FD00::1]",
    "http://192.168.1.20",
]


@dataclass(frozen=True)
class School:
    """A data folder with a reviewer and a paired station."""

    data: Path
    reviewer: str
    password: str
    token: str

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> School:
    import requests

    folder = tmp_path_factory.mktemp("school")
    process = start_demo(seed_demo_folder(folder / "data"), folder / "ready.json", "--no-worker")
    facts = json.loads((folder / "ready.json").read_text(encoding="utf-8"))
    body = {"code": facts["pairing_code"], "name": "一号站"}
    paired = requests.post(f"{facts['url']}{API}/pair", json=body, timeout=30).json()
    process.send_signal(signal.SIGTERM)
    process.wait(DEADLINE)
    return School(folder / "data", facts["reviewer"], facts["password"], paired["token"])


@pytest.fixture(scope="module", params=FORMS)
def front(
    request: pytest.FixtureRequest, school: School, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NginxFront]:
    if request.param == GUNICORN:
        yield request.getfixturevalue("behind_gunicorn")
        return
    with nginx(tmp_path_factory.mktemp("nginx"), request.param) as front, application(front, school.data):
        yield front


@pytest.fixture(scope="module")
def behind_gunicorn(school: School, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NginxFront]:
    with at_localhost("gunicorn", school, tmp_path_factory) as front:
        yield front


@contextmanager
def at_localhost(web: str, school: School, folders: pytest.TempPathFactory) -> Iterator[NginxFront]:
    """Run nginx and the server at an address that resolves to nginx, for clients that resolve names themselves."""
    port = free_port()
    with (
        nginx(folders.mktemp(web), f"https://localhost:{port}", port) as front,
        application(front, school.data, workers=WEB[web]),
    ):
        yield front


def sign_in(browser: Browser, school: School) -> Response:
    page = browser.get("/signin")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token, page.text
    form = {"csrfmiddlewaretoken": token[1], "username": school.reviewer, "password": school.password}
    return browser.post("/signin", form)


def test_a_reviewer_signs_in_and_works(front: NginxFront, school: School) -> None:
    browser = front.browser()
    done = sign_in(browser, school)
    assert (done.status, done.headers["Location"]) == (302, "/review/"), done.text
    assert browser.get("/review/").status == 200
    secure = [name.startswith("__Host-") for name in browser.cookies if "session" in name or "csrf" in name]
    assert secure == [front.address.scheme == "https"] * 2


def test_links_and_codes_lead_to_the_public_address(front: NginxFront, school: School) -> None:
    roster = front.browser().request("GET", f"{API}/roster", headers=school.bearer)
    assert roster.status == 200, roster.text
    links = set(re.findall(r'"(https?://[^"/]+)', roster.text))
    assert links == {front.address.url}


def test_pages_load_their_styles(front: NginxFront) -> None:
    page = front.browser().get("/signin")
    styles = re.findall(r'href="(/static/[^"]+\.css)"', page.text)
    assert styles
    assert [front.browser().get(style).status for style in styles] == [200] * len(styles)


def test_hsts_is_not_sent_with_a_certificate_of_our_own_authority(front: NginxFront) -> None:
    page = front.browser().get("/signin")
    assert page.headers["Strict-Transport-Security"] is None  # hsts_days = 0
    assert page.headers["Server"] == "nginx"  # without a version
    assert page.headers["X-Content-Type-Options"] == "nosniff"


def test_tries_are_counted_for_the_visitor_and_not_for_the_proxy(front: NginxFront) -> None:
    response = front.browser("127.0.0.5").get(
        "/health", **{"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "gopher"}
    )
    secure = front.address.scheme == "https"
    assert response.json() == {"server": "zhengguan", "secure": secure, "forwarded": True, "client": "127.0.0.5"}


def test_http_leads_to_https(front: NginxFront) -> None:
    if front.address.scheme == "http":
        assert front.browser().get("/signin").status == 200, "without TLS nothing is redirected"
        return
    connection = HTTPConnection("127.0.0.1", front.redirect_port, timeout=20)
    connection.request("GET", "/p/abc?lang=en", headers={"Host": "evil.example"})
    response = connection.getresponse()
    assert (response.status, response.headers["Location"]) == (308, f"{front.address.url}/p/abc?lang=en")
    connection.close()


def test_a_foreign_host_name_is_refused_with_a_sentence(front: NginxFront) -> None:
    response = front.browser().request("GET", "/signin", headers={"Host": "evil.example"})
    assert response.status == 421
    assert front.address.url in response.text


def test_hsts_is_sent_with_a_certificate_of_a_known_authority(school: School, tmp_path: Path) -> None:
    with nginx(tmp_path, "https://photo.example") as front:
        settings = '[server]\npublic_url = "https://photo.example"\ntrusted_proxy = "127.0.0.1"\n'
        with application(front, school.data, settings):
            assert front.browser().get("/signin").headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("own_settings", "named"),
    [
        ("", "public_url = &quot;https://photo.example:8443&quot;"),
        ('[server]\npublic_url = "https://other.example"\n', "https://other.example"),
    ],
)
def test_a_server_that_does_not_know_its_address_shows_what_to_set(
    own_settings: str, named: str, school: School, tmp_path: Path
) -> None:
    with nginx(tmp_path, "https://photo.example:8443") as front:
        # Many guides omit the header Host, so that the server receives its own name.
        snippet = tmp_path / "root/etc/nginx/snippets/zhengguan.conf"
        snippet.write_text(snippet.read_text(encoding="utf-8").replace("$http_host", "127.0.0.1"), encoding="utf-8")
    with nginx_again(tmp_path, front), application(front, school.data, own_settings):
        done = sign_in(front.browser(), school)
    assert done.status == 403
    assert named in done.text


def nginx_again(folder: Path, front: NginxFront) -> Any:
    """Start the same nginx with the present content of its files."""
    stack = ExitStack()
    words = [str(NGINX), "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "main")]
    process = subprocess.Popen(words)
    stack.callback(process.wait, 20)
    stack.callback(process.terminate)
    while not is_listening(front.port):
        assert process.poll() is None
        time.sleep(0.01)
    return stack


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NginxFront]:
    """nginx without a server behind it."""
    with nginx(tmp_path_factory.mktemp("alone"), "https://photo.example") as front:
        yield front


def test_a_server_that_is_down_is_reported_in_json_to_stations_and_in_words_to_people(alone: NginxFront) -> None:
    station = alone.browser().request("POST", f"{API}/pair", b"{}", {"Content-Type": "application/json"})
    assert (station.status, station.headers["Content-Type"].split(";")[0]) == (502, "application/json")
    assert Rejection.model_validate_json(station.body).reason == "server_down"
    assert station.headers["Retry-After"] == "30"
    person = alone.browser().get("/review/")
    assert (person.status, "稍后再试" in person.text) == (502, True)


@pytest.mark.parametrize(
    ("path", "size"),
    [("/signin", 70_000), (f"{API}/pair", 70_000), (f"{API}/files/" + "a" * 64, 2_300_000), ("/roster/", 21_000_000)],
)
def test_the_proxy_refuses_too_large_a_body(alone: NginxFront, path: str, size: int) -> None:
    response = alone.browser().request("POST", path, b"x" * size)
    assert response.status == 413
    if path.startswith(API):
        assert Rejection.model_validate_json(response.body).reason == "body_too_large"


def test_too_many_posts_are_refused_and_page_views_are_not(alone: NginxFront) -> None:
    def post(_: int) -> int:
        return alone.browser().request("POST", f"{API}/pair", b"{}").status

    assert post(0) == 502
    with ThreadPoolExecutor(20) as pool:  # in parallel: sequential requests of a busy machine stay below the rate
        assert set(pool.map(post, range(100))) == {502, 429}
    assert {alone.browser().get("/signin").status for _ in range(30)} == {502}


def test_old_tls_is_refused(alone: NginxFront) -> None:
    import ssl

    context = ssl.create_default_context(cafile=str(alone.ca))
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with (
        socket.create_connection(("127.0.0.1", alone.port), 20) as plain,
        pytest.raises(OSError, match=r"TLS|SSL|version"),
    ):
        context.wrap_socket(plain, server_hostname="photo.example")


@pytest.fixture(scope="module", params=WEB)
def local(
    request: pytest.FixtureRequest, school: School, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NginxFront]:
    """nginx in front of each kind of server, at an address that clients can resolve."""
    if request.param == "gunicorn":
        yield request.getfixturevalue("behind_gunicorn")
        return
    with at_localhost(request.param, school, tmp_path_factory) as front:
        yield front


def test_a_station_works_through_the_proxy(local: NginxFront, school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(local.ca))
    roster = Client(local.address.url, school.token).roster()
    assert roster.students
    assert all((student.progress_url or local.address.url).startswith(local.address.url) for student in roster.students)
    with pytest.raises(Unauthorized):
        Client(local.address.url, "wrong").roster()


def test_a_large_body_passes_with_a_token_and_is_refused_at_once_without(local: NginxFront, school: School) -> None:
    path, size = f"{API}/submissions", 3_000_000
    with_token = local.browser().request("POST", path, b"x" * size, school.bearer)
    assert with_token.status == 422  # read to its end, but not a submission
    length = {"Content-Length": str(100_000_000)}
    without = local.browser().request("POST", path, None, length)  # no byte of the body is sent
    assert (without.status, Rejection.model_validate_json(without.body).reason) == (401, "token")
    page = local.browser().request("POST", "/roster/", None, {"Content-Length": "15000000"})
    assert page.status == 403


def check(front: NginxFront, school: School, settings: str | None = None) -> subprocess.CompletedProcess[str]:
    path = front.folder / "server.toml"
    if settings is not None:
        path = front.folder / "other.toml"
        path.write_text(settings, encoding="utf-8")
    words = [sys.executable, "-m", "server.cli", "check", "--ca", str(front.ca), "--data", str(school.data)]
    environment = {**ENVIRONMENT, "ZHENGGUAN_SERVER_CONFIG": str(path)}
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)


def test_the_check_opens_the_public_address(local: NginxFront, school: School) -> None:
    done = check(local, school)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"OK       {local.address.url} leads to this server" in done.stdout


def test_the_check_does_not_trust_an_unknown_certificate(local: NginxFront, school: School) -> None:
    words = [sys.executable, "-m", "server.cli", "check", "--data", str(school.data)]
    environment = {**ENVIRONMENT, "ZHENGGUAN_SERVER_CONFIG": str(local.folder / "server.toml")}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert (done.returncode, "is not trusted" in done.stdout) == (1, True)


def test_a_proxy_that_the_server_does_not_trust_is_named_by_the_check(school: School, tmp_path: Path) -> None:
    port = free_port()
    with nginx(tmp_path, f"https://localhost:{port}", port) as front:
        settings = f'[server]\npublic_url = "https://localhost:{port}"\ntrusted_proxy = "10.0.0.1"\n'
        with application(front, school.data, settings):
            done = check(front, school, settings)
    assert done.returncode == 1
    assert 'trusted_proxy = "127.0.0.1"' in done.stdout


def test_half_sent_requests_at_the_proxy_block_no_other_client(local: NginxFront) -> None:
    with ExitStack() as stack:
        for _ in range(110):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", local.port), 20))
            one.sendall(b"\x16\x03\x01")  # only the first bytes of TLS
        began = time.monotonic()
        assert local.browser().get("/signin").status == 200
        assert time.monotonic() - began < 20
