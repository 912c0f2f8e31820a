"""Runs the server in this process: waitress in front, static files from memory, a clean stop on SIGTERM."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.core.management import call_command
from waitress.server import create_server

from server.audit.append_only import protect_audit_log
from server.key_check import check_keys
from server.records.slow_hashes import fill_slow_hashes
from server.submissions.intake import store

EVERYWHERE = ("0.0.0.0", "::", "*")


def prepare() -> None:
    """Brings the database to today's form. Raises Problem where the keys are not those of the data."""
    call_command("migrate", interactive=False, verbosity=0)
    protect_audit_log()
    check_keys()
    fill_slow_hashes()


def serve(host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serves until SIGTERM or Ctrl-C; calls `ready` with the address when connections are taken.

    Port 0 takes any free one. OSError where the port is taken.
    """
    from server.wsgi import application

    server = create_server(
        application,
        host=host,
        port=port,
        threads=settings.HOUSE.server.threads,
        max_request_body_size=settings.HOUSE.intake.request_bytes,
        ident="zhengguan",
    )
    _clear_leftovers()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, _stop)
    shown = "127.0.0.1" if host in EVERYWHERE else host
    ready(f"http://{f'[{shown}]' if ':' in shown else shown}:{server.effective_port}")
    try:
        server.run()  # ends with SystemExit inside: requests under way are answered first
    finally:
        server.close()


def _clear_leftovers() -> None:
    """What a killed server left of uploads under way. The port is ours by now, so no other one is at work here."""
    store().forget_drafts()
    for upload in Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir():
        upload.unlink()


def _stop(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(0)
