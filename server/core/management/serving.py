"""Options and errors of the commands that run the server."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from config.errors import Problem


def port_number(text: str) -> int:
    """Return the number of a port. Raises ArgumentTypeError for one that does not exist: the system would take its
    last 16 bits.

    >>> port_number("8000")
    8000
    """
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port; ports have the numbers 1 to 65535")
    return port


def add_serving_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=port_number, default=8000, help="0 takes any free port")
    parser.add_argument(
        "--no-worker", action="store_true", help="run no background jobs here; `worker` runs them elsewhere"
    )


def serve_or_fail(options: argparse.Namespace, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM, with a worker alongside. Raises Problem if the address cannot be used."""
    from server.http.serve import serve
    from server.jobs.supervisor import Supervisor

    supervisor = Supervisor()

    def on_ready(url: str) -> None:
        ready(url)
        if not options.no_worker:  # only now, so that the worker does not delay the start of the server
            supervisor.start()

    try:
        serve(options.host, options.port, on_ready)
    except (OSError, ValueError) as error:  # ValueError: waitress found no such host
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise Problem("server.port", host=options.host, port=options.port, why=why) from error
    finally:
        supervisor.stop()
