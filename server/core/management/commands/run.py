"""`zhengguan server run`: run the server."""

from __future__ import annotations

import argparse

from server.core.management.server_command import ServerCommand
from server.core.management.serving import add_serving_options, serve_or_fail


class Command(ServerCommand):
    help = "serve"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_serving_options(parser)

    def run(self, options: argparse.Namespace) -> int:
        serve_or_fail(options, lambda url: self.print(f"Zhengguan server: {url}"))
        return 0
