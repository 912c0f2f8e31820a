"""`zhengguan photo page`: the photo engine as a page in the browser, on this computer only."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import sys
import threading
import webbrowser
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Final

from config.errors import Problem
from config.i18n import translations
from kiosk.capture.isolated_decoding.decoder import FORK_SERVER, IsolatedDecoder
from kiosk.tools.photo.engine_options import (
    add_engine_arguments,
    chosen_standard,
    has_network,
    sigterm_as_interrupt,
    worker_count,
)
from kiosk.tools.photo.page_server.http_server import PageClosed, PageServer
from kiosk.tools.photo.page_server.photo import PageSettings
from kiosk.tools.photo.page_server.session import Session
from kiosk.tools.photo.page_server.work_folder import work_folder
from kiosk.tools.photo.page_server.worker import is_ready, prepare_worker
from kiosk.tools.photo.worker_pool import start_worker

_IDLE_TIMEOUT_S: Final = 3600.0  # a browser may suspend a page in the background


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("page", help="photo_page.help", description="photo_page.description")
    add_engine_arguments(parser)
    parser.add_argument("--no-browser", action="store_true", help="photo_page.help_no_browser")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve the page until it is closed. Raises Problem if it cannot start."""
    tr = translations(arguments.language)
    standard = chosen_standard(arguments.standard, arguments.background)
    settings = PageSettings(standard, not arguments.without_network and has_network())
    count = worker_count(arguments.jobs, os.cpu_count() or 1)
    logging.basicConfig(level=logging.ERROR, format="%(name)s: %(message)s")
    with sigterm_as_interrupt(), ExitStack() as stack:
        folder = _open_work_folder(stack)
        server = _start(stack, settings, count, folder)
        print(tr.translate("photo_page.open", address=server.access.address), flush=True)
        print(tr.translate("photo_page.how_to_end"), flush=True)
        if not arguments.no_browser and _has_display():
            threading.Thread(target=webbrowser.open, args=(server.access.opening_address,), daemon=True).start()
        with contextlib.suppress(PageClosed, KeyboardInterrupt):
            server.serve_forever()
    print(tr.translate("photo_page.has_ended"))
    return 0


def _has_display() -> bool:
    """Return whether there is a display; without one, `webbrowser` starts a text browser in this terminal."""
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")) or sys.platform in ("darwin", "win32")


def _open_work_folder(stack: ExitStack) -> Path:
    try:
        return stack.enter_context(work_folder())
    except OSError as error:
        raise Problem("photo_page.no_folder", why=error.strerror or type(error).__name__) from error


def _start(stack: ExitStack, settings: PageSettings, count: int, folder: Path) -> PageServer:
    """Start the workers, which load their models now, and the server. `stack` ends them."""
    workers = [start_worker(f"page-{k}", prepare_worker, settings.use_network) for k in range(count)]
    for worker in workers:
        stack.enter_context(closing(worker))
        worker.submit(is_ready)
    stack.callback(FORK_SERVER.close)
    session = Session(settings, folder, tuple(worker.submit for worker in workers), IsolatedDecoder())
    server = PageServer(session, _IDLE_TIMEOUT_S)
    stack.callback(server.server_close)
    stack.callback(session.close)
    return server
