"""The real server behind a real nginx, both set up by the files that the installation script writes."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import config
from config.public_address import PublicAddress, parse_public_address
from tests.server.test_boundaries import ROOT
from tests.server.test_cli import ENVIRONMENT
from tests.waiting import eventually

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
INSTALL = Path(config.__file__).parent / "deploy" / "server" / "install.sh"
MAIN = """
{user}
daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    include {folder}/site;
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class NginxFront:
    """A running nginx for a public address, which need not be an address of this machine."""

    address: PublicAddress
    port: int
    redirect_port: int
    app_port: int
    ca: Path
    folder: Path

    def browser(self, source: str = "127.0.0.1") -> Browser:
        return Browser(self, source)


@dataclass(frozen=True)
class Response:
    status: int
    headers: http.client.HTTPMessage
    body: bytes = field(repr=False)

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Browser:
    """Sends requests to nginx like a browser at the public address: server name in TLS, Host, Origin, cookies."""

    front: NginxFront
    source: str
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Response:
        return self.request("GET", path, headers=headers)

    def post(self, path: str, form: dict[str, str]) -> Response:
        from urllib.parse import urlencode

        origin = self.front.address.url
        headers = {"Origin": origin, "Referer": f"{origin}{path}", "Content-Type": "application/x-www-form-urlencoded"}
        return self.request("POST", path, urlencode(form).encode(), headers)

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Response:
        netloc = self.front.address.url.partition("://")[2]
        all_headers = {"Host": netloc, **(headers or {})}
        if self.cookies:
            all_headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection = http.client.HTTPConnection("127.0.0.1", self.front.port, timeout=30)
        connection.sock = self._socket()
        try:
            connection.request(method, path, body, all_headers)
            received = connection.getresponse()
            response = Response(received.status, received.headers, received.read())
        finally:
            connection.close()
        self._take_cookies(response)
        return response

    def _socket(self) -> socket.socket:
        plain = socket.create_connection(("127.0.0.1", self.front.port), 30, source_address=(self.source, 0))
        if self.front.address.scheme == "http":
            return plain
        context = ssl.create_default_context(cafile=str(self.front.ca))
        return context.wrap_socket(plain, server_hostname=self.front.address.host.strip("[]"))

    def _take_cookies(self, response: Response) -> None:
        for header in response.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(header).items():
                if name.startswith("__Host-"):  # as browsers check it
                    assert (bool(morsel["secure"]), morsel["path"], morsel["domain"]) == (True, "/", "")
                assert not morsel["secure"] or self.front.address.scheme == "https"
                self.cookies[name] = morsel.value


@contextmanager
def nginx(folder: Path, url: str, port: int | None = None) -> Iterator[NginxFront]:
    """Run nginx with the site that the installation script writes for the public address `url`."""
    address, app_port, port, redirect = parse_public_address(url), free_port(), port or free_port(), free_port()
    root = folder / "root"
    arguments = ["--own-certificate"] if address.scheme == "https" else []
    ports = ["--app-port", str(app_port), "--http-port", str(redirect)]
    command = [str(INSTALL), "--root", str(root), "--address", url, "--release", "one", *ports, *arguments]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    _write_config(folder, root, port, redirect)
    process = subprocess.Popen(
        [str(NGINX), "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "main")]
    )
    try:
        eventually(lambda: is_listening(port))
        yield NginxFront(address, port, redirect, app_port, root / "etc/zhengguan/tls/ca.crt", folder)
    finally:
        process.terminate()
        process.wait(20)


def _write_config(folder: Path, root: Path, port: int, redirect: int) -> None:
    site = (root / "etc/nginx/sites-available/zhengguan").read_text(encoding="utf-8")
    site = re.sub(r" listen \[::\]:\d+[^;]*;", "", site)
    site = re.sub(r"listen (\d+)", lambda m: f"listen 127.0.0.1:{redirect if int(m[1]) == redirect else port}", site)
    site = site.replace("/etc/zhengguan", f"{root}/etc/zhengguan").replace("/etc/nginx", f"{root}/etc/nginx")
    (folder / "site").write_text(site, encoding="utf-8")
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "main").write_text(MAIN.format(folder=folder, user=user), encoding="utf-8")


def is_listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@contextmanager
def application(front: NginxFront, data: Path, settings: str | None = None, workers: int = 0) -> Iterator[None]:
    """Run the server with the settings that the script wrote, or with `settings`; with `workers` processes of gunicorn,
    and without background jobs, which do not depend on a proxy."""
    path = front.folder / "server.toml"
    script_settings = (front.folder / "root/etc/zhengguan/server.toml").read_text(encoding="utf-8")
    if settings is None:
        settings = re.sub(r"(?m)^(keys|data) = .*\n", "", script_settings) + f"workers = {workers}\n"
    path.write_text(settings, encoding="utf-8")
    environment = {**ENVIRONMENT, "ZHENGGUAN_SERVER_CONFIG": str(path), "PYTHONPATH": os.pathsep.join(sys.path)}
    where = ["--port", str(front.app_port), "--data", str(data)]
    words = [sys.executable, "-m", "server.cli", "run", "--no-worker", *where]
    with (front.folder / "server.log").open("ab") as log:
        process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        eventually(lambda: is_listening(front.app_port) or process.poll() is not None, timeout=120)
        assert process.poll() is None, (front.folder / "server.log").read_text(encoding="utf-8")
        yield
    finally:
        process.terminate()
        process.wait(60)
