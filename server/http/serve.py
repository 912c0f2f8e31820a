"""Run the server until SIGTERM: waitress in this process, or gunicorn's processes behind a proxy ([server] workers)."""

from __future__ import annotations

import logging
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.utils import timezone

from config.errors import Problem
from server.audit.append_only import protect_audit_log
from server.backup.restore import require_no_interrupted_restore
from server.core.body_limits import body_limit_table
from server.core.database_schema import bring_up_to_date
from server.core.locks import one_process_at_a_time
from server.http.limits import PROXY_HEADERS, HttpLimits
from server.http.own_addresses import ALL_INTERFACES, own_hosts
from server.http.waitress_server import LimitedServer, limited_servers
from server.installation_check import Level, check_at_start
from server.proof.school_key import school_key
from server.records.slow_hashes import compute_missing_hashes
from server.remote.uploads import remove_expired_photos
from server.secrets.key_check import check_keys
from server.stations.files import partial_root
from server.submissions.partial_files import MAX_AGE_S, remove_expired
from server.submissions.store import picture_store

LOOPBACK = ("127.0.0.1", "::1", "localhost")
log = logging.getLogger(__name__)


def prepare() -> None:
    """Bring the database up to date, and record the key that signs portraits. Raises Problem if the keys do not fit the
    data, or a restore was interrupted."""
    require_no_interrupted_restore()
    with one_process_at_a_time("prepare"):
        bring_up_to_date()
        protect_audit_log()
    check_keys()
    school_key(timezone.now())
    compute_missing_hashes()


def serve(host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or Ctrl-C; call `ready` with the address when connections are accepted.

    Port 0 takes any free one. Raises OSError if the port is in use.
    """
    settings.ALLOWED_HOSTS += own_hosts(host)
    _log_check_results(host)

    def on_listening(port: int) -> None:
        _remove_partial_uploads()
        shown = "127.0.0.1" if host in ALL_INTERFACES else host
        ready(f"http://{f'[{shown}]' if ':' in shown else shown}:{port}")

    if settings.APP.server.workers:
        _serve_with_gunicorn(host, port, on_listening)
    else:
        _serve_with_waitress(host, port, on_listening)


def _serve_with_waitress(host: str, port: int, on_listening: Callable[[int], None]) -> None:
    servers = embedded_servers(host, port, http_limits())
    server = servers[0]
    tempfile.tempdir = (
        settings.FILE_UPLOAD_TEMP_DIR
    )  # large bodies are spooled to the disk of the photos, not into memory
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, _stop)
    on_listening(server.effective_port)
    try:
        server.run()  # SystemExit ends it after the running requests are answered
    finally:
        for one in servers:
            one.close()


def _serve_with_gunicorn(host: str, port: int, on_listening: Callable[[int], None]) -> None:
    try:
        from server.http.gunicorn_server import run_gunicorn
    except ImportError as error:
        raise Problem("server.gunicorn_missing") from error
    from server.wsgi import application

    run_gunicorn(application, host, port, http_limits(), on_listening)


def http_limits() -> HttpLimits:
    """Return the limits from the settings."""
    app = settings.APP
    return HttpLimits(
        bodies=body_limit_table(app.intake.max_request_bytes, app.remote.max_photo_bytes),
        max_connections=app.server.max_connections,
        max_connections_per_address=app.server.max_connections_per_address,
        trusted_proxy=app.server.trusted_proxy,
    )


def embedded_servers(host: str, port: int, limits: HttpLimits) -> list[LimitedServer]:
    """Return waitress servers for the application, already listening; `run` of the first one serves all."""
    from server.wsgi import application

    proxy = (
        {"trusted_proxy": limits.trusted_proxy, "trusted_proxy_headers": PROXY_HEADERS} if limits.trusted_proxy else {}
    )
    return limited_servers(
        application, host, port, limits, threads=settings.APP.server.threads, ident="zhengguan", **proxy
    )


def _log_check_results(host: str) -> None:
    """Log what `zhengguan server check` would print. On localhost the public address is not needed."""
    if host in LOOPBACK and not settings.PUBLIC_URL:
        return
    for result in check_at_start():
        if result.level is not Level.OK:
            log.warning("%s", result.message)


def _remove_partial_uploads() -> None:
    """Remove unfinished uploads of a killed server. This process holds the port, so no other server uses them."""
    picture_store().remove_temp_files()
    for upload in Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir():
        upload.unlink()
    remove_expired(partial_root(), MAX_AGE_S, time.time())
    remove_expired_photos(timezone.now())


def _stop(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(0)
