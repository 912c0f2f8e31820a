"""`python -m server.payments.simulator`: the simulator in a process of its own."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import threading
from pathlib import Path

from config.errors import Problem
from server.payments.simulator.http_server import create_server
from server.payments.simulator.keys import simulator_keys
from server.payments.simulator.merchant import merchant_settings
from server.secrets.private_files import write_private

TRADES_FILE = "trades.json"
SETTINGS_FILE = "payments.json"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, required=True, help="its keys and trades; created when needed")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; this machine's own for phones")
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    parser.add_argument("--speed", type=float, default=1.0, help="repetitions come so many times faster")
    parser.add_argument("--until-eof", action="store_true", help="end when the standard input ends")


def run(options: argparse.Namespace) -> int:
    """Serve until a signal. Prints the address as soon as it answers. Raises Problem."""
    folder: Path = options.folder.resolve()
    keys = simulator_keys(folder)
    try:
        server = create_server(keys, options.host, options.port, options.speed, folder / TRADES_FILE)
    except OSError as error:
        raise Problem("server.payments.simulator_port", host=options.host, port=options.port, why=str(error)) from error
    write_private(folder / SETTINGS_FILE, json.dumps(merchant_settings(folder, server.url), indent=1))
    if options.until_eof:
        threading.Thread(target=_end_with_input, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sys.stdout.write(f"{server.url}\n")
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()
    return 0


def _end_with_input() -> None:
    """The parent's end closes the pipe, however it ends."""
    while os.read(0, 1):  # without the lock of sys.stdin, which would stop the interpreter from ending
        pass
    os._exit(0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser)
    sys.exit(run(parser.parse_args()))
