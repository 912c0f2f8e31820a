"""`zhengguan server worker`: run background jobs."""

from __future__ import annotations

import argparse
import signal
import sys
from threading import Event, Thread
from types import FrameType

from server.core.management.server_command import ServerCommand


class Command(ServerCommand):
    help = "run background jobs on a separate machine; `run` starts a worker already"
    needs_database = False  # prepared in `run`, unless the server has done so

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--supervised", action="store_true", help=argparse.SUPPRESS)

    def run(self, options: argparse.Namespace) -> int:
        """Work until SIGTERM or Ctrl-C; a supervised worker until its standard input is closed."""
        from server.http.serve import prepare
        from server.jobs.worker import run_worker

        stop = Event()
        if options.supervised:
            for name in (signal.SIGTERM, signal.SIGINT):  # systemd sends these to every process of the service
                signal.signal(name, signal.SIG_IGN)
            Thread(target=_stop_at_end_of_input, args=(stop,), daemon=True).start()
        else:
            prepare()
            self._stop_on_signals(stop)
            self.print("Zhengguan worker")
        run_worker(stop)
        return 0

    def _stop_on_signals(self, stop: Event) -> None:
        def on_signal(signum: int, frame: FrameType | None) -> None:
            stop.set()

        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, on_signal)


def _stop_at_end_of_input(stop: Event) -> None:
    sys.stdin.buffer.read()
    stop.set()
