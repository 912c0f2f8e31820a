"""Runs the server in this process: waitress in front, static files from memory, a clean stop on SIGTERM."""

from __future__ import annotations

import logging
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.core.management import call_command

from server.audit.append_only import protect_audit_log
from server.core.body_limits import body_limit_table
from server.http.limits import HttpLimits
from server.http.own_addresses import ALL_INTERFACES, own_hosts
from server.http.waitress_server import LimitedServer, limited_servers
from server.installation_check import Level, check_at_start
from server.records.slow_hashes import compute_missing_hashes
from server.secrets.key_check import check_keys
from server.stations.files import partial_root
from server.submissions.intake import picture_store
from server.submissions.partial_files import MAX_AGE_S, remove_expired

LOOPBACK = ("127.0.0.1", "::1", "localhost")
log = logging.getLogger(__name__)
# The only headers that are taken from a trusted proxy. The host comes as the header Host, which Django checks.
PROXY_HEADERS = "x-forwarded-for x-forwarded-proto"


def prepare() -> None:
    """Brings the database to today's form. Raises Problem where the keys are not those of the data."""
    call_command("migrate", interactive=False, verbosity=0)
    protect_audit_log()
    check_keys()
    compute_missing_hashes()


def serve(host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serves until SIGTERM or Ctrl-C; calls `ready` with the address when connections are taken.

    Port 0 takes any free one. OSError where the port is taken.
    """
    settings.ALLOWED_HOSTS += own_hosts(host)
    _log_check_results(host)
    servers = embedded_servers(host, port, http_limits())
    server = servers[0]
    tempfile.tempdir = settings.FILE_UPLOAD_TEMP_DIR  # large bodies are spooled where the photos go, not into memory
    _remove_partial_uploads()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, _stop)
    shown = "127.0.0.1" if host in ALL_INTERFACES else host
    ready(f"http://{f'[{shown}]' if ':' in shown else shown}:{server.effective_port}")
    try:
        server.run()  # ends with SystemExit inside: requests under way are answered first
    finally:
        for one in servers:
            one.close()


def http_limits() -> HttpLimits:
    """As the settings have them."""
    app = settings.APP
    return HttpLimits(
        bodies=body_limit_table(app.intake.max_request_bytes),
        max_connections=app.server.max_connections,
        max_connections_per_address=app.server.max_connections_per_address,
        trusted_proxy=app.server.trusted_proxy,
    )


def embedded_servers(host: str, port: int, limits: HttpLimits) -> list[LimitedServer]:
    """The application behind waitress, listening; `run` of the first one serves."""
    from server.wsgi import application

    proxy = (
        {"trusted_proxy": limits.trusted_proxy, "trusted_proxy_headers": PROXY_HEADERS} if limits.trusted_proxy else {}
    )
    return limited_servers(
        application, host, port, limits, threads=settings.APP.server.threads, ident="zhengguan", **proxy
    )


def _log_check_results(host: str) -> None:
    """What `zhengguan server check` would say, in the log. On this machine alone nobody needs a public address."""
    if host in LOOPBACK and not settings.PUBLIC_URL:
        return
    for result in check_at_start():
        if result.level is not Level.OK:
            log.warning("%s", result.message)


def _remove_partial_uploads() -> None:
    """What a killed server left of uploads under way. The port is ours by now, so no other one is at work here."""
    picture_store().remove_temp_files()
    for upload in Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir():
        upload.unlink()
    remove_expired(partial_root(), MAX_AGE_S, time.time())


def _stop(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(0)
