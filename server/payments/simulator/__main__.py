"""`python -m server.payments.simulator`: the simulator in a separate process."""

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
from server.payments.simulator.merchant import simulator_settings
from server.payments.simulator.options import add_options
from server.secrets.private_files import write_private

TRADES_FILE = "trades.json"
SETTINGS_FILE = "payments.json"


def run(options: argparse.Namespace) -> int:
    """Print the address as soon as the server listens, and serve until a signal. Raises Problem."""
    folder: Path = options.folder.resolve()
    keys = simulator_keys(folder)
    try:
        server = create_server(keys, options.host, options.port, options.speed, folder / TRADES_FILE)
    except OSError as error:
        raise Problem("server.payments.simulator_port", host=options.host, port=options.port, why=str(error)) from error
    write_private(folder / SETTINGS_FILE, json.dumps(simulator_settings(folder, server.url), indent=1))
    if options.until_eof:
        threading.Thread(target=_end_with_input, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sys.stdout.write(f"{server.url}\n")
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()
    return 0


def _end_with_input() -> None:
    """End this process when the parent ends, which closes the pipe in every case."""
    while os.read(0, 1):  # without the lock of sys.stdin, which would stop the interpreter from ending
        pass
    os._exit(0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser)
    sys.exit(run(parser.parse_args()))
